from pathlib import Path
from typing import ClassVar

import pytest
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip

from sonde_core.body import Body
from sonde_core.text.line_index import LineIndex
from sonde_tui.widgets.body.body_source import HexRows, TextRows
from sonde_tui.widgets.rows.line_source import TextLines
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.rows.row_view import RowView
from tests.showing import Showing, drawn, until

SIZE = (40, 10)
LINES = b"".join(b"line %d of some\n" % n for n in range(30))


def text(data: bytes, codec: str = "utf-8", *, raw: bool = False) -> TextRows:
    return TextRows(LineIndex(data, codec=codec), "text", codec, raw=raw)


def selected(view: RowView) -> bytes:
    found = view.selected_bytes()
    return b"" if found is None else found if isinstance(found, bytes) else found.read()


async def test_space_selects_from_the_cursor_and_every_move_goes_on() -> None:
    view = LineView(text(LINES), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "space", "j", "down")
        assert selected(view) == b"line 1 of some\nline 2 of some\n"
        await pilot.press("right", "right", "left")
        assert selected(view).endswith(b"\nl")
        await pilot.press("k", "k", "k", "k")
        assert selected(view) == b"line 0 of some\n"
        await pilot.press("G")
        assert selected(view) == LINES[15:]
        await pilot.press("g")
        assert selected(view) == LINES[:15]
        await pilot.press("pagedown")
        assert selected(view) == LINES[15 : 15 * 9]


async def test_left_and_right_go_over_the_ends_of_rows() -> None:
    view = LineView(text(b"ab\ncd\n"), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "right", "right")
        assert selected(view) == b"ab"
        await pilot.press("right", "right")
        assert selected(view) == b"ab\nc"
        await pilot.press("left", "left")
        assert selected(view) == b"ab"
        await pilot.press("left", "left", "left", "left")
        assert selected(view) == b""


async def test_shift_selects_at_once_and_to_the_ends_of_the_row() -> None:
    view = LineView(text(LINES), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("shift+down")
        assert selected(view) == LINES[:15]
        await pilot.press("shift+end")
        assert selected(view) == LINES[:29]
        await pilot.press("shift+up", "shift+home", "shift+right")
        assert selected(view) == b"l"
        await pilot.press("shift+left")
        assert selected(view) == b""


async def test_escape_drops_the_selection_and_only_then_means_something_else() -> None:
    heard = []

    class Parent(Showing):
        BINDINGS: ClassVar[list[BindingType]] = [("escape", "hear", "Hear")]

        def action_hear(self) -> None:
            heard.append("escape")

    view = LineView(text(LINES), cursor=True)
    app = Parent(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "j", "escape")
        assert selected(view) == b""
        assert not view.selecting
        assert heard == []
        await pilot.press("j")
        assert selected(view) == b""
        await pilot.press("escape")
        assert heard == ["escape"]


async def test_space_again_ends_the_selection() -> None:
    view = LineView(text(LINES), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "j", "space")
        assert view.ends is None


async def test_the_copy_keys_tell_what_is_selected() -> None:
    view = LineView(text(LINES), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "j", "y", "ctrl+c")
        assert app.requests == [("line 0 of some\n", 1)] * 2


@pytest.mark.parametrize(
    ("source", "keys", "bytes_"),
    [
        (text(b"a\x80\xffb"), "right " * 3, b"a\x80\xff"),
        (text("漢字x".encode()), "right " * 2, "漢字".encode()),
        (text("é\nx".encode("utf-16-le"), "utf-16-le"), "j right", "é\nx".encode("utf-16-le")),
        (text(b"a\tb"), "right right", b"a\t"),
        (text(b"a\r\nb", raw=True), "right right", b"a\r"),
        (HexRows(Body.of(bytes(range(40)))), "right " * 9, bytes(range(9))),
        (HexRows(Body.of(bytes(range(40)))), "j right", bytes(range(17))),
    ],
)
async def test_a_step_is_a_character_and_the_bytes_are_exact(
    source: TextRows | HexRows, keys: str, bytes_: bytes
) -> None:
    view = LineView(source, cursor=True)
    app = Showing(view)
    async with app.run_test(size=(90, 10)) as pilot:
        view.focus()
        await pilot.press("space", *keys.split())
        assert selected(view) == bytes_


async def test_both_forms_of_selected_bytes_are_painted_in_hex() -> None:
    view = LineView(HexRows(Body.of(bytes(range(0x40, 0x60)))), cursor=True)
    app = Showing(view)
    async with app.run_test(size=(90, 10)) as pilot:
        view.focus()
        await pilot.press("space", "right", "right")
        style = view.screen.get_component_rich_style("screen--selection")
        row = view.render_lines(Region(0, 0, 90, 1))[0]
        marked = [s.text for s in row if s.style and s.style.bgcolor == style.bgcolor]
        assert [text.strip() for text in marked] == ["40 41", "@A"]


async def test_the_bar_tells_how_much_is_selected() -> None:
    view = LineView(text(LINES), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "j", "j", "right")
        await pilot.pause()
        assert "3 rows · 31 B" in drawn(app)


async def test_a_large_selection_is_read_when_it_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "body"
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    view = LineView(HexRows(Body.in_file(path, 1 << 30, "0" * 64)), cursor=True)
    app = Showing(view)
    async with app.run_test(size=(90, 10)) as pilot:
        view.focus()
        await pilot.press("space", "G")
        found = view.selected_bytes()
        assert found is not None
        assert not isinstance(found, bytes)
        assert view.bar_text().endswith("1.0 GB") or "GB" in view.bar_text()


async def test_rows_that_are_things_are_not_selected_by_keys() -> None:
    view = LineView(TextLines(["one", "two"]), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "j", "shift+down")
        assert view.ends is None


async def test_a_selection_stays_while_rows_are_added_and_is_not_run_away_from() -> None:
    index = LineIndex(LINES)
    view = LineView(TextRows(index, "text", raw=False), cursor=True, follow=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("G", "k", "space", "j")
        before, top = selected(view), view.top
        index.grow(LINES + b"more\n" * 20)
        view.grown()
        await until(pilot, lambda: view.source.count == 50)
        assert selected(view) == before
        assert view.top == top
        assert view.new_rows == 20


async def test_following_stops_and_goes_on() -> None:
    index = LineIndex(LINES)
    view = LineView(TextRows(index, "text", raw=False), cursor=True, follow=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("G")
        for number, keys in ((1, ""), (2, "k"), (3, ""), (4, "F"), (5, "")):
            await pilot.press(*keys)
            index.grow(LINES + b"more\n" * number)
            view.grown()
            await pilot.pause()
            if number in (2, 3):
                assert view.new_rows == number - 1
                assert f"↓ {number - 1} new row" in drawn(app)
            else:
                assert view.new_rows == 0
                assert view.cursor_row == view.source.count - 1
                assert "new row" not in drawn(app)


async def test_right_goes_through_all_bytes_of_hex_from_row_to_row() -> None:
    data = bytes(range(40))
    view = LineView(HexRows(Body.of(data)), cursor=True)
    app = Showing(view)
    async with app.run_test(size=(90, 10)) as pilot:
        view.focus()
        await pilot.press("space")
        for number in range(1, 43):
            await pilot.press("right")
            assert selected(view) == data[:number]
        await pilot.press("G")
        for number in range(1, 43):
            await pilot.press("shift+left")
            assert selected(view) == data[: max(40 - number, 0)]


async def test_the_place_below_the_last_row_is_left_and_come_to_by_steps() -> None:
    view = LineView(text(b"ab\ncd\n"), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("space", "G", "left")
        assert selected(view) == b"ab\ncd"
        await pilot.press("right")
        assert selected(view) == b"ab\ncd\n"
        await pilot.press("right", "right", "left")
        assert selected(view) == b"ab\ncd"
        await pilot.press("G", "k")
        assert selected(view) == b"ab\n"
        await pilot.press("j", "escape", "space")
        assert selected(view) == b""


@pytest.mark.parametrize(
    ("source", "row"),
    [
        (HexRows(Body.of(bytes(range(40)))), bytes(range(16, 32))),
        (text(b"x\nwords\tof it\xff\nx"), b"words\tof it\xff"),
        (text(b"x\n" + b"w" * 100 + b"\n"), b"w" * 100),
    ],
)
@pytest.mark.parametrize("wraps", [False, True])
async def test_shift_with_home_and_end_goes_to_the_ends_of_the_row(
    source: HexRows | TextRows, row: bytes, wraps: bool
) -> None:
    view = LineView(source, cursor=True)
    app = Showing(view)
    async with app.run_test(size=(90, 10)) as pilot:
        view.focus()
        await pilot.press(*["W"] * wraps, "j", "shift+end")
        row = row[:89] if wraps else row
        assert selected(view) == row
        await pilot.press("escape", "shift+home", "shift+right", "shift+right")
        assert selected(view) == row[:2]
        await pilot.press("shift+end")
        assert selected(view) == row
        await pilot.press("shift+home")
        assert selected(view) == b""


class Counting(LineView):
    """Knows which rows of the screen it drew."""

    rows_drawn: list[int]

    def render_line(self, y: int) -> Strip:
        self.rows_drawn.append(y)
        return super().render_line(y)


async def test_a_step_of_the_caret_draws_its_rows_and_where_bars_may_lie() -> None:
    view = Counting(HexRows(Body.of(bytes(999))), cursor=True)
    view.rows_drawn = []
    app = Showing(view)
    async with app.run_test(size=(90, 10)) as pilot:
        view.focus()
        await until(pilot, lambda: view.rows_drawn)
        view.rows_drawn.clear()
        await pilot.press("j", "j", "space")
        await until(pilot, lambda: 2 in view.rows_drawn)
        view.rows_drawn.clear()
        await pilot.press("right")
        await until(pilot, lambda: view.rows_drawn)
        assert set(view.rows_drawn) == {0, 2, 9}
        await pilot.press("left")
        await until(pilot, lambda: view.rows_drawn)
        view.rows_drawn.clear()
        await pilot.press("left")
        await until(pilot, lambda: view.rows_drawn)
        assert set(view.rows_drawn) == {0, 1, 2, 9}


async def test_with_nothing_selected_yet_the_row_is_at_hand() -> None:
    view = LineView(text(LINES), cursor=True)
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.focus()
        await pilot.press("j", "space")
        assert view.selected_bytes() is None
        assert copied(view) == b"line 1 of some"
        await pilot.press("right", "left")
        assert copied(view) == b"line 1 of some"
        await pilot.press("right")
        assert view.begun_row() is None
        await pilot.press("escape")
        assert view.begun_row() is None


def copied(view: RowView) -> bytes:
    found = view.begun_row()
    assert found is not None
    return found if isinstance(found, bytes) else found.read()
