"""What a tab with a listener shows of it: the clients, the chosen one, the requests answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from sonde_core.history.entry import Entry
from sonde_core.model import Exchange
from sonde_core.words import count

from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.client_list import ClientList
from ..widgets.rows.line_view import LineView
from ..widgets.session_pane import GRACE, SessionPane
from ..widgets.status_line import StatusLine
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener

    from ..widgets.captures import Captures

NO_CLIENT: Final = "No client yet: each one that connects is shown here."
# How often the clients are looked at: what a thousand of them do is drawn no oftener than this.
LOOK: Final = 0.1
REST: Final = 9  # a look that took long is followed by a pause so many times as long


class ClientTab(Tab):
    """Follows one listener: its clients, and the session of the one that is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "clients", "Clients", id="listen.clients"),
        Binding("ctrl+f", "half_close", "Half-close", id="session.half-close", show=False),
        Binding("f8", "close", "Close", id="session.close", show=False),
        Binding("U", "upgrade", "Upgrade to TLS", id="session.upgrade", show=False),
        Binding("X", "reset", "Reset client", id="listen.reset", show=False),
        Binding("C", "close_all", "Close all clients", id="listen.close-all", show=False),
        Binding("s", "facts", "Facts", id="facts"),
        Binding("i", "write", "Write", id="send.focus", show=False),
    ]

    DEFAULT_CSS = """
    ClientTab #middle { height: 1fr; }
    ClientTab ClientList { height: 7; border-top: solid $panel; }
    ClientTab Captures { display: none; border-top: solid $panel; }
    ClientTab #middle.-requests Captures { display: block; }
    ClientTab #middle.-requests ClientList { display: none; }
    ClientTab #middle.-requests SessionPane { display: none; }
    """

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._listener: Listener | None = None
        self._shown: Session | None = None
        self._edited: Entry | None = None
        self._live: set[Session] = set()  # clients whose entry is still to be told of
        self._met = 0  # clients that were seen so far
        self._drawn: tuple[int, ...] = ()

    def compose_clients(self) -> ComposeResult:
        """Yield the line of the listener's state, and what shows its clients."""
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
    def captures(self) -> Captures | None:
        """The requests that are answered, of a listener for HTTP; None when none was bound."""
        return next(iter(self.query("#captures").results()), None)  # type: ignore[return-value]

    @property
    def shows_requests(self) -> bool:
        """Whether requests are shown, and not clients."""
        return self.query_one("#middle").has_class("-requests")

    @property
    def entry(self) -> Entry | None:
        if self.shows_requests and self.captures is not None:
            return self.captures.entry
        if self._shown is None:
            return self._edited
        return self.services.exchanger.entry_of(self._shown)

    @property
    def exchange(self) -> Exchange | None:
        if self.shows_requests or self._shown is None:
            return super().exchange
        return self._shown.exchange()

    @property
    def has_content(self) -> bool:
        shows_request = self.shows_requests and self.entry is not None
        return shows_request or self._shown is not None or self._edited is not None

    @property
    def is_listening(self) -> bool:
        """Whether clients can come."""
        return self._listener is not None and not self._listener.state.over

    @property
    def busy(self) -> bool:
        return self.entry is None and (self.is_listening or self._shown is not None)

    def action_clients(self) -> None:
        """Go to the list; from it to that of the requests and back, where there are any."""
        if self._listed.has_focus and self._captures_now:
            self.query_one("#middle").toggle_class("-requests")
        self._listed.focus()

    @property
    def _listed(self) -> LineView:
        """The list that is shown."""
        captures = self.captures
        return captures.rows if captures is not None and self.shows_requests else self.clients

    @property
    def _captures_now(self) -> bool:
        return self._listener is not None and self._listener.request.http is not None

    def arrive(self) -> None:
        if self.is_listening:
            self._listed.focus()
        else:
            self.action_address()

    async def make_room(self, listener: Listener) -> None:
        """Build what a listener will need to be shown."""
        if listener.request.http is not None and self.captures is None:
            from ..widgets.captures import Captures  # most listeners have none

            await self.query_one("#middle").mount(Captures(self.services, id="captures"))

    def begin(self, listener: Listener) -> None:
        """Show another listener, from its first client on."""
        self.show_none()
        self._listener = listener
        self.query_one("#middle").set_class(self._captures_now, "-requests")
        self._follow(listener)

    def show_none(self) -> None:
        """Show no listener, and no client of the one before."""
        self._listener, self._shown, self._edited, self._met = None, None, None, 0
        self.clients.show_clients([])
        self.pane.clear()
        if self.captures is not None:
            self.captures.clear()
        self.query_one("#middle").remove_class("-requests")

    def took_part(self, listener: Listener, entry: Entry) -> None:
        """Take an entry of a part of a client's session: a request that was answered."""
        if self.captures is not None and listener is self._listener and self.is_attached:
            self.captures.add(entry)
        if self.is_attached:
            self.app.post_message(EntryRecorded(entry))

    # the clients

    @work(group="follow-listener", exclusive=True)
    async def _follow(self, listener: Listener) -> None:
        self._drawn = ()
        while not listener.state.over:
            began = monotonic()
            await self._look(listener)
            self._draw(listener)
            self.keys_changed()
            await asyncio.sleep(max(LOOK, REST * (monotonic() - began)))
        self._draw(listener)
        for session in list(self._live):
            await self.services.exchanger.recorded(session)
        await self._look(listener)
        self._draw(listener)
        self.keys_changed()

    async def _look(self, listener: Listener) -> None:
        """Look at each client, so that it is read on, and tell of those that are recorded."""
        fresh = min(listener.accepted - self._met, len(listener.sessions))
        self._met = listener.accepted
        self._live.update(listener.sessions[len(listener.sessions) - fresh :])
        self.clients.measure(session for session in self._live if not session.state.over)
        for session in list(self._live):
            await session.changed(-1)  # returns at once
            entry = self.services.exchanger.entry_of(session)
            if entry is not None:
                self._live.discard(session)
                self.app.post_message(EntryRecorded(entry))

    def _draw(self, listener: Listener) -> None:
        """Show what is new since the last time, if anything is; times go on each second."""
        sessions = listener.sessions
        seconds = int(listener.recorder.elapsed) if self._live else 0
        versions = sum(session.version for session in sessions)
        came = self.captures.came if self.captures is not None else 0
        drawn = (listener.version, len(sessions), versions, seconds, came)
        if drawn == self._drawn or listener is not self._listener:
            return
        self._drawn = drawn
        self.query_one("#listener-state", StatusLine).show_running(self._state(listener))
        following = self._next(sessions)
        self.clients.show_clients(sessions, chosen=following)
        if following is not None:
            self._show(following)
        if self.captures is not None:
            self.captures.draw()

    def _next(self, sessions: list[Session]) -> Session | None:
        """Return the client to show by itself: the first, and the next when that one has ended."""
        if not sessions or self.pane.has_focus_within:
            return None
        if self._shown is None:
            return sessions[0]
        was_last = self.clients.cursor_row == len(self.clients.sessions) - 1
        has_ended = self._shown.state.over or self._shown.has_peer_end
        return sessions[-1] if has_ended and was_last else None

    def answers_of(self, listener: Listener) -> str:
        """Say what the listener does by itself; empty where that is seen already."""
        return listener.answers

    def _state(self, listener: Listener) -> str:
        were = count(listener.accepted, "client")
        captures = self.captures if listener.request.http is not None else None
        asked = f" · {count(captures.came, 'request')}" if captures is not None else ""
        if listener.state.over:
            return f"stopped · {were} in all{asked}"
        live = [session for session in listener.sessions if not session.state.over]
        halves = sum(session.has_peer_end for session in live)
        ended = f", {halves} half-closed" if halves else ""
        open_to = "" if listener.is_private else " · OPEN TO THE NETWORK"
        answers = f" · {told}" if (told := self.answers_of(listener)) else ""
        talking = f"{len(live) - halves} connected{ended} of {were}"
        return f"listening on {listener.bound}{open_to}{answers}{asked} · {talking}"

    @on(ClientList.Chosen)
    def _client_chosen(self, message: ClientList.Chosen) -> None:
        message.stop()
        self._show(message.session)
        if message.to_talk:
            self.pane.editor.focus()

    def is_attended(self, session: Session) -> bool:
        """Whether a person may be about to answer a client that is shown.

        One that was greeted by itself may need no more, unless somebody is at its line.
        """
        listener = self._listener
        greets = listener is not None and bool(listener.request.greeting)
        return session is self._shown and (not greets or self.pane.has_focus_within)

    def _show(self, session: Session) -> None:
        if session is not self._shown:
            self._shown = session
            self.pane.attach(session)
            self.keys_changed()

    def action_write(self) -> None:
        """Go to the line from which the client that is shown is answered."""
        if not self.shows_requests:
            self.pane.action_write()

    # ending them

    def action_half_close(self) -> None:
        """Send our end to the client that is shown."""
        self.pane.action_half_close()

    def action_upgrade(self) -> None:
        """Put TLS on the session of the client that is shown."""
        self.pane.action_upgrade()

    def action_close(self) -> None:
        """Close the client that is shown; asked for again meanwhile, at once."""
        self.pane.action_close()

    def action_reset(self) -> None:
        """Close the client that is shown with a reset."""
        if self._shown is None or self._shown.state.over:
            self.tell("No client that is connected is shown.", warning=True)
        else:
            self._shown.abort()

    @work(group="close-all", exclusive=True)
    async def action_close_all(self) -> None:
        """Close all that are connected; the listener goes on."""
        sessions = self._listener.sessions if self._listener is not None else []
        live = [session for session in sessions if not session.state.over]
        self.tell(f"Closing {count(len(live), 'client')}." if live else "No client is connected.")
        await asyncio.gather(*(session.close(GRACE) for session in live))

    # giving away

    async def contents(self) -> Sequence[Content]:
        from ..offering import of_session

        exchange = self.exchange
        if exchange is None:
            return ()
        shown = self.captures if self.shows_requests and self.captures else self.pane
        return of_session(exchange, shown.transcript, reveal=self.services.reveal)

    def action_copy(self) -> None:
        shown = self.captures if self.shows_requests and self.captures else self.pane
        found = shown.at_hand()
        if found is None:
            self.tell("Nothing to copy yet.", warning=True)
            return
        self.app.post_message(CopyAsked(*found))

    def reveal_changed(self) -> None:
        self.pane.reveal_changed()
        if self.captures is not None:
            self.captures.reveal_changed()
