"""The HTTP tab: write a request, send it, see the answer arrive, look at it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from sonde_core.entry import Entry
from sonde_core.errors import RequestError
from sonde_core.model import Exchange, HttpRequest, Problem, RequestBody

from ..messages import EntryRecorded
from ..services import Services
from ..widgets.endpoint_bar import EndpointBar
from ..widgets.request_editor import RequestEditor
from ..widgets.response_view import ResponseView
from .http_progress import Progress
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.http import Call

_TYPING = Binding.Group("Request", compact=True)
_LOOKING = Binding.Group("Answer", compact=True)


def _letters(action: str, names: dict[str, str], group: Binding.Group) -> list[BindingType]:
    return [
        Binding(
            key,
            f"{action}('{name}')",
            f"{group.description}: {name}",
            id=f"{action}.{name}",
            group=group,
        )
        for key, name in names.items()
    ]


class HttpTab(Tab):
    """Method, URL and parts of a request; below or beside them the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next_request", "Next part", id="http.request"),
        Binding("ctrl+s", "next_answer", "Answer", id="http.answer"),
        Binding("ctrl+o", "editor", "$EDITOR", id="editor"),
        Binding("f", "pick", "Pick", id="http.pick"),
        *_letters(
            "request",
            {"P": "params", "H": "headers", "B": "body", "A": "auth", "O": "options"},
            _TYPING,
        ),
        *_letters(
            "answer",
            {"b": "body", "h": "headers", "t": "timing", "s": "tls", "w": "wire", "c": "cookies"},
            _LOOKING,
        ),
    ]

    DEFAULT_CSS = """
    HttpTab #http-parts { height: 1fr; }
    HttpTab RequestEditor { height: 6; }
    HttpTab RequestEditor:focus-within { height: 1fr; }
    HttpTab ResponseView { height: 1fr; }
    .-wide HttpTab #http-parts { layout: horizontal; }
    .-wide HttpTab RequestEditor { width: 2fr; height: 1fr; }
    .-wide HttpTab ResponseView { width: 3fr; height: 1fr; border-left: solid $panel; }
    """

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._entry: Entry | None = None
        self._running: Progress | None = None
        self._left_at: Widget | None = None  # where the focus was when the tab was left

    def compose(self) -> ComposeResult:
        yield EndpointBar()
        with Vertical(id="http-parts"):
            yield RequestEditor(reveal=self.services.reveal)
            yield ResponseView(self.services)

    # what the app asks of a tab

    @property
    def bar(self) -> EndpointBar:
        """Method and URL."""
        return self.query_one(EndpointBar)

    @property
    def editor(self) -> RequestEditor:
        """The rest of the request."""
        return self.query_one(RequestEditor)

    @property
    def answer(self) -> ResponseView:
        """What came back."""
        return self.query_one(ResponseView)

    @property
    def entry(self) -> Entry | None:
        return self._entry

    def load(self, endpoint: str) -> None:
        self.bar.fill("GET", endpoint)

    def edit(self, entry: Entry) -> None:
        request = entry.exchange.request
        if not isinstance(request, HttpRequest):
            return
        self.bar.fill(request.method, request.url)
        self.editor.fill(replace(request, body=_as_written(request.body)))
        self._entry = entry
        if self._running is None:
            self.answer.end(entry.exchange)

    def arrive(self) -> None:
        back = self._left_at
        if back is not None and back.is_attached and back.focusable:
            back.focus()
        else:
            self.action_address()

    def on_descendant_focus(self) -> None:
        self._left_at = self.screen.focused

    def reveal_changed(self) -> None:
        self.editor.reveal(self.services.reveal)
        self.answer.reveal_changed()

    # sending

    @on(EndpointBar.Submitted)
    def _url_entered(self, message: EndpointBar.Submitted) -> None:
        message.stop()
        self.action_send()

    def action_send(self) -> None:
        """Freeze what is written, and send it; what runs is cancelled and recorded."""
        self.bar.settle()
        request = self._frozen()
        if request is None:
            return
        self.cancel()
        self._running = progress = Progress(request)
        self._entry = None
        self.answer.begin(progress)
        self._perform(progress)

    def _frozen(self) -> HttpRequest | None:
        if not self.bar.url.strip():
            self._refuse(
                RequestError("There is no URL yet.", hint="Type one, such as example.org.")
            )
            self.action_address()
            return None
        try:
            return self.editor.request(self.bar.method, self.bar.url.strip())
        except RequestError as error:
            self._refuse(error)
            return None

    def _refuse(self, error: RequestError) -> None:
        self.answer.refuse(Problem.of(error, "request"))

    @work(group="exchange")
    async def _perform(self, progress: Progress) -> None:
        """Send to the end, whatever that is; a later send does not cut this one's record short."""
        exchanger = self.services.exchanger
        # The engine is imported by the first call, if the app has not done that meanwhile.
        call = await asyncio.to_thread(exchanger.call, progress.request)
        progress.start(call)
        self._watch(progress)
        entry = await exchanger.run(call)
        progress.over = True
        if self._running is progress:
            self._running = None
            self._entry = entry
            self.answer.end(entry.exchange)
        self.app.post_message(EntryRecorded(entry))

    @work(group="watch", exclusive=True)
    async def _watch(self, progress: Progress) -> None:
        """Draw the call under way, 30 times a second at most."""
        async for text in progress.lines():
            if self._running is not progress:
                return
            self.answer.progress(text)

    def cancel(self) -> bool:
        if self._running is None:
            return False
        self._running.cancel()
        return True
