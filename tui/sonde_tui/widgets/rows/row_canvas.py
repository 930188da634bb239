"""Rows of a source that is replaced, grows, is followed, or is counted while one looks."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from textual import events, on, work
from textual.geometry import Region, Size

from .line_source import LineSource, TextLines
from .row_drawing import RowDrawing

SLICE: Final = 0.003  # seconds of work between two looks at the keyboard
PAUSE: Final = 0.001
NARROWEST: Final = 10  # cells of a wrapped row at least
FRAME: Final = 1 / 20  # how often growing rows are drawn
EMPTY: Final = TextLines([])


class RowCanvas(RowDrawing):
    """Shows the rows of a `LineSource`, with a cursor or without; `RowView` adds keys and mouse.

    Attributes:
        follow: Whether the end stays in view while rows are added, as long as one stays there.
        wrapped: Whether rows end at the edge of the view, in sources that can be cut so.
    """

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
        super().__init__(source, cursor=cursor, id=id, classes=classes)
        self.follow = follow
        self.wrapped = False
        self._to_end = False  # whether the end is wanted that is not known yet
        self._left: int | None = None  # rows when the end was left, while it is followed
        self._building = False

    # what is shown

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
