"""The one view of rows for bodies, transcripts, wire, hex and lists: a row view with find."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, work
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from sonde_core.errors import SondeError
from sonde_core.safetext import line

from .line_source import Line, LineSource, Part, TextLines
from .line_strips import Span
from .row_canvas import FRAME
from .row_view import RowView

if TYPE_CHECKING:  # what finds is not needed before somebody looks for something
    from sonde_core.search import Hit, Query

    from ..find.find_prompt import FindPrompt
    from ..find.finder import AnyFinder
    from ..find.line_finder import LineFinder

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
        "line-view--find-keys",
        "line-view--find-wrong",
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
        & > .line-view--find-keys { background: $panel; color: $text-muted; }
        & > .line-view--find-wrong { background: $panel; color: $text-error; text-style: bold; }
        &:nocolor > .line-view--hit-current { text-style: reverse; }
        &:nocolor > .line-view--find { text-style: reverse; }
        &:nocolor > .line-view--find-keys { text-style: reverse; }
        &:nocolor > .line-view--find-wrong { text-style: reverse; }
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

    _finding: LineFinder | None = None
    _searching: LineFinder | None = None  # whose search runs
    _preparing: bool = False
    _queued: tuple[bool, ...] = ()  # steps to go once a pattern is prepared
    _wrong: SondeError | None = None  # why what was typed last cannot be found
    _prompt: FindPrompt | None = None
    _before: tuple[Query | None, int, int] = (None, 0, 0)  # what was found, and seen, before `/`
    _find_keys: frozenset[str] = frozenset()

    def find(self, query: Query | str) -> None:
        """Look for something in all rows and show the first hit from where one stands on."""
        from sonde_core.search import Query

        query = Query(query) if isinstance(query, str) else query
        self.workers.cancel_group(self, "pattern")
        self._wrong, self._preparing, self._queued = None, False, ()
        if not query.text:
            self._leave()
            self.post_message(self.Searched(self, "", 0, complete=True))
        elif query.regex:
            self._preparing = True
            self._prepare(self._finder_of(query))
        else:
            self._begin(self._finder_of(query), seeks=True)
        self.refresh()

    @property
    def needle(self) -> str:
        """What is looked for; empty for nothing."""
        return self._finding.finder.query.text if self._finding else ""

    @property
    def _here(self) -> int:
        return self.cursor_row if self.show_cursor else self.top

    def _finder_of(self, query: Query) -> AnyFinder:
        from ..find.finders import finder_of

        return finder_of(self.source, query, self._here)

    @work(group="pattern", exclusive=True)
    async def _prepare(self, finder: AnyFinder) -> None:
        """Go over to another pattern once it is known to be one; till then the last one stays."""
        try:
            await finder.search.prepare()
        except SondeError as error:
            self._wrong = error
            self.refresh_bar()
            return
        finally:
            self._preparing = False
        queued, self._queued = self._queued, ()
        if finder.source is not self.source:
            finder = self._finder_of(finder.query)
        self._begin(finder, seeks=True)
        for forward in queued:
            self._go_on(forward=forward)

    def _begin(self, finder: AnyFinder, *, seeks: bool) -> None:
        from ..find.line_finder import LineFinder

        self._leave()
        self._finding = LineFinder(finder, self._here, seeks=seeks)
        self._search(self._finding)
        self.refresh()

    def _leave(self) -> None:
        """Look for nothing any more."""
        self.workers.cancel_group(self, "find")
        if self._finding is not None:
            self._finding.search.stop()
        self._finding = self._searching = None

    def rows_changed(self, row: int) -> None:
        finding = self._finding
        if finding is None or not self.is_attached:
            return
        if finding.finder.source is not self.source:
            self._begin(self._finder_of(finding.finder.query), seeks=False)
            return
        finding.finder.changed(max(row, 0))
        self._wake()

    def _wake(self) -> None:
        """Go on with a search that has something to do again."""
        finding = self._finding
        if finding is None:
            return
        self._show_next(finding)
        if finding is not self._searching and not finding.search.idle:
            self._search(finding)

    @work(group="find", exclusive=True)
    async def _search(self, finding: LineFinder) -> None:
        """Look at all rows; a thread does it, a moment at a time."""
        self._searching, told = finding, 0.0
        while finding is self._finding and not finding.search.idle:
            asked = finding.search.asked
            await finding.search.work(eager=finding.seeks)
            self._show_next(finding)
            if asked:
                self.refresh()
            if time.monotonic() - told > FRAME:
                told = time.monotonic()
                self._tell_searched(finding)
            await asyncio.sleep(0)
        if finding is self._finding:
            self._searching = None
            self._tell_searched(finding)

    def _tell_searched(self, finding: LineFinder) -> None:
        search = finding.search
        self.post_message(self.Searched(self, self.needle, search.count, search.complete))
        self.refresh_bar()

    def _show_next(self, finding: LineFinder) -> None:
        found = finding.next() if finding is self._finding else None
        if found is not None:
            self._show_hit(*found)

    def _show_hit(self, row: int, hit: Hit) -> None:
        if self._finding is None:
            return
        if self.unfold(hit[1]):
            row = self._finding.finder.row_of(hit) or row
        first, last = self._finding.finder.column_of(row, hit)
        self._reveal(row, center=True)
        self.go_to(row, first)
        self.reveal_column(row, first, last)
        self.refresh()

    # drawing

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        above = super().marks(row, text, first, last)
        finding = self._finding
        if finding is None:
            return above
        plain, current = self.look("hit"), self.look("hit-current")
        hits = [
            (left, right, current if hit == finding.hit else plain)
            for hit, left, right in finding.finder.shown(row, first, last)
        ]
        if finding.search.asked and finding is not self._searching:
            self._searching = finding
            self.call_later(self._search, finding)
        return [*hits, *above]

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if not self.painting or y != self._bar_row:
            return strip
        if self._typing:
            return self._draw_prompt(strip.cell_length)
        return self._with_bar(strip)

    @property
    def _typing(self) -> bool:
        return self._prompt is not None and self._prompt.text is not None

    @property
    def _bar_row(self) -> int:
        """The last row seen, or the first one where the bar would lie over the hit."""
        frame = self.frame
        last = frame.height - 1
        finding = self._finding
        if finding is None or finding.hit is None:
            return last
        return 0 if finding.finder.row_of(finding.hit) == frame.top + last else last

    def refresh_bar(self) -> None:
        for row in (0, self.rows_seen - 1):
            self.refresh(Region(0, row, self.size.width, 1))

    def _draw_prompt(self, width: int) -> Strip:
        assert self._prompt is not None  # noqa: S101 - somebody types
        style, dim = self.look("find"), self.look("find-keys")
        wrong = self._wrong is not None or self._failed
        told_style = self.look("find-wrong") if wrong else style
        return self._prompt.draw(width, self._told(), style, told_style, dim)

    def _with_bar(self, strip: Strip) -> Strip:
        """Lay over a row what is to be told: of the search, of the selection, of new rows."""
        parts = [Segment(f" {told} ", self.look("find"))] if (told := self.bar_text()) else []
        if self._finding is not None or self._wrong is not None:
            style = self.look("find-wrong" if self._failed or self._wrong else "find")
            needle = line(self.needle, limit=20)
            parts.append(Segment(f" /{needle}  {self._told()} ", style))
        label = Strip(parts)
        left = max(strip.cell_length - label.cell_length, 0)
        return Strip.join([strip.crop(0, left), label]).crop(0, strip.cell_length)

    @property
    def _failed(self) -> bool:
        return self._finding is not None and self._finding.search.error is not None

    def _told(self) -> str:
        """Say what came of the search so far."""
        if self._wrong is not None:
            return line(self._wrong.message)
        return line(self._finding.told()) if self._finding is not None else ""

    # keys

    def on_focus(self) -> None:
        """Learn which keys begin a search: they may be rebound."""
        self._find_keys = frozenset(
            key
            for key, active in self.screen.active_bindings.items()
            if active.node is self and active.binding.action == "find"
        )

    def on_blur(self) -> None:
        self._end_typing(keep=True)

    def on_key(self, event: events.Key) -> None:
        if self._prompt is None or not self._typing:
            if event.key in self._find_keys:
                event.stop()
                self.action_find()
            return
        before = self._prompt.query
        if event.key == "enter":
            self._enter()
        elif event.key == "escape":
            self._end_typing(keep=False)
            self._go_back()
        elif self._prompt.press(event.key, event.character):
            self._typed(before)
        else:
            self._end_typing(keep=True)
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        if self._prompt is not None and self._typing:
            event.stop()
            before = self._prompt.query
            self._prompt.paste(event.text)
            self._typed(before)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell that keys are typed text now; Textual's word."""
        return self._typing and character is not None and character.isprintable()

    def _typed(self, before: Query) -> None:
        """Look for what is typed now."""
        query = self._prompt.query if self._prompt is not None else before
        if query != before and (query.text or before.text):
            self.find(query)
        self.refresh_bar()

    def _enter(self) -> None:
        """Keep what was found; nothing typed means what was looked for last."""
        from ..find.find_prompt import past_of

        past = past_of(self.app)
        again = self._prompt is not None and not self._prompt.text and self._finding is None
        self._end_typing(keep=True)
        if again and past:
            self.find(past[-1])

    def _end_typing(self, *, keep: bool) -> None:
        if self._prompt is not None and self._typing:
            self._prompt.close(keep=keep)
            self._wrong = None
            self.refresh_bindings()
            self.refresh_bar()

    def _go_back(self) -> None:
        """Be where one was before the typing."""
        query, top, row = self._before
        if self.show_cursor:
            self.cursor_row = row
        self.scroll_to(y=top, animate=False, force=True)
        self.find(query or "")
        if self._finding is not None:
            self._finding.settle()

    def action_find(self) -> None:
        from ..find.find_prompt import FindPrompt, past_of

        if self._prompt is None:
            self._prompt = FindPrompt()
        query = self._finding.finder.query if self._finding is not None else None
        self._before = (query, self.top, self.cursor_row)
        self._prompt.open(past_of(self.app))
        self.refresh_bindings()
        self.refresh_bar()

    def action_find_next(self) -> None:
        self._go_on(forward=True)

    def action_find_previous(self) -> None:
        self._go_on(forward=False)

    def _go_on(self, *, forward: bool) -> None:
        if self._preparing:
            self._queued = (*self._queued, forward)
        elif self._finding is not None:
            self._finding.ask(self._here, forward=forward)
            self._wake()
