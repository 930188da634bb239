"""What came back: the outcome, and views of the body, headers, timing, TLS, wire and redirects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.errors import BodyError
from sonde_core.model import Exchange, Problem

from ...messages import CopyAsked
from ...services import Services
from ..offers import Offers
from ..pane_strip import Pane, PaneStrip
from ..status_line import ProblemPanel, StatusLine

if TYPE_CHECKING:
    from sonde_core.http.call import Call
    from sonde_core.outlets.saving import Content

    from ..rows.line_source import Selected
    from ..rows.row_view import RowView
    from .answer import Answer
    from .answer_body import AnswerBody
    from .answer_views import AnswerViews

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
)
_NO_SERVER: Final = "No server at hand? ctrl+p and “Start the practice server”."
_PRACTICE: Final = "The practice server is at hand: F1 lists its addresses."


class ResponseView(Vertical, Offers):
    """Shows a call under way, or an exchange."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                pane.key, f"answer('{pane.name}')", pane.title, id=f"answer.{pane.name}", show=False
            )
            for pane in PANES
        ),
        Binding("f", "pick", "Filter", id="http.pick"),
        Binding("y", "copy", "Copy", id="copy"),
    ]

    DEFAULT_CSS = """
    ResponseView #answer-empty { color: $text-muted; padding: 1 2; }
    """

    def __init__(self, services: Services, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services = services
        self._answer: Answer | None = None
        self._wanted = "body"  # what the person chose; a failure shows the wire without being asked
        self._content: AnswerViews | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(id="answer-state")
        yield ProblemPanel(id="answer-problem")
        yield PaneStrip(PANES, id="answer-strip")
        yield Static(WELCOME + _NO_SERVER, id="answer-empty", markup=False)

    @property
    def has_answer(self) -> bool:
        """Whether there is an answer, or its beginning, or why there is none."""
        return self._answer is not None

    def offers(self, action: str) -> bool:
        return action not in ("pick", "copy") or self.has_answer

    async def prepare(self) -> None:
        """Make, while there is time, what shows the first answer."""
        if self._content is None:
            await self._views().show("body")

    # what the tab tells

    def begin(self, call: Call | None = None) -> None:
        """Follow a call; None while there is nothing of it: the answer before stays meanwhile."""
        from .answer import Answer

        if call is None:
            self.query_one("#answer-state", StatusLine).show_running("preparing · escape cancels")
            self._tell(None)
        elif self._answer is None or not self._answer.follows(call):
            self._take(Answer(call=call))

    def progress(self, text: str) -> None:
        """Show how far the call is and what came of it so far; at most 30 times a second."""
        self.query_one("#answer-state", StatusLine).show_running(text)
        if self._content is not None and self._answer is not None and not self._answer.over:
            self._content.grow()

    def end(self, exchange: Exchange) -> None:
        """Show an exchange that is over."""
        from .answer import Answer

        self.query_one("#answer-state", StatusLine).show_outcome(exchange)
        self._tell(exchange.problem)
        self._take(Answer(exchange=exchange))

    def refuse(self, problem: Problem) -> None:
        """Tell why nothing was sent; what is shown of the last answer stays."""
        self._tell(problem)

    def practise(self) -> None:
        """Tell, while there is no answer, that the practice server runs."""
        self.query_one("#answer-empty", Static).update(WELCOME + _PRACTICE)

    def reveal_changed(self) -> None:
        """Draw again, with or without secrets."""
        if self._content is not None:
            self._content.forget({"headers", "timing", "wire", "cookies"})
            self._show()

    def _take(self, answer: Answer) -> None:
        self._answer = answer
        self.keys_changed()
        self._badge(answer)
        views = self._views()
        views.display = True
        self.query_one("#answer-empty").display = False
        views.take(answer)
        views.forget({pane.name for pane in PANES})
        self._show()

    def _tell(self, problem: Problem | None) -> None:
        self.query_one("#answer-problem", ProblemPanel).problem = problem

    def _badge(self, answer: Answer) -> None:
        response = answer.response
        number = len(response.headers) if response is not None and answer.over else 0
        self.strip.badge("headers", str(number) if number else "")

    # the views

    def _views(self) -> AnswerViews:
        """Return what shows answers; it is imported and made for the first one."""
        if self._content is None:
            from .answer_views import AnswerViews

            self._content = AnswerViews(self._services)
            self._content.display = False
            self.mount(self._content)
        return self._content

    @property
    def strip(self) -> PaneStrip:
        """The row that names the views."""
        return self.query_one("#answer-strip", PaneStrip)

    @property
    def body(self) -> AnswerBody:
        """The view of the body, once it was shown."""
        return self._views().body

    async def show(self, name: str, *, enter: bool = True) -> None:
        """Show a view that the person chose."""
        self._wanted = name
        await self._build(name)
        if enter:
            self.enter()

    @work(group="show")
    async def _show(self) -> None:
        await self.ready()

    async def ready(self) -> None:
        """Show what the person chose last, however many answers came meanwhile."""
        failed = self._answer is not None and self._answer.failed_with_bytes
        await self._build("wire" if failed and self._wanted == "body" else self._wanted)

    async def _build(self, name: str) -> None:
        self.strip.active = name
        if self._content is not None:
            await self._content.show(name)
            self.strip.active = name

    def enter(self) -> None:
        """Put the focus into the view that is shown, before the next key is read."""
        views = self._content
        shown = views is not None and views.display and views.shown
        self.screen.set_focus(views.rows if views is not None and shown else self.strip)

    @on(PaneStrip.Chosen, "#answer-strip")
    async def _pane_chosen(self, message: PaneStrip.Chosen) -> None:
        message.stop()
        await self.show(message.name, enter=message.enter)

    async def action_answer(self, name: str) -> None:
        await self.show(name)

    # filtering

    def pick(self) -> None:
        """Ask for a filter of the body; `show("body")` comes first."""
        if self._content is not None and self._content.display:
            self._content.pick()

    async def action_pick(self) -> None:
        await self.show("body", enter=False)
        self.pick()

    # giving away

    def contents(self) -> list[Content]:
        """Return what there is to save, to pipe and to open in an editor, the best first."""
        if self._answer is None or self._content is None:
            return []
        from ...offering import of_answer

        return of_answer(self._answer, self._content, reveal=self._services.reveal)

    # copying

    def at_hand(self) -> tuple[bytes, str] | None:
        """Return what is at hand and what it is: the selection, the row, or the body as received.

        It reads the whole body: `copy` does that in a thread.

        Raises:
            BodyError: The body cannot be read.
        """
        found = self._content.at_hand() if self._content is not None else None
        return (_read(found[0]), found[1]) if found is not None else None

    @work(group="copy", exclusive=True)
    async def copy(self) -> None:
        """Ask the app to copy what is at hand."""
        found = self._content.at_hand() if self._content is not None else None
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

    def on_row_view_copy_requested(self, message: RowView.CopyRequested) -> None:
        message.stop()
        self.copy()


def _read(found: Selected) -> bytes:
    return found if isinstance(found, bytes) else found.read()
