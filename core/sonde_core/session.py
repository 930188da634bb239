"""One conversation over a socket: opened or accepted, recorded, half-closed, closed.

The state only moves forward:

    NEW → RESOLVING → CONNECTING → (PROXY) → (TLS) → OPEN → LOCAL_END | PEER_END → CLOSED
      └───────────┴────────────┴──────────┴────────┴───────┴─────────────────────→ FAILED

An end is no error: after the peer's end (PEER_END) we may still send, after ours (LOCAL_END) we
still receive, and when both are through the session is CLOSED. What breaks it makes it FAILED.
"""

from __future__ import annotations

import asyncio
import errno
from collections import deque
from typing import Literal

from .clock import Clock
from .deadline import Deadline
from .endpoint import SESSION_SCHEMES, Endpoint
from .errors import ConnectError, DeadlineError, RequestError, SondeError
from .idling import end_when_idle
from .model import Direction, EventKind, Exchange, Outcome, Problem, State, TlsFacts
from .quoting import quoted
from .recording.recorder import MOMENT_COST
from .secrets import mask_url
from .session_request import SessionRequest
from .settings import Limits
from .speaking import TALKING
from .transport.base import Link, LinkOwner, let_go, paces
from .transport.close_codes import ill_close, is_ill
from .transport.connect import connect
from .transport.edge import explain, reason
from .transport.securing import secure
from .transport.strays import Strays
from .transport.tls_words import PLAIN_HINTS, PLAIN_WEB_SOCKET
from .transport.web_socket_loading import load
from .unsent import not_taken
from .upgrading import Upgrading
from .words import count


class Session(Upgrading):
    """A conversation, live.

    Attributes:
        outcome: None while it is under way.
        closing: Whether `close` was called, and the peer's end is still awaited.
    """

    def __init__(
        self,
        request: SessionRequest,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        role: Literal["client", "server"] = "client",
    ) -> None:
        super().__init__(request, clock=clock, limits=limits, role=role)
        self.outcome: Outcome | None = None
        self._idling: asyncio.Task[None] | None = None
        self.closing = False
        self._missed = Strays(self.log, "unheard")

    @property
    def has_ended(self) -> bool:
        """Whether our end was sent, or is about to be."""
        return self._local_end or self.closing

    # opening

    async def open(self) -> None:
        """Connect, with TLS where the endpoint says so.

        Raises:
            SondeError: It failed or was cancelled; the record says so too.
        """
        if self.state is not State.NEW:
            raise ConnectError("This session was opened before.", hint="Make a new one.")
        self._opening = asyncio.create_task(self._establish())
        try:
            await self._opening
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.outcome is not Outcome.CANCELLED or (task and task.cancelling()):
                self.cancel()
                raise
            raise ConnectError(
                f"Opening {mask_url(self.request.address)} was cancelled.",
                hint="Open it again when you are ready.",
                phase="connect",
            ) from None

    async def _establish(self) -> None:
        limit = Deadline(self.request.options.connect_timeout)  # for all steps together
        try:
            endpoint = self.endpoint = self._session_endpoint()
            link = await connect(
                endpoint, self, self.log, options=self.request.options, enter=self._advance
            )
            self._reached(link)
            if endpoint.is_web_socket:
                link = await self._open_web_socket(link, endpoint, limit)
            elif endpoint.has_tls:
                link = await self._secure(link, endpoint, self, limit)
        except SondeError as error:
            if self.is_web_socket and error.advice in PLAIN_HINTS:
                error.advice = PLAIN_WEB_SOCKET
            self.fail(error)
            raise
        self.opened(link)

    def _session_endpoint(self) -> Endpoint:
        endpoint = self.request.endpoint
        if endpoint.scheme not in SESSION_SCHEMES:
            raise RequestError(
                f"{quoted(self.request.address)} is no socket address.",
                hint="Write tcp://host:port, tls://, udp://, ws:// or unix:/path.",
                phase="request",
            )
        return endpoint

    async def _secure(
        self, link: Link, endpoint: Endpoint, owner: LinkOwner, limit: Deadline
    ) -> Link:
        self._advance(State.TLS)
        options = self.request.options
        name = options.server_name or endpoint.host
        alpn = ("http/1.1",) if endpoint.is_web_socket else ()
        tls = await secure(
            link,
            owner,
            self.log,
            server_name=name,
            options=options,
            alpn=alpn,
            left=limit.left,
        )
        self.tls = tls.facts
        return tls

    async def _open_web_socket(self, link: Link, endpoint: Endpoint, limit: Deadline) -> Link:
        await load()
        from .transport.web_socket_exchange import Early
        from .transport.web_socket_opening import open_web_socket

        early = Early()
        if endpoint.has_tls:
            link = await self._secure(link, endpoint, early, limit)
        return await open_web_socket(
            link,
            self,
            self.log,
            address=self.request.address,
            endpoint=endpoint,
            options=self.request.options,
            early=early,
            left=limit.left,
        )

    def accepted(self, link: Link, endpoint: Endpoint, **facts: str) -> None:
        """Take the link of a client that our listener accepted, with facts; `opened` follows."""
        self.endpoint = endpoint
        self._reached(link)
        named = {"peer": link.peer, "local": link.local, **facts}
        self.log(EventKind.ACCEPTED, f"accepted {link.peer}", **named)
        if endpoint.has_tls:
            self._advance(State.TLS)

    def opened(self, link: Link, facts: TlsFacts | None = None) -> None:
        """Begin to talk over a link that is ready."""
        if self.state.over:
            link.abort()
            return
        self._link = link
        self.tls = facts or self.tls
        self._advance(State.OPEN)
        self._watch_idling()
        self._tell_lost()

    def _watch_idling(self) -> None:
        seconds = self.request.options.idle_timeout
        if seconds is not None and self._idling is None:
            self._idling = asyncio.create_task(end_when_idle(self, seconds))

    def _reached(self, link: Link) -> None:
        self._link = link
        self.peer, self.local = link.peer, link.local
        if self.state.over:
            link.abort()

    # ending

    async def close(self, grace: float = 3.0) -> None:
        """Close in order: send our end, read on to the peer's, then close.

        A socket that is closed with bytes unread resets the connection, and what is on its way to
        the peer is destroyed; so what still comes is read first.

        Args:
            grace: Seconds to wait for the peer's end; the option `linger` comes before it.
        """
        if self.state.over:
            return
        link = self._link
        if link is None or self.state not in TALKING or self.upgrading:
            self.cancel()
            return
        linger = self.request.options.linger
        if linger == 0 and not link.is_message:  # as SO_LINGER does it (socket(7))
            self.abort()
            return
        self.closing = True
        self._touch()
        await self._end_in_order(link, grace if linger is None else linger)
        if not self.state.over:
            let_go(link)
            await self._over.wait()

    async def _end_in_order(self, link: Link, grace: float) -> None:
        if link.can_half_close:
            self._half_close(link)
        with self._watching():
            try:
                async with asyncio.timeout(grace):
                    await self._all_gone(link)
                    if link.can_half_close:
                        await self._over.wait()
            except TimeoutError:
                if link.can_half_close:
                    self.note(f"the peer's end did not come within {grace:g} s")
                if link.queued:
                    self.fail(not_taken(self.peer, grace), reset=not link.is_message)

    def abort(self) -> None:
        """Close at once with a reset; what is queued is dropped, and then the outcome is `cut`."""
        self._end_now(Outcome.DONE if self.state in TALKING else Outcome.CANCELLED)

    def cancel(self) -> None:
        """End it at once, wherever it stands; the outcome is `cancelled`."""
        self._end_now(Outcome.CANCELLED)

    def _end_now(self, outcome: Outcome) -> None:
        if self.state.over:
            return
        if self._tell_unsent() and outcome is Outcome.DONE:
            outcome = Outcome.CUT
        self._finish(outcome, "cancelled" if outcome is Outcome.CANCELLED else "reset by us")
        if self._opening and not self._opening.done():
            self._opening.cancel()
        if self._link:
            self._link.abort()

    def fail(self, error: SondeError, *, reset: bool = False, elsewhere: bool = False) -> None:
        """End it with a problem; the peer sees an end, or a reset.

        Args:
            error: What is wrong.
            reset: Reset the connection.
            elsewhere: It is of another connection, so that we end this one, not the peer.
        """
        if self.state.over:
            return
        self._hear_out()
        self._missed.close()
        self._tell_unsent(reset=reset)
        error = self._fault or error
        self.problem = Problem.of(error)
        self.tls = getattr(error, "facts", None) or self.tls
        if error.heard:
            self.note("in place of TLS:")
            self._chunk(Direction.RECEIVED, error.heard)
        late = isinstance(error, DeadlineError)
        self.outcome = Outcome.TIMED_OUT if late else Outcome.FAILED
        by_us = {"ours": "reset" if reset else "end"} if reset or elsewhere else {}
        self.log(EventKind.ERROR, error.message, family=error.kind, **by_us)
        self._ended_at = self.recorder.elapsed
        self._advance(State.FAILED)
        if self._link and reset:
            self._link.abort()
        elif self._link:
            let_go(self._link)

    def _finish(self, outcome: Outcome, text: str) -> None:
        """End it so, unless the peer broke the rules: then that is what came of it."""
        self._hear_out()
        if self._fault:
            self.fail(self._fault)
            return
        self._missed.close()
        self.outcome = outcome
        self.log(EventKind.CLOSED, text)
        self._ended_at = self.recorder.elapsed
        self._advance(State.CLOSED)

    # the link's side

    def on_data(self, data: bytes) -> None:
        if self.state.over:
            return
        self._arrived(data)
        if self._inbox and self._inbox_size > self.limits.queue:
            self._keep_up(self._inbox)
        self._touch()

    def _keep_up(self, inbox: deque[bytes]) -> None:
        """Keep the newest datagram from who reads `incoming` and is far behind: it is recorded."""
        if self._link and not paces(self._link):
            self._inbox_size -= len(inbox.pop()) + MOMENT_COST
            self._missed.add("more came than could be taken")

    def on_end(self, text: str = "the peer sent its end", **facts: str) -> None:
        if self._peer_end or self.state.over:
            return
        self._peer_end = True
        self._heard_end.set()
        self.log(EventKind.PEER_END, text, **facts)
        if self.is_web_socket:
            self._hear_close(**facts)
        self._advance(State.PEER_END)
        if self._local_end and self._link:
            self._link.close()

    def _hear_close(self, code: str = "", reason: str = "") -> None:
        """Fail in the end when the peer began to close, and names an error for it."""
        began = not (self._local_end or self._fault)
        self._local_end = True  # its close frame was answered
        if began and code and is_ill(int(code)):
            self.closed_ill = True
            self._fault = ill_close(int(code), reason)

    def on_lost(self, error: BaseException | None) -> None:
        if self.state.over:
            return
        if self.upgrading or self.state not in TALKING:  # what opens it tells why it failed,
            self._lost_early = (error,)  # or goes on when it did not
            return
        if error is None or self._fault:
            self._finish(Outcome.DONE, "closed")
        elif self.closing and self._all_left:  # what the peer does to the rest is not our failure
            self.note(f"while it was being closed: {reason(error)}")
            self._finish(Outcome.DONE, "closed")
        elif self._lost_nothing:
            self.note(f"after the peer's end: {reason(error)}")
            self._finish(Outcome.DONE, "closed")
        else:
            if self.closing:
                self.note(f"{count(self._waited, 'byte')} of what was sent may not have left")
            self.fail(explain(error, self._name, "receive"))

    @property
    def _lost_nothing(self) -> bool:
        """Whether the peer said all, and took what we said before its connection broke.

        Many leave TLS so: they close a socket that holds session tickets they did not read, which
        resets it.
        """
        return self._peer_end and (self._all_left or not self.recorder.sends)

    def on_advice(self, error: OSError) -> None:
        text = f"{self.peer}: {reason(error)}; the session stays open"
        self.log(
            EventKind.ERROR, text, advisory="yes", error=errno.errorcode.get(error.errno or 0, "")
        )

    # the record

    def exchange(self) -> Exchange:
        """Return what came of it so far; the timeline is the record itself."""
        begun = self.state in TALKING
        outcome = self.outcome or (Outcome.DONE if begun else Outcome.CANCELLED)
        return Exchange(
            request=self.request,
            started=self.started,
            outcome=outcome,
            kind=self.kind,
            role=self.role,
            problem=self.problem,
            timeline=self.recorder,
            timing=self._timing(),
            peer=self.peer,
            local=self.local,
            proxy=mask_url(self.request.options.proxy),
            tls=self.tls,
            sent=self.recorder.sent,
            received=self.recorder.received,
            under_way=self.outcome is None,
        )
