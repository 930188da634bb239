"""Rows of a source, drawn: only what is seen is made."""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from .line_source import LineSource
from .line_strips import Span, fitted, paint, strip_of, with_offsets
from .row_looks import RowLooks

KEPT: Final = 500  # rows that are kept as they were drawn


class Frame(NamedTuple):
    """Which part of the rows is seen, in cells and rows.

    Attributes:
        cursor: The row that is drawn as a bar; -1 for none.
    """

    width: int
    height: int
    left: int
    top: int
    cursor: int


class RowDrawing(RowLooks):
    """Draws the rows of a source, with a cursor or without.

    Attributes:
        cursor_row: The row under the cursor, where there is one.
        show_cursor: Whether there is one.
    """

    cursor_row: reactive[int] = reactive(0, repaint=False)  # who moves it draws both rows

    def __init__(
        self, source: LineSource, *, cursor: bool, id: str | None, classes: str | None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.show_cursor = cursor
        self._source = source
        self._count = 0  # rows that are known
        self._widest = 0
        self._strips: dict[int, Strip] = {}
        self._rests: dict[int, int] = {}  # cells of rows that were not drawn, beyond the view
        self._frame: Frame | None = None  # while it is drawn

    @property
    def source(self) -> LineSource:
        """Where the rows come from."""
        return self._source

    @property
    def top(self) -> int:
        """The first row that is seen."""
        return self.scroll_offset.y

    @property
    def rows_seen(self) -> int:
        """How many rows fit."""
        return max(self.scrollable_content_region.height, 1)

    def measure_rows(self, right: int) -> None:
        """Learn how wide the rows are that are seen, as far as a cell: no more is made of them."""
        self._widest = 0
        for row in range(self.top, min(self.top + self.rows_seen, self._count)):
            self._widest = max(self._widest, self._strip(row, right).cell_length)

    @property
    def max_scroll_x(self) -> int:
        """How far the widest row that was seen goes beyond the view; Textual's word."""
        return max(0, self._widest - self.scrollable_content_region.width)

    @property
    def allow_horizontal_scroll(self) -> bool:
        """Whether shift and the wheel move sideways, though there is no bar; Textual's word."""
        return self.max_scroll_x > 0

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw; offsets for the mouse are left out, they are dear and only asked for elsewhere."""
        self._frame = self._measured()
        try:
            if self.styles.gutter or self.opacity < 1 or self.styles.tint.a:
                return super().render_lines(crop)  # with borders, or veiled
            return self._rows_in(crop)
        finally:
            self._frame = None

    def _rows_in(self, crop: Region) -> list[Strip]:
        """Draw rows as Textual would, which takes it as long as all that is done here."""
        filters, (_, background) = self.app.get_line_filters(), self.background_colors
        whole = crop.column_span == (0, self.region.width)
        strips = []
        for y in crop.line_range:
            drawn = self.render_line(y)
            segments = safe = list(drawn)
            for each in filters:
                safe = each.apply(safe, background)
            strip = drawn if safe is segments else Strip(safe, drawn.cell_length)
            strips.append(strip if whole else strip.crop(*crop.column_span))
        return strips

    @property
    def painting(self) -> bool:
        """Whether rows are drawn for the screen, and not to be asked for their characters."""
        return self._frame is not None

    @property
    def frame(self) -> Frame:
        """What all rows have in common that are drawn together."""
        return self._frame or self._measured()

    def _measured(self) -> Frame:
        content, offset = self.scrollable_content_region, self.scroll_offset
        cursor = self.cursor_row if self.show_cursor and self.cursor_is_bar else -1
        return Frame(content.width, max(content.height, 1), offset.x, offset.y, cursor)

    def render_line(self, y: int) -> Strip:
        """Draw one row of the view; Textual's word."""
        width, _, left, top, cursor = self.frame
        row = top + y
        base = self.look("")
        if row >= self._count:
            return Strip.blank(width, base)
        drawn = self._strip(row, left + width + 1)
        if not self.painting:
            strip = drawn.crop_extend(left, left + width, base)
            return with_offsets(strip, row, left, drawn)
        if row == cursor:
            base = self.look("cursor")
            drawn = paint(drawn, [(0, len(drawn.text), base)])
        text = drawn.text
        first = len(drawn.crop(0, left).text) if left else 0
        spans = self.marks(row, text, first, first + width)
        if spans and spans[-1][1] > len(text):  # a place after the last character
            drawn = Strip([*drawn, Segment(" ", base)])
        return fitted(paint(drawn, spans) if spans else drawn, left, width, base, self.look("more"))

    @property
    def cursor_is_bar(self) -> bool:
        """Whether the whole row under the cursor is marked."""
        return True

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        """Return what is painted over a row.

        Args:
            row: Its number.
            text: As it is drawn, at least so much of it as is seen.
            first: The first character that is seen.
            last: The character after the last one that is seen.
        """
        return []

    def whole(self, row: int) -> Strip:
        """Return a row as it looks without cursor, hits and selection."""
        return self._strip(row, 0)

    def _strip(self, row: int, cells: int) -> Strip:
        """Return at least so many cells of a row: no more is decoded and coloured of a long one."""
        strip = self._strips.get(row)
        if strip is not None and row in self._rests and (not cells or strip.cell_length < cells):
            strip = None
        if strip is None:
            line, rest = self._source.head(row, cells) if cells else (self._source.line(row), 0)
            strip = strip_of(line, self.look, self.visual_style)
            self._discard(row)
            if len(self._strips) >= KEPT:
                self._discard(next(iter(self._strips)))
            self._strips[row] = strip
            if rest:
                self._rests[row] = rest
            self._widest = max(self._widest, strip.cell_length + rest)
        return strip

    def _forget(self) -> None:
        """Draw all rows anew."""
        self._strips.clear()
        self._rests.clear()
        self._widest = 0

    def _discard(self, row: int) -> None:
        self._strips.pop(row, None)
        self._rests.pop(row, None)
