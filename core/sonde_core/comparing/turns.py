"""Sessions step by step: whose turn it was, what was said in it, and when.

A turn is all that one side says until the other one does; where reads began means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from typing import Final

from ..body import EMPTY, Body
from ..model import Chunk, Direction
from .bodies import Pair
from .facts import time
from .hidden import Hidden, PartShown
from .report import Report

# Longer sessions are compared as a whole.
MOST: Final = 1000
LARGEST: Final = 4 << 20
_WORDS: Final = {Direction.SENT: "sent", Direction.RECEIVED: "received"}


@dataclass(slots=True)
class Turn:
    """What one side said until the other one did.

    Attributes:
        at: Seconds since the start when it began.
        start: How many bytes the same side had said before.
    """

    direction: Direction
    at: float
    start: int
    size: int = 0


@dataclass(slots=True)
class Turns:
    """The turns of a session, in order; more than can be compared one by one are not kept."""

    known: list[Turn] = field(default_factory=list)
    _sizes: dict[Direction, int] = field(default_factory=lambda: dict.fromkeys(Direction, 0))

    def take(self, chunk: Chunk) -> None:
        """Take the next bytes."""
        start = self._sizes[chunk.direction]
        self._sizes[chunk.direction] += len(chunk.data)
        if not self.known or self.known[-1].direction is not chunk.direction:
            if len(self.known) > MOST:
                return
            self.known.append(Turn(chunk.direction, chunk.at, start))
        self.known[-1].size += len(chunk.data)

    @property
    def countable(self) -> bool:
        """Whether they can be compared one by one."""
        return 1 < len(self.known) <= MOST and sum(self._sizes.values()) <= LARGEST

    def of(self, direction: Direction) -> Iterator[tuple[int, Turn]]:
        """Yield the turns of a side with their numbers, from 1."""
        for number, turn in enumerate(self.known, 1):
            if turn.direction is direction:
                yield number, turn


def alike(before: Turns, after: Turns) -> bool:
    """Whether two sessions took turns in the same way, as far as both went."""
    if not (before.countable and after.countable):
        return False
    # Turns alternate, so that the first ones tell all.
    return before.known[0].direction is after.known[0].direction


def steps(pair: Pair, before: Turns, after: Turns, direction: Direction) -> list[tuple[int, Pair]]:
    """Return what was said in the turns that differ; none where the sides are better joined.

    They are joined when few turns are the same: then the peer only chose other moments.

    Raises:
        BodyError: The bytes cannot be read.
    """
    if pair.same:
        return []
    shown = Hidden(pair.before, pair.before.size), Hidden(pair.after, pair.after.size)
    found: list[tuple[int, Pair]] = []
    turns = list(zip_longest(before.of(direction), after.of(direction)))
    for old, new in turns:
        number, _ = old or new
        one, other = _said(pair.before, old), _said(pair.after, new)
        if one.sha256 != other.sha256:
            parts = PartShown(shown[0], _start(old)), PartShown(shown[1], _start(new))
            each = replace(pair, before=one, after=other, shown=parts if pair.hides else None)
            found.append((number, each))
    return found if 2 * len(found) <= len(turns) else []


def _said(body: Body, turn: tuple[int, Turn] | None) -> Body:
    return Body.of(body.read(turn[1].start, turn[1].size)) if turn else EMPTY


def _start(turn: tuple[int, Turn] | None) -> int:
    return turn[1].start if turn else 0


def tell_times(before: Turns, after: Turns, report: Report) -> None:
    """Tell how long after the turn before each one began."""
    waits = zip(pairwise(before.known), pairwise(after.known), strict=False)
    for number, ((old, then), (new, now)) in enumerate(waits, 2):
        name = f"to step {number:,}, {_WORDS[then.direction]}"
        report.fact("time of a step", time(name, then.at - old.at, now.at - new.at))
