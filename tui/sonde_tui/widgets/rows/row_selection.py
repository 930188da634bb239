"""A part of the rows, selected by mouse or by keys, down to the byte."""

from __future__ import annotations

import sys
from typing import ClassVar, Final, TypeAlias

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region
from textual.selection import Selection
from textual.strip import Strip

from sonde_core.errors import BodyError
from sonde_core.words import count, size

from .line_source import Selected
from .line_strips import Span
from .row_canvas import RowCanvas

Ends: TypeAlias = tuple[tuple[int, int], tuple[int, int]]

# The column after the last character of any row, and the place after the end of the last one.
END: Final = sys.maxsize - 1
BOTTOM: Final = sys.maxsize


class RowSelection(RowCanvas):
    """Rows of which a part may be selected.

    Textual's screen knows what is selected, whoever does it. Keys move one end of it, the caret:
    the place before a character, in which typing would go on.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-view--caret"}

    DEFAULT_CSS = """
    RowSelection {
        & > .line-view--caret { background: $foreground; color: $background; text-style: bold; }
        &:nocolor > .line-view--caret { text-style: reverse; }
    }
    """

    _anchor: Offset | None = None  # the other end, while keys select
    _column = 0  # character before which the caret stands
    _aim = 0  # the same, before shorter rows came in the way
    _painted: Ends | None = None
    _ends_drawn: Ends | None = None  # looked up once for all rows that are drawn together

    @property
    def can_select(self) -> bool:
        """Whether keys may select here."""
        return self.show_cursor and self._source.selectable and self._count > 0

    @property
    def selecting(self) -> bool:
        """Whether moving changes the selection."""
        return self._anchor is not None

    @property
    def cursor_is_bar(self) -> bool:
        return not self.selecting

    @property
    def is_at_end(self) -> bool:
        return not self.selecting and super().is_at_end

    # what is selected

    @property
    def ends(self) -> Ends | None:
        """Row and column where the selection begins, and where it ends; None for none."""
        selection = self.text_selection if self.is_attached else None
        if selection is None:
            return None
        start, end = selection
        first = (max(start.y, 0), start.x) if start is not None else (0, 0)
        return first, (end.y, end.x) if end is not None else (self._count, 0)

    def selected_bytes(self) -> Selected | None:
        """Return what is selected, much of it to be read in a thread; None for nothing."""
        ends = self.ends
        return self._between(*ends) if ends is not None else None

    def begun_row(self) -> Selected | None:
        """Return the row under the cursor, folds in it unfolded, while a selection there is empty.

        It is None where something is selected, where no selection was begun, and for an empty row.
        """
        ends, row = self.ends, self.cursor_row
        if ends is None or not self.selecting or self._between(*ends) is not None:
            return None
        return self._between((row, 0), (row, END))

    def _between(self, first: tuple[int, int], last: tuple[int, int]) -> Selected | None:
        try:
            found = self._source.selected(*first, *last)
        except BodyError:  # whoever copies is told when all of it is read instead
            return None
        empty = not found if isinstance(found, bytes) else not self._source.measure(first, last)
        return None if empty else found

    def selected_text(self) -> str:
        """Return what is selected as text, or an empty one; bytes that are no UTF-8 stay."""
        found = self.selected_bytes() or b""
        try:
            data = found if isinstance(found, bytes) else found.read()
        except BodyError:
            return ""
        return data.decode("utf-8", "surrogateescape")

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text of the rows, without gutters; Textual's word."""
        text = self.selected_text()
        return (text, "\n") if text else None

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection; Textual's word."""
        if selection is None:
            self._anchor = None
        before, self._painted = self._painted, self.ends
        if before is None or self._painted is None:
            self.refresh_bindings()
            self.refresh()
            return
        for old, new in zip(before, self._painted, strict=True):
            if old != new:
                self.repaint_rows(*sorted((old[0], new[0])))

    def text_select_all(self) -> None:
        """Leave out what Textual does on a double click: a row is chosen by it."""

    def bar_text(self) -> str:
        ends = self.ends
        if ends is None or ends[0] == ends[1]:
            return super().bar_text()
        (first_row, _), (last_row, last_column) = ends
        begun = last_column > self._source.begins(last_row) or last_row == first_row
        told = count(last_row - first_row + begun, "row")
        measured = self._source.measure(*ends)
        return told if measured < 0 else f"{told} · {size(measured)}"

    # by keys

    def go_to(self, row: int, column: int | None = None) -> None:
        """Bring a row into view, and the cursor to it; a selection by keys ends there.

        Args:
            row: Its number.
            column: The character where the caret stands then; none leaves it in its column.
        """
        if column is not None:
            self._aim = column
        elif not self.selecting or self._aim == BOTTOM:
            self._aim = 0
        super().go_to(row)
        self._column = self._clamped(self._aim)
        if self.selecting:
            self._select_to_caret()

    def select_from_here(self) -> None:
        """Begin to select at the caret, or go on with what the mouse has selected."""
        ends = self.ends
        if ends is None or ends[0] == ends[1]:
            self._column = self._aim = self._clamped(self._column)
            self._anchor = Offset(self._column, self.cursor_row)
            self.repaint_rows(self.cursor_row, self.cursor_row)  # the bar becomes a caret
        else:
            (row, column), (last_row, last_column) = ends
            self._anchor = Offset(max(column, self._source.begins(row)), row)
            self.go_to(last_row, last_column if last_row < self._count else BOTTOM)
        self._select_to_caret()

    def drop_selection(self) -> None:
        """Select nothing; the next selection begins where a row does, as the cursor shows it."""
        if self.selecting:
            self._column = self._aim = 0
        self._anchor = None
        if self.is_attached and self.screen.selections:
            self.screen.clear_selection()
        self.refresh()

    def select(self, first: tuple[int, int], last: tuple[int, int], *, by_keys: bool) -> None:
        """Select between two places; keys move the second one, which may lie before the first."""
        if by_keys:
            self._anchor = Offset(first[1], first[0])
            self.go_to(*last)
            return
        ends = Selection.from_offsets(Offset(first[1], first[0]), Offset(last[1], last[0]))
        self.screen.selections = {self: ends}

    def move_caret(self, by: int) -> None:
        """Move the end of the selection by characters, over the ends of rows."""
        row, column = self._source.stepped(*self.caret, by)
        self.go_to(row, column if row < self._count else BOTTOM)

    @property
    def caret(self) -> tuple[int, int]:
        """Row and column of the end that moves; it may lie below the last row."""
        if self.selecting and self._aim == BOTTOM:
            return self.cursor_row + 1, 0
        return self.cursor_row, self._column

    def _clamped(self, column: int) -> int:
        if not self._count:
            return 0
        # Most places are at the start of a row, and how long that is need not be known there.
        length = len(self.whole(self.cursor_row).text) if column > self._source.gutter else column
        return max(min(column, length), self._source.begins(self.cursor_row))

    def _select_to_caret(self) -> None:
        row, column = self.caret
        caret = Offset(column, row)
        if self._anchor is not None:
            self.screen.selections = {self: Selection.from_offsets(self._anchor, caret)}
        self.reveal_column(self.cursor_row, self._column)
        self.refresh_bar()

    def reveal_column(self, row: int, first: int, last: int | None = None) -> None:
        """Scroll sideways until characters of a row are seen."""
        text = self.whole(row).text
        left = cell_len(text[:first])
        right = left + (1 if last is None else cell_len(text[first:last]))
        width = self.scrollable_content_region.width - 1
        if not self.scroll_offset.x <= left <= right <= self.scroll_offset.x + width:
            self.measure_rows(right + width)
            self.scroll_to(max(right - width * 2 // 3, 0), animate=False, force=True)

    def on_key(self, event: events.Key) -> None:
        """Drop the selection before the screen does, and before escape means something else."""
        if event.key == "escape" and self.ends is not None:
            event.stop()
            event.prevent_default()
            self.drop_selection()

    # drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ends_drawn = self.ends
        return super().render_lines(crop)

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        """Paint the selection and the caret; what a subclass paints lies under it."""
        ends = self._ends_drawn
        if ends is None or not ends[0][0] <= row <= ends[1][0]:
            return []
        style = self.screen.get_component_rich_style("screen--selection")
        if self.app.no_color:
            style = Style(reverse=True)
        try:
            spans = [(*span, style) for span in self._source.marked(row, *ends, len(text))]
        except BodyError:
            spans = []
        if self.selecting and row == self.cursor_row:
            spans.append((self._column, self._column + 1, self.look("caret")))
        return spans
