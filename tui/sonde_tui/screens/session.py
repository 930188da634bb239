"""The Socket tab: open a session to any endpoint, send, see the conversation, close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from sonde_core.entry import Entry
from sonde_core.errors import SondeError
from sonde_core.model import SessionOptions, SessionRequest, State

from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.cycle import Cycle
from ..widgets.session_pane import SessionPane
from .tab import Tab

if TYPE_CHECKING:
    from sonde_core.session import Session

_OPENING = (State.NEW, State.RESOLVING, State.CONNECTING, State.PROXY, State.TLS)


class SocketTab(Tab):
    """A client session typed by hand."""

    DEFAULT_CSS = """
    SocketTab .address { height: 1; }
    SocketTab .address Input { width: 1fr; }
    """

    def __init__(self, services: Services, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(services, id=id)
        self._session: Session | None = None
        self._entry: Entry | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="address"):
            yield Input(
                placeholder="tcp://host:port   tls://   udp://   unix:/path",
                id="address",
                compact=True,
            )
            yield Cycle("verify TLS", ["yes", "no"], id="verify")
        yield SessionPane()

    @property
    def pane(self) -> SessionPane:
        """What shows the session."""
        return self.query_one(SessionPane)

    @property
    def entry(self) -> Entry | None:
        return self._entry

    def load(self, endpoint: str) -> None:
        self.query_one("#address", Input).value = endpoint

    def edit(self, entry: Entry) -> None:
        request = entry.exchange.request
        if not isinstance(request, SessionRequest):
            return
        self._entry = entry
        self.load(request.address)
        self.query_one("#verify", Cycle).value = "yes" if request.options.verify else "no"
        self.pane.show_exchange(entry.exchange)
        self.pane.recall(entry.exchange)
        self.action_address()

    def arrive(self) -> None:
        if self._session is not None and not self._session.state.over:
            self.pane.payload.focus()
        else:
            self.action_address()

    def action_address(self) -> None:
        self.query_one("#address", Input).focus()

    # opening and sending

    @on(Input.Submitted, "#address")
    def _address_entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._open()

    def action_send(self) -> None:
        """Send when a session is open and the address does not have the focus; open otherwise."""
        under_way = self._session is not None and not self._session.state.over
        if under_way and self.screen.focused is not self.query_one("#address", Input):
            self.pane.send()
        else:
            self._open()

    def _open(self) -> None:
        """Open what the address field says at this moment; what is open is closed first."""
        request = SessionRequest(
            self.query_one("#address", Input).value.strip(),
            SessionOptions(verify=self.query_one("#verify", Cycle).value == "yes"),
        )
        self._connect(request)

    @work(group="open")
    async def _connect(self, request: SessionRequest) -> None:
        before = self._session
        session = self._session = self.services.exchanger.session(request)
        self._entry = None
        self.pane.attach(session)
        self.pane.payload.focus()
        self._record(session)
        if before is not None and not before.state.over:
            before.cancel() if before.state in _OPENING else await before.close(grace=1.0)
        try:
            await session.open()
        except SondeError:
            self.action_address()  # the pane shows the session's problem

    @work(group="record")
    async def _record(self, session: Session) -> None:
        entry = await self.services.exchanger.recorded(session)
        if self._session is session:
            self._entry = entry
        self.app.post_message(EntryRecorded(entry))

    def cancel(self) -> bool:
        """Cancel opening; an open session is closed by its own key."""
        if self._session is not None and self._session.state in _OPENING:
            self._session.cancel()
            return True
        return False

    # copying

    def action_copy(self) -> None:
        found = self.pane.at_hand()
        if found is None:
            self.app.notify("Nothing to copy yet: open a session first.", severity="warning")
            return
        self.app.post_message(CopyAsked(*found))

    def reveal_changed(self) -> None:
        self.pane.refresh(recompose=False)
