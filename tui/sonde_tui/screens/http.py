"""The HTTP tab: write a request, send it, see the answer arrive, look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from sonde_core.errors import RequestError, SondeError
from sonde_core.http_request import HttpRequest
from sonde_core.model import Problem

from ..messages import EntryRecorded
from ..services import Services
from ..widgets.answer.response_view import PANES as ANSWER_PANES
from ..widgets.answer.response_view import ResponseView
from ..widgets.endpoint_bar import EndpointBar
from ..widgets.request.request_editor import PANES as REQUEST_PANES
from ..widgets.request.request_editor import RequestEditor
from .http_progress import Progress
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry
    from sonde_core.outlets.saving import Content

    from ..external_editor import TextField

AGAIN: Final = "Change something in it to send another one instead."


def _letters(action: str, names: dict[str, str], says: str) -> list[BindingType]:
    return [
        Binding(key, f"{action}('{name}')", f"{says} {name}", id=f"{action}.{name}", show=False)
        for key, name in names.items()
    ]


class HttpTab(Tab):
    """Method, URL and parts of a request; below or beside them the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next_request", "Request", id="http.request"),
        Binding("ctrl+s", "next_answer", "Answer", id="http.answer"),
        Binding("f", "pick", "Filter the answer", id="http.pick", show=False),
        *_letters("request", {pane.key: pane.name for pane in REQUEST_PANES}, "The request's"),
        *_letters("answer", {pane.key: pane.name for pane in ANSWER_PANES}, "The answer's"),
    ]

    DEFAULT_CSS = """
    HttpTab #http-parts { height: 1fr; }
    HttpTab RequestEditor { height: 6; }
    HttpTab RequestEditor.-writing { height: 1fr; }
    HttpTab ResponseView { height: 1fr; }
    """

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._entry: Entry | None = None
        self._under_way: Progress | None = None
        self._left_at: Widget | None = None  # where the focus was when the tab was left
        self._seen = False

    def compose(self) -> ComposeResult:
        yield EndpointBar(reveal=self.services.reveal)
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

    @property
    def has_content(self) -> bool:
        return self.answer.has_answer

    @property
    def busy(self) -> bool:
        return self._under_way is not None

    async def prepare(self) -> None:
        await self.answer.prepare()

    async def settled(self) -> None:
        if self._under_way is not None and self._under_way.over:
            await self._under_way.kept.wait()

    def practise(self, url: str) -> None:
        """Offer a request to the practice server, which runs."""
        self.answer.practise()
        self.load(url)

    def load(self, endpoint: str) -> None:
        self.bar.fill("GET", endpoint)

    def edit(self, entry: Entry) -> None:
        request = entry.exchange.request
        if not isinstance(request, HttpRequest):
            return
        self.bar.fill(request.method, request.url)
        self.editor.fill(request)
        self._entry = entry
        if self._under_way is None:
            self.answer.end(entry.exchange)
        self.keys_changed()

    def arrive(self) -> None:
        back = self._left_at if self._seen else None  # at first Textual gives it to any widget
        self._seen = True
        if back is not None and back.is_attached and back.focusable:
            back.focus()
        else:
            self.action_address()

    def on_descendant_focus(self) -> None:
        self._left_at = self.screen.focused
        # A class and not `:focus-within`, for which all in it would be styled anew at each step.
        self.editor.set_class(self.editor.has_focus_within, "-writing")

    def reveal_changed(self) -> None:
        self.bar.reveal(self.services.reveal)
        self.editor.reveal(self.services.reveal)
        self.answer.reveal_changed()

    # sending

    @on(EndpointBar.Submitted)
    def _url_entered(self, message: EndpointBar.Submitted) -> None:
        message.stop()
        self.action_send()

    def action_send(self) -> None:
        """Freeze what is written, and send it; what else runs is cancelled and recorded."""
        self.bar.settle()
        request = self._frozen()
        if request is None:
            return
        if self._under_way is not None and self._under_way.sends(request):
            # Whoever hits the key again means the same request, not a second one.
            self.refuse(RequestError("This request is under way; escape cancels it.", hint=AGAIN))
            return
        self.cancel()
        self._under_way = progress = Progress(request)
        self._entry = None
        self.answer.begin()
        self.keys_changed()
        self._perform(progress)

    def _frozen(self) -> HttpRequest | None:
        """Return the request as it stands at this moment; None when it cannot be sent."""
        url = self.bar.url.strip()
        try:
            if not url:
                self.action_address()
                raise RequestError("There is no URL yet.", hint="Type one, such as example.org.")
            return self.editor.request(self.bar.method, url)
        except RequestError as error:
            self.refuse(error)
            return None

    @work(group="exchange")
    async def _perform(self, progress: Progress) -> None:
        """Send to the end, whatever that is; a later send does not cut this one's record short."""
        exchanger = self.services.exchanger
        if exchanger.ready:
            call = exchanger.call(progress.request)
        else:
            call = await asyncio.to_thread(exchanger.call, progress.request)
        progress.start(call)
        if self._under_way is progress:
            self._watch(progress)
        exchange = await exchanger.perform(call)
        progress.end()
        if self._under_way is progress:
            self.answer.end(exchange)
            if exchange.response is not None:
                await self._look(progress)
        entry = await exchanger.recorded(call)
        if self._under_way is progress:
            self._under_way = None
            self._entry = entry
            self.keys_changed()
        progress.kept.set()
        self.app.post_message(EntryRecorded(entry))

    @work(group="watch", exclusive=True)
    async def _watch(self, progress: Progress) -> None:
        """Draw the call under way, 30 times a second at most."""
        async with aclosing(progress.lines()) as lines:
            async for text in lines:
                if self._under_way is not progress:
                    return
                progress.look(watched=self.display)
                self._begin_to_show(progress)
                self.answer.progress(text)
                if progress.answered:
                    await self._look(progress)

    def _begin_to_show(self, progress: Progress) -> None:
        """Leave the answer before for this one, once there is something of it, or it takes long."""
        if progress.call is not None and (progress.answered or progress.late):
            self.answer.begin(progress.call)
            self.keys_changed()

    async def _look(self, progress: Progress) -> None:
        """Go from the URL to its answer, once, as a browser does, unless the person wrote on."""
        if progress.looked_at:
            return
        progress.looked_at = True
        await self.answer.ready()
        request = progress.request
        written = self.bar.method, self.bar.url.strip()
        if self.bar.address.has_focus and written == (request.method, request.url):
            self.answer.enter()

    def cancel(self) -> bool:
        if self._under_way is None or self._under_way.over:
            return False
        self._under_way.cancel()
        return True

    def action_cancel(self) -> None:
        """Cancel what runs; else leave the field, for a place where letters are keys."""
        if not self.cancel():
            self.answer.enter()

    # going about

    def action_address(self) -> None:
        self.bar.enter()

    async def action_request(self, name: str) -> None:
        """Write in a part of the request."""
        await self.editor.show(name, enter=True)

    async def action_next_request(self) -> None:
        """Go into the part that is shown; from there into the next one."""
        strip = self.editor.strip
        inside = self.editor.has_focus_within
        await self.editor.show(strip.neighbour(1) if inside else strip.active, enter=True)

    async def action_answer(self, name: str) -> None:
        """Look at a part of the answer."""
        await self.answer.show(name)

    async def action_next_answer(self) -> None:
        """Go into the part that is shown; from there into the next one."""
        strip = self.answer.strip
        inside = self.answer.has_focus_within
        await self.answer.show(strip.neighbour(1) if inside else strip.active)

    async def action_pick(self) -> None:
        """Ask for a filter of the answer."""
        await self.answer.show("body", enter=False)
        self.answer.pick()

    # giving away

    async def contents(self) -> Sequence[Content]:
        return self.answer.contents()

    def suffix_of(self, field: TextField) -> str:
        return self.editor.suffix_of(field)

    def refuse(self, error: SondeError) -> None:
        self.answer.refuse(Problem.of(error, "request"))

    def action_copy(self) -> None:
        self.answer.copy()
