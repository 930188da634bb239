"""Our side of a recorded session, and how long its answers are waited for when it is repeated.

Before each of our steps the peer had said so much, however it was cut into reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from .errors import RequestError
from .model import Chunk, Direction, Event, EventKind, Exchange
from .script.derive import weight
from .session_request import SessionRequest
from .steps import ASIDE, HalfCloseStep, SendStep, Step, UpgradeStep

Pace: TypeAlias = Literal["fast", "recorded"]

# Seconds to wait for the peer beyond what it took in the recording; half as long after each time
# that it says less, so that a silent one holds nothing up for more than twice as long in all.
PATIENCE: Final = 5.0
# Seconds that an answer of the recording is waited for at most, without the patience.
LONGEST_ANSWER: Final = 60.0
# The recorded pace keeps gaps between sends up to this many seconds.
LONGEST_GAP: Final = 30.0
# Datagrams have no end: so many seconds we listen for more than there were.
_LISTEN: Final = 1.0
_OPENING: Final = frozenset({EventKind.CONNECTED, EventKind.TLS, EventKind.ACCEPTED})


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
    if weight(asked) > weight([turn.step for turn in done]):
        return tuple(_asked(asked))
    return done


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
                step = SendStep(moment.data, heard, moment.at, moment.kind)
            else:
                if exchange.is_message:
                    heard += moment.kind not in ASIDE
                else:
                    heard += len(moment.data)
                last = moment.at
        elif moment.kind is EventKind.HALF_CLOSED:
            step = HalfCloseStep(heard, moment.at)
        elif moment.kind is EventKind.UPGRADING:
            step = UpgradeStep(heard, moment.at)
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
