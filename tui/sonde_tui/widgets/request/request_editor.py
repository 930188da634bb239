"""All of a request but its first row: params, headers, body, credentials and options."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from sonde_core.body import EMPTY
from sonde_core.errors import RequestError
from sonde_core.http_request import HttpOptions, HttpRequest, RequestBody

from ..mounting import made_once
from ..pane_strip import Pane, PaneStrip
from .request_pane import RequestPane

PANES: Final = (
    Pane("params", "Params", "P"),
    Pane("headers", "Headers", "H"),
    Pane("body", "Body", "B"),
    Pane("auth", "Auth", "A"),
    Pane("options", "Options", "O"),
)


class RequestEditor(Vertical):
    """Panes over one request; a pane is built when it is first shown.

    What no pane has been built for stays as the request had it.
    """

    DEFAULT_CSS = """
    RequestEditor ContentSwitcher { height: 1fr; }
    """

    def __init__(self, *, reveal: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._base = HttpRequest()
        self._reveal = reveal
        self._wanted = ""
        self._building = asyncio.Lock()

    def compose(self) -> ComposeResult:
        yield PaneStrip(PANES, id="request-strip")
        yield ContentSwitcher(id="request-panes")

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        """Show the first pane, once the app has been seen."""
        if not self._wanted:
            await self.show(PANES[0].name)

    @property
    def strip(self) -> PaneStrip:
        """The row that names the panes."""
        return self.query_one("#request-strip", PaneStrip)

    @property
    def panes(self) -> ContentSwitcher:
        """Holds the panes that were built."""
        return self.query_one("#request-panes", ContentSwitcher)

    def _built(self) -> list[RequestPane]:
        return list(self.panes.query_children(RequestPane).results(RequestPane))

    def pane(self, name: str) -> RequestPane | None:
        """Return a pane if it was built."""
        return next((pane for pane in self._built() if pane.id == f"ask-{name}"), None)

    async def show(self, name: str, *, enter: bool = False) -> None:
        """Show a pane, and put the focus into it when `enter` says so."""
        self._wanted = name
        async with self._building:
            pane = await made_once(self.panes, RequestPane, f"ask-{name}", lambda: self._make(name))
            if name != self._wanted:  # another one was asked for meanwhile
                return
            self.panes.current = pane.id
            self.strip.active = name
        if enter:
            pane.enter()

    def _make(self, name: str) -> RequestPane:
        # Each is imported when it is first shown: the first paint needs none of them.
        pane_id = f"ask-{name}"
        if name == "body":
            from .body_pane import BodyPane

            return BodyPane(self._base, reveal=self._reveal, id=pane_id)
        if name == "auth":
            from .auth_pane import AuthPane

            return AuthPane(self._base, reveal=self._reveal, id=pane_id)
        if name == "options":
            from .options_pane import OptionsPane

            return OptionsPane(self._base, id=pane_id)
        from .rows_pane import HeadersPane, ParamsPane

        kind = HeadersPane if name == "headers" else ParamsPane
        return kind(self._base, reveal=self._reveal, id=pane_id)

    def fill(self, request: HttpRequest) -> None:
        """Show another request in all panes; a recorded one as it was written."""
        self._base = request = replace(request, body=_as_written(request.body))
        for pane in self._built():
            pane.fill(request)
        self._badge()

    def request(self, method: str, url: str) -> HttpRequest:
        """Return the request as it stands at this moment.

        Raises:
            RequestError: A field holds what cannot be sent.
        """
        request = replace(self._base, method=method, url=url)
        for pane in self._built():
            request = pane.apply(request)
        return request

    def suffix_of(self, field: Widget) -> str:
        """Name the kind of file that a field's text would stand in."""
        holders = (pane for pane in self._built() if pane in field.ancestors)
        return next((pane.suffix for pane in holders), ".txt")

    def reveal(self, reveal: bool) -> None:
        """Show secrets, or stars."""
        self._reveal = reveal
        for pane in self._built():
            pane.reveal(reveal)

    @on(PaneStrip.Chosen, "#request-strip")
    async def _chosen(self, message: PaneStrip.Chosen) -> None:
        message.stop()
        await self.show(message.name, enter=message.enter)

    @on(RequestPane.Changed)
    def _changed(self, message: RequestPane.Changed) -> None:
        message.stop()
        self._badge()

    def _badge(self) -> None:
        """Say on the strip what the panes that are not shown hold."""
        try:
            request = self.request("", "")
        except RequestError:
            self.strip.badge("options", "!")
            return
        rows = {"params": request.params, "headers": request.headers}
        for name, fields in rows.items():
            used = sum(1 for field in fields if field.on and (field.name or field.value))
            self.strip.badge(name, str(used) if used else "")
        self.strip.badge("body", "" if request.body.kind == "none" else request.body.kind)
        self.strip.badge("auth", "" if request.auth.kind == "none" else request.auth.kind)
        self.strip.badge("options", "" if request.options == HttpOptions() else "*")


def _as_written(body: RequestBody) -> RequestBody:
    """Leave out what was sent: it is made anew from what was written."""
    return body if body.kind == "bytes" else replace(body, data=EMPTY)
