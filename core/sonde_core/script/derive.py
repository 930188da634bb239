"""The steps of a recording: what our side did, and between that what the peer is expected to say.

What the peer said is joined, however it was cut into reads; messages stay one by one. WebSocket's
own pings and the answers to them are left out: they come when they come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from ..endpoint import DATAGRAM_SCHEMES
from ..errors import RequestError
from ..model import Chunk, Direction, Event, EventKind, Exchange, Outcome
from ..session_request import SessionRequest
from ..steps import (
    LONGEST_PAUSE,
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)

# An answer above this many bytes is expected by its length and digest.
LARGE: Final = 1 << 16
# Pauses from this many seconds on become steps, where waits are asked for.
_PAUSE: Final = 0.05

_OPENING: Final = frozenset({EventKind.CONNECTED, EventKind.TLS, EventKind.ACCEPTED})
_OTHER: Final = {Direction.SENT: Direction.RECEIVED, Direction.RECEIVED: Direction.SENT}
_BROKEN: Final = frozenset({Outcome.FAILED, Outcome.TIMED_OUT})


def steps_of_recording(
    exchange: Exchange, *, waits: bool = False, sizes: bool = False
) -> tuple[Step, ...]:
    """Return what our side did, and between that what the peer said.

    Args:
        exchange: A session, of either role.
        waits: Write the pauses before our steps as steps of their own, in place of `at`.
        sizes: Only count what the peer said, and keep none of it.

    Raises:
        RequestError: Part of the recording is not kept.
        BodyError: It cannot be read.
    """
    steps = tuple(_Derived(exchange, Direction.SENT, sizes=sizes).steps())
    return tuple(_with_waits(steps)) if waits else steps


def server_steps_of(exchange: Exchange) -> tuple[Step, ...]:
    """Return what the server's side did, and between that what its client said.

    Of a session that we opened that is the peer's side; raises like `steps_of_recording`.
    """
    server = exchange.role == "server"
    return tuple(_Derived(exchange, Direction.SENT if server else Direction.RECEIVED).steps())


def steps_to_replay(exchange: Exchange, *, sizes: bool = False) -> tuple[Step, ...]:
    """Return the steps that were asked for if a person wrote them, else those of the recording.

    Also a session that never got so far as to send what was asked gives what was asked.
    Takes `sizes`, and raises, like `steps_of_recording`.
    """
    request = exchange.request
    asked = request.steps if isinstance(request, SessionRequest) else ()
    if is_written(asked):
        return asked
    done = steps_of_recording(exchange, sizes=sizes)
    return asked if weight(asked) > weight(done) else done


def rest_of(steps: Sequence[Step], running: Exchange) -> tuple[Step, ...]:
    """Return the steps after those that a running session has done already.

    Raises like `steps_of_recording`.
    """
    done = [step for step in steps_of_recording(running) if is_ours(step)]
    left = list(steps)
    for one in done:
        at = next((index for index, step in enumerate(left) if is_ours(step)), None)
        if at is None or not _alike(left[at], one):
            break
        del left[: at + 1]
    return tuple(left)


def without_end(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps without those at their end that end the session."""
    left = list(steps)
    while left and _ends(left[-1]):
        left.pop()
    return tuple(left)


def _ends(step: Step) -> bool:
    ended = isinstance(step, ExpectStep) and step.how == "end"
    return ended or isinstance(step, CloseStep | HalfCloseStep)


def is_written(steps: Sequence[Step]) -> bool:
    """Whether a person wrote the steps: recordings ask for neither waits nor expectations."""
    return any(
        isinstance(step, ExpectStep | WaitStep | CloseStep)
        or (isinstance(step, SendStep) and step.template)
        for step in steps
    )


def is_ours(step: Step) -> bool:
    """Whether the step does something that the peer can tell."""
    return not isinstance(step, ExpectStep | WaitStep)


def weight(steps: Sequence[Step]) -> int:
    """Return how much our side does in steps, to tell which of two got further."""
    return sum(
        len(step.data) if isinstance(step, SendStep) else 1
        for step in steps
        if isinstance(step, SendStep | HalfCloseStep | UpgradeStep)
    )


def _alike(step: Step, done: Step) -> bool:
    if isinstance(step, SendStep) and isinstance(done, SendStep):
        return step.template or (step.data, step.kind) == (done.data, done.kind)
    return type(step) is type(done)


def _with_waits(steps: Sequence[Step]) -> Iterator[Step]:
    last = 0.0
    for step in steps:
        if is_ours(step) and step.at - last >= _PAUSE:
            yield WaitStep(round(min(step.at - last, LONGEST_PAUSE), 3))
        last = max(last, step.at)
        yield step


class _Derived:
    """Derives the steps of one side."""

    def __init__(self, exchange: Exchange, ours: Direction, *, sizes: bool = False) -> None:
        self._exchange = exchange
        self._ours = ours
        swapped = ours is Direction.RECEIVED
        ends = (EventKind.HALF_CLOSED, EventKind.PEER_END)
        self._our_end, self._peer_end = ends[::-1] if swapped else ends
        self._open = 0.0
        self._said = _Said(messages=exchange.is_message, sizes=sizes)
        self._pings: set[bytes] = set()
        self._ended: set[EventKind] = set()
        self._begun = False

    def steps(self) -> Iterator[Step]:
        for moment in self._exchange.timeline:
            if isinstance(moment, Chunk):
                yield from self._of_chunk(moment)
            else:
                yield from self._of_event(moment)
        yield from self._said.expected()
        yield from self._end()

    def _of_chunk(self, chunk: Chunk) -> Iterator[Step]:
        self._begun = True
        if chunk.kind is MessageKind.PART:  # no step sends half of a message, or waits for it
            return
        at = self._since_open(chunk.at)
        if chunk.direction is _OTHER[self._ours]:
            if chunk.kind is MessageKind.PING:
                self._pings.add(chunk.data)
            elif chunk.kind is not MessageKind.PONG:
                yield from self._said.add(chunk, at)
            return
        if chunk.kind is MessageKind.PONG and chunk.data in self._pings:
            self._pings.discard(chunk.data)
            return
        yield from self._said.expected()
        yield SendStep(chunk.data, at=at, kind=chunk.kind)

    def _of_event(self, event: Event) -> Iterator[Step]:
        at = self._since_open(event.at)
        if event.kind is EventKind.DROPPED:
            raise RequestError(
                "Part of this session is not kept, so it cannot be replayed.",
                hint="Sessions are kept whole up to 160 MiB.",
            )
        if event.kind in _OPENING and not self._begun:
            self._open = event.at
        elif event.kind is EventKind.UPGRADING:
            self._begun = True
            yield from self._said.expected()
            yield UpgradeStep(at=at)
        elif event.kind in (self._our_end, self._peer_end) and event.kind not in self._ended:
            self._ended.add(event.kind)
            yield from self._said.expected()
            yield self._end_step(event, at)

    def _end_step(self, event: Event, at: float) -> Step:
        if event.kind is self._peer_end:
            return ExpectStep("end", at=at)
        code = event.facts.get("code", "")
        known = code.isascii() and code.isdigit() and 1000 <= int(code[:5]) < 5000
        reason = event.facts.get("reason", "")
        return (
            HalfCloseStep(at=at, code=int(code), reason=reason) if known else HalfCloseStep(at=at)
        )

    def _end(self) -> Iterator[Step]:
        """Yield how it ended, where the ends of both sides do not tell."""
        exchange = self._exchange
        if exchange.under_way:
            return
        at = self._since_open(exchange.timing.total)
        broke = exchange.outcome in _BROKEN
        if self._ours is Direction.RECEIVED and exchange.role == "client":
            if broke and self._our_end not in self._ended:
                yield CloseStep(reset=True, at=at)
            elif self._our_end not in self._ended:
                yield CloseStep(at=at)
        elif broke:
            if self._peer_end not in self._ended and self._begun:
                yield ExpectStep("end", at=at)
        elif self._our_end not in self._ended:
            stream = exchange.kind not in DATAGRAM_SCHEMES and exchange.kind != "http"
            yield CloseStep(reset=stream and exchange.outcome is Outcome.DONE, at=at)

    def _since_open(self, at: float) -> float:
        return round(max(0.0, at - self._open), 6)


class _Said:
    """What the peer said since our last step."""

    def __init__(self, *, messages: bool, sizes: bool) -> None:
        self._messages = messages
        self._sizes = sizes
        self._data = bytearray()
        self._digest = hashlib.sha256()
        self._size = 0
        self._at = 0.0

    def add(self, chunk: Chunk, at: float) -> Iterator[Step]:
        """Take a piece; a message is a step at once."""
        self._at = at
        if self._sizes:
            self._size += 1 if self._messages else len(chunk.data)
            return
        self._size += len(chunk.data)
        self._digest.update(chunk.data)
        if self._messages or self._size <= LARGE:
            self._data += chunk.data
        if self._messages:
            data, self._size = bytes(self._data), 0
            self._data.clear()
            self._digest = hashlib.sha256()
            yield ExpectStep("equal", data, at=at, kind=chunk.kind)

    def expected(self) -> Iterator[Step]:
        """Yield what is expected, and begin anew."""
        if not self._size:
            return
        if self._sizes:
            yield ExpectStep("count", count=self._size, at=self._at)
        elif self._size <= LARGE:
            yield ExpectStep("equal", bytes(self._data), at=self._at)
        else:
            digest = self._digest.digest()
            yield ExpectStep("count", digest, self._size, at=self._at)
        self._data.clear()
        self._size = 0
        self._digest = hashlib.sha256()
