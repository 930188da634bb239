"""A recording in other pieces: chunks joined, or cut into messages by a lens; it stays as it is.

Pieces are told by where they begin in the recording, in arrays. They are found step by step, while
the recording grows and may lose its middle; see `Recorder.gap`. Numbers count pieces that are gone
too, as those of moments do.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, overload

from ..errors import SondeError
from ..model import Direction, Event, EventKind, Moment
from .marks import EVENT, NO_BYTES, WAYS_OF, chunk_of
from .piece_reader import PieceReader, chunks_of, index_of
from .pieces import Grouping, Table, Unit
from .timeline import MOST, ROOM, Run, Timeline, gap_of, run_of

_MOMENTS: Final = 256  # moments that are looked at together
_BYTES: Final = 1 << 16
_LISTED: Final = 2_000_000  # pieces that are kept; some of the middle go when there are more
_NEAR: Final = 64


class Units(Timeline):
    """The pieces of a recording, which may still grow.

    Attributes:
        raw: The recording.
        version: Grows when pieces were found, or one of those at the end may have changed.
    """

    def __init__(self, raw: Sequence[Moment], grouping: Grouping, *, most: int = _LISTED) -> None:
        """Find the pieces of a recording.

        Args:
            raw: The recording.
            grouping: What finds them.
            most: Pieces that are kept at once.
        """
        self._most = most
        self.raw = raw
        self._grouping = grouping
        self._table = grouping.table
        self._open: list[Unit] = []
        self._next = 0  # the moment to look at next
        self._head, self._gone, self._gone_at = 0, 0, 0.0
        self._raw_gone = 0
        self._changes: list[tuple[int, int]] = []  # versions, and the first pieces that changed
        self.version = 0

    # looking up

    def __len__(self) -> int:
        return len(self._table) + len(self._open) + bool(self._gone)

    @property
    def gap(self) -> tuple[int, int]:
        """Where pieces are gone, and how many; see `Recorder.gap`."""
        return (self._head, self._gone) if self._gone else (len(self), 0)

    @property
    def settled(self) -> int:
        """The first number of a piece that may still change."""
        return len(self._table) + self._gone

    def changed_since(self, version: int) -> int:
        """Return the first number of a piece that was settled, and is another one by now."""
        return min(
            (number for when, number in self._changes if when > version), default=self.settled
        )

    def unit(self, index: int) -> Unit | None:
        """Return a piece by its index; None for what stands for those that are gone.

        Who searches asks in a thread: what goes in this moment is gone, too.
        """
        if self._gone and index >= self._head:
            if index == self._head:
                return None
            index -= 1
        try:
            return self._at(index)
        except IndexError:
            return None

    def numbered(self, number: int) -> Unit | None:
        """Return a piece by its number; None for one that is not there."""
        index = index_of(self, number)
        return None if index is None else self.unit(index)

    def number_of(self, first: int, offset: int, direction: Direction | None) -> int:
        """Return the number of the piece that holds a byte of a moment, or about there."""
        table = self._table
        found = bisect_right(table.firsts, first)
        begin = bisect_left(table.firsts, first, 0, found)
        inside = bisect_right(table.offsets, offset, begin, found) - 1
        is_there = inside >= begin and table.firsts[inside] == first
        if is_there and offset < table.offsets[inside] + table.sizes[inside]:
            return self._number(inside)  # one of many of that moment
        ways = WAYS_OF[direction] if direction else {EVENT}
        near = range(min(found + _NEAR, len(self) - bool(self._gone)) - 1, -1, -1)
        for index in near[: _NEAR * 2]:
            unit = self._at(index)
            if unit.way in ways and (unit.first, unit.offset) <= (first, offset):
                return self._number(index)
        return self._number(max(found - 1, 0))

    def knows(self, first: int) -> bool:
        """Whether the pieces of a moment were found already."""
        return first < self._next and not self._grouping.busy

    def place_in(self, number: int, offset: int) -> tuple[int, int]:
        """Return the moment that holds a byte of a piece, and where in it."""
        unit = self.numbered(number)
        if unit is None or unit.way == EVENT:
            return (unit.first if unit else number), 0
        offset += unit.offset
        last = unit.first, unit.offset
        for moment, size in chunks_of(self.raw, unit):
            if offset < size:
                return moment, offset
            last = moment, size
            offset -= size
        return last

    def place_of(self, first: int, offset: int, direction: Direction | None) -> tuple[int, int]:
        """Return the piece that holds a byte of a moment, and where in it."""
        number = self.number_of(first, offset, direction)
        unit = self.numbered(number)
        if unit is None or unit.way == EVENT:
            return number, 0
        before = -unit.offset
        for moment, size in chunks_of(self.raw, unit):
            if moment >= first:
                return number, min(max(before + offset, 0), max(unit.size - 1, 0))
            before += size
        return number, 0

    def _at(self, index: int) -> Unit:
        inside = index - len(self._table)
        return self._table.get(index) if inside < 0 else self._open[inside]

    def _number(self, index: int) -> int:
        return index + self._gone if self._gone and index >= self._head else index

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        index += len(self) if index < 0 else 0
        if not 0 <= index < len(self):
            raise IndexError(index)
        unit = self.unit(index)
        if unit is None:
            return self._dropped()
        if unit.way != EVENT:
            return chunk_of(unit.at, unit.way, PieceReader(self.raw).read(unit))
        found = index_of(self.raw, unit.first)
        return self._dropped() if found is None else self.raw[found]

    def _dropped(self) -> Event:
        text = f"{self._gone:,} before these were not kept"
        return Event(self._gone_at, EventKind.DROPPED, text)

    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        """Return pieces in a row; see `Timeline.run`."""
        if not 0 <= first < len(self):
            raise IndexError(first)
        last = min(first + most, len(self))
        if self._gone and first <= self._head:
            last = min(last, max(self._head, first + 1))
        pieces = self._pieces(first, last)
        if not with_data:
            return Run(first, pieces.ats, bytes(pieces.ways), pieces.sizes, b"")
        many = _fitting(pieces.sizes, room)
        pieces = pieces.part(0, many) if many < len(pieces) else pieces
        data, sizes = PieceReader(self.raw).read_row(pieces)
        return Run(first, pieces.ats, bytes(pieces.ways), sizes, data)

    def _pieces(self, first: int, last: int) -> Table:
        """Return pieces in a row, on one side of what is gone."""
        table = self._table
        if self._gone and first == self._head:
            gap = Table()
            gap.add(Unit(0, 0, NO_BYTES, EVENT, self._gone_at))
            return gap
        begin, end = self._inside(first), self._inside(last - 1) + 1
        pieces, behind = table.part(begin, end), len(table)
        for unit in self._open[max(begin - behind, 0) : max(end - behind, 0)]:
            pieces.add(unit)
        many = len(pieces)
        # Of the last ones, some columns may be shorter: they went in this moment.
        return pieces if many == len(pieces.flags) else pieces.part(0, min(many, len(pieces.flags)))

    def flags(self, first: int, many: int) -> bytes:
        """Return the flags of pieces from an index on, all on one side of what is gone."""
        begin = self._inside(first)
        known = bytes(self._table.flags[begin : begin + many])
        inside = max(begin - len(self._table), 0)
        return known + bytes(unit.flag for unit in self._open[inside : inside + many - len(known)])

    def _inside(self, index: int) -> int:
        return index - 1 if self._gone and index > self._head else index

    @property
    def behind(self) -> int:
        """How many moments of the recording were not looked at yet."""
        index = index_of(self.raw, self._next)
        return 0 if index is None else len(self.raw) - index

    # finding

    def build(self, seconds: float) -> bool:
        """Find more pieces, for about so many seconds; True when there are no other ones yet."""
        deadline = time.monotonic() + seconds
        while self._step(deadline):
            if time.monotonic() >= deadline:
                self._open = [] if self._grouping.busy else self._grouping.open()
                return False
        self._open = self._grouping.open()
        return True

    def _step(self, deadline: float) -> bool:
        if self._grouping.busy:
            self.version += 1
            self._grouping.go_on(max(deadline - time.monotonic(), 0.0))
            self._take_late()
            return True
        self._drop()
        index = index_of(self.raw, self._next)
        if index is None:
            return False
        self.version += 1
        self._next += self._take(index)
        return True

    def _take(self, index: int) -> int:
        try:
            wanted = self._grouping.with_data
            run = run_of(self.raw, index, _MOMENTS, _BYTES, with_data=wanted)
            first = self.raw[index] if run.ways[0] == EVENT else None
        except (SondeError, OSError):  # its row says so
            self._reset()
            at = self._table.ats[-1] if self._table.ats else 0.0
            self._table.add(Unit(self._next, 0, NO_BYTES, EVENT, at))
            return 1
        event = first if isinstance(first, Event) else None
        return self._grouping.take(run, self._next, event)

    def _reset(self) -> None:
        self._grouping.reset()
        self._take_late()

    def _take_late(self) -> None:
        """Put pieces that ended after others were found where their last bytes came."""
        head, gone = gap_of(self.raw)
        for unit in self._grouping.take_late():
            if self._gone and head <= unit.first < head + gone:
                continue
            place = bisect_right(self._table.ats, unit.at)
            if self._gone and unit.at < self._gone_at:
                place = min(place, self._head)
                self._head += 1
            elif self._gone:
                place = max(place, self._head)
            if place < len(self._table):
                self._note_change(self._number(place))
            self._table.insert(place, unit)

    def _note_change(self, number: int) -> None:
        self.version += 1
        self._changes.append((self.version, number))

    def _drop(self) -> None:
        """Let go of pieces whose bytes are gone, and of some when there are too many."""
        head, gone = gap_of(self.raw)
        if gone and gone != self._raw_gone and self._next >= head:
            self._raw_gone = gone
            if self._next < head + gone or self._is_torn(head + gone):
                self._reset()
                self._next = max(self._next, head + gone)
                self.version += 1
            if not self._gone:
                self._gone_at = self.raw[head].at
                self._head = self._clipped(bisect_left(self._table.ats, self._gone_at), head)
            self._forget(self._gone_before(head + gone))
        elif len(self._table) >= self._most:
            if not self._gone:
                self._head = len(self._table) // 2
                self._gone_at = self._table.ats[self._head]
            self._forget(len(self._table) // 8)

    def _is_torn(self, number: int) -> bool:
        """Whether what may go on has lost some of its bytes: those before a moment."""
        return any(unit.first < number for unit in self._grouping.open())

    def _clipped(self, index: int, head: int) -> int:
        """Let the last pieces before the gap end where their bytes do; return the index behind."""
        table = self._table
        self._note_change(index)
        while index < len(table) and table.firsts[index] < head:
            unit = table.get(index)
            if unit.size > 0:
                there = sum(size for _, size in chunks_of(self.raw, unit)) - unit.offset
                table.sizes[index] = min(unit.size, max(there, 0))
            table.ats[index] = min(unit.at, self._gone_at)
            index += 1
        return index

    def _gone_before(self, number: int) -> int:
        """Return how many pieces behind the head begin before a moment; one at least."""
        index = self._head
        while index < len(self._table) and self._table.firsts[index] < number:
            index += 1
        return max(index - self._head, 0 if self._gone else 1)

    def _forget(self, pieces: int) -> None:
        self._table.drop(self._head, self._head + pieces)
        self._gone += pieces


def _fitting(sizes: array[int], room: int) -> int:
    """Return how many pieces fit into so much room; one at least."""
    for many, size in enumerate(sizes):
        room -= max(size, 0)
        if room < 0 < many:
            return many
    return len(sizes)
