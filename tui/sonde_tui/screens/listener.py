"""The Listen tab: bind an endpoint, say how its clients are answered, talk to each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from sonde_core.endpoint import DATAGRAM_SCHEMES, Endpoint
from sonde_core.errors import EndpointSyntaxError, SondeError
from sonde_core.history.entry import Entry
from sonde_core.listen_plan import ListenPlan, fault_of, request_of, scheme_of
from sonde_core.model import Problem

from ..messages import EntryRecorded
from ..services import Services
from ..widgets.address_row import AddressRow
from ..widgets.status_line import StatusLine
from .plan_tab import PlanTab

if TYPE_CHECKING:
    from sonde_core.listen_request import ListenRequest
    from sonde_core.transport.listener import Listener

_GRACE: Final = 1.0
_EXAMPLE: Final = "Type one, such as tcp://127.0.0.1:8888; port 0 takes a free one."


class ListenTab(PlanTab):
    """Binds one listener, as is planned, and follows its clients."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "stop", "Stop", id="listen.stop"),
    ]

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._turn = asyncio.Lock()  # one listener is stopped before the next one starts

    @on(Input.Submitted, "#address")
    @on(Input.Submitted, "#greeting")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._bind()

    def offers(self, action: str) -> bool:
        return self.is_listening if action == "stop" else super().offers(action)

    def action_send(self) -> None:
        """Send to the chosen client; bind from the fields, or when nothing is bound."""
        if self.is_listening and not self._in_fields:
            self.pane.send()
        else:
            self._bind()

    @property
    def _in_fields(self) -> bool:
        return any(row.has_focus_within for row in self.query(AddressRow))

    def _bind(self) -> None:
        """Bind what the fields say at this moment; a listener that runs gives way to it.

        It runs on when the other one cannot be: who mistypes means to lose no client.
        """
        address = self.address.value.strip()
        if address:
            self._bind_to(address, self.query_one("#greeting", Input).value, self.plan)
        else:
            self.action_address()
            error = EndpointSyntaxError("There is no address yet.", hint=_EXAMPLE)
            self._tell(Problem.of(error, "request"))

    @work(group="bind")
    async def _bind_to(self, address: str, greeting: str, plan: ListenPlan) -> None:
        async with self._turn:
            names = await self.services.names()
            try:
                request = await asyncio.to_thread(request_of, plan, address, greeting, names)
            except SondeError as error:
                problem = Problem.of(error, "request")
                if fault_of(plan, scheme_of(address), names):
                    problem = replace(problem, hint=f"{problem.hint} O shows where it stands.")
                self._tell(problem)
                return
            await self._listen(request, plan, names)

    async def _listen(
        self, request: ListenRequest, plan: ListenPlan, names: Mapping[str, bytes]
    ) -> None:
        def took(entry: Entry) -> None:
            self.took_part(listener, entry)

        listener = self.services.exchanger.listener(request, on_part=took, names=names)
        listener.is_attended = self.is_attended
        before = self._listener if self.is_listening else None
        if before is None:
            self._show_state("binding …")
        self._tell(None)
        try:
            await listener.prepare()
            if before is not None and _collides(listener.bound, before.bound):
                await self._end()
            await self.make_room(listener)
            await listener.start()
        except SondeError as error:
            await self._refuse(listener, error)
            return
        self._bound_plan = plan
        self.begin(listener)
        self._show_plan()
        if before is not None:
            await before.close(_GRACE)
        if self._in_fields:
            self.arrive()

    async def _refuse(self, listener: Listener, error: SondeError) -> None:
        """Tell and record why nothing is bound; of a listener that runs all is shown as before."""
        self._tell(Problem.of(error, "bind"))
        entry = await self.services.exchanger.refuse(listener)
        if not self.is_listening:
            self.query_one("#listener-state", StatusLine).show_outcome(entry.exchange)
        self.app.post_message(EntryRecorded(entry))

    async def _end(self) -> None:
        """Stop the listener that runs, if any; its clients are recorded."""
        if self._listener is not None and self.is_listening:
            self._show_state("stopping …")
            await self._listener.close(_GRACE)

    @work(group="bind")
    async def action_stop(self) -> None:
        async with self._turn:
            self._tell(None)
            await self._end()
            self._show_plan()

    def _show_state(self, text: str) -> None:
        self.query_one("#listener-state", StatusLine).show_running(text)


def _collides(wanted: Endpoint, bound: Endpoint) -> bool:
    """Whether an endpoint can be bound only once another one is free."""
    if wanted.is_unix or bound.is_unix:
        return wanted.path == bound.path
    alike = (wanted.scheme in DATAGRAM_SCHEMES) == (bound.scheme in DATAGRAM_SCHEMES)
    return alike and wanted.port == bound.port
