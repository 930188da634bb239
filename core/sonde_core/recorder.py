"""The record of one exchange: every chunk and event, stamped, in order, bounded.

Small recordings stay in memory; above `Limits.record_in_memory` the bytes go to a private file.
Above `Limits.record_kept` the first half and the last half are kept with one `dropped` event
between them. The totals are always true.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, overload

from .body import PrivateFile
from .clock import Clock, SystemClock
from .model import Chunk, Direction, Event, EventKind, Moment
from .settings import Limits

# What one moment costs in memory besides its bytes, so that a flood of tiny chunks is bounded too.
MOMENT_COST: Final = 120


@dataclass(frozen=True, slots=True)
class _Parked:
    """A chunk whose bytes lie in the private file."""

    at: float
    direction: Direction
    offset: int
    size: int


class Recorder(Sequence[Moment]):
    """Takes chunks and events as they happen; reads like a sequence of them.

    Attributes:
        sent: Bytes sent in all.
        received: Bytes received in all.
        sends: Writes in all.
        reads: Reads in all.
    """

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self._clock = clock or SystemClock()
        self._limits = limits or Limits()
        self._start = self._clock.monotonic()
        self._half = self._limits.record_kept // 2
        self._head: list[Event | Chunk | _Parked] = []
        self._head_cost = 0
        self._head_full = False
        self._tail: list[tuple[int, int, Event | Chunk | _Parked]] = []
        self._first = 0  # index of the oldest kept moment in _tail
        self._position = 0  # virtual offset in the ring that follows the head
        self._in_memory = 0
        self._file: PrivateFile | None = None
        self._head_end = 0
        self._dropped_bytes = 0
        self._dropped_moments = 0
        self._dropped_at = 0.0
        self.sent = 0
        self.received = 0
        self.sends = 0
        self.reads = 0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock.monotonic() - self._start

    def chunk(self, direction: Direction, data: bytes) -> Chunk:
        """Record bytes as one read or write saw them."""
        if direction is Direction.SENT:
            self.sent += len(data)
            self.sends += 1
        else:
            self.received += len(data)
            self.reads += 1
        chunk = Chunk(self.elapsed, direction, data)
        self._keep(chunk, len(data))
        return chunk

    def event(self, kind: EventKind, text: str, **facts: str) -> Event:
        """Record what is not bytes."""
        event = Event(self.elapsed, kind, text, facts)
        self._keep(event, len(text))
        return event

    @property
    def moments(self) -> int:
        """Moments recorded in all, also those that were dropped; only grows."""
        return len(self._head) + self._dropped_moments + len(self._tail) - self._first

    @property
    def gap(self) -> tuple[int, int]:
        """Where the `dropped` event stands, and for how many moments; `(length, 0)` for none.

        Once there is one its place stays; the number only grows.
        """
        return len(self._head), self._dropped_moments

    def since(self, position: int) -> list[Moment]:
        """Return what was recorded after the first `position` moments and is still kept."""
        fresh = self.moments - position
        return self[max(0, len(self) - fresh) :] if fresh > 0 else []

    def __len__(self) -> int:
        return len(self._head) + bool(self._dropped_moments) + len(self._tail) - self._first

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        if index < len(self._head):
            return self._load(self._head[index])
        index -= len(self._head)
        if self._dropped_moments:
            if index == 0:
                return self._dropped()
            index -= 1
        return self._load(self._tail[self._first + index][2])

    def _dropped(self) -> Event:
        text = f"{self._dropped_bytes} bytes in {self._dropped_moments} moments were not kept"
        facts = {"bytes": str(self._dropped_bytes), "moments": str(self._dropped_moments)}
        return Event(self._dropped_at, EventKind.DROPPED, text, facts)

    def _keep(self, moment: Event | Chunk, size: int) -> None:
        cost = size + MOMENT_COST
        if not self._head_full and self._head_cost + cost <= self._half:
            self._head_cost += cost
            self._head.append(self._park(moment, self._head_end))
            self._head_end += size if isinstance(moment, Chunk) else 0
            return
        self._head_full = True
        self._make_room(cost)
        offset = self._position
        parked = self._park(moment, self._head_end + offset % self._half)
        self._tail.append((offset, cost, parked))
        self._position += cost

    def _make_room(self, cost: int) -> None:
        """Drop the oldest of the tail until a moment of this cost fits into the ring unbroken."""
        if self._position % self._half + cost > self._half:
            self._position += self._half - self._position % self._half
        end = self._position + cost
        while self._first < len(self._tail) and end - self._tail[self._first][0] > self._half:
            _, gone, moment = self._tail[self._first]
            if not self._dropped_moments:
                self._dropped_at = moment.at
            self._dropped_moments += 1
            self._dropped_bytes += gone - MOMENT_COST if not isinstance(moment, Event) else 0
            self._first += 1
        if self._first > 4096 and self._first * 2 > len(self._tail):
            del self._tail[: self._first]
            self._first = 0

    def _park(self, moment: Event | Chunk, offset: int) -> Event | Chunk | _Parked:
        if isinstance(moment, Event):
            return moment
        size = len(moment.data)
        if self._in_memory + size + MOMENT_COST <= self._limits.record_in_memory:
            self._in_memory += size + MOMENT_COST
            return moment
        if self._file is None:
            self._file = PrivateFile()
        _write_all(self._file.stream.fileno(), moment.data, offset)
        return _Parked(moment.at, moment.direction, offset, size)

    def _load(self, moment: Event | Chunk | _Parked) -> Moment:
        if not isinstance(moment, _Parked):
            return moment
        assert self._file is not None  # noqa: S101 - a parked chunk has a file
        data = os.pread(self._file.stream.fileno(), moment.size, moment.offset)
        return Chunk(moment.at, moment.direction, data)


def _write_all(handle: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(handle, view, offset)
        view, offset = view[done:], offset + done
