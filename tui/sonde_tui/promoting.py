"""HTTP at hand opened as a raw session, and a raw session at hand opened as HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction
from sonde_core.secrets import mask_url
from sonde_core.steps import SendStep

from .key_order import held
from .screens.choose import Choice, ChooseScreen
from .widgets.session_pane import SessionPane

if TYPE_CHECKING:
    from sonde_core.session_request import SessionRequest

    from .app import SondeApp
    from .screens.tab import Tab

_RAW = "The request, byte for byte: enter in the address opens, ctrl+j sends it."
_OTHER = "The request names another host than it went to: ctrl+j sends it to the one it names."
_HTTP = "Read from the raw session, as far as it is HTTP."


async def promote(app: SondeApp) -> None:
    """Open what is at hand the other way; why that cannot be passes by as a message."""
    tab = app.tab
    with held(app):
        await tab.settled()
    entry = _at_hand(tab)
    if entry is None:
        tab.tell("Nothing to open as HTTP or raw yet: send something first.", warning=True)
        return
    try:
        if isinstance(entry.exchange.request, HttpRequest):
            await _as_session(app, entry)
        else:
            await _as_http(app, entry)
    except SondeError as error:
        tab.refuse(error)


def _at_hand(tab: Tab) -> Entry | None:
    """Return the entry at hand; that of a session under way is what came so far."""
    if tab.entry is not None or tab.entry_id:
        return tab.entry
    for pane in tab.query(SessionPane):
        if pane.session is not None:
            return Entry("", pane.session.exchange())
    return None


async def _as_session(app: SondeApp, entry: Entry) -> None:
    """Load the request into the Socket tab: its address, and its bytes with their line ends."""
    from sonde_core.promotion import raw_of

    from .screens.session import SocketTab

    with held(app):
        request = await asyncio.to_thread(raw_of, entry)
        exchange = replace(
            entry.exchange, request=request, kind=request.endpoint.scheme, response=None
        )
        tab = await app.show("socket")
        assert isinstance(tab, SocketTab)  # noqa: S101 - of that name
        tab.edit(replace(entry, exchange=exchange))
        line = tab.pane.line
        if line.recall(_sent(request)):
            tab.tell("The request is too long for the editor; copy its steps, or replay it.")
            return
        await line.turn_to_lines(True)
    tab.tell(_RAW)


def _sent(request: SessionRequest) -> list[Chunk]:
    steps = (step for step in request.steps if isinstance(step, SendStep))
    return [Chunk(step.at, Direction.SENT, step.data) for step in steps]


async def _as_http(app: SondeApp, entry: Entry) -> None:
    """Show a request of the session with its answer in the HTTP tab; of several, the chosen one."""
    from sonde_core.promotion import http_of, other_place, titles

    with held(app):
        found = await asyncio.to_thread(http_of, entry.exchange)
    chosen = 0
    if len(found) > 1:
        shown = str if app.services.reveal else mask_url
        named = enumerate(map(shown, titles(found)))
        choices = [Choice(str(number), title) for number, title in named]
        answer = await app.push_screen_wait(ChooseScreen("Requests in this session", choices))
        if answer is None:
            return
        chosen = int(answer)
    with held(app):
        tab = await app.show("http")
    tab.edit(Entry(entry.id, found[chosen]))
    tab.tell(_HTTP)
    if place := other_place(entry.exchange, found[chosen]):
        tab.tell(f"{_OTHER} The session was with {place}.", warning=True)
