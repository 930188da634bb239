"""Moments without an object for each: when, which way, where their bytes lie, how many they are.

A conversation may have millions of them: a mark takes 21 bytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from ..model import Chunk, Direction, Event
from ..steps import MessageKind

_TO_PEER: Final = Direction.SENT
SENT: Final = ord(Direction.SENT.value)
RECEIVED: Final = ord(Direction.RECEIVED.value)
EVENT: Final = ord("*")
# One byte tells direction and kind: a sign for bytes that have no kind, else a letter, small for
# what was sent and large for what was received.
_LETTERS: Final = {
    MessageKind.TEXT: "t",
    MessageKind.BINARY: "b",
    MessageKind.PING: "i",
    MessageKind.PONG: "o",
    MessageKind.PART: "p",
}
WAYS: Final = {
    SENT: (Direction.SENT, MessageKind.NONE),
    RECEIVED: (Direction.RECEIVED, MessageKind.NONE),
    **{ord(letter): (Direction.SENT, kind) for kind, letter in _LETTERS.items()},
    **{ord(letter.upper()): (Direction.RECEIVED, kind) for kind, letter in _LETTERS.items()},
}
_OF_KIND: Final = {
    direction: {kind: way for way, (side, kind) in WAYS.items() if side is direction}
    for direction in Direction
}
# All ways that are of one direction.
WAYS_OF: Final = {direction: frozenset(_OF_KIND[direction].values()) for direction in Direction}
NO_BYTES: Final = -1  # the size of an event

_LAZY: Final = 4096  # so many forgotten marks are taken out of the arrays at once, at least


def way_of(direction: Direction, kind: MessageKind = MessageKind.NONE) -> int:
    """Return the byte for a direction and a kind."""
    if not kind:
        return SENT if direction is _TO_PEER else RECEIVED
    return _OF_KIND[direction][kind]


def chunk_of(at: float, way: int, data: bytes) -> Chunk:
    """Make a chunk of what a mark tells."""
    direction, kind = WAYS[way]
    return Chunk(at, direction, data, kind)


@dataclass(frozen=True, slots=True)
class Span:
    """Marks in a row.

    Attributes:
        ats: Seconds since the start, of each.
        ways: A key of `WAYS`, or `*` for an event, of each.
        places: Where the bytes of each begin; an event's is where the next ones do.
        sizes: Bytes of each; -1 for an event.
    """

    ats: array[float]
    ways: bytes
    places: array[int]
    sizes: array[int]

    def __len__(self) -> int:
        return len(self.sizes)

    def part(self, first: int, last: int) -> Span:
        """Return some of them."""
        here = slice(first, last)
        return Span(self.ats[here], self.ways[here], self.places[here], self.sizes[here])


class Marks:
    """A queue of marks and events, by place; the oldest may be forgotten."""

    def __init__(self) -> None:
        self._ats = array("d")
        self._ways = bytearray()
        self._places = array("q")
        self._sizes = array("i")
        self._events: dict[int, Event] = {}
        self._first = 0  # how many at the start of the arrays are forgotten
        self._taken = 0  # how many were taken out of the arrays

    def __len__(self) -> int:
        return len(self._sizes) - self._first

    def add(self, at: float, way: int, place: int, size: int) -> None:
        """Add a chunk after all others."""
        self._ats.append(at)
        self._ways.append(way)
        self._places.append(place)
        self._sizes.append(size)

    def extend(self, span: Span) -> None:
        """Add chunks after all others."""
        self._ats.extend(span.ats)
        self._ways += span.ways
        self._places.extend(span.places)
        self._sizes.extend(span.sizes)

    def add_event(self, event: Event, place: int) -> None:
        """Add an event after all others; `place` is where the next chunk will lie."""
        self._events[self._taken + len(self._sizes)] = event
        self.add(event.at, EVENT, place, NO_BYTES)

    def mark(self, index: int) -> tuple[float, int, int, int]:
        """Return when, which way, where, and how many bytes."""
        index += self._first
        return self._ats[index], self._ways[index], self._places[index], self._sizes[index]

    def event(self, index: int) -> Event:
        """Return an event by its index; raises KeyError for a chunk's."""
        return self._events[self._taken + self._first + index]

    def span(self, first: int, last: int) -> Span:
        """Return the marks from one to before another."""
        here = slice(self._first + first, self._first + last)
        ways = bytes(self._ways[here])
        return Span(self._ats[here], ways, self._places[here], self._sizes[here])

    def ways(self) -> set[int]:
        """Return which ways there are, of what is not forgotten."""
        return set(self._ways[self._first :])

    def within(self, first: int, last: int, room: int) -> int:
        """Return where marks from `first` end whose bytes fit into so much room: one at least."""
        start = self._first + first
        end = self._places[start] + room
        found = bisect_right(self._places, end, start, self._first + last) - self._first
        # What begins within the room may still go on beyond it.
        if found - 1 > first and self.mark(found - 1)[2] + self.mark(found - 1)[3] > end:
            found -= 1
        return max(found, first + 1)

    def forget(self) -> tuple[float, int, Event | None]:
        """Let go of the oldest; returns when it was, its size, and the event if it was one."""
        at, size = self._ats[self._first], self._sizes[self._first]
        event = self._events.pop(self._taken + self._first, None) if size < 0 else None
        self._first += 1
        if self._first >= _LAZY and self._first * 2 > len(self._sizes):
            for each in (self._ats, self._ways, self._places, self._sizes):
                del each[: self._first]
            self._taken += self._first
            self._first = 0
        return at, size, event
