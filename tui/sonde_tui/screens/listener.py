"""The Listen tab: bind an endpoint, see clients come and go, talk to each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from sonde_core.endpoint import parse
from sonde_core.errors import EndpointSyntaxError, SondeError
from sonde_core.history.entry import Entry
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Exchange, Problem
from sonde_core.payload import unescape
from sonde_core.session_request import SessionRequest
from sonde_core.words import count

from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.client_list import ClientList
from ..widgets.cycle import Cycle
from ..widgets.line_input import LineInput
from ..widgets.session_pane import SessionPane
from ..widgets.status_line import ProblemPanel, StatusLine
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener

IDLE: Final = "Not listening: type where, such as tcp://127.0.0.1:8888, and press enter."
_EXAMPLE: Final = "Type one, such as tcp://127.0.0.1:8888; port 0 takes a free one."
NO_CLIENT: Final = "No client yet: each one that connects is shown here."
# How often the clients are looked at: what a thousand of them do is drawn no oftener than this.
LOOK: Final = 0.1


class ListenTab(Tab):
    """One listener, its clients, and the session of the one that is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "stop", "Stop", id="listen.stop"),
        Binding("ctrl+s", "clients", "Clients", id="listen.clients"),
        Binding("s", "facts", "Facts", id="facts"),
    ]

    DEFAULT_CSS = """
    ListenTab .address { height: 1; }
    ListenTab .address Input { width: 1fr; }
    ListenTab #middle { height: 1fr; }
    ListenTab ClientList { height: 7; border-top: solid $panel; }
    """

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._listener: Listener | None = None
        self._shown: Session | None = None
        self._edited: Entry | None = None
        self._turn = asyncio.Lock()  # one listener is stopped before the next one starts
        self._live: set[Session] = set()  # clients whose entry is still to be told of
        self._met = 0  # clients that were seen so far
        self._drawn: tuple[int, int, int] = (-1, -1, -1)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="address"):
            yield LineInput(
                placeholder="tcp://127.0.0.1:8888   port 0 takes a free one   tls://   udp://",
                id="address",
                compact=True,
            )
        with Horizontal(classes="address"):
            yield LineInput(placeholder=r"greeting, such as Hello\r\n", id="greeting", compact=True)
            yield Cycle("echo", ["off", "on"], id="echo")
        yield StatusLine(IDLE, wraps=True, id="listener-state")
        yield ProblemPanel(id="listener-problem")
        with Vertical(id="middle"):
            yield ClientList()
            yield SessionPane(NO_CLIENT, self.services)

    @property
    def pane(self) -> SessionPane:
        """What shows the chosen client's session."""
        return self.query_one(SessionPane)

    @property
    def clients(self) -> ClientList:
        """The list of clients."""
        return self.query_one(ClientList)

    @property
    def address(self) -> Input:
        """Where to listen."""
        return self.query_one("#address", Input)

    @property
    def entry(self) -> Entry | None:
        if self._shown is None:
            return self._edited
        return self.services.exchanger.entry_of(self._shown)

    @property
    def exchange(self) -> Exchange | None:
        return self._shown.exchange() if self._shown is not None else super().exchange

    @property
    def busy(self) -> bool:
        return self.entry is None and (self._is_listening or self._shown is not None)

    def load(self, endpoint: str) -> None:
        self.address.value = endpoint
        self.address.cursor_position = len(endpoint)

    def edit(self, entry: Entry) -> None:
        """Offer to listen where a client of an entry came; what it said is shown, if there is room.

        Nobody but that client can open its session again.
        """
        request = entry.exchange.request
        if not isinstance(request, SessionRequest):
            return
        self.load(request.address)
        if not self._is_listening:
            self._shown, self._edited = None, entry
            self.clients.show_clients([])
            self.pane.show_exchange(entry.exchange)
        if entry.exchange.kind != "listen":
            self.tell("enter listens there again; the client has to come by itself.")
        self.action_address()

    @property
    def _is_listening(self) -> bool:
        return self._listener is not None and not self._listener.state.over

    def arrive(self) -> None:
        if self._is_listening:
            self.clients.focus()
        else:
            self.action_address()

    def action_address(self) -> None:
        self.address.focus()

    def action_clients(self) -> None:
        self.clients.focus()

    # binding

    @on(Input.Submitted, "#address")
    @on(Input.Submitted, "#greeting")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._bind()

    @on(Cycle.Changed, "#echo")
    def _echo_changed(self, event: Cycle.Changed) -> None:
        event.stop()

    def action_send(self) -> None:
        """Send to the chosen client; bind from the fields, or when nothing is bound."""
        if self._is_listening and not self._in_fields:
            self.pane.send()
        else:
            self._bind()

    @property
    def _in_fields(self) -> bool:
        return any(row.has_focus_within for row in self.query(".address"))

    def _bind(self) -> None:
        """Bind what the fields say at this moment; a listener that runs is stopped first.

        It runs on when the address is none: who mistypes it means to lose no client.
        """
        address = self.address.value.strip()
        try:
            if not address:
                self.action_address()
                raise EndpointSyntaxError("There is no address yet.", hint=_EXAMPLE)
            greeting = unescape(self.query_one("#greeting", Input).value)
        except SondeError as error:
            self._tell(Problem.of(error, "request"))
            return
        echo = self.query_one("#echo", Cycle).value == "on"
        self._listen(ListenRequest(address, greeting, echo))

    @work(group="bind")
    async def _listen(self, request: ListenRequest) -> None:
        async with self._turn:
            if _is_address(request.address):
                await self._end()
            listener = self.services.exchanger.listener(request)
            if not self._is_listening:
                self._listener = listener
                self._show_state("binding …")
            self._tell(None)
            try:
                await listener.start()
            except SondeError as error:
                await self._refuse(listener, error)
                return
            self._shown, self._edited, self._met = None, None, 0
            self.clients.show_clients([])
            self.pane.clear()
        if self._in_fields:
            self.clients.focus()
        self._follow(listener)

    async def _refuse(self, listener: Listener, error: SondeError) -> None:
        """Tell and record why nothing is bound; of a listener that runs all is shown as before."""
        self._tell(Problem.of(error, "bind"))
        entry = await self.services.exchanger.refuse(listener.exchange())
        if listener is self._listener:
            self.query_one("#listener-state", StatusLine).show_outcome(entry.exchange)
        self.app.post_message(EntryRecorded(entry))

    async def _end(self) -> None:
        """Stop the listener that runs, if any; its clients are recorded."""
        if self._listener is not None and self._is_listening:
            self._show_state("stopping …")
            await self._listener.close(grace=1.0)

    @work(group="bind")
    async def action_stop(self) -> None:
        async with self._turn:
            self._tell(None)
            await self._end()

    def _tell(self, problem: Problem | None) -> None:
        self.query_one("#listener-problem", ProblemPanel).problem = problem

    def _show_state(self, text: str) -> None:
        self.query_one("#listener-state", StatusLine).show_running(text)

    # the clients

    @work(group="follow-listener", exclusive=True)
    async def _follow(self, listener: Listener) -> None:
        self._drawn = (-1, -1, -1)
        while not listener.state.over:
            await self._look(listener)
            self._draw(listener)
            await asyncio.sleep(LOOK)
        self._draw(listener)
        for session in list(self._live):
            await self.services.exchanger.recorded(session)
        await self._look(listener)

    async def _look(self, listener: Listener) -> None:
        """Look at each client, so that it is read on, and tell of those that are recorded."""
        fresh = min(listener.accepted - self._met, len(listener.sessions))
        self._met = listener.accepted
        self._live.update(listener.sessions[len(listener.sessions) - fresh :])
        for session in list(self._live):
            await session.changed(-1)  # returns at once
            entry = self.services.exchanger.entry_of(session)
            if entry is not None:
                self._live.discard(session)
                self.app.post_message(EntryRecorded(entry))

    def _draw(self, listener: Listener) -> None:
        """Show what is new since the last time, if anything is."""
        sessions = listener.sessions
        drawn = (listener.version, len(sessions), sum(session.version for session in sessions))
        if drawn == self._drawn or listener is not self._listener:
            return
        self._drawn = drawn
        self._show_state(self._state(listener))
        following = self._next(sessions)
        self.clients.show_clients(sessions, chosen=following)
        if following is not None:
            self._show(following)

    def _next(self, sessions: list[Session]) -> Session | None:
        """Return the client to show by itself: the first, and the next when that one is over."""
        if not sessions or self.pane.has_focus_within:
            return None
        if self._shown is None:
            return sessions[0]
        was_last = self.clients.cursor_row == len(self.clients.sessions) - 1
        return sessions[-1] if self._shown.state.over and was_last else None

    def _state(self, listener: Listener) -> str:
        were = count(listener.accepted, "client")
        if listener.state.over:
            return f"stopped · {were} in all"
        live = sum(not session.state.over for session in listener.sessions)
        open_to = "" if listener.is_private else " · OPEN TO THE NETWORK"
        return f"listening on {listener.bound}{open_to} · {live} connected of {were}"

    @on(ClientList.Chosen)
    def _client_chosen(self, message: ClientList.Chosen) -> None:
        message.stop()
        self._show(message.session)
        if message.to_talk:
            self.pane.editor.focus()

    def _show(self, session: Session) -> None:
        if session is not self._shown:
            self._shown = session
            self.pane.attach(session)

    # giving away

    async def contents(self) -> Sequence[Content]:
        from ..offering import of_session

        exchange = self.exchange
        if exchange is None:
            return ()
        return of_session(exchange, self.pane.transcript, reveal=self.services.reveal)

    def action_copy(self) -> None:
        found = self.pane.at_hand()
        if found is None:
            self.tell("Nothing to copy yet.", warning=True)
            return
        self.app.post_message(CopyAsked(*found))


def _is_address(text: str) -> bool:
    try:
        parse(text, listening=True)
    except EndpointSyntaxError:
        return False
    return True
