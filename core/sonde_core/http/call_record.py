"""What is known of an HTTP call while it goes on: its bytes, its phases and how it ended."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ..body import EMPTY, Body, Cut
from ..clock import Clock
from ..errors import BodyError, DeadlineError, PeerClosedError, SondeError
from ..http_request import HttpRequest
from ..live import Live
from ..model import (
    Direction,
    EventKind,
    Exchange,
    Header,
    Hop,
    HttpResponse,
    Outcome,
    Problem,
    State,
    TlsFacts,
)
from ..settings import Limits
from ..transport.base import Link
from .intake import Intake
from .phases import Phases


@lru_cache(maxsize=4)
def _limits_of_call(limits: Limits) -> Limits:
    """Return what holds for the record of a call."""
    kept = min(limits.record_kept, limits.wire_kept)
    return replace(limits, record_kept=kept, tails_in_memory=0)


class CallRecord(Live):
    """What is known of one HTTP exchange so far, and how it ends.

    Attributes:
        request: What was asked for, as written.
        head: The answer's status and headers, without its body; None until they are there.
        hops: Redirects that were followed.
        peer: Address of the other end; empty when none was reached.
        local: Our own address.
        proxy: The proxy that was used, without credentials; empty for none.
        tls: What the handshake settled, also when it failed.
        problem: Why it did not end well.
        outcome: None while it is under way.
    """

    def __init__(
        self, request: HttpRequest, *, clock: Clock | None = None, limits: Limits | None = None
    ) -> None:
        super().__init__(clock, _limits_of_call(limits or Limits()))
        self.request = request
        self.head: HttpResponse | None = None
        self.hops: tuple[Hop, ...] = ()
        self.peer = ""
        self.local = ""
        self.proxy = ""
        self.tls: TlsFacts | None = None
        self.problem: Problem | None = None
        self.outcome: Outcome | None = None
        self._phases = Phases(lambda: self.recorder.elapsed)
        self._intake: Intake | None = None
        self._body: Body | None = None  # once it is over
        self._whole = False  # all of the body came, whatever is wrong with the answer
        self._trailers: tuple[Header, ...] = ()

    def body(self) -> Body:
        """Return what came of the answer's body so far, decoded."""
        if self._body is not None:
            return self._body
        return self._intake.body() if self._intake else EMPTY

    # ending

    def _fail(self, error: SondeError, *, cut: Cut = "") -> None:
        error.phase = error.phase or self._phases.current or "request"
        self.problem = Problem.of(error)
        self.log(EventKind.ERROR, error.message, family=error.kind)
        late = isinstance(error, DeadlineError)
        if not cut and not self._whole:
            reset = isinstance(error, PeerClosedError)
            full = isinstance(error, BodyError)  # the disk that it goes to
            cut = "timeout" if late else "reset" if reset else "limit" if full else "peer"
        self._finish(Outcome.TIMED_OUT if late else Outcome.FAILED, cut=cut)

    def _finish(self, outcome: Outcome, *, cut: Cut = "") -> None:
        if self.state.over:
            return
        self.outcome = outcome
        self._phases.end()
        if self._intake is not None and self._body is None:
            self._body = self._intake.body(complete=not cut, cut=cut)
        if outcome in (Outcome.CANCELLED, Outcome.DONE, Outcome.CUT):
            self.log(EventKind.CLOSED, "cancelled" if outcome is Outcome.CANCELLED else "closed")
        self._advance(State.FAILED if outcome is Outcome.FAILED else State.CLOSED)

    # the wire's side

    def enter(self, state: State) -> None:
        """Hear what is being done now."""
        if state is State.TLS and self.proxy:
            self.state = State.PROXY  # what went before was between us and the proxy
        before = self.state
        self._advance(state)
        if self.state is not before:
            self._phases.enter(state)

    def reached(self, link: Link) -> None:
        """Hear of a connection."""
        self.peer, self.local = link.peer, link.local

    def secured(self, facts: TlsFacts) -> None:
        """Hear what a TLS handshake settled."""
        self.tls = facts

    def chunk(self, direction: Direction, data: bytes) -> None:
        """Take bytes for the record."""
        if direction is Direction.RECEIVED and self.state in (State.SENDING, State.WAITING):
            self.enter(State.RECEIVING)
        self._chunk(direction, data)
        self._touch()

    # the record

    def exchange(self) -> Exchange:
        """Return what came of it so far; the timeline is the record itself."""
        response = self.head and replace(self.head, body=self.body(), trailers=self._trailers)
        return Exchange(
            request=self.request,
            started=self.started,
            outcome=self.outcome or Outcome.CANCELLED,
            kind="http",
            problem=self.problem,
            timeline=self.recorder,
            timing=self._phases.timing(),
            response=response,
            hops=self.hops,
            peer=self.peer,
            local=self.local,
            proxy=self.proxy,
            tls=self.tls,
            sent=self.recorder.sent,
            received=self.recorder.received,
        )
