"""The Listen tab: bind an endpoint, see clients come and go, talk to each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from sonde_core.entry import Entry
from sonde_core.errors import SondeError
from sonde_core.model import ListenRequest, Problem
from sonde_core.payload import unescape

from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.client_list import ClientList
from ..widgets.cycle import Cycle
from ..widgets.session_pane import FRAME, SessionPane
from ..widgets.status_line import ProblemPanel, StatusLine
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener


class ListenTab(Tab):
    """One listener, its clients, and the session of the one that is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "stop", "Stop", id="listen.stop"),
        Binding("ctrl+s", "clients", "Clients", id="listen.clients"),
    ]

    DEFAULT_CSS = """
    ListenTab .address { height: 1; }
    ListenTab .address Input { width: 1fr; }
    ListenTab #middle { height: 1fr; }
    ListenTab ClientList { height: 7; border-top: solid $panel; }
    .-wide ListenTab #middle { layout: horizontal; }
    .-wide ListenTab ClientList { width: 36; height: 1fr; border-top: none; }
    """

    def __init__(self, services: Services, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(services, id=id)
        self._listener: Listener | None = None
        self._shown: Session | None = None
        self._entries: dict[Session, Entry] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="address"):
            yield Input(
                placeholder="tcp://127.0.0.1:8888   port 0 takes a free one   tls://   udp://",
                id="address",
                compact=True,
            )
        with Horizontal(classes="address"):
            yield Input(placeholder=r"greeting, such as Hello\r\n", id="greeting", compact=True)
            yield Cycle("echo", ["off", "on"], id="echo")
        yield StatusLine(id="listener-state")
        yield ProblemPanel(id="listener-problem")
        with Vertical(id="middle"):
            yield ClientList()
            yield SessionPane()

    @property
    def pane(self) -> SessionPane:
        """What shows the chosen client's session."""
        return self.query_one(SessionPane)

    @property
    def entry(self) -> Entry | None:
        return self._entries.get(self._shown) if self._shown else None

    def load(self, endpoint: str) -> None:
        self.query_one("#address", Input).value = endpoint

    def arrive(self) -> None:
        if self._listener is not None and not self._listener.state.over:
            self.query_one(ClientList).focus()
        else:
            self.action_address()

    def action_address(self) -> None:
        self.query_one("#address", Input).focus()

    def action_clients(self) -> None:
        self.query_one(ClientList).focus()

    # binding

    @on(Input.Submitted, "#address")
    @on(Input.Submitted, "#greeting")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._bind()

    def action_send(self) -> None:
        """Send to the chosen client from its line; bind from anywhere else."""
        if self._shown is not None and self.pane.payload.has_focus:
            self.pane.send()
        else:
            self._bind()

    def _bind(self) -> None:
        """Bind what the fields say at this moment; a listener that runs is stopped first."""
        try:
            greeting = unescape(self.query_one("#greeting", Input).value)
        except SondeError as error:
            self._refuse(Problem.of(error, "request"))
            return
        echo = self.query_one("#echo", Cycle).value == "on"
        address = self.query_one("#address", Input).value.strip()
        self._listen(ListenRequest(address, greeting, echo))

    @work(group="bind")
    async def _listen(self, request: ListenRequest) -> None:
        before = self._listener
        listener = self._listener = self.services.exchanger.listener(request)
        self.query_one("#listener-problem", ProblemPanel).problem = None
        if before is not None:
            await before.close(grace=1.0)
        self._shown = None
        self.query_one(ClientList).show_clients([])
        try:
            await listener.start()
        except SondeError as error:
            self._refuse(Problem.of(error, "bind"))
            entry = await self.services.exchanger.refuse(listener.exchange())
            self.app.post_message(EntryRecorded(entry))
            self.query_one("#listener-state", StatusLine).show_outcome(entry.exchange)
            return
        self._follow(listener)
        self.query_one(ClientList).focus()

    def _refuse(self, problem: Problem) -> None:
        self.query_one("#listener-problem", ProblemPanel).problem = problem

    @work(group="follow-listener", exclusive=True)
    async def _follow(self, listener: Listener) -> None:
        clients = self.query_one(ClientList)
        known: set[Session] = set()
        while True:
            for session in listener.sessions:
                if session not in known:
                    known.add(session)
                    self._record(session)
            clients.show_clients(listener.sessions)
            self.query_one("#listener-state", StatusLine).show_running(self._state(listener))
            if self._shown is None and listener.sessions:
                self._choose(listener.sessions[0])
            if listener.state.over:
                return
            await asyncio.sleep(max(FRAME, 0.1))

    def _state(self, listener: Listener) -> str:
        if listener.state.over:
            return f"stopped · {listener.accepted} clients were here"
        live = sum(not session.state.over for session in listener.sessions)
        open_to = "" if is_loopback(listener.bound.host) else " · OPEN TO THE NETWORK"
        return f"listening on {listener.bound} · {live} of {listener.accepted} connected{open_to}"

    @work(group="record")
    async def _record(self, session: Session) -> None:
        entry = await self.services.exchanger.recorded(session)
        self._entries[session] = entry
        self.app.post_message(EntryRecorded(entry))

    def action_stop(self) -> None:
        if self._listener is not None:
            self.run_worker(self._listener.close(), group="stop")

    def cancel(self) -> bool:
        return False

    # the clients

    @on(ClientList.Chosen)
    def _client_chosen(self, message: ClientList.Chosen) -> None:
        self._choose(message.session)
        if message.to_talk:
            self.pane.payload.focus()

    def _choose(self, session: Session) -> None:
        if session is not self._shown:
            self._shown = session
            self.pane.attach(session)

    def action_copy(self) -> None:
        found = self.pane.at_hand()
        if found is None:
            self.app.notify("Nothing to copy yet: no client has connected.", severity="warning")
            return
        self.app.post_message(CopyAsked(*found))
