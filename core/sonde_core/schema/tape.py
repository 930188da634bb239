"""A timeline whose bytes stay in a file until they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, overload

from ..body import Body
from ..model import Chunk, Direction, Event, Moment

# Chunks are mostly looked at one after the other: one read serves many.
_WINDOW: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A chunk by its place on the tape."""

    at: float
    direction: Direction
    offset: int
    size: int


class Tape(Sequence[Moment]):
    """Reads like the sequence of moments that was recorded."""

    def __init__(self, moments: Sequence[Mark | Event | Chunk], body: Body) -> None:
        self._moments = moments
        self._body = body
        self._window = (0, b"")

    def __len__(self) -> int:
        return len(self._moments)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self._load(moment) for moment in self._moments[index]]
        return self._load(self._moments[index])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return NotImplemented
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # equal to tuples, whose hash would need every byte

    def _load(self, moment: Mark | Event | Chunk) -> Moment:
        if not isinstance(moment, Mark):
            return moment
        start, data = self._window
        if not start <= moment.offset <= moment.offset + moment.size <= start + len(data):
            start, data = moment.offset, self._body.read(moment.offset, max(moment.size, _WINDOW))
            self._window = start, data
        begin = moment.offset - start
        return Chunk(moment.at, moment.direction, data[begin : begin + moment.size])
