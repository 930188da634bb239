from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from textual.app import App, ComposeResult

from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from sonde_tui.widgets.history_list import HistoryList

ONE = Summary(
    "1", datetime(2020, 1, 2, tzinfo=UTC), "http", "http://h/", Outcome.DONE, method="GET"
)


class Showing(App[None]):
    """An app of a list, and what the list told it."""

    def __init__(self, rows: HistoryList) -> None:
        super().__init__()
        self.rows = rows
        self.moves: list[Summary | None] = []
        self.asked: list[tuple[str, Summary | None]] = []

    def compose(self) -> ComposeResult:
        yield self.rows

    def on_history_list_moved(self, message: HistoryList.Moved) -> None:
        self.moves.append(message.summary)

    def on_history_list_asked(self, message: HistoryList.Asked) -> None:
        self.asked.append((message.what, message.summary))


def some(*ids: int) -> list[Summary]:
    return [replace(ONE, id=str(number), target=f"http://h/{number}") for number in ids]


async def test_the_cursor_stays_on_its_entry() -> None:
    rows = HistoryList()
    async with Showing(rows).run_test() as pilot:
        rows.show_entries(some(3, 2, 1))
        rows.focus()
        await pilot.press("j")
        rows.show_entries(some(5, 4, 3, 2, 1))
        assert rows.current == some(2)[0]
        rows.show_entries(some(9, 2))
        assert rows.current == some(2)[0]
        rows.show_entries(some(9, 8))
        assert rows.current == some(8)[0]
        rows.show_entries([])
        assert rows.current is None
        rows.show_entries(some(7))
        assert rows.current == some(7)[0]


async def test_the_newest_stays_under_a_cursor_that_nobody_holds() -> None:
    rows = HistoryList()
    async with Showing(rows).run_test() as pilot:
        rows.screen.set_focus(None)
        await pilot.pause()
        rows.show_entries(some(2, 1))
        rows.show_entries(some(3, 2, 1))
        assert rows.current == some(3)[0]
        rows.focus()
        await pilot.pause()
        rows.show_entries(some(4, 3, 2, 1))
        assert rows.current == some(3)[0]


async def test_what_is_seen_stays_where_it_is_while_entries_come() -> None:
    rows = HistoryList()
    async with Showing(rows).run_test(size=(80, 10)) as pilot:
        rows.show_entries(some(*range(100, 0, -1)))
        rows.focus()
        await pilot.press("G")
        top = rows.top
        rows.show_entries(some(*range(103, 0, -1)))
        assert (rows.top, rows.cursor_row) == (top + 3, 102)


async def test_only_another_entry_is_told_of() -> None:
    rows = HistoryList()
    app = Showing(rows)
    async with app.run_test() as pilot:
        rows.focus()
        rows.show_entries(some(2, 1))
        rows.show_entries(some(3, 2, 1))
        await pilot.pause()
        assert app.moves == some(2)


async def test_undo_needs_no_entry() -> None:
    app = Showing(HistoryList())
    async with app.run_test() as pilot:
        app.rows.focus()
        await pilot.press("u")
        await pilot.pause()
        assert app.asked == [("undo", None)]


async def test_delete_has_a_plain_letter_that_is_not_the_one_of_hex() -> None:
    app = Showing(HistoryList())
    async with app.run_test() as pilot:
        app.rows.show_entries(some(1))
        app.rows.focus()
        await pilot.press("x", "delete", "D")
        await pilot.pause()
        assert [what for what, _ in app.asked] == ["delete", "delete"]


async def test_rows_are_fitted_anew_to_another_width() -> None:
    long = replace(ONE, target="http://h/" + "a" * 60 + "z")
    app = Showing(HistoryList())
    async with app.run_test(size=(80, 10)) as pilot:
        app.rows.show_entries([long])
        await pilot.pause()
        assert "…" in app.rows.whole(0).text
        await pilot.resize_terminal(150, 10)
        await pilot.pause()
        assert long.target in app.rows.whole(0).text
