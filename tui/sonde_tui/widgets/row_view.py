"""Rows of a source under keys and mouse: cursor, selection, copying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.selection import Selection

from .drawn import drawn_index
from .line_strips import Span
from .row_canvas import RowCanvas

SIDEWAYS: Final = 8


class RowView(RowCanvas, can_focus=True):
    """Shows the rows of a `LineSource`, read-only; what `LineView` adds is find."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "row_down", "Down", id="view.down", show=False),
        Binding("k,up", "row_up", "Up", id="view.up", show=False),
        Binding("g,home", "first_row", "First row", id="view.first", show=False),
        Binding("G,end", "last_row", "Last row", id="view.last", show=False),
        Binding("pageup", "rows_up", "Page up", id="view.page-up", show=False),
        Binding("pagedown", "rows_down", "Page down", id="view.page-down", show=False),
        Binding("left", "move_left", "Left", id="view.left", show=False),
        Binding("right", "move_right", "Right", id="view.right", show=False),
        Binding("enter", "choose", "Open", id="view.choose", show=False),
        Binding("y", "copy_rows", "Copy", id="view.copy", show=False),
    ]

    @dataclass
    class CursorMoved(Message):
        """The cursor stands on another row, or on other contents."""

        view: RowView
        row: int

        @property
        def control(self) -> RowView:
            return self.view

    @dataclass
    class RowChosen(Message):
        """Enter was pressed, or a row was clicked twice."""

        view: RowView
        row: int

        @property
        def control(self) -> RowView:
            return self.view

    @dataclass
    class CopyRequested(Message):
        """The copy key was pressed; who gets it decides what is at hand.

        Attributes:
            selected: The selected text; empty when nothing is selected.
            row: The row under the cursor, or the first one that is seen.
        """

        view: RowView
        selected: str
        row: int

        @property
        def control(self) -> RowView:
            return self.view

    def cursor_moved(self) -> None:
        self.post_message(self.CursorMoved(self, self.cursor_row))

    # selection

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection; Textual's word."""
        self.refresh()

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        """Paint the selection; what a subclass paints lies under it."""
        selection = self.text_selection
        span = selection.get_span(row) if selection is not None else None
        if span is None:
            return []
        start, end = span
        end = len(text) if end < 0 else end
        style = self.screen.get_component_rich_style("screen--selection")
        if self.app.no_color:
            style = Style(reverse=True)
        return [(max(start, self._source.gutter), end, style)]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text of the rows, without gutters; Textual's word."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self._count - 1
        parts = []
        for row in range(max(first, 0), min(last, self._count - 1) + 1):
            start, end = selection.get_span(row) or (0, 0)
            parts.append(self._cut(row, start, end))
        return ("\n".join(parts), "\n") if parts else None

    def _cut(self, row: int, start: int, end: int) -> str:
        text, gutter = self._source.text(row), self._source.gutter
        first = drawn_index(text, max(start - gutter, 0), gutter)
        return text[first : None if end < 0 else drawn_index(text, max(end - gutter, 0), gutter)]

    def selected_text(self) -> str:
        """Return what is selected here, or an empty text."""
        selection = self.text_selection
        found = self.get_selection(selection) if selection is not None else None
        return found[0] if found else ""

    def text_select_all(self) -> None:
        """Leave out what Textual does on a double click: a row is chosen by it."""

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        row = self.top + offset.y if offset is not None else self._count
        if not self.show_cursor or row >= self._count:
            return
        self.cursor_row = row
        if event.chain == 2:
            self.action_choose()

    # keys

    def action_row_down(self) -> None:
        self._move(1)

    def action_row_up(self) -> None:
        self._move(-1)

    def action_rows_down(self) -> None:
        self._move_page(1)

    def action_rows_up(self) -> None:
        self._move_page(-1)

    def action_first_row(self) -> None:
        self.scroll_to(0, 0, animate=False, force=True)
        self.go_to(0)

    def action_last_row(self) -> None:
        self.go_to(self._count - 1)

    def action_move_left(self) -> None:
        self.scroll_to(self.scroll_offset.x - SIDEWAYS, animate=False, force=True)

    def action_move_right(self) -> None:
        self.scroll_to(self.scroll_offset.x + SIDEWAYS, animate=False, force=True)

    def action_choose(self) -> None:
        if self._count and self.show_cursor:
            self.post_message(self.RowChosen(self, self.cursor_row))

    def action_copy_rows(self) -> None:
        row = self.cursor_row if self.show_cursor else self.top
        self.post_message(self.CopyRequested(self, self.selected_text(), row))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave enter to others where there is no cursor; Textual's word."""
        if action == "choose" and not self.show_cursor:
            return False
        return super().check_action(action, parameters)

    def _move(self, by: int) -> None:
        if self.show_cursor:
            self.go_to(self.cursor_row + by)
        else:
            self.scroll_to(y=self.top + by, animate=False, force=True)

    def _move_page(self, pages: int) -> None:
        by = pages * max(self.rows_seen - 1, 1)
        self.scroll_to(y=self.top + by, animate=False, force=True)
        if self.show_cursor:
            self.go_to(self.cursor_row + by)
