"""The one view of rows for bodies, transcripts, wire, hex and lists: a row view with find.

The line to type in belongs to the view itself, not to a widget that would have to be mounted
first: so keys that are typed quickly after `/` all arrive.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, work
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from sonde_core.safetext import line
from sonde_core.words import count

from .line_finder import Finder
from .line_source import Line, LineSource, Part, TextLines
from .line_strips import Span
from .row_canvas import FRAME, PAUSE, SLICE
from .row_view import RowView

__all__ = ["Line", "LineSource", "LineView", "Part", "TextLines"]


class LineView(RowView):
    """Shows the rows of a `LineSource`; read-only, with find, selection and an optional cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", id="view.find", key_display="/"),
        Binding("n", "find_next", "Next hit", id="view.next", show=False),
        Binding("N", "find_previous", "Previous hit", id="view.previous", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-view--hit",
        "line-view--hit-current",
        "line-view--find",
    }

    DEFAULT_CSS = """
    LineView {
        & > .line-view--hit {
            background: $warning-muted; color: $text-warning; text-style: underline;
        }
        & > .line-view--hit-current {
            background: $warning; color: $background; text-style: bold underline;
        }
        & > .line-view--find { background: $panel; color: $foreground; text-style: bold; }
        &:nocolor > .line-view--hit-current { text-style: reverse; }
        &:nocolor > .line-view--find { text-style: reverse; }
    }
    """

    @dataclass
    class Searched(Message):
        """A search has gone on.

        Attributes:
            needle: What is looked for; empty when the search was left.
            count: Hits so far.
            complete: Whether all rows were looked at.
        """

        view: LineView
        needle: str
        count: int
        complete: bool

        @property
        def control(self) -> LineView:
            return self.view

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LineView.Searched) and message.view is self.view

    _finder: Finder | None = None
    _hit: tuple[int, int] | None = None  # row and character of the hit that is shown
    _sought: tuple[bool, int, int] | None = None  # forward, and from where
    _typed: str | None = None  # what is being typed after `/`
    _before: tuple[str, int] = ("", 0)  # what was looked for, and seen first, before `/`
    _find_keys: frozenset[str] = frozenset()

    def find(self, needle: str) -> None:
        """Look for text in all rows and show the first hit from the first visible row on."""
        needle = line(needle)
        self._hit = None
        self._sought = None
        self._finder = Finder(needle) if needle else None
        if needle:
            self._sought = (True, self.cursor_row if self.show_cursor else self.top, -1)
            self._search()
        else:
            self.workers.cancel_group(self, "find")
            self.post_message(self.Searched(self, "", 0, complete=True))
        self.refresh()

    @property
    def needle(self) -> str:
        """What is looked for; empty for nothing."""
        return self._finder.needle if self._finder else ""

    def rows_changed(self, row: int) -> None:
        if row <= 0:
            self._hit = None
        if self._finder is not None and self.is_attached:
            self._finder.reopen(max(row, 0))
            self._search()

    @work(group="find", exclusive=True)
    async def _search(self) -> None:
        """Look at all rows, a slice at a time."""
        finder, told = self._finder, 0.0
        while finder is not None and finder is self._finder:
            done = finder.step(self.source, SLICE)
            if self._sought is not None and self._seek(*self._sought):
                self._sought = None
            if done or time.monotonic() - told > FRAME:
                told = time.monotonic()
                self._tell_searched(finder)
            if done:
                return
            await asyncio.sleep(PAUSE)

    def _tell_searched(self, finder: Finder) -> None:
        self.post_message(self.Searched(self, finder.needle, finder.count, finder.complete))
        self._refresh_bar()

    def _seek(self, forward: bool, row: int, place: int) -> bool:
        """Show the next hit from a place on, round the end if need be; False for none so far."""
        if (finder := self._finder) is None:
            return False
        here = [p for p in self._places(row) if (p > place if forward else p < place)]
        if here:
            self._show_hit(row, here[0 if forward else -1])
            return True
        found = finder.after(row) if forward else finder.before(row)
        if found is None and finder.complete:
            found = finder.after(-1) if forward else finder.before(self.source.count)
        if found is None:
            return False
        places = self._places(found) or [self.source.gutter]
        self._show_hit(found, places[0 if forward else -1])
        return True

    def _places(self, row: int) -> Sequence[int]:
        if self._finder is None or not 0 <= row < self.source.count:
            return []
        return self._finder.places(row, self.whole(row).text, self.source.gutter)

    def _show_hit(self, row: int, place: int) -> None:
        self._hit = (row, place)
        self._reveal(row, center=True)
        self.go_to(row)
        left = cell_len(self.whole(row).text[:place])
        right = left + cell_len(self.needle)
        width = self.scrollable_content_region.width - 1
        if not self.scroll_offset.x <= left <= right <= self.scroll_offset.x + width:
            self.scroll_to(max(right - width * 2 // 3, 0), animate=False, force=True)
        self.refresh()

    # drawing

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        above = super().marks(row, text, first, last)
        if self._finder is None:
            return above
        plain, current = self.look("hit"), self.look("hit-current")
        places, length = self._places(row), len(self.needle)
        seen = places[bisect_left(places, first - length) : bisect_left(places, last)]
        hits = [
            (place, place + length, current if (row, place) == self._hit else plain)
            for place in seen
        ]
        return [*hits, *above]

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if not self.painting or y != self._bar_row:
            return strip
        if self._typed is not None:
            return self._prompt(strip.cell_length)
        return self._with_count(strip) if self._finder is not None else strip

    @property
    def _bar_row(self) -> int:
        """The last row seen, or the first one where the bar would lie over the hit."""
        last = self.rows_seen - 1
        return 0 if self._hit is not None and self._hit[0] == self.top + last else last

    def _refresh_bar(self) -> None:
        for row in (0, self.rows_seen - 1):
            self.refresh(Region(0, row, self.size.width, 1))

    def _prompt(self, width: int) -> Strip:
        style = self.look("find")
        told = f" {self._told()} "
        room = max(width - cell_len(told) - 3, 4)
        typed = self._typed or ""
        shown = typed if cell_len(typed) <= room else f"…{typed[1 - room :]}"
        return Strip(
            [Segment(f"/{shown}▏".ljust(room + 3), style), Segment(told, style)]
        ).crop_extend(0, width, style)

    def _with_count(self, strip: Strip) -> Strip:
        needle = self.needle if len(self.needle) <= 20 else f"{self.needle[:19]}…"
        label = Strip([Segment(f" /{needle}  {self._told()} ", self.look("find"))])
        left = max(strip.cell_length - label.cell_length, 0)
        return Strip.join([strip.crop(0, left), label]).crop(0, strip.cell_length)

    def _told(self) -> str:
        """Say how many hits there are, and which one is shown."""
        finder = self._finder
        if finder is None:
            return ""
        more = "+" if finder.full else "" if finder.complete else "…"
        if not finder.count:
            return "no hit" if finder.complete else "looking…"
        if self._hit is None:
            return f"{count(finder.count, 'hit')}{more}"
        row, place = self._hit
        number = finder.number(row) + sum(p <= place for p in self._places(row))
        return f"{number:,} of {finder.count:,}{more}"

    # keys

    def on_focus(self) -> None:
        """Learn which keys begin a search: they may be rebound."""
        self._find_keys = frozenset(
            key
            for key, active in self.screen.active_bindings.items()
            if active.node is self and active.binding.action == "find"
        )

    def on_blur(self) -> None:
        self._type(None)

    def on_key(self, event: events.Key) -> None:
        if self._typed is None:
            if event.key in self._find_keys:
                event.stop()
                self.action_find()
            return
        if event.key == "enter":
            self._type(None)
        elif event.key == "escape":
            self._type(None)
            self._leave_find()
        elif event.key == "backspace":
            self._type(self._typed[:-1])
        elif event.key == "ctrl+u":
            self._type("")
        elif event.is_printable and event.character:
            self._type(self._typed + event.character)
        else:
            self._type(None)
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        if self._typed is not None:
            event.stop()
            self._type(self._typed + line(event.text.split("\n")[0].rstrip("\r")))

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell that keys are typed text now; Textual's word."""
        return self._typed is not None and character is not None and character.isprintable()

    def _type(self, text: str | None) -> None:
        """Take what is typed after `/`; None ends the typing."""
        before, self._typed = self._typed, text
        if text is not None and before is not None and text != before:
            self.find(text)
        if text is not before:
            self.refresh_bindings()
            self._refresh_bar()

    def _leave_find(self) -> None:
        needle, top = self._before
        self.scroll_to(y=top, animate=False, force=True)
        self.find(needle)
        self._sought = None

    def action_find(self) -> None:
        self._before = (self.needle, self.top)
        self._type("")

    def action_find_next(self) -> None:
        self._go_on(forward=True)

    def action_find_previous(self) -> None:
        self._go_on(forward=False)

    def _go_on(self, *, forward: bool) -> None:
        if self._finder is None:
            return
        row, place = self._hit or (self.top, -1 if forward else 0)
        if not self._seek(forward, row, place) and not self._finder.complete:
            self._sought = (forward, row, place)
