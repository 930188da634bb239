"""Rows of a source, drawn: only what is seen is made, and rows may be added meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar, Final

from rich.style import Style
from textual import work
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as VisualStyle

from .line_source import LineSource, TextLines
from .line_strips import Span, fitted, paint, strip_of, with_offsets

SLICE: Final = 0.003  # seconds of work between two looks at the keyboard
PAUSE: Final = 0.001
FRAME: Final = 1 / 20  # how often growing rows are drawn
EMPTY: Final = TextLines([])


class RowCanvas(ScrollView):
    """Shows the rows of a `LineSource`, with a cursor or without; `RowView` adds keys and mouse.

    Attributes:
        cursor_row: The row under the cursor, where there is one.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line-view--{part}"
        for part in (
            *("key", "string", "number", "constant", "punctuation", "tag", "attribute", "comment"),
            *("sent", "received", "event", "error", "time", "muted", "strong", "more", "cursor"),
        )
    }

    DEFAULT_CSS = """
    RowCanvas {
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        color: $foreground;
        & > .line-view--key { color: $text-primary; }
        & > .line-view--string { color: $text-success; }
        & > .line-view--number { color: $text-warning; }
        & > .line-view--constant { color: $text-accent; text-style: bold; }
        & > .line-view--punctuation { color: $text-muted; }
        & > .line-view--tag { color: $text-primary; }
        & > .line-view--attribute { color: $text-accent; }
        & > .line-view--comment { color: $text-muted; text-style: italic; }
        & > .line-view--sent { color: $text-accent; text-style: bold; }
        & > .line-view--received { color: $text-success; text-style: bold; }
        & > .line-view--event { color: $text-muted; text-style: italic; }
        & > .line-view--error { color: $text-error; text-style: bold; }
        & > .line-view--time { color: $text-muted; }
        & > .line-view--muted { color: $text-muted; }
        & > .line-view--strong { text-style: bold; }
        & > .line-view--more { color: $text-accent; text-style: bold; }
        & > .line-view--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .line-view--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        &:nocolor > .line-view--cursor { text-style: underline; }
        &:nocolor:focus > .line-view--cursor { text-style: reverse; }
    }
    """

    cursor_row: reactive[int] = reactive(0)

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
        self._source = source
        self._count = 0
        self._widest = 0
        self._strips: LRUCache[int, Strip] = LRUCache(1000)
        self._styles_by_name: dict[str, Style] = {}
        self.painting = False
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
        self._widest = 0
        self._count = 0
        self._strips.clear()
        self._building = False
        self.virtual_size = Size(1, 0)
        self.scroll_to(0, 0, animate=False, force=True)
        source.build(SLICE)
        self.refresh_lines()
        self.rows_changed(0)
        self.set_reactive(RowCanvas.cursor_row, 0)
        self.go_to(row)
        if self.show_cursor:
            self.cursor_moved()
        self.refresh()

    def on_mount(self) -> None:
        self.refresh_lines()

    def refresh_lines(self, y_start: int = -1, line_count: int = 1) -> None:
        """Take in rows that were added at the end; with a row, draw rows again from it on."""
        if y_start >= 0:
            for row in range(y_start, min(y_start + line_count, self._count)):
                self._strips.discard(row)
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
            self._building = False

    def redraw(self) -> None:
        """Draw all rows again: the source shows them differently now."""
        self._strips.clear()
        self._widest = 0
        self._count = 0
        self.refresh_lines()
        self.rows_changed(0)
        self.refresh()

    def _take_in(self) -> None:
        """Learn how many rows there are now."""
        known, count = self._count, self._source.count
        if count == known:
            return
        at_end = self.top >= self.max_scroll_y
        at_last = self.cursor_row >= known - 1
        if count > known:
            self._strips.discard(known - 1)
        else:
            self._strips.clear()
        self._count = count
        self.virtual_size = Size(1, count)
        self.rows_changed(min(known, count) - 1)
        if self.follow and at_end:
            self.scroll_to(y=count, animate=False, force=True)
            self.cursor_row = count - 1 if at_last else self.cursor_row
        self.cursor_row = min(self.cursor_row, max(count - 1, 0))
        if known <= self.top + self.rows_seen or count < known:
            self.refresh()

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

    def watch_cursor_row(self, before: int, row: int) -> None:
        for changed in (before, row):
            super().refresh_lines(changed)
        if self.show_cursor:
            self._reveal(row)
            self.cursor_moved()

    # drawing

    @property
    def max_scroll_x(self) -> int:
        """How far the widest row that was seen goes beyond the view; Textual's word."""
        return max(0, self._widest - self.scrollable_content_region.width)

    @property
    def allow_horizontal_scroll(self) -> bool:
        """Whether shift and the wheel move sideways, though there is no bar; Textual's word."""
        return self.max_scroll_x > 0

    def notify_style_update(self) -> None:
        """Forget what was drawn in another look; Textual's word."""
        super().notify_style_update()
        self._strips.clear()
        self._styles_by_name.clear()

    def look(self, name: str) -> Style:
        """Return the style of a part of a row; see `Part`."""
        style = self._styles_by_name.get(name)
        if style is None:
            style = self._styles_by_name[name] = self._look(name)
        return style

    def _look(self, name: str) -> Style:
        if not name:
            return self.rich_style
        if "$" in name or " " in name:
            return (self.visual_style + VisualStyle.parse(name)).rich_style
        part = name if "--" in name else f"line-view--{name}"
        style = self.get_visual_style(part).rich_style
        reverse = self.get_component_styles(part).text_style.reverse
        return style + Style(reverse=True) if reverse else style

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw; offsets for the mouse are left out, they are dear and only asked for elsewhere."""
        self.painting = True
        try:
            return super().render_lines(crop)
        finally:
            self.painting = False

    def render_line(self, y: int) -> Strip:
        """Draw one row of the view; Textual's word."""
        width = self.scrollable_content_region.width
        left, row = self.scroll_offset.x, self.top + y
        base = self.look("")
        if row >= self._count:
            return Strip.blank(width, base)
        whole = self.whole(row)
        if not self.painting:
            strip = whole.crop_extend(left, left + width, base)
            return with_offsets(strip, row, left, whole)
        if self.show_cursor and row == self.cursor_row:
            base = self.look("cursor")
            whole = paint(whole, [(0, len(whole.text), base)])
        text = whole.text
        first = len(whole.crop(0, left).text) if left else 0
        spans = self.marks(row, text, first, first + width)
        return fitted(paint(whole, spans) if spans else whole, left, width, base, self.look("more"))

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        """Return what is painted over a row, from one character of it to before another."""
        return []

    def whole(self, row: int) -> Strip:
        """Return a row as it looks without cursor, hits and selection."""
        strip = self._strips.get(row)
        if strip is None:
            strip = strip_of(self._source.line(row), self.look, self.visual_style)
            self._strips[row] = strip
            self._widest = max(self._widest, strip.cell_length)
        return strip
