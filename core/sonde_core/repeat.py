"""A recorded session performed again: our side as it was, at the pace of the peer's answers.

Before each send we wait until the peer has said as much as it had then, however it is cut into
reads. A peer that says less is waited for, each time half as long as the time before; so a replay
ends, whoever is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .endpoint import DATAGRAM_SCHEMES
from .errors import RequestError
from .expecting import Match
from .model import Chunk, Direction, Event, EventKind, Exchange, Outcome, State
from .session_request import SessionRequest
from .steps import HalfCloseStep, SendStep, Step

if TYPE_CHECKING:
    from .session import Session

Pace: TypeAlias = Literal["fast", "recorded"]

# Seconds to wait for the peer beyond what it took in the recording, twice that in all.
PATIENCE: Final = 5.0
# Seconds that an answer of the recording is waited for at most, without the patience.
LONGEST_ANSWER: Final = 60.0
# The recorded pace keeps gaps between sends up to this many seconds.
LONGEST_GAP: Final = 30.0
# Datagrams have no end: so many seconds we listen for more than there were.
_LISTEN: Final = 1.0
_OPENING: Final = frozenset({EventKind.CONNECTED, EventKind.TLS, EventKind.ACCEPTED})
_PEER_ENDED: Final = frozenset({State.PEER_END, State.CLOSED, State.FAILED})


@dataclass(frozen=True, slots=True)
class Turn:
    """One of our steps, and what came before it.

    Attributes:
        gap: Seconds since our step before, or since the session was open.
        answer: Seconds of those until the last byte that the peer said.
        ended: Whether the peer had sent its end.
    """

    step: Step
    gap: float
    answer: float
    ended: bool


def turns_of(exchange: Exchange) -> tuple[Turn, ...]:
    """Return our steps as a recording has them; the last one sends nothing and stands for its end.

    A replay that broke off before all of its steps were done gives the steps that were asked for.

    Raises:
        RequestError: Part of the recording is not kept.
        BodyError: It cannot be read.
    """
    done = tuple(_recorded(exchange))
    request = exchange.request
    asked = request.steps if isinstance(request, SessionRequest) else ()
    if _weight(asked) > _weight(turn.step for turn in done):
        return tuple(_asked(asked))
    return done


def _weight(steps: Iterable[Step]) -> int:
    return sum(len(step.data) if isinstance(step, SendStep) else 1 for step in steps)


def _asked(steps: Sequence[Step]) -> Iterator[Turn]:
    at, after = 0.0, 0
    for step in steps:
        gap = max(0.0, step.at - at)
        yield Turn(step, gap, gap, ended=False)
        at, after = step.at, step.after
    yield Turn(SendStep(b"", after, at), _LISTEN, 0.0, ended=False)


def _recorded(exchange: Exchange) -> Iterator[Turn]:
    heard, since, last, ended = 0, 0.0, 0.0, False
    for moment in exchange.timeline:
        step: Step | None = None
        if isinstance(moment, Chunk):
            if moment.direction is Direction.SENT:
                step = SendStep(moment.data, heard, moment.at)
            else:
                heard += 1 if exchange.is_message else len(moment.data)
                last = moment.at
        elif moment.kind is EventKind.HALF_CLOSED:
            step = HalfCloseStep(heard, moment.at)
        else:
            _refuse_gap(moment)
            ended = ended or moment.kind is EventKind.PEER_END
            since = moment.at if moment.kind in _OPENING else since
        if step is not None:
            yield Turn(step, max(0.0, step.at - since), max(0.0, last - since), ended)
            since = step.at
    total = exchange.timing.total
    end = SendStep(b"", heard, total)
    yield Turn(end, max(0.0, total - max(since, last)), max(0.0, last - since), ended)


def steps_of(exchange: Exchange) -> tuple[Step, ...]:
    """Return what to send, and after how much of the peer's answer; raises like `turns_of`."""
    return tuple(turn.step for turn in turns_of(exchange)[:-1])


def _refuse_gap(event: Event) -> None:
    if event.kind is EventKind.DROPPED:
        raise RequestError(
            "Part of this session is not kept, so it cannot be replayed.",
            hint="Sessions are kept whole up to 160 MiB.",
        )


class Repeat:
    """Performs the steps of a recording in a session that is new."""

    def __init__(
        self, session: Session, before: Exchange, turns: Sequence[Turn], pace: Pace = "fast"
    ) -> None:
        *self._turns, self._end = turns
        self._session = session
        self._before = before
        self._pace = pace
        self._patience = PATIENCE
        self._missing = 0  # so much less the peer has said than in the recording
        self._last = 0.0  # when our step before was

    async def run(self) -> None:
        """Open, do each step in its turn, and end as the recording did.

        Raises:
            SondeError: The session failed or was cancelled; its record says so too.
        """
        session = self._session
        await session.open()
        self._last = session.recorder.elapsed
        for turn in self._turns:
            await self._wait_for(turn)
            if self._pace == "recorded":
                await self._keep_gap(turn)
            self._last = session.recorder.elapsed
            if isinstance(turn.step, SendStep):
                await session.send(turn.step.data)
            elif isinstance(turn.step, HalfCloseStep):
                await session.send_end()
        await self._finish()

    async def _wait_for(self, turn: Turn) -> None:
        """Wait until the peer has said, and ended, what it had before this turn."""
        seconds = min(turn.answer, LONGEST_ANSWER) + self._patience
        wanted = turn.step.after - self._missing
        if wanted > self._heard:
            answer = await self._session.expect(wanted, seconds=seconds)
            if isinstance(answer, Match):
                self._patience = PATIENCE
            else:
                self._miss(turn.step.after - self._heard)
        if turn.ended and not await self._until(self._peer_ended, self._patience):
            self._patience /= 2

    def _miss(self, missing: int) -> None:
        """Take it that no more comes, and wait half as long the next time."""
        what = "messages" if self._before.is_message else "bytes"
        self._session.note(f"the peer has said {missing} {what} less than in the recording")
        self._missing = missing
        self._patience /= 2

    async def _keep_gap(self, turn: Turn) -> None:
        due = self._last + min(turn.gap, LONGEST_GAP)
        await self._until(lambda: False, due - self._session.recorder.elapsed)

    async def _finish(self) -> None:
        """Hear the rest, and end the way that the recording ended."""
        session, before = self._session, self._before
        await self._wait_for(self._end)
        failed = before.outcome in (Outcome.FAILED, Outcome.TIMED_OUT)
        if failed:
            await self._until(lambda: False, self._patience)  # it may break again
        elif before.kind in DATAGRAM_SCHEMES:
            await self._until(lambda: False, min(self._end.gap, _LISTEN))
        if session.state.over:
            return
        half_closed = any(isinstance(turn.step, HalfCloseStep) for turn in self._turns)
        datagrams = before.kind in DATAGRAM_SCHEMES
        if before.outcome is Outcome.DONE and not half_closed and not datagrams:
            session.abort()  # as it was reset then
        else:
            await session.close()

    @property
    def _heard(self) -> int:
        recorder = self._session.recorder
        return recorder.reads if self._before.is_message else recorder.received

    def _peer_ended(self) -> bool:
        return self._session.state in _PEER_ENDED

    async def _until(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Watch until something is so, the session is over, or for so long; tell whether it is."""
        session = self._session
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                while not (reached() or session.state.over):
                    await session.changed(session.version)
        except TimeoutError:
            pass
        return reached()
