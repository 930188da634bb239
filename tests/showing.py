"""What the tests of widgets share: one widget in an app, what it draws, and waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from sonde_tui.compositor import FrontScreen
from sonde_tui.messages import CopyAsked
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.rows.row_view import RowView

from .patience import PATIENCE


class Showing(App[None]):
    """An app of one widget, without the second line of defence that the real one has.

    Attributes:
        copies: What was to be copied, with what it is.
        chosen: Rows that enter was pressed on.
        moves: Rows that the cursor came to.
        requests: What the copy key was pressed on: the selection, and the row.
        searches: How searches went on: what is looked for, hits, and whether that is all.
    """

    def __init__(self, widget: Widget, *filters: LineFilter) -> None:
        super().__init__()
        self.widget = widget
        self.copies: list[tuple[bytes, str]] = []
        self.chosen: list[int] = []
        self.moves: list[int] = []
        self.requests: list[tuple[str, int]] = []
        self.searches: list[tuple[str, int, bool]] = []
        self._filters_more = filters

    def get_default_screen(self) -> Screen[None]:
        return FrontScreen(id="_default")

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._filters_more]

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_copy_asked(self, message: CopyAsked) -> None:
        self.copies.append((message.read(), message.what))

    def on_row_view_row_chosen(self, message: RowView.RowChosen) -> None:
        self.chosen.append(message.row)

    def on_row_view_cursor_moved(self, message: RowView.CursorMoved) -> None:
        self.moves.append(message.row)

    def on_row_view_copy_requested(self, message: RowView.CopyRequested) -> None:
        self.requests.append((message.selected, message.row))

    def on_line_view_searched(self, message: LineView.Searched) -> None:
        self.searches.append((message.needle, message.count, message.complete))


def drawn(app: App[None]) -> str:
    """Return all that is on the screen, as text, a line for each row."""
    strips = app.screen._compositor.render_strips()  # no public way draws a whole screen
    return "\n".join(strip.text.rstrip() for strip in strips)


def colours(app: App[None], text: str) -> set[str]:
    """Return the colours in which a text stands on the screen, where it is one segment."""
    strips = app.screen._compositor.render_strips()
    return {
        segment.style.color.name
        for strip in strips
        for segment in strip
        if segment.text == text and segment.style and segment.style.color
    }


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Let the app go on until something is true."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await pilot.pause()
    await pilot.pause()
