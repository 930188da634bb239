"""Bind, accept, and hand out sessions."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from ..clock import Clock
from ..endpoint import DATAGRAM_SCHEMES, Endpoint
from ..errors import BindError, SondeError, TlsError
from ..listen_request import ListenRequest
from ..live import Live
from ..model import EventKind, Exchange, Outcome, Problem, State, Timing
from ..serving.answering import Answering, Incoming, Told
from ..session import Session
from ..session_request import SessionRequest
from ..settings import Limits
from ..words import count
from .accepting import ServerTls, dress
from .bind import bind
from .bound import Bound
from .clients import Clients, Tasks
from .datagrams import DatagramHub, Source, SourceLink
from .edge import address_text, reason
from .stream import StreamLink
from .tcp import TcpLink
from .unix import UnixLink

UDP_IDLE: Final = 60.0
# A client that half-closed may still get an answer; most have left altogether.
HALF_OPEN: Final = 10.0
# Accepting waits this long after what may go wrong again at once: no file is left, say.
BREATH: Final = 0.2
AT_ONCE: Final = 16  # clients accepted before others go on


class Listener(Live):
    """Accepts clients; each is a `Session` of its own.

    Attributes:
        request: What was asked for.
        bound: Where it listens, with the real port, once it has started.
        problem: Why it failed to bind.
        is_private: Whether only this machine can connect.
        is_attended: Whether a person may answer a client, which is not ended by us then; set it
            before `prepare`. None when nobody can.
    """

    def __init__(
        self,
        request: ListenRequest,
        *,
        on_session: Callable[[Session], None] | None = None,
        on_exchange: Told | None = None,
        clock: Clock | None = None,
        limits: Limits | None = None,
        udp_idle: float = UDP_IDLE,
        half_open: float = HALF_OPEN,
        names: Mapping[str, bytes] | None = None,
    ) -> None:
        """Prepare to listen; `names` is what the request's templates may name."""
        super().__init__(clock, limits)
        self.request = request
        self.bound = Endpoint("tcp")
        self.problem: Problem | None = None
        self.is_private = True
        self.is_attended: Callable[[Session], bool] | None = None
        self._on_exchange = on_exchange or _forget
        self._answering: Answering | None = None
        self._udp_idle = udp_idle
        self._half_open = half_open
        self._names = names
        self._place: Bound | None = None
        self._context: ssl.SSLContext | None = None
        self._hubs: list[DatagramHub] = []
        self._doors = Tasks()
        self._clients = Clients(
            request, self.clock, self.limits, self.log, on_session or (lambda _: None)
        )

    async def prepare(self) -> None:
        """Make sure that all but binding works, and have it ready for `start`.

        Raises:
            SondeError: It does not; the state is FAILED and the record says why.
        """
        if self._answering is not None:
            return
        try:
            endpoint = self.bound = self.request.endpoint
            answering = Answering(
                self.request,
                half_open=self._half_open,
                tell=self._on_exchange,
                is_attended=self.is_attended,
                names=self._names,
            )
            self._clients.tls = ServerTls(self.request, endpoint.host)
            if endpoint.has_tls:
                self._context = await self._server_context()
        except SondeError as error:
            self._fail(error)
            raise
        self._answering = answering

    async def start(self) -> None:
        """Bind and accept from now on.

        Raises:
            SondeError: It could not; the state is FAILED and the record says why. Or it was closed
                meanwhile.
        """
        await self.prepare()
        try:
            place = await bind(self.bound, self.request.options)
        except SondeError as error:
            self._fail(error)
            raise
        if self.state.over:
            for sock in place.sockets:
                sock.close()
            place.release()
            text = f"Listening on {place.endpoint} was ended before it began."
            raise BindError(text, hint="Listen anew.", phase="bind")
        self._place = place
        self.bound = self._clients.bound = place.endpoint
        for text in place.skipped:
            self.log(EventKind.NOTE, f"not bound: {text}")
        self.log(EventKind.BOUND, f"listening on {self.bound}", address=str(self.bound))
        if self.answers:
            self.log(EventKind.NOTE, self.answers)
        self.is_private = place.is_private
        if not self.is_private:
            self.log(EventKind.NOTE, "other machines can connect")
        for sock in place.sockets:
            await self._begin(sock)
        self._advance(State.OPEN)

    @property
    def sessions(self) -> list[Session]:
        """Of its clients, the newest last; of those that are over the newest 1,000."""
        return self._clients.roster.sessions

    @property
    def accepted(self) -> int:
        """How many clients there were in all."""
        return self._clients.roster.accepted

    @property
    def refused(self) -> int:
        """How many clients were not let in: there were as many as may be.

        Of datagrams each counts, once the first 100 clients are told.
        """
        return self._clients.roster.refused

    @property
    def refusals(self) -> list[str]:
        """Addresses of those that were not let in first, at most 100."""
        return self._clients.roster.refusals

    @property
    def answers(self) -> str:
        """What it does by itself, in words; empty for nothing but a greeting."""
        return self._answering.words if self._answering is not None else ""

    def _fail(self, error: SondeError) -> None:
        self.problem = Problem.of(error, "bind")
        self.log(EventKind.ERROR, error.message, family=error.kind)
        self._advance(State.FAILED)

    async def _server_context(self) -> ssl.SSLContext:
        try:
            return await self._clients.tls.context()
        except TlsError as error:
            raise BindError(error.message, hint=error.advice, phase="bind") from error

    @property
    def certificate(self) -> str:
        """Path of the PEM file in use: a client may trust it as its `ca_file`."""
        return self._clients.tls.path

    async def _begin(self, sock: socket.socket) -> None:
        if self.bound.scheme not in DATAGRAM_SCHEMES:
            self._doors.run(self._accept(sock))
            return
        hub = DatagramHub(sock, lambda source: self._meet(hub, source), self.log)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: hub, sock=sock)
        self._hubs.append(hub)
        self._doors.run(self._expire(hub))

    # streams

    async def _accept(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        taken = 0
        while True:
            try:
                client, address = await loop.sock_accept(sock)
            except OSError as error:
                self.log(EventKind.ERROR, f"a client could not be accepted: {reason(error)}")
                if error.errno != errno.ECONNABORTED:  # that was the client's doing
                    await asyncio.sleep(BREATH)
                continue
            if self._clients.has_room:
                self._clients.tasks.run(self._serve(client))
            else:
                client.close()
                self._refuse(address)
            taken += 1
            if taken % AT_ONCE == 0:
                await asyncio.sleep(0)  # hundreds may wait, and nothing else stops us

    async def _serve(self, client: socket.socket) -> None:
        """Look after one client, from the handshake on."""
        session = self._clients.new()
        layered = self._context is not None or self.bound.is_web_socket
        link: StreamLink
        if self.bound.is_unix:
            link = UnixLink(session, paused=layered)
        else:
            link = TcpLink(session, paused=layered, nodelay=self.request.options.nodelay)
        try:
            await self._take(client, link)
        except OSError as error:  # it has left again
            client.close()
            self.log(EventKind.ERROR, f"a client left at once: {reason(error)}")
            return
        session.accepted(link, self.bound, **link.facts)
        # From here on, not from the end of the handshake: the first bytes may come with its last.
        incoming = self._hear(session)
        self._clients.attend(session)
        self._clients.meet(session)
        try:
            await dress(session, link, self.request, context=self._context)
            await self._look_after(session, incoming)
        except SondeError as error:
            session.fail(error)  # one that is over keeps its end

    async def _take(self, client: socket.socket, link: StreamLink) -> None:
        client.setblocking(False)
        link.take(client)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: link, client)

    def _hear(self, session: Session) -> Incoming | None:
        return self._answering.hear(session) if self._answering is not None else None

    async def _look_after(self, session: Session, incoming: Incoming | None) -> None:
        if self._answering is not None:
            await self._answering.look_after(session, incoming)

    # datagrams

    def _meet(self, hub: DatagramHub, source: Source) -> SourceLink | None:
        if not self._clients.has_room:
            if _name(source) not in self.refusals:  # it does not know, and may go on sending
                self._refuse(source)
            return None
        session = self._clients.new()
        link = SourceLink(hub, source, session)
        session.accepted(link, self.bound, **hub.facts)
        session.opened(link)
        incoming = self._hear(session)
        self._clients.meet(session)
        self._clients.tasks.run(self._answer_source(session, incoming))
        return link

    async def _answer_source(self, session: Session, incoming: Incoming | None) -> None:
        self._clients.attend(session)
        try:
            await self._look_after(session, incoming)
        except SondeError as error:
            session.fail_note(error)

    async def _expire(self, hub: DatagramHub) -> None:
        """Close what has been silent for long: UDP has no other end."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._udp_idle / 4)
            for link in list(hub.links.values()):
                if loop.time() - link.heard > self._udp_idle:
                    link.close()

    # all

    def _refuse(self, address: object) -> None:
        self._clients.refuse(_name(address))
        self._touch()

    async def attended(self, session: Session) -> None:
        """Wait until nobody looks after a client any more: what is to be told of it was told."""
        await self._clients.attended(session)

    async def close(self, grace: float = 3.0) -> None:
        """Accept no more, and close each session in order, so that no greeting is cut off."""
        if self.state.over:
            return
        for hub in self._hubs:
            hub.shut()  # who goes on sending would be a new client as soon as it is let go
        await self._doors.stop()
        if self._place and self.bound.scheme not in DATAGRAM_SCHEMES:
            for sock in self._place.sockets:
                sock.close()
        await self._clients.close(grace)
        if self.state.over:  # it was closed twice at a time
            return
        for hub in self._hubs:
            hub.close()
        if self._place:
            self._place.release()
        told = f"; {self.refused} were refused" if self.refused else ""
        self.log(EventKind.CLOSED, f"stopped after {count(self.accepted, 'client')}{told}")
        self._advance(State.CLOSED)

    def exchange(self) -> Exchange:
        """Return what came of the listener itself, such as why it could not bind."""
        outcome = Outcome.FAILED if self.problem else Outcome.DONE
        return Exchange(
            request=SessionRequest(self.request.address),
            started=self.started,
            outcome=outcome,
            kind="listen",
            role="server",
            problem=self.problem,
            timeline=self.recorder,
            timing=Timing(total=self.recorder.elapsed),
            local=self.bound.address if self._place else "",
        )


def _name(address: object) -> str:
    return address_text(address) or "a client without a name"


async def _forget(_: Session, exchange: Exchange) -> None:
    """Keep no exchange."""
