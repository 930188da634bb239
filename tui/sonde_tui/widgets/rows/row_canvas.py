"""Rows of a source, drawn: only what is seen is made, and rows may be added meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Final, NamedTuple

from rich.segment import Segment
from textual import events, on, work
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from .line_source import LineSource, TextLines
from .line_strips import Span, fitted, paint, strip_of, with_offsets
from .row_looks import RowLooks

SLICE: Final = 0.003  # seconds of work between two looks at the keyboard
PAUSE: Final = 0.001
NARROWEST: Final = 10  # cells of a wrapped row at least
FRAME: Final = 1 / 20  # how often growing rows are drawn
KEPT: Final = 500  # rows that are kept as they were drawn
EMPTY: Final = TextLines([])


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


class RowCanvas(RowLooks):
    """Shows the rows of a `LineSource`, with a cursor or without; `RowView` adds keys and mouse.

    Attributes:
        cursor_row: The row under the cursor, where there is one.
        follow: Whether the end stays in view while rows are added, as long as one stays there.
        wrapped: Whether rows end at the edge of the view, in sources that can be cut so.
    """

    cursor_row: reactive[int] = reactive(0, repaint=False)  # the two rows are drawn by its watcher

    def __init__(
        self,
        source: LineSource = EMPTY,
        *,
        cursor: bool = False,
        follow: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Show a source.

        Args:
            source: Where rows come from.
            cursor: Whether a row is chosen by moving; without, the keys scroll.
            follow: Whether the last row stays in view while rows are added, if it was.
            id: Of the widget.
            classes: Of the widget.
        """
        super().__init__(id=id, classes=classes)
        self.show_cursor = cursor
        self.follow = follow
        self.wrapped = False
        self._to_end = False  # whether the end is wanted that is not known yet
        self._left: int | None = None  # rows when the end was left, while it is followed
        self._source = source
        self._count = 0
        self._widest = 0
        self._strips: dict[int, Strip] = {}
        self._rests: dict[int, int] = {}  # cells of rows that were not drawn, beyond the view
        self._frame: Frame | None = None  # while it is drawn
        self._building = False

    # what is shown

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

    def show(self, source: LineSource, *, row: int = 0) -> None:
        """Show other contents, from a row on."""
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()  # it would lie over other text
        self._source = source
        self._count = 0
        self._left = None
        self._forget()
        self._building = False
        self.fit(source)
        source.build(SLICE)
        self._make_room(source.count)
        self.scroll_to(0, 0, animate=False, force=True)
        self.refresh_lines()
        self.rows_changed(0)
        self.set_reactive(RowCanvas.cursor_row, 0)
        self.go_to(row)
        if self.show_cursor:
            self.cursor_moved()
        self.refresh()

    def fit(self, source: LineSource) -> None:
        """Let a source that is to be shown end its rows where this view wants it."""
        source.wrap(self.row_width)

    @property
    def row_width(self) -> int:
        """Cells after which rows end; 0 when they are as long as their lines."""
        room = (
            self.outer_size.width - self.styles.gutter.width - self.styles.scrollbar_size_vertical
        )
        return max(room, NARROWEST) if self.wrapped and self.outer_size.width else 0

    def on_mount(self) -> None:
        self.refresh_lines()

    def refresh_lines(self, y_start: int = -1, line_count: int = 1) -> None:
        """Take in rows that were added at the end; with a row, draw rows again from it on."""
        if y_start >= 0:
            for row in range(y_start, min(y_start + line_count, self._count)):
                self._discard(row)
            super().refresh_lines(y_start, line_count)
            return
        if self._building or not self.is_attached:
            return
        done = self._source.build(SLICE)
        self._take_in()
        if not done:
            self._building = True
            self._build(self._source)

    def grown(self) -> None:
        """Take in rows that were added, and what was added to the last one."""
        last = self._count - 1
        self.refresh_lines()
        if last >= 0:
            self.refresh_lines(last)
            self.rows_changed(last)

    @work(group="lines", exclusive=True)
    async def _build(self, source: LineSource) -> None:
        drawn = time.monotonic()
        done = False
        while not done and source is self._source:
            await asyncio.sleep(PAUSE)
            done = source.build(SLICE)
            if done or time.monotonic() - drawn > FRAME:
                self._take_in()
                drawn = time.monotonic()
        if source is self._source:
            self._building = self._to_end = False

    def redraw(self) -> None:
        """Draw all rows again: the source shows them differently now."""
        self._forget()
        self._count = 0
        self.refresh_lines()
        self.rows_changed(0)
        self.refresh()

    def recount(self) -> None:
        """Take rows as they are cut now; the source cuts them otherwise than before."""
        self._forget()
        self._count = self._source.count
        self._left = None
        self.virtual_size = Size(1, self._count)
        self.cursor_row = min(self.cursor_row, max(self._count - 1, 0))
        self.refresh_lines()
        self.rows_changed(0)
        self.refresh()

    def _forget(self) -> None:
        """Draw all rows anew."""
        self._strips.clear()
        self._rests.clear()
        self._widest = 0

    def _discard(self, row: int) -> None:
        self._strips.pop(row, None)
        self._rests.pop(row, None)

    def _take_in(self) -> None:
        """Learn how many rows there are now."""
        known, count = self._count, self._source.count
        if count == known:
            return
        stays = (self.follow or self._to_end) and self.is_at_end
        self._to_end = stays and self._to_end
        if count > known:
            self._discard(known - 1)
        else:
            self._forget()
        if count < known or not self.follow or stays:
            self._left = None
        elif self._left is None:
            self._left = known
        self._count = count
        self._make_room(count)
        self.rows_changed(min(known, count) - 1)
        if stays:
            self.scroll_to(y=count, animate=False, force=True)
            self.cursor_row = count - 1
        self.cursor_row = min(self.cursor_row, max(count - 1, 0))
        if known <= self.top + self.rows_seen or count < known:
            self.refresh()
        elif self._left is not None:
            self.refresh_bar()

    def _make_room(self, count: int) -> None:
        """Scroll over so many rows; the screen is laid out anew if the bar comes or goes."""
        size, has_bar = Size(1, count), self.show_vertical_scrollbar
        if has_bar is not (count > self.scrollable_content_region.height):
            self.virtual_size = size
            return
        # Textual types it as what it gives, not as what it is.
        self.set_reactive(RowCanvas.virtual_size, size)  # pyright: ignore[reportArgumentType]
        if has_bar:
            self.vertical_scrollbar.window_virtual_size = count

    # following

    @property
    def is_at_end(self) -> bool:
        """Whether the last row is seen, and the cursor stands on it."""
        last = self.cursor_row >= self._count - 1 or not self.show_cursor
        # By the rows and not by how far one can scroll: at first there is no room yet.
        return last and self.top + self.rows_seen >= self._count

    @property
    def new_rows(self) -> int:
        """How many rows were added since the end that is followed was left."""
        return self._count - self._left if self._left is not None else 0

    def go_to_end(self) -> None:
        """Go to the last row, also where it takes a while to know which one that is."""
        self.go_to(self._count - 1)
        self._to_end = self._building

    def follow_end(self) -> None:
        """Go to the last row, and stay there while rows are added."""
        self.follow = True
        self._left = None
        self.go_to(self._count - 1)
        self.refresh_bar()

    @on(events.Resize)
    def _keep_end(self) -> None:
        """Keep the end in view in a room of another height."""
        stayed = self.show_cursor and self.cursor_row >= self._count - 1
        if self.follow and self._left is None and stayed:
            self.scroll_to(y=self._count, animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._left is not None and self.is_at_end:
            self._left = None

    def bar_text(self) -> str:
        """Say what a bar over the last row is to tell; empty for nothing."""
        new = self.new_rows
        return f"↓ {new:,} new {'row' if new == 1 else 'rows'} · G" if new else ""

    def refresh_bar(self) -> None:
        """Draw the row again that a bar may lie over."""
        self.refresh(Region(0, self.rows_seen - 1, self.size.width, 1))

    def rows_changed(self, row: int) -> None:
        """Hear that rows are new or different from `row` on; for those who look at all rows."""

    def cursor_moved(self) -> None:
        """Hear that the cursor stands on another row, or on other contents."""

    def go_to(self, row: int) -> None:
        """Bring a row into view, and the cursor to it."""
        row = max(0, min(row, self._count - 1))
        if self.show_cursor:
            self.cursor_row = row
        self._reveal(row)

    def _reveal(self, row: int, *, center: bool = False) -> None:
        height = self.rows_seen
        if self.top <= row < self.top + height:
            return
        nearest = row if row < self.top else row - height + 1
        top = row - height // 2 if center else nearest
        self.scroll_to(y=max(top, 0), animate=False, force=True)

    def repaint_rows(self, first: int, last: int) -> None:
        """Paint rows again, as far as they are seen, with what lies over them now."""
        first, last = max(first, self.top), min(last, self.top + self.rows_seen)
        if first <= last:
            super().refresh_lines(first, last - first + 1)

    def watch_cursor_row(self, before: int, row: int) -> None:
        for changed in (before, row):
            super().refresh_lines(changed)
        if self.show_cursor:
            self._reveal(row)
            self.cursor_moved()
        if self._left is not None and self.is_at_end:
            self._left = None

    # drawing

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
