"""The one view of rows, for bodies, transcripts, wire, hex and lists, with a bar to find in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from sonde_core.safetext import line

from .line_source import Line, LineSource, Part, TextLines
from .row_finding import RowFinding

if TYPE_CHECKING:  # what finds is not needed before somebody looks for something
    from sonde_core.search import Query

    from ..find.find_prompt import FindPrompt

__all__ = ["Line", "LineSource", "LineView", "Part", "TextLines"]


class LineView(RowFinding):
    """Shows the rows of a `LineSource`; read-only, with find, selection and an optional cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", id="view.find", key_display="/"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-view--find",
        "line-view--find-keys",
        "line-view--find-wrong",
    }

    DEFAULT_CSS = """
    LineView {
        & > .line-view--find { background: $panel; color: $foreground; text-style: bold; }
        & > .line-view--find-keys { background: $panel; color: $text-muted; }
        & > .line-view--find-wrong { background: $panel; color: $text-error; text-style: bold; }
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

    _prompt: FindPrompt | None = None
    _before: tuple[Query | None, int, int] = (None, 0, 0)  # what was found, and seen, before `/`
    _find_keys: frozenset[str] = frozenset()

    def tell_search(self) -> None:
        finding = self._finding
        count, complete = (0, True)
        if finding is not None:
            count, complete = finding.search.count, finding.search.complete
        self.post_message(self.Searched(self, self.needle, count, complete))
        self.refresh_bar()

    # drawing

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
