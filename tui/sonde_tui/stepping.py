"""The steps of what is at hand opened to be looked at, changed and performed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.http_request import HttpRequest

from .key_order import held
from .widgets.session_pane import SessionPane

if TYPE_CHECKING:
    from sonde_core.session import Session

    from .app import SondeApp
    from .screens.tab import Tab


async def open_steps(app: SondeApp) -> None:
    """Open the steps of the entry at hand; why there are none passes by as a message."""
    tab = app.tab
    try:
        with held(app):
            await tab.settled()
            entry = await _at_hand(app, tab)
    except SondeError as error:
        tab.refuse(error)
        return
    if entry is None:
        tab.tell("No session is at hand, whose steps could be performed again.", warning=True)
    elif isinstance(entry.exchange.request, HttpRequest):
        tab.tell("HTTP has no steps; V opens it as a raw session, which has.", warning=True)
    elif entry.exchange.kind == "listen":
        tab.tell("A listener has no steps; those of each client are in its entry.", warning=True)
    elif entry.exchange.role == "server":
        with held(app):
            await _play(app, entry)
    else:
        from .screens.steps import StepsScreen

        app.push_screen(StepsScreen(app.services, entry, _open_session(app)))


async def _play(app: SondeApp, entry: Entry) -> None:
    """Have the Listen tab play our side: only the client itself could repeat its own."""
    from .screens.listener import ListenTab

    tab = await app.show("listen")
    assert isinstance(tab, ListenTab)  # noqa: S101 - of that name
    tab.play(entry)


async def _at_hand(app: SondeApp, tab: Tab) -> Entry | None:
    """Return the entry at hand; that of a session under way is what came so far."""
    if tab.entry is not None:
        return tab.entry
    if tab.entry_id:
        return await app.services.history.get(tab.entry_id)
    for pane in tab.query(SessionPane):
        if pane.session is not None:
            return Entry("", pane.session.exchange())
    return None


def _open_session(app: SondeApp) -> Session | None:
    """Return the session that is open in the Socket tab."""
    from sonde_core.speaking import TALKING

    for pane in app.screen_stack[0].query("#socket SessionPane").results(SessionPane):
        if pane.session is not None and pane.session.state in TALKING:
            return pane.session
    return None
