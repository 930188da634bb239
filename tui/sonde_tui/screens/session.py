"""The Socket tab: open a session to any endpoint, send, see the conversation, close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from sonde_core.endpoint import SESSION_SCHEMES, WEB_SOCKET_SCHEMES, parse
from sonde_core.errors import EndpointSyntaxError, SondeError
from sonde_core.history.entry import Entry
from sonde_core.model import Exchange
from sonde_core.option_texts import differing, fitting
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.words import count

from ..kept_headers import KeptHeaders
from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.address_row import AddressRow
from ..widgets.cycle import Cycle
from ..widgets.line_input import LineInput
from ..widgets.session_pane import SessionPane
from ..widgets.session_view import OPENING
from ..widgets.unusual import Unusual
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content
    from sonde_core.session import Session

IDLE: Final = "No session yet: type an address, such as tcp://localhost:8888, and press enter."
_EXAMPLE: Final = "Type one, such as tcp://localhost:8888."


class SocketTab(Tab):
    """A client session typed by hand."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("O", "options", "Options", id="session.options"),
        Binding("s", "facts", "Facts", id="facts"),
    ]

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._session: Session | None = None
        self._entry: Entry | None = None
        self._options = SessionOptions()
        self._options_of = ""  # the address of the entry they come from; empty: for any
        self._headers = KeptHeaders()

    def compose(self) -> ComposeResult:
        with AddressRow():
            yield LineInput(
                placeholder="tcp://host:port   tls://   udp://   ws://   unix:/path",
                id="address",
                compact=True,
            )
            yield Cycle("verify TLS", ["yes", "no"], id="verify")
        yield Unusual(id="options")
        pane = SessionPane(IDLE, self.services)
        pane.tls_options = lambda: self.options
        yield pane

    @property
    def pane(self) -> SessionPane:
        """What shows the session."""
        return self.query_one(SessionPane)

    @property
    def address(self) -> Input:
        """Where to."""
        return self.query_one("#address", Input)

    @property
    def entry(self) -> Entry | None:
        return self._entry

    @property
    def exchange(self) -> Exchange | None:
        return self._session.exchange() if self._session is not None else super().exchange

    @property
    def has_content(self) -> bool:
        return self._session is not None or self._entry is not None

    @property
    def busy(self) -> bool:
        return self._session is not None and self._entry is None

    def load(self, endpoint: str) -> None:
        self.address.value = endpoint
        self.address.cursor_position = len(endpoint)

    def edit(self, entry: Entry) -> None:
        """Fill the fields from an entry; a session that is open stays so until enter is pressed."""
        request = entry.exchange.request
        if not isinstance(request, SessionRequest):
            return
        self._keep(request.options, request.address)
        self._options_of = request.address
        self.load(request.address)
        self.query_one("#verify", Cycle).value = "yes" if request.options.verify else "no"
        self._show_options()
        too_long = self.pane.recall(entry.exchange)
        if too_long:
            told = f"{count(too_long, 'message')} too long for the line; ctrl+r replays them all."
            self.tell(told, warning=True)
        if self._is_open:
            self.tell("enter in the address closes the open session.")
        else:
            self._entry = entry
            self.pane.show_exchange(entry.exchange)
            self.keys_changed()
        self.action_address()

    @property
    def _is_open(self) -> bool:
        return self._session is not None and not self._session.state.over

    def arrive(self) -> None:
        if self._is_open:
            self.pane.editor.focus()
        else:
            self.action_address()

    def action_address(self) -> None:
        self.address.focus()

    # opening and sending

    @on(Input.Submitted, "#address")
    def _address_entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._open()

    @on(Cycle.Changed, "#verify")
    @on(Input.Changed, "#address")
    def _fields_changed(self, event: Cycle.Changed | Input.Changed) -> None:
        event.stop()
        self._show_options()

    # options

    @property
    def options(self) -> SessionOptions:
        """How the address that is typed would be opened; those of an entry are for its own."""
        address = self.address.value.strip()
        options = self._options if self._options_of in ("", address) else SessionOptions()
        options = replace(
            options,
            verify=self.query_one("#verify", Cycle).value == "yes",
            headers=self._headers.of(address),
        )
        return fitting(options, self._scheme)

    def _keep(self, options: SessionOptions, address: str) -> None:
        """Take options, with headers for the host of an address alone: they may give access."""
        self._options, self._options_of = replace(options, headers=()), ""
        if self._scheme_of(address) in WEB_SOCKET_SCHEMES:
            self._headers.keep(address, options.headers)

    @property
    def _scheme(self) -> str:
        return self._scheme_of(self.address.value)

    @staticmethod
    def _scheme_of(address: str) -> str:
        named = address.strip().partition(":")[0].lower()
        return named if named in SESSION_SCHEMES else "tcp"

    def _show_options(self) -> None:
        """Say what differs from the usual; whether TLS is verified stands beside the address."""
        text = differing(replace(self.options, verify=True), self._scheme)
        kept = ""
        if self._scheme in WEB_SOCKET_SCHEMES:
            kept = self._headers.elsewhere(self.address.value)
        self.query_one(Unusual).tell(" · ".join(filter(None, (text, kept))))

    def action_options(self) -> None:
        """Change how the next session is opened."""
        from .session_options import SessionOptionsScreen

        def taken(options: SessionOptions | None) -> None:
            if options is None:
                return
            self._keep(options, self.address.value)
            self.query_one("#verify", Cycle).value = "yes" if options.verify else "no"
            self._show_options()
            if self._is_open:
                self.tell("They count when it is opened again: enter in the address.")

        screen = SessionOptionsScreen(self.options, self._scheme, reveal=self.services.reveal)
        self.app.push_screen(screen, taken)

    def action_send(self) -> None:
        """Send when a session is open and the address does not have the focus; open otherwise."""
        if self._is_open and not self.address.has_focus:
            self.pane.send()
        else:
            self._open()

    def _open(self) -> None:
        """Open what the address field says at this moment; what is open is closed meanwhile.

        It stays open, and shown, when the address is none.
        """
        address = self.address.value.strip()
        if not address:
            self.pane.refuse(EndpointSyntaxError("There is no address yet.", hint=_EXAMPLE))
            self.action_address()
            return
        request = SessionRequest(address, self.options)
        if request.options.headers:
            self._headers.bind(address)
        session = self.services.exchanger.session(request)
        if self._is_open and (error := _fault(address)):
            self.pane.refuse(error)
            self._record(session)
            self._connect(session)
            return
        before, self._session = self._session, session
        self._entry = None
        self.pane.attach(session)
        self.keys_changed()
        self.pane.editor.focus()
        self._record(session)
        self._connect(session)
        if before is not None:
            self.pane.end(before)

    @work(group="open")
    async def _connect(self, session: Session) -> None:
        try:
            await session.open()
        except SondeError:  # the pane shows the session's problem
            pane = self.pane
            if session is self._session and pane.editor.has_focus and not pane.line.text:
                self.action_address()

    @work(group="record")
    async def _record(self, session: Session) -> None:
        entry = await self.services.exchanger.recorded(session)
        self.services.drafts.recorded(session.recorder, entry.id)
        if self._session is session:
            self._entry = entry
            self.keys_changed()
        self.app.post_message(EntryRecorded(entry))

    def cancel(self) -> bool:
        """Stop sending, or cancel opening; an open session is closed by its own key."""
        if self.pane.can_stop:
            self.pane.stop()
            return True
        if self._session is not None and self._session.state in OPENING:
            self._session.cancel()
            return True
        return False

    def reveal_changed(self) -> None:
        self.pane.reveal_changed()

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


def _fault(address: str) -> EndpointSyntaxError | None:
    """Return why a text is no address; None when it is one."""
    try:
        parse(address)
    except EndpointSyntaxError as error:
        return error
    return None
