"""What a tab with a listener is asked: where to listen, and how clients are answered by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.listen_fields import MANNERS
from sonde_core.listen_plan import ListenPlan, differing, plan_of, scheme_of
from sonde_core.model import Problem
from sonde_core.session_request import SessionRequest

from ..key_order import held
from ..services import Services
from ..widgets.address_row import AddressRow
from ..widgets.cycle import Cycle
from ..widgets.line_input import LineInput
from ..widgets.status_line import ProblemPanel, StatusLine
from ..widgets.unusual import Unusual
from .client_tab import ClientTab

if TYPE_CHECKING:
    from sonde_core.listen_request import ListenRequest
    from sonde_core.transport.listener import Listener

    from .listen_options import Written

IDLE: Final = "Not listening: type where, such as tcp://127.0.0.1:8888, and press enter."


class PlanTab(ClientTab):
    """A plan for the next listener, which is offered from entries and changed in its options."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("O", "options", "Options", id="listen.options"),
    ]

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._plan = ListenPlan()
        self._bound_plan = ListenPlan()  # of the listener that runs
        self._draft: ListenPlan | None = None  # written in the options, and not taken

    def compose(self) -> ComposeResult:
        with AddressRow():
            yield LineInput(
                placeholder="tcp://127.0.0.1:8888   tls://   udp://   ws://   unix:/path   "
                "port 0: any",
                id="address",
                compact=True,
            )
        with AddressRow():
            yield LineInput(placeholder=r"greeting, such as Hello\r\n", id="greeting", compact=True)
            yield Cycle("answer", MANNERS, id="manner")
        yield Unusual(id="plan")
        yield StatusLine(IDLE, wraps=True, id="listener-state")
        yield ProblemPanel(id="listener-problem")
        yield from self.compose_clients()

    @property
    def address(self) -> Input:
        """Where to listen."""
        return self.query_one("#address", Input)

    @property
    def plan(self) -> ListenPlan:
        """What the next listener does by itself."""
        return replace(self._plan, manner=self.query_one("#manner", Cycle).value)

    def load(self, endpoint: str) -> None:
        self.address.value = endpoint
        self.address.cursor_position = len(endpoint)

    def edit(self, entry: Entry) -> None:
        """Offer to listen where a client of an entry came; what it said is shown, if there is room.

        The listener is as it was for that client. Nobody but that client can open its session
        again.
        """
        request = entry.exchange.request
        if not isinstance(request, SessionRequest):
            return
        self.load(request.address)
        if request.listener is not None:
            self._bring_back(request.listener)
        elif entry.exchange.kind != "listen":  # of a history without what was asked for
            self._take(plan_of(request.options, self.plan))
        if entry.exchange.kind != "listen":
            self.tell("enter listens there again; the client has to come by itself.")
        if not self.is_listening:
            self.show_none()
            self._edited = entry
            self.query_one("#listener-state", StatusLine).show_idle(IDLE)
            self.pane.show_exchange(entry.exchange)
            self.keys_changed()
        self.action_address()

    def _bring_back(self, request: ListenRequest) -> None:
        """Offer all that a listener was asked for."""
        from sonde_core.listen_texts import write

        written = write(request, self.plan)
        self.query_one("#greeting", Input).value = written.greeting
        self._take(written.plan)
        if written.missing:
            self.tell(written.missing, warning=True)

    @work(group="play", exclusive=True)
    async def play(self, entry: Entry) -> None:
        """Offer to play the server's side of a session to each client that comes.

        A recording that was chosen before gives way to it only when that is confirmed.
        """
        from ..playing import place_of, replacing, script_of, words_of
        from .choose import ChooseScreen

        try:
            with held(self):
                script = await script_of(entry)
        except SondeError as error:
            self.refuse(error)
            return
        words = words_of(entry, script, reveal=self.services.reveal)
        if choices := replacing(self.plan, script, words):
            title = "Another recording is chosen to be played"
            if await self.app.push_screen_wait(ChooseScreen(title, choices)) != "yes":
                return
        if entry.exchange.role == "server" or not self.address.value.strip():
            self.load(place_of(entry))
        self._take(self.plan.playing(script, words))
        again = " again" if self.is_listening else ""
        self.tell(
            "Only a client itself can repeat its side, so this plays our side to each client:"
            f" enter in the address listens{again}."
            if entry.exchange.role == "server"
            else f"enter listens{again}, and plays it to each client that comes."
        )
        self.action_address()

    def action_address(self) -> None:
        self.address.focus()

    # what it does by itself

    @on(Cycle.Changed, "#manner")
    @on(Input.Changed, "#address")
    @on(Input.Changed, "#greeting")
    def _fields_changed(self, event: Cycle.Changed | Input.Changed) -> None:
        event.stop()
        if self._draft and isinstance(event, Cycle.Changed):  # what is chosen here counts
            self._draft = replace(self._draft, manner=self.plan.manner)
        self._tell(None)  # it was of what stood there before
        self._show_plan()

    def _take(self, plan: ListenPlan) -> None:
        self._plan, self._draft = plan, None
        self._tell(None)
        self.query_one("#manner", Cycle).value = plan.manner
        self._show_plan()

    def _show_plan(self) -> None:
        plan = self.plan
        text = differing(plan, scheme_of(self.address.value))
        if self.is_listening and plan != self._bound_plan:
            text = " · ".join(filter(None, (f"counts when bound again: {plan.manner}", text)))
        self.query_one(Unusual).tell(text)
        self._drawn = ()  # what the listener does may have to be told now, or no more

    def answers_of(self, listener: Listener) -> str:
        if self.plan == self._bound_plan:
            return ""
        return super().answers_of(listener) or self._bound_plan.manner

    @work
    async def action_options(self) -> None:
        """Change what the next listener does by itself, and how."""
        from .listen_options import ListenOptionsScreen

        def left(written: Written | None) -> None:
            if written is None:
                return
            if not written.taken:
                self._keep(written.plan, before=plan)
                return
            self._take(written.plan)
            if self.is_listening:
                self.tell("They count when it is bound again: enter in the address.")

        with held(self):
            await self.services.names()  # what is not known is told while it is typed
        plan = self._draft or self.plan
        scheme = scheme_of(self.address.value)
        self.app.push_screen(ListenOptionsScreen(self.services, plan, scheme), left)

    def _keep(self, written: ListenPlan, *, before: ListenPlan) -> None:
        """Keep what was written and not taken, if anything was."""
        if written.is_like(self.plan):
            self._draft = None
        elif not written.is_like(before):
            self._draft = written
            self.tell("Not taken; O shows again what was written.")

    def _tell(self, problem: Problem | None) -> None:
        self.query_one("#listener-problem", ProblemPanel).problem = problem
