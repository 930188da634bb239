"""The HTTP requests that a listener answered, as they come, and the one that is chosen."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry, summary_of
from sonde_core.history.summary import Summary
from sonde_core.model import Problem
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.safetext import safe

from ..messages import EntryAsked
from ..services import Services
from .entry_rows import EntryRows
from .rows.line_source import Selected, TextLines
from .rows.line_view import LineView
from .status_line import ProblemPanel
from .transcript.about import About
from .transcript.transcript import Transcript

KEPT: Final = 1000  # rows; all of them are in the history
PAUSE: Final = 0.2  # seconds between two entries that are shown, so that keys come through


class CaptureList(LineView):
    """Rows of entries, the newest last; a cursor on the newest stays on the newest."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "In History", id="captures.open"),
    ]

    def __init__(self) -> None:
        super().__init__(TextLines([safe("no request yet")]), cursor=True)
        self.summaries: Sequence[Summary] = ()

    def show_entries(self, summaries: Sequence[Summary], gone: int, *, reveal: bool) -> None:
        """List entries; `gone` of those that were listed are no more."""
        row, top = self.cursor_row, self.top
        follows = row >= len(self.summaries) - 1
        self.summaries = summaries
        self._source = EntryRows(summaries, reveal=reveal, width=self._room)
        self.redraw()
        if gone and not follows:  # what is seen stays where it is
            self.scroll_to(y=max(top - gone, 0), animate=False, force=True)
        self.go_to(len(summaries) - 1 if follows else max(row - gone, 0))

    @property
    def _room(self) -> int:
        return self.outer_size.width - 1  # with the scroll bar, which comes and goes

    @property
    def current(self) -> Summary | None:
        """The entry under the cursor."""
        if 0 <= self.cursor_row < len(self.summaries):
            return self.summaries[self.cursor_row]
        return None

    def on_resize(self, _: events.Resize) -> None:
        if isinstance(self._source, EntryRows) and self._source.width != self._room:
            self._source = self._source.fitting(self._room)
            self.redraw()


class Captures(Vertical):
    """The list, and below or beside it the bytes of the one under the cursor, both ways."""

    DEFAULT_CSS = """
    Captures { height: 1fr; }
    Captures CaptureList { height: 1fr; min-height: 4; }
    Captures Transcript { height: 2fr; border-top: solid $panel; }
    """

    def __init__(self, services: Services, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services = services
        self._summaries: deque[Summary] = deque(maxlen=KEPT)
        self._came = 0  # in all
        self._listed = 0  # of those
        self._entry: Entry | None = None
        self._wanted_id = ""
        self._showing = False

    def compose(self) -> ComposeResult:
        yield CaptureList()
        yield ProblemPanel()
        yield Transcript()

    @property
    def rows(self) -> CaptureList:
        """The list."""
        return self.query_one(CaptureList)

    @property
    def transcript(self) -> Transcript:
        """What was asked and answered."""
        return self.query_one(Transcript)

    @property
    def entry(self) -> Entry | None:
        """The entry under the cursor, once it is shown."""
        entry = self._entry
        return entry if entry is not None and entry.id == self._wanted_id else None

    @property
    def came(self) -> int:
        """How many requests there were."""
        return self._came

    def clear(self) -> None:
        """Begin anew."""
        self._summaries.clear()
        self._came = self._listed = 0
        self._entry, self._wanted_id = None, ""
        self.rows.summaries = ()
        self.rows.show(TextLines([safe("no request yet")]))
        self.transcript.show(())

    def add(self, entry: Entry) -> None:
        """Take one more; `draw` shows it."""
        self._summaries.append(summary_of(entry))
        self._came += 1

    def draw(self) -> None:
        """Show those that are new."""
        if self._came == self._listed:
            return
        before = min(self._listed, KEPT)
        gone = max(before + self._came - self._listed - KEPT, 0)
        self._listed = self._came
        reveal = self._services.reveal
        self.rows.show_entries(tuple(self._summaries), gone, reveal=reveal)
        self._want()

    def reveal_changed(self) -> None:
        """Draw again: secrets are to be shown, or masked again."""
        if self._listed:
            reveal = self._services.reveal
            self.rows.show_entries(tuple(self._summaries), 0, reveal=reveal)
        if self._entry is not None:
            self.transcript.reveal_changed(reveal=self._services.reveal)

    @on(LineView.CursorMoved)
    def _moved(self, message: LineView.CursorMoved) -> None:
        if isinstance(message.view, CaptureList):
            message.stop()
            self._want()

    @on(LineView.RowChosen)
    def _chosen(self, message: LineView.RowChosen) -> None:
        if isinstance(message.view, CaptureList):
            message.stop()
            if self.rows.current is not None:
                self.post_message(EntryAsked(self.rows.current.id))

    def _want(self) -> None:
        current = self.rows.current
        self._wanted_id = current.id if current else ""
        if not self._showing and self.entry is None:
            self._showing = True
            self._show()

    @work(group="show-capture")
    async def _show(self) -> None:
        """Show the entry that is wanted; those that were passed meanwhile are left out."""
        shown = None
        while shown != self._wanted_id:
            shown = self._wanted_id
            if shown:
                await self._load(shown)
                await asyncio.sleep(PAUSE)
        self._showing = False

    async def _load(self, entry_id: str) -> None:
        problem = self.query_one(ProblemPanel)
        try:
            self._entry = entry = await self._services.history.get(entry_id)
        except SondeError as error:
            self.transcript.show(())
            problem.problem = Problem.of(error)
            return
        problem.problem = entry.exchange.problem
        self._draw_entry(entry)

    def _draw_entry(self, entry: Entry) -> None:
        timeline = entry.exchange.timeline
        shown = timeline if self._services.reveal else MaskedTimeline(timeline)
        self.transcript.show(shown, about=About.exchange(entry.exchange))

    def at_hand(self) -> tuple[Selected, str] | None:
        """Return what `y` copies: the selection, else the chunk under the cursor, or None."""
        return self.transcript.at_hand()
