from __future__ import annotations

from textual.strip import Strip

from sonde_core.safetext import SafeText
from sonde_tui.widgets.rows.line_source import Line, LineSource
from sonde_tui.widgets.rows.row_canvas import RowCanvas
from tests.showing import Showing, drawn, until

SIZE = (30, 10)


class Counting(RowCanvas):
    """Knows which rows of the screen it drew."""

    rows_drawn: list[int]

    def render_line(self, y: int) -> Strip:
        self.rows_drawn.append(y)
        return super().render_line(y)


class Growing(LineSource):
    """Rows of which more come."""

    def __init__(self) -> None:
        self.known = 100

    @property
    def count(self) -> int:
        return self.known

    def line(self, row: int) -> Line:
        return [(SafeText(f"row {row}"), "")]


def shown() -> Counting:
    view = Counting(Growing(), cursor=True)
    view.rows_drawn = []
    return view


async def test_a_step_of_the_cursor_draws_two_rows() -> None:
    view = shown()
    async with Showing(view).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: len(view.rows_drawn) >= SIZE[1])
        view.rows_drawn.clear()
        view.go_to(1)
        await until(pilot, lambda: view.rows_drawn)
        assert set(view.rows_drawn) == {0, 1}


async def test_rows_that_are_added_below_what_is_seen_lay_nothing_out_anew() -> None:
    view = shown()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: view.show_vertical_scrollbar)
        layouts: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(app, layouts.append)
        source = view.source
        assert isinstance(source, Growing)
        source.known = 1000
        view.grown()
        await until(pilot, lambda: view.max_scroll_y == 1000 - SIZE[1])
        await pilot.pause()
        assert layouts == []
        assert view.vertical_scrollbar.window_virtual_size == 1000
        view.go_to(999)
        await until(pilot, lambda: "row 999" in drawn(app))


async def test_an_end_that_is_followed_without_any_room_is_not_left() -> None:
    view = RowCanvas(Growing(), cursor=True, follow=True)
    view.styles.height = 0
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.follow_end()
        assert view.is_at_end
        source = view.source
        assert isinstance(source, Growing)
        source.known = 200
        view.grown()
        assert view.cursor_row == 199
        view.styles.height = SIZE[1]
        await until(pilot, lambda: "row 199" in drawn(app))
