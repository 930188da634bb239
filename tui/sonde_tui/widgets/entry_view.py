"""One entry of the history: its answer for HTTP, its conversation for a session."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher, Static

from sonde_core.entry import Entry
from sonde_core.errors import SondeError
from sonde_core.model import Chunk, Exchange, Problem
from sonde_core.safetext import line

from ..services import Services
from .response_view import ResponseView
from .status_line import ProblemPanel, StatusLine
from .transcript import Transcript


class EntryView(Vertical):
    """Shows one entry; each of its views is built when it is first needed."""

    DEFAULT_CSS = """
    EntryView #entry-head { height: auto; max-height: 3; color: $text-muted; }
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

    def clear(self) -> None:
        """Show nothing."""
        self._entry = None
        self.query_one("#entry-head", Static).update("")
        self.query_one("#entry-problem", ProblemPanel).problem = None
        self._views.current = "entry-none"

    def refuse(self, error: SondeError) -> None:
        """Tell what could not be done."""
        self.query_one("#entry-problem", ProblemPanel).problem = Problem.of(error)

    async def show(self, entry: Entry) -> None:
        """Show an entry."""
        self._entry = entry
        exchange = entry.exchange
        self.query_one("#entry-head", Static).update(line(self._head(entry)))
        self.query_one("#entry-problem", ProblemPanel).problem = None
        if exchange.kind == "http":
            (await self._http()).end(exchange)
        else:
            await self._session(exchange)

    def _head(self, entry: Entry) -> str:
        exchange = entry.exchange
        parts = [entry.id, str(exchange.started.astimezone().strftime("%Y-%m-%d %H:%M:%S"))]
        if exchange.peer:
            parts.append(f"peer {exchange.peer}")
        if exchange.proxy:
            parts.append(f"proxy {exchange.proxy}")
        if entry.replay_of:
            parts.append(f"replay of {entry.replay_of}")
        if entry.note:
            parts.append(entry.note)
        return " · ".join(parts)

    async def _http(self) -> ResponseView:
        if not self.query("#entry-http"):
            await self._views.add_content(ResponseView(self._services, id="entry-http"))
        self._views.current = "entry-http"
        return self.query_one("#entry-http", ResponseView)

    async def _session(self, exchange: Exchange) -> None:
        if not self.query("#entry-session"):
            pane = Vertical(StatusLine(), ProblemPanel(), Transcript(), id="entry-session")
            await self._views.add_content(pane)
        self._views.current = "entry-session"
        pane_now = self.query_one("#entry-session")
        pane_now.query_one(StatusLine).show_outcome(exchange)
        pane_now.query_one(ProblemPanel).problem = exchange.problem
        pane_now.query_one(Transcript).show(exchange.timeline)

    def enter(self) -> None:
        """Put the focus into the entry."""
        if self._views.current == "entry-http":
            self.query_one("#entry-http", ResponseView).enter()
        elif self._views.current == "entry-session":
            self.query_one("#entry-session Transcript", Transcript).focus()

    def at_hand(self) -> tuple[bytes, str] | None:
        """Return what `y` copies: the chunk under the cursor of a session, else the body."""
        if self._entry is None:
            return None
        exchange = self._entry.exchange
        if exchange.response is not None:
            return exchange.response.body.read(), "body"
        if self._views.current == "entry-session":
            transcript = self.query_one("#entry-session Transcript", Transcript)
            moment = transcript.moment_at_cursor()
            if isinstance(moment, Chunk):
                return moment.data, "chunk"
        data = b"".join(chunk.data for chunk in exchange.chunks() if chunk.direction == "<")
        return (data, "bytes received") if data else None
