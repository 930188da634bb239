from __future__ import annotations

from textual.app import App

from sonde_tui.screens.choose import Choice, ChooseScreen
from tests.showing import drawn

CHOICES = [
    Choice("", "as told: utf-8"),
    Choice("latin-1", "Western, latin-1", "iso-8859-1 cp1252"),
    Choice("sjis", "Japanese, Shift_JIS"),
    Choice("eucjp", "Japanese, EUC-JP"),
]


class Chooser(App[None]):
    """Shows the dialog and keeps what was chosen in it."""

    def __init__(self, value: str = "") -> None:
        super().__init__()
        self.value = value
        self.chosen: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(ChooseScreen("Charset [/]", CHOICES, value=self.value), self.chosen.append)


async def test_what_is_typed_narrows_the_list_and_enter_takes_the_first() -> None:
    app = Chooser()
    async with app.run_test() as pilot:
        await pilot.press(*"jap")
        assert "latin-1" not in drawn(app)
        assert "Shift_JIS" in drawn(app)
        await pilot.press("down", "enter")
        assert app.chosen == ["eucjp"]


async def test_words_that_are_not_shown_are_found_too() -> None:
    app = Chooser()
    async with app.run_test() as pilot:
        await pilot.press(*"8859", "enter")
        assert app.chosen == ["latin-1"]


async def test_what_holds_now_is_marked_at_first() -> None:
    app = Chooser("sjis")
    async with app.run_test() as pilot:
        await pilot.press("up", "enter")
        assert app.chosen == ["latin-1"]


async def test_nothing_is_chosen_from_an_empty_list() -> None:
    app = Chooser()
    async with app.run_test() as pilot:
        await pilot.press(*"xyz", "enter")
        assert app.chosen == []
        await pilot.press(*["backspace"] * 3, "pagedown", "enter")
        assert app.chosen == ["eucjp"]


async def test_escape_leaves_without_a_choice() -> None:
    app = Chooser()
    async with app.run_test() as pilot:
        await pilot.press("escape")
        assert app.chosen == [None]


async def test_a_row_can_be_clicked() -> None:
    app = Chooser()
    async with app.run_test() as pilot:
        row = next(y for y, text in enumerate(drawn(app).splitlines()) if "latin-1" in text)
        await pilot.click(offset=(20, row))
        assert app.chosen == ["latin-1"]
