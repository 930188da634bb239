"""The record of one exchange: every chunk and event, stamped, in order, bounded.

Small recordings stay in memory; above `Limits.record_in_memory` the bytes go to a private file.
Above `Limits.record_kept` the first and the last part are kept with one `dropped` event between
them. The totals are always true.
"""

from __future__ import annotations

from array import array
from typing import Final, overload

from ..clock import Clock, SystemClock
from ..model import Direction, Event, EventKind, Moment
from ..settings import Limits
from ..steps import MessageKind
from .marks import EVENT, NO_BYTES, Marks, Span, chunk_of, way_of
from .reel import Reel
from .tail import Tail
from .timeline import MOST, ROOM, Run, Timeline

# What a moment costs besides its bytes: its mark, and the row that a view counts for it, both in
# arrays that grow by more than is needed at once. So a flood of tiny chunks is bounded too.
MOMENT_COST: Final = 48
EVENT_COST: Final = 640  # an event is an object with facts
# The last part is half of what is kept, and no more than this: it stays in memory if it can.
LAST: Final = 48 << 20
_AT_ONCE: Final = 32  # of the last part one in so many is dropped at once
_SENT: Final = Direction.SENT


class Recorder(Timeline):
    """Takes chunks and events as they happen; reads like a sequence of them.

    Attributes:
        sent: Bytes sent in all.
        received: Bytes received in all.
        sends: Writes in all; of messages those that are no ping, no pong and no part of one.
        reads: Reads in all, likewise.
    """

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self._clock = clock or SystemClock()
        self._limits = limits or Limits()
        self._now = self._clock.monotonic
        self._start = self._now()
        self._tail_room = min(self._limits.record_kept // 2, LAST)
        self._head_room = self._limits.record_kept - self._tail_room
        self._reel = Reel(self._limits.record_in_memory)
        self._head = Marks()
        self._head_cost = 0
        self._head_full = False
        self._head_end = 0  # the address behind the head's bytes
        self._tail = Marks()
        self._tail_cost = 0
        self._tail_bytes: Tail | None = None
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
        return self._now() - self._start

    @property
    def is_behind(self) -> bool:
        """Whether who brings more should wait for the disk, see `record_file.caught_up`."""
        return self._reel.is_behind

    def chunk(
        self, direction: Direction, data: bytes, kind: MessageKind = MessageKind.NONE
    ) -> None:
        """Record bytes as one read or write saw them; raises OSError when they cannot be kept."""
        size = len(data)
        counts = not kind or not kind.is_aside
        if direction is _SENT:
            self.sent += size
            self.sends += counts
        else:
            self.received += size
            self.reads += counts
        at = self._now() - self._start
        way = way_of(direction, kind)
        cost = size + MOMENT_COST
        if not self._head_full and self._fits_head(cost):
            self._reel.write(self._head_end, data)
            self._head.add(at, way, self._head_end, size)
            self._head_cost += cost
            self._head_end += size
            return
        if self._tail_cost + cost > self._tail_room:
            self._make_room(cost)
        self._tail.add(at, way, self._last.write(data), size)
        self._tail_cost += cost

    def event(self, kind: EventKind, text: str, **facts: str) -> Event:
        """Record what is not bytes."""
        event = Event(self.elapsed, kind, text, facts)
        cost = _cost_of(event)
        if self._fits_head(cost):
            self._head.add_event(event, self._head_end)
            self._head_cost += cost
        else:
            if self._tail_cost + cost > self._tail_room:
                self._make_room(cost)
            self._tail.add_event(event, self._last.end)
            self._tail_cost += cost
        return event

    # reading

    @property
    def moments(self) -> int:
        """Moments recorded in all, also those that were dropped; only grows."""
        return len(self._head) + self._dropped_moments + len(self._tail)

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
        return len(self._head) + bool(self._dropped_moments) + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = self._checked(index)
        marks, inside = self._find(index)
        if marks is None:
            return self._dropped()
        at, way, place, size = marks.mark(inside)
        if size < 0:
            return marks.event(inside)
        return chunk_of(at, way, self._read(marks, place, size))

    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        """Return moments in a row; see `Timeline.run`."""
        first = self._checked(first)
        marks, inside = self._find(first)
        if marks is None:
            gap = array("i", [NO_BYTES])
            return Run(first, array("d", [self._dropped_at]), bytes([EVENT]), gap, b"")
        last = min(inside + most, len(marks))
        span = marks.span(inside, marks.within(inside, last, room) if with_data else last)
        data = self._read_span(marks, span) if with_data else b""
        return Run(first, span.ats, span.ways, span.sizes, data)

    def _checked(self, index: int) -> int:
        found = index + len(self) if index < 0 else index
        if not 0 <= found < len(self):
            raise IndexError(index)
        return found

    def _find(self, index: int) -> tuple[Marks | None, int]:
        """Return where a moment is: in the head, the tail, or nowhere for the gap."""
        if index < len(self._head):
            return self._head, index
        index -= len(self._head)
        if not self._dropped_moments:
            return self._tail, index
        return (self._tail, index - 1) if index else (None, 0)

    def _read_span(self, marks: Marks, span: Span) -> bytes:
        size = span.places[-1] + max(span.sizes[-1], 0) - span.places[0]
        return self._read(marks, span.places[0], size)

    def _read(self, marks: Marks, place: int, size: int) -> bytes:
        return self._reel.read(place, size) if marks is self._head else self._last.read(place, size)

    def _dropped(self) -> Event:
        text = f"{self._dropped_bytes} bytes in {self._dropped_moments} moments were not kept"
        facts = {"bytes": str(self._dropped_bytes), "moments": str(self._dropped_moments)}
        return Event(self._dropped_at, EventKind.DROPPED, text, facts)

    # keeping

    def _fits_head(self, cost: int) -> bool:
        self._head_full = self._head_full or self._head_cost + cost > self._head_room
        return not self._head_full

    def _make_room(self, cost: int) -> None:
        """Drop the oldest of the tail until a moment of this cost fits, and some more with it."""
        most = self._tail_room - self._tail_room // _AT_ONCE - cost
        while self._tail_cost > most and len(self._tail):
            at, size, event = self._tail.forget()
            if not self._dropped_moments:
                self._dropped_at = at
            self._dropped_moments += 1
            if event is None:
                self._dropped_bytes += size
                self._tail_cost -= size + MOMENT_COST
            else:
                self._tail_cost -= _cost_of(event)
        self._last.forget(self._tail.mark(0)[2] if len(self._tail) else self._last.end)

    @property
    def _last(self) -> Tail:
        """The tail's bytes; in a file they lie behind the head's."""
        if self._tail_bytes is None:
            self._tail_bytes = Tail(
                self._reel, self._head_end, self._tail_room, room=self._limits.tails_in_memory
            )
        return self._tail_bytes


def _cost_of(event: Event) -> int:
    return len(event.text) + EVENT_COST
