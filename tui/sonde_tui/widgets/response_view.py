"""What came back: the outcome, and views of the body, headers, timing, TLS, wire and redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.model import Exchange, Moment, Problem

from ..messages import CopyAsked
from ..services import Services
from .answer import Answer
from .answer_body import AnswerBody
from .answer_lines import Rows
from .line_view import LineView
from .pane_strip import Pane, PaneStrip
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

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                pane.key, f"answer('{pane.name}')", pane.title, id=f"answer.{pane.name}", show=False
            )
            for pane in PANES
        ),
        Binding("f", "pick", "Pick", id="http.pick"),
        Binding("y", "copy", "Copy", id="copy"),
    ]

    DEFAULT_CSS = """
    ResponseView #answer-views { height: 1fr; }
    ResponseView #answer-empty { color: $text-muted; padding: 1 2; }
    """

    def __init__(self, services: Services, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services = services
        self._answer: Answer | None = None
        self._wanted = "body"  # what the person chose; a failure shows the wire without being asked
        self._stale: set[str] = set()
        self._built: set[str] = set()
        self._building = asyncio.Lock()
        self._stage: tuple[str, bool] = ("", False)
        self._wire: Sequence[Moment] = ()
        self._revealed = False

    def compose(self) -> ComposeResult:
        yield StatusLine(id="answer-state")
        yield ProblemPanel(id="answer-problem")
        yield PaneStrip(PANES, id="answer-strip")
        with ContentSwitcher(id="answer-views", initial="answer-empty"):
            yield Static(WELCOME, id="answer-empty", markup=False)

    # what the tab tells

    def begin(self, call: Call | None = None) -> None:
        """Follow a call from its start; None while it is still being made."""
        self.query_one("#answer-state", StatusLine).show_running("preparing · escape cancels")
        self._take(Answer(call=call), None)

    def progress(self, text: str) -> None:
        """Show how far the call is and what came of it so far; at most 30 times a second."""
        self.query_one("#answer-state", StatusLine).show_running(text)
        name, answer = self._shown, self._answer
        if answer is None or name not in self._built or name in self._stale:
            return
        if name == "body":
            self.body.fill(answer)
        elif name == "wire":
            self.query_one("#answer-wire", Transcript).refresh_lines()
        elif answer.stage != self._stage:
            self._fill(name)

    def end(self, exchange: Exchange) -> None:
        """Show an exchange that is over."""
        self.query_one("#answer-state", StatusLine).show_outcome(exchange)
        self._take(Answer(exchange=exchange), exchange.problem)

    def refuse(self, problem: Problem) -> None:
        """Tell why nothing was sent; what is shown of the last answer stays."""
        self._tell(problem)

    def reveal_changed(self) -> None:
        """Draw again, with or without secrets."""
        self._forget({"headers", "timing", "wire", "cookies"})

    def _take(self, answer: Answer, problem: Problem | None) -> None:
        self._answer = answer
        self._tell(problem)
        self._badge(answer)
        self._forget({pane.name for pane in PANES})

    def _tell(self, problem: Problem | None) -> None:
        self.query_one("#answer-problem", ProblemPanel).problem = problem

    def _badge(self, answer: Answer) -> None:
        response = answer.response
        number = len(response.headers) if response is not None and answer.over else 0
        self.strip.badge("headers", str(number) if number else "")

    # the views

    @property
    def strip(self) -> PaneStrip:
        """The row that names the views."""
        return self.query_one("#answer-strip", PaneStrip)

    @property
    def body(self) -> AnswerBody:
        """The view of the body, once it was shown."""
        return self.query_one("#answer-body", AnswerBody)

    @property
    def _views(self) -> ContentSwitcher:
        return self.query_one("#answer-views", ContentSwitcher)

    @property
    def _shown(self) -> str:
        return (self._views.current or "").removeprefix("answer-")

    def _forget(self, names: set[str]) -> None:
        """Take views as out of date and fill the one that is shown."""
        self._stale |= names
        self._show()

    async def show(self, name: str, *, enter: bool = True) -> None:
        """Show a view that the person chose."""
        self._wanted = name
        await self._build(name)
        if enter:
            self.enter()

    @work(group="show")
    async def _show(self) -> None:
        """Show what the person chose last, however many answers came meanwhile."""
        failed = self._answer is not None and self._answer.failed_with_bytes
        await self._build("wire" if failed and self._wanted == "body" else self._wanted)

    async def _build(self, name: str) -> None:
        """Bring a view to the front; one after the other, in the order they were asked for."""
        self.strip.active = name
        async with self._building:
            if self._answer is None:
                return
            if name not in self._built:
                await self._views.add_content(self._make(name))
                self._built.add(name)
            self._views.current = f"answer-{name}"
            self.strip.active = name
            if name in self._stale:
                self._stale.discard(name)
                self._fill(name)

    def _make(self, name: str) -> Widget:
        if name == "body":
            return AnswerBody(id="answer-body")
        if name == "wire":
            return Transcript(id="answer-wire")
        return LineView(cursor=True, id=f"answer-{name}")

    def _fill(self, name: str) -> None:
        """Show in a view what is known now."""
        answer = self._answer
        if answer is None:
            return
        self._stage = answer.stage
        reveal = self._services.reveal
        if name == "body":
            self.body.fill(answer)
        elif name == "wire":
            self._fill_wire(answer, reveal=reveal)
        else:
            view = self.query_one(f"#answer-{name}", LineView)
            view.show(Rows(answer.rows(name, reveal=reveal)), row=view.cursor_row)

    def _fill_wire(self, answer: Answer, *, reveal: bool) -> None:
        view = self.query_one("#answer-wire", Transcript)
        same, before = self._wire is answer.recording, self._revealed
        self._wire, self._revealed = answer.recording, reveal
        if same and reveal == before:  # what was followed is over: the place in it stays
            view.refresh_lines()
        else:
            view.show(answer.timeline(reveal=reveal), row=view.cursor_row if same else 0)

    def enter(self) -> None:
        """Put the focus into the view that is shown, before the next key is read."""
        shown = self._shown
        if shown == "empty":
            self.screen.set_focus(self.strip)
        else:
            rows = self.body.rows if shown == "body" else self.query_one(f"#answer-{shown}")
            self.screen.set_focus(rows)

    @on(PaneStrip.Chosen, "#answer-strip")
    async def _pane_chosen(self, message: PaneStrip.Chosen) -> None:
        message.stop()
        await self.show(message.name, enter=message.enter)

    async def action_answer(self, name: str) -> None:
        await self.show(name)

    # picking

    def pick(self) -> None:
        """Ask for a path into the body; `show("body")` comes first."""
        if "body" in self._built:
            self.body.pick()

    async def action_pick(self) -> None:
        await self.show("body", enter=False)
        self.pick()

    # copying

    def at_hand(self) -> tuple[bytes, str] | None:
        """Return what is at hand and what it is: the selection, the row, or the body as received.

        It reads the whole body: `copy` does that in a thread.

        Raises:
            BodyError: The body cannot be read.
        """
        found = self._at_hand()
        return (_read(found[0]), found[1]) if found is not None else None

    def _at_hand(self) -> tuple[Body | bytes, str] | None:
        shown = self._shown
        if self._answer is None or shown == "empty":
            return None
        if shown == "wire":
            return self.query_one("#answer-wire", Transcript).at_hand()
        rows = self.body.rows if shown == "body" else self.query_one(f"#answer-{shown}", LineView)
        if selected := rows.selected_text():
            return _bytes(selected), "selection"
        if shown != "body":
            return self._row(rows)
        return self.body.at_hand()

    def _row(self, rows: LineView) -> tuple[bytes, str] | None:
        source = rows.source
        if not isinstance(source, Rows) or not source.rows:
            return None
        copied = source.rows[rows.cursor_row].copied
        return (_bytes(copied), "row") if copied else None

    @work(group="copy", exclusive=True)
    async def copy(self) -> None:
        """Ask the app to copy what is at hand."""
        found = self._at_hand()
        if found is None:
            self.app.notify("Nothing to copy here.", severity="warning")
            return
        try:
            data = await asyncio.to_thread(_read, found[0])
        except BodyError as error:
            self._tell(Problem.of(error))
            return
        self.post_message(CopyAsked(data, found[1]))

    def action_copy(self) -> None:
        self.copy()

    @on(LineView.CopyRequested)
    def _copy_requested(self, message: LineView.CopyRequested) -> None:
        message.stop()
        self.copy()


def _read(found: Body | bytes) -> bytes:
    return found.read() if isinstance(found, Body) else found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
