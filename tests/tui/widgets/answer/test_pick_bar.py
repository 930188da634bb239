from textual.app import ComposeResult

from sonde_core.errors import BodyError
from sonde_tui.widgets.answer.pick_bar import PickBar
from tests.showing import Showing, drawn


class Bar(Showing):
    """Shows the bar and keeps what it tells."""

    def __init__(self) -> None:
        super().__init__(PickBar())
        self.told: list[str | bool] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    @property
    def bar(self) -> PickBar:
        return self.query_one(PickBar)

    def on_pick_bar_typed(self, message: PickBar.Typed) -> None:
        self.told.append(message.text)

    def on_pick_bar_left(self, message: PickBar.Left) -> None:
        self.told.append(message.keep)


async def test_it_takes_no_room_until_it_is_opened() -> None:
    app = Bar()
    async with app.run_test(size=(60, 5)) as pilot:
        assert not app.bar.display
        app.bar.open()
        await pilot.pause()
        assert app.bar.display
        assert "data[" in drawn(app)


async def test_keys_after_opening_all_belong_to_it() -> None:
    app = Bar()
    async with app.run_test(size=(60, 5)) as pilot:
        app.bar.open()
        await pilot.press("a", "full_stop", "b")
        assert app.told == ["", "a", "a.", "a.b"]
        assert app.bar.text == "a.b"


async def test_enter_keeps_the_filter_and_escape_gives_it_up() -> None:
    app = Bar()
    async with app.run_test(size=(60, 5)) as pilot:
        app.bar.open()
        await pilot.press("a", "enter")
        assert app.told[-1] is True
        assert app.bar.text == "a"
        await pilot.press("escape")
        assert app.told[-1] is False
        assert app.bar.text == ""
        app.bar.open()
        await pilot.pause()
        assert app.told[-1] == "a"


async def test_what_is_wrong_stands_under_the_field_until_it_is_right() -> None:
    app = Bar()
    async with app.run_test(size=(60, 5)) as pilot:
        app.bar.open()
        app.bar.tell(BodyError("There is no '[/]\x1b' at the top.", hint="There are a, b."))
        await pilot.pause()
        assert "There is no '[/]␛' at the top. There are a, b." in drawn(app).replace("\n ", " ")
        app.bar.tell(None)
        await pilot.pause()
        assert "There is no" not in drawn(app)


async def test_a_word_is_no_complaint() -> None:
    app = Bar()
    async with app.run_test(size=(60, 5)) as pilot:
        app.bar.open()
        note = app.bar.query_one("#pick-note")
        app.bar.tell(BodyError("There is none."))
        assert note.has_class("-failed")
        app.bar.say("filtering…")
        await pilot.pause()
        assert "filtering…" in drawn(app)
        assert not note.has_class("-failed")


async def test_what_is_typed_after_opening_again_takes_the_place_of_the_old_one() -> None:
    app = Bar()
    async with app.run_test(size=(60, 5)) as pilot:
        app.bar.open()
        await pilot.press("a", "b", "enter")
        app.bar.open()
        assert app.bar.text == "ab"
        await pilot.press("c")
        assert app.bar.text == "c"
