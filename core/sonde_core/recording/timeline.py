"""A recording, looked at in runs: many moments at once, without an object for each."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from ..model import Chunk, Event, Moment
from .marks import EVENT, NO_BYTES, chunk_of, way_of

ROOM: Final = 1 << 18  # bytes of a run, unless its first chunk has more
MOST: Final = 4096  # moments of a run


@dataclass(frozen=True, slots=True)
class Run:
    """Moments in a row.

    Attributes:
        first: Index of the first one.
        ats: Seconds since the start, of each.
        ways: A key of `marks.WAYS`, or `*` for an event, of each.
        sizes: Bytes of each; -1 for an event.
        data: The bytes of all, joined; none when they were not wanted.
    """

    first: int
    ats: array[float]
    ways: bytes
    sizes: array[int]
    data: bytes

    def __len__(self) -> int:
        return len(self.sizes)

    def ends(self) -> list[int]:
        """Return where in `data` the bytes of each end."""
        sizes = self.sizes if EVENT not in self.ways else (max(size, 0) for size in self.sizes)
        return list(accumulate(sizes))

    def pieces(self) -> list[bytes]:
        """Return the bytes of each; none for an event."""
        ends = self.ends()
        return [self.data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


class Timeline(Sequence[Moment]):
    """A recording that can be looked at in runs."""

    @property
    def gap(self) -> tuple[int, int]:
        """Where the `dropped` event stands, and for how many moments; see `Recorder.gap`."""
        return len(self), 0

    @abstractmethod
    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        """Return up to so many moments from an index on, whose bytes fit into so much room.

        There is one at least; a run ends where a recording has its gap. Without data, room is no
        matter.

        Raises:
            OSError: The bytes cannot be read.
            SondeError: Likewise.
            IndexError: There is no such moment.
        """

    def events(self) -> Iterator[Event]:
        """Yield what is not bytes, in order, without reading any; raises like `run`."""
        first = 0
        while first < len(self):
            run = self.run(first, with_data=False)
            at = run.ways.find(EVENT)
            while at >= 0:
                event = self[first + at]
                if isinstance(event, Event):
                    yield event
                at = run.ways.find(EVENT, at + 1)
            first += len(run)


def run_of(
    moments: Sequence[Moment],
    first: int,
    most: int = MOST,
    room: int = ROOM,
    *,
    with_data: bool = True,
) -> Run:
    """Look at any sequence of moments as `Timeline.run` does."""
    if isinstance(moments, Timeline):
        return moments.run(first, most, room, with_data=with_data)
    ats, ways, sizes, parts = array("d"), bytearray(), array("i"), list[bytes]()
    for moment in moments[first : first + most]:
        data = moment.data if isinstance(moment, Chunk) else b""
        if len(data) > room and ways and with_data:
            break
        room -= len(data)
        ats.append(moment.at)
        ways.append(way_of(moment.direction, moment.kind) if isinstance(moment, Chunk) else EVENT)
        sizes.append(len(data) if isinstance(moment, Chunk) else NO_BYTES)
        parts.append(data if with_data else b"")
    if not ways:
        raise IndexError(first)
    return Run(first, ats, bytes(ways), sizes, b"".join(parts))


def moments_of(
    moments: Sequence[Moment], first: int, most: int = MOST, room: int = ROOM
) -> list[Moment]:
    """Return what `run_of` looks at as objects; raises like it."""
    run = run_of(moments, first, most, room)
    if not isinstance(moments, Timeline):
        return list(moments[first : first + len(run)])
    parts = zip(run.ats, run.ways, run.pieces(), strict=True)
    return [
        moments[index] if way == EVENT else chunk_of(at, way, data)
        for index, (at, way, data) in enumerate(parts, first)
    ]


def runs(moments: Sequence[Moment], *, with_data: bool = True) -> Iterator[Run]:
    """Yield a recording that is over, in runs; raises like `run_of`."""
    first = 0
    while first < len(moments):
        run = run_of(moments, first, with_data=with_data)
        yield run
        first += len(run)


def events_of(moments: Sequence[Moment]) -> Iterator[Event]:
    """Yield what is not bytes, in order."""
    if isinstance(moments, Timeline):
        return moments.events()
    return (moment for moment in moments if isinstance(moment, Event))


def gap_of(moments: Sequence[Moment]) -> tuple[int, int]:
    """Return where a recording has its gap, and how many moments are gone; see `Recorder.gap`."""
    return moments.gap if isinstance(moments, Timeline) else (len(moments), 0)
