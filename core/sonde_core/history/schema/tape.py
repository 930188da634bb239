"""A timeline whose bytes, and rows when they are many, stay in files until they are looked at."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, Protocol, overload

from ...body import Body
from ...errors import BodyError
from ...model import Event, Moment
from ...recording.marks import EVENT, NO_BYTES, Span, chunk_of
from ...recording.timeline import MOST, ROOM, Run, Timeline

# Chunks are mostly looked at one after the other: one read serves many.
_WINDOW: Final = 1 << 18
_ROWS: Final = 1024


class Rows(Protocol):
    """Chunks by their place on the tape."""

    def __len__(self) -> int: ...

    def span(self, first: int, last: int) -> Span:
        """Return the rows from one to before another; raises BodyError."""
        ...


class Tape(Timeline):
    """Reads like the sequence of moments that was recorded.

    Args:
        rows: The chunks.
        events: Each with the number of rows that it came after.
        body: The bytes of all chunks.
    """

    def __init__(self, rows: Rows, events: Sequence[tuple[int, Event]], body: Body) -> None:
        self._rows = rows
        self._body = body
        self._events = [event for _, event in events]
        befores = accumulate((min(after, len(rows)) for after, _ in events), max)
        self._spots = [before + number for number, before in enumerate(befores)]
        self._window = (0, b"")
        self._seen: tuple[int, Span | None] = (0, None)

    def __len__(self) -> int:
        return len(self._rows) + len(self._events)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = self._checked(index)
        before = bisect_left(self._spots, index)
        if before < len(self._spots) and self._spots[before] == index:
            return self._events[before]
        span, row = self._near(index - before)
        size = span.sizes[row]
        return chunk_of(span.ats[row], span.ways[row], self._read(span.places[row], size))

    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        """Return moments in a row; see `Timeline.run`."""
        first = self._checked(first)
        before = bisect_left(self._spots, first)
        if before < len(self._spots) and self._spots[before] == first:
            return self._run_of_events(first, before, most)
        end = self._spots[before] if before < len(self._spots) else len(self)
        row = first - before
        span = self._rows.span(row, row + min(end - first, most))
        if not with_data:
            return Run(first, span.ats, span.ways, span.sizes, b"")
        fitting = _fitting(span, room)
        if fitting < len(span):
            span = span.part(0, fitting)
        size = span.places[-1] + span.sizes[-1] - span.places[0]
        return Run(first, span.ats, span.ways, span.sizes, self._read(span.places[0], size))

    def events(self) -> Iterator[Event]:
        """Yield what is not bytes; see `Timeline.events`."""
        return iter(self._events)

    def _run_of_events(self, first: int, before: int, most: int) -> Run:
        last = before + 1
        while last < len(self._spots) and self._spots[last] == first + last - before:
            last += 1
        ats = array("d", [event.at for event in self._events[before : min(last, before + most)]])
        sizes = array("i", [NO_BYTES]) * len(ats)
        return Run(first, ats, bytes([EVENT]) * len(ats), sizes, b"")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return NotImplemented
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # equal to tuples, whose hash would need every byte

    def _checked(self, index: int) -> int:
        found = index + len(self) if index < 0 else index
        if not 0 <= found < len(self):
            raise IndexError(index)
        return found

    def _near(self, row: int) -> tuple[Span, int]:
        """Return rows with the wanted one among them, and which it is."""
        start, span = self._seen
        if span is None or not start <= row < start + len(span):
            start = row - row % _ROWS
            span = self._rows.span(start, min(start + _ROWS, len(self._rows)))
            self._seen = start, span
        return span, row - start

    def _read(self, place: int, size: int) -> bytes:
        start, data = self._window
        if not start <= place <= place + size <= start + len(data):
            start, data = place, self._body.read(place, max(size, _WINDOW))
            self._window = start, data
        found = data[place - start : place - start + size]
        if len(found) < size:
            raise BodyError("The file with the bytes of this recording is shorter than it was.")
        return found


def _fitting(span: Span, room: int) -> int:
    """Return how many rows, one at least, lie one behind the other and fit into so much room."""
    places = array("q", accumulate(span.sizes, initial=span.places[0]))
    end = places.pop()
    number = len(span)
    if places != span.places:  # another program wrote them
        pairs = zip(places, span.places, strict=True)
        number, end = next((at, place) for at, (place, own) in enumerate(pairs) if place != own)
    if end - places[0] <= room:
        return number
    return max(bisect_right(places, places[0] + room, 0, number) - 1, 1)
