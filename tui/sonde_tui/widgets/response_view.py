"""What came back: the outcome, and views of the body, headers, timing, TLS, wire and redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from sonde_core.body import EMPTY, Body
from sonde_core.errors import BodyError, SondeError
from sonde_core.masked import MaskedTimeline
from sonde_core.model import Exchange, HttpResponse, Problem
from sonde_core.pick import pick_from

from ..messages import CopyAsked
from ..services import Services
from . import answer_lines as lines
from .body_view import BodyView
from .line_view import LineView
from .pane_strip import Pane, PaneStrip
from .pick_bar import PickBar
from .status_line import ProblemPanel, StatusLine
from .transcript import Transcript

if TYPE_CHECKING:
    from sonde_core.http import Call

PANES: Final = (
    Pane("body", "Body", "b"),
    Pane("headers", "Headers", "h"),
    Pane("timing", "Timing", "t"),
    Pane("tls", "TLS", "s"),
    Pane("wire", "Wire", "w"),
    Pane("cookies", "Cookies/redirects", "c"),
)
WELCOME: Final = (
    "Nothing was sent yet.\n\n"
    "Type a URL above, such as https://example.org, and press enter.\n"
    "Up and down in that field choose the method; POST before the URL does it too.\n"
    "ctrl+n goes through params, headers, body, auth and options; ctrl+j sends from anywhere.\n\n"
    "No server at hand? ctrl+p and “Start the practice server”."
)


class ResponseView(Vertical):
    """Shows a call under way, or an exchange; a view is built when it is first shown."""

    DEFAULT_CSS = """
    ResponseView #answer-views { height: 1fr; }
    ResponseView #answer-empty { color: $text-muted; padding: 1 2; }
    ResponseView #answer-body { height: 1fr; }
    """

    def __init__(self, services: Services, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services = services
        self._call: Call | None = None
        self._exchange: Exchange | None = None
        self._wanted = "body"  # what the person chose; a failure shows the wire without being asked
        self._stale: set[str] = set()
        self._body = EMPTY

    def compose(self) -> ComposeResult:
        yield StatusLine(id="answer-state")
        yield ProblemPanel(id="answer-problem")
        yield PaneStrip(PANES, id="answer-strip")
        with ContentSwitcher(id="answer-views", initial="answer-empty"):
            yield Static(WELCOME, id="answer-empty", markup=False)

    # what the tab tells

    def begin(self, call: Call) -> None:
        """Follow a call from its start."""
        self._call, self._exchange = call, None
        self._tell(None)
        self._forget()

    def progress(self, text: str) -> None:
        """Show how far the call is, and what came of it so far."""
        self.query_one("#answer-state", StatusLine).show_running(text)
        if self._shown in ("body", "headers", "wire"):
            self._refill()

    def end(self, exchange: Exchange) -> None:
        """Show an exchange that is over."""
        self._call, self._exchange = None, exchange
        self.query_one("#answer-state", StatusLine).show_outcome(exchange)
        self._tell(exchange.problem)
        self._forget()

    def refuse(self, problem: Problem) -> None:
        """Tell why nothing was sent; what is shown of the last answer stays."""
        self._tell(problem)

    def _tell(self, problem: Problem | None) -> None:
        self.query_one("#answer-problem", ProblemPanel).problem = problem

    def reveal_changed(self) -> None:
        """Draw again, with or without secrets."""
        self._forget()

    # the views

    @property
    def strip(self) -> PaneStrip:
        """The row that names the views."""
        return self.query_one("#answer-strip", PaneStrip)

    @property
    def _views(self) -> ContentSwitcher:
        return self.query_one("#answer-views", ContentSwitcher)

    @property
    def _shown(self) -> str:
        return (self._views.current or "").removeprefix("answer-")

    def _forget(self) -> None:
        """Take all views as out of date and fill the one that is shown."""
        self._stale = {pane.name for pane in PANES}
        name = self._wanted
        failed = self._exchange is not None and self._exchange.response is None
        self._show(name if name != "body" or not failed else "wire")

    async def show(self, name: str, *, enter: bool = True) -> None:
        """Show a view that the person chose."""
        self._wanted = name
        if self._call is None and self._exchange is None:
            self.strip.active = name
            return
        await self._build(name)
        if enter:
            self.enter()

    @work(group="show", exclusive=True)
    async def _show(self, name: str) -> None:
        await self._build(name)

    async def _build(self, name: str) -> None:
        if not self.query(f"#answer-{name}"):
            await self._views.add_content(self._make(name))
        self._views.current = f"answer-{name}"
        self.strip.active = name
        if name in self._stale:
            self._stale.discard(name)
            self._fill(name)

    def _make(self, name: str) -> Widget:
        if name == "body":
            return Vertical(PickBar(), BodyView(id="body-text"), id="answer-body")
        if name == "wire":
            return Transcript(id="answer-wire")
        return LineView(cursor=True, id=f"answer-{name}")

    def enter(self) -> None:
        """Put the focus into the view that is shown."""
        shown = self._shown
        if shown == "body":
            self.query_one("#body-text").focus()
        elif shown == "empty":
            self.strip.focus()
        else:
            self.query_one(f"#answer-{shown}").focus()

    def _refill(self) -> None:
        if self.query(f"#answer-{self._shown}"):
            self._fill(self._shown)
