"""Rows of a source under keys and mouse: cursor, selection, copying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from .row_selection import BOTTOM, END
from .row_shape import RowShape

SIDEWAYS: Final = 8


class RowView(RowShape, can_focus=True):
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
        Binding("ctrl+c,super+c", "copy_selected", "Copy", id="view.copy-selection", show=False),
        Binding("space", "select", "Select", id="view.select", show=False),
        Binding("escape", "drop_selection", "Unselect", id="view.unselect"),
        Binding("shift+up", "extend_up", "Select up", id="view.select-up", show=False),
        Binding("shift+down", "extend_down", "Select down", id="view.select-down", show=False),
        Binding("shift+left", "extend_left", "Select left", id="view.select-left", show=False),
        Binding("shift+right", "extend_right", "Select right", id="view.select-right", show=False),
        Binding(
            "shift+home", "extend_home", "Select to line start", id="view.select-start", show=False
        ),
        Binding("shift+end", "extend_end", "Select to line end", id="view.select-end", show=False),
        Binding("W", "wrap", "Wrap", id="view.wrap", show=False),
        Binding("z", "fold", "Fold", id="view.fold", show=False),
        Binding("Z", "fold_all", "Fold all", id="view.fold-all", show=False),
        Binding("F", "follow", "Follow", id="view.follow", show=False),
    ]

    @dataclass
    class AtRow(Message):
        """Something was done at a row."""

        view: RowView
        row: int

        @property
        def control(self) -> RowView:
            return self.view

    class CursorMoved(AtRow):
        """The cursor stands on another row, or on other contents."""

    class RowChosen(AtRow):
        """Enter was pressed, or a row was clicked twice."""

    class CopyRequested(AtRow):
        """The copy key was pressed; who gets it decides what is at hand.

        The row is the one under the cursor, or the first one that is seen.
        """

        @property
        def selected(self) -> str:
            """The selected text; it may be long, and `RowSelection.selected_bytes` is quicker."""
            return self.view.selected_text()

    def cursor_moved(self) -> None:
        self.post_message(self.CursorMoved(self, self.cursor_row))

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
        self.go_to(0, 0)

    def action_last_row(self) -> None:
        if self.selecting:
            self.go_to(self._count - 1, BOTTOM)
        else:
            self.go_to_end()

    def action_move_left(self) -> None:
        self._move_sideways(-1)

    def action_move_right(self) -> None:
        self._move_sideways(1)

    def action_follow(self) -> None:
        self.drop_selection()
        self.follow_end()

    def action_choose(self) -> None:
        if self._count and self.show_cursor:
            self.post_message(self.RowChosen(self, self.cursor_row))

    def action_copy_rows(self) -> None:
        row = self.cursor_row if self.show_cursor else self.top
        self.post_message(self.CopyRequested(self, row))

    def action_copy_selected(self) -> None:
        self.action_copy_rows()

    # selecting

    def action_select(self) -> None:
        """Begin to select at the cursor, or end it there."""
        if self.selecting:
            self.drop_selection()
        else:
            self.select_from_here()

    def action_drop_selection(self) -> None:
        self.drop_selection()

    def action_extend_up(self) -> None:
        self._extend()
        self._move(-1)

    def action_extend_down(self) -> None:
        self._extend()
        self._move(1)

    def action_extend_left(self) -> None:
        self._extend()
        self.move_caret(-1)

    def action_extend_right(self) -> None:
        self._extend()
        self.move_caret(1)

    def action_extend_home(self) -> None:
        self._extend()
        self.go_to(self.cursor_row, 0)

    def action_extend_end(self) -> None:
        self._extend()
        self.go_to(self.cursor_row, END)

    def _extend(self) -> None:
        if not self.selecting:
            self.select_from_here()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys to others where they mean nothing here; Textual's word."""
        if action == "choose":
            return self.show_cursor
        if action in ("drop_selection", "copy_selected"):
            return self.ends is not None
        if action == "select" or action.startswith("extend_"):
            return self.can_select
        if action == "wrap":
            return self._source.wraps
        if action in ("fold", "fold_all"):
            return self._source.foldable
        return super().check_action(action, parameters)

    def _move(self, by: int) -> None:
        if not self.show_cursor:
            self.scroll_to(y=self.top + by, animate=False, force=True)
            return
        row = self.caret[0] + by
        inside = 0 <= row < self._count or not self.selecting
        self.go_to(row, None if inside else BOTTOM if by > 0 else 0)

    def _move_sideways(self, by: int) -> None:
        if self.selecting:
            self.move_caret(by)
            return
        if by > 0:
            width = self.scrollable_content_region.width
            self.measure_rows(self.scroll_offset.x + width + SIDEWAYS)
        self.scroll_to(self.scroll_offset.x + by * SIDEWAYS, animate=False, force=True)

    def _move_page(self, pages: int) -> None:
        by = pages * max(self.rows_seen - 1, 1)
        self.scroll_to(y=self.top + by, animate=False, force=True)
        if self.show_cursor:
            self._move(by)
