"""One entry of the history: its answer for HTTP, its conversation for a session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher, Static

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.http_request import HttpRequest
from sonde_core.model import Direction, Exchange, Moment, Problem
from sonde_core.recording.marks import WAYS_OF
from sonde_core.recording.timeline import runs
from sonde_core.safetext import SafeText, join, line, safe
from sonde_core.secrets import mask_url

from ..messages import CopyAsked
from ..services import Services
from .answer.response_view import ResponseView
from .mounting import made_once
from .status_line import ProblemPanel, StatusLine
from .transcript.about import About
from .transcript.arranging import veiled
from .transcript.transcript import Transcript

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content

_NOTE: Final = 2000  # characters of a note that are shown


class EntryView(Vertical):
    """Shows one entry; each of its views is built when it is first needed."""

    DEFAULT_CSS = """
    EntryView #entry-head { height: auto; max-height: 5; color: $text-muted; padding: 0 1; }
    EntryView #entry-views { height: 1fr; }
    EntryView Transcript { height: 1fr; }
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._entry: Entry | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="entry-head", markup=False)
        yield ProblemPanel(id="entry-problem")
        with ContentSwitcher(id="entry-views", initial="entry-none"):
            yield Static("", id="entry-none", markup=False)

    @property
    def _views(self) -> ContentSwitcher:
        return self.query_one("#entry-views", ContentSwitcher)

    @property
    def transcript(self) -> Transcript:
        """The conversation of a session, once one was shown."""
        return self.query_one("#entry-session Transcript", Transcript)

    def clear(self) -> None:
        """Show nothing."""
        self._entry = None
        self.query_one("#entry-head", Static).update("")
        self._views.current = "entry-none"

    def refuse(self, error: SondeError) -> None:
        """Tell what could not be done, until `forgive` is called."""
        self.query_one("#entry-problem", ProblemPanel).problem = Problem.of(error)

    def forgive(self) -> None:
        """Take away what `refuse` told."""
        self.query_one("#entry-problem", ProblemPanel).problem = None

    async def show(self, entry: Entry) -> None:
        """Show an entry; not to be cancelled half-way, views are being built."""
        self._entry = entry
        exchange = entry.exchange
        self.query_one("#entry-head", Static).update(self._head(entry))
        if exchange.kind == "http":
            (await self._http()).end(exchange)
        else:
            await self._session(exchange)

    async def _http(self) -> ResponseView:
        view = await made_once(
            self._views, ResponseView, "entry-http", lambda: ResponseView(self._services)
        )
        self._views.current = "entry-http"
        return view

    async def _session(self, exchange: Exchange) -> None:
        pane = await made_once(
            self._views,
            Vertical,
            "entry-session",
            lambda: Vertical(StatusLine(), ProblemPanel(), Transcript()),
        )
        self._views.current = "entry-session"
        pane.query_one(StatusLine).show_outcome(exchange)
        pane.query_one(ProblemPanel).problem = exchange.problem
        about = About.exchange(exchange)
        timeline = veiled(exchange.timeline, about, reveal=self._services.reveal)
        self.transcript.show(timeline, about=about)

    def _head(self, entry: Entry) -> SafeText:
        """Say what the list has no room for: all of the target, ids, addresses and the note."""
        exchange = entry.exchange
        request = exchange.request
        method = f"{request.method} " if isinstance(request, HttpRequest) else ""
        target = exchange.target if self._services.reveal else mask_url(exchange.target)
        when = exchange.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        parts = [entry.name, f"{method}{target}", entry.id, when]
        if exchange.peer:
            parts.append(f"peer {exchange.peer}")
        if exchange.proxy:
            parts.append(f"proxy {exchange.proxy}")
        if entry.replay_of:
            parts.append(f"replay of {entry.replay_of}")
        parts += (f"#{tag}" for tag in entry.tags)
        head = line(" · ".join(part for part in parts if part))
        return join((head, safe(entry.note, limit=_NOTE)), "\n") if entry.note else head

    def enter(self) -> None:
        """Put the focus into the entry."""
        if self._views.current == "entry-http":
            self.query_one("#entry-http", ResponseView).enter()
        elif self._views.current == "entry-session":
            self.transcript.focus()

    def reveal_changed(self) -> None:
        """Draw again, with or without secrets."""
        if self._entry is not None:
            self.query_one("#entry-head", Static).update(self._head(self._entry))
        if self.query("#entry-http"):
            self.query_one("#entry-http", ResponseView).reveal_changed()
        if self.query("#entry-session"):
            self.transcript.reveal_changed(reveal=self._services.reveal)

    def copy(self) -> bool:
        """Copy what is at hand: of a session the chunk if one is in it, else all that came.

        Returns whether there is anything.
        """
        if self._entry is None:
            return False
        if self._views.current == "entry-http":
            self.query_one("#entry-http", ResponseView).copy()
            return True
        if self.transcript.has_focus:
            found = self.transcript.at_hand()
            if found is not None:
                self.app.post_message(CopyAsked(*found))
            return found is not None
        exchange = self._entry.exchange
        if exchange.received or exchange.sent:
            self._copy_all(exchange, Direction.RECEIVED if exchange.received else Direction.SENT)
        return bool(exchange.received or exchange.sent)

    def contents(self) -> list[Content]:
        """Return what there is to save, to pipe and to open in an editor, the best first."""
        if self._entry is None:
            return []
        if self._views.current == "entry-http":
            return self.query_one("#entry-http", ResponseView).contents()
        from ..offering import of_session

        reveal = self._services.reveal
        return of_session(self._entry.exchange, self.transcript, reveal=reveal)

    @work(group="copy", exclusive=True)
    async def _copy_all(self, exchange: Exchange, direction: Direction) -> None:
        """Copy one direction, joined in a thread: it may be large and in a file."""
        try:
            timeline = veiled(
                exchange.timeline, About.exchange(exchange), reveal=self._services.reveal
            )
            data = await asyncio.to_thread(_joined, timeline, direction)
        except SondeError as error:
            self.refuse(error)
            return
        what = "bytes received" if direction is Direction.RECEIVED else "bytes sent"
        self.app.post_message(CopyAsked(data, what))


def _joined(timeline: Sequence[Moment], direction: Direction) -> bytes:
    signs = WAYS_OF[direction]
    return b"".join(
        data
        for run in runs(timeline)
        for way, data in zip(run.ways, run.pieces(), strict=True)
        if way in signs
    )
