"""How moments become other pieces: joined as long as one side speaks, or cut by a lens."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ..lenses.contained import Contained
from ..lenses.cutter import Cut, Cutter, Flag
from ..model import Event, EventKind
from .marks import EVENT, NO_BYTES, RECEIVED, SENT
from .pieces import Grouping, Table, Unit
from .timeline import Run

JOINED: Final = 1 << 16  # bytes after which what is joined begins anew
_SLICE: Final = 0.002  # seconds of cutting, between two looks at the clock
# After these, what comes does not go on with what was there.
_ENDS: Final = {
    EventKind.PEER_END: (RECEIVED,),
    EventKind.HALF_CLOSED: (SENT,),
    EventKind.CLOSED: (SENT, RECEIVED),
    EventKind.UPGRADING: (SENT, RECEIVED),
    EventKind.DROPPED: (SENT, RECEIVED),
}


class Joining(Grouping):
    """Joins chunks that follow one another in one direction."""

    with_data = False

    def __init__(self) -> None:
        super().__init__()
        self._group: Unit | None = None

    def take(self, run: Run, number: int, event: Event | None) -> int:
        group = self._group
        for at, way, size in zip(run.ats, run.ways, run.sizes, strict=True):
            if group and way == group.way and group.size + size <= JOINED:
                group = group._replace(size=group.size + size)
            else:
                if group:
                    self.table.add(group)
                group = Unit(number, 0, size, way, at)
                if way == EVENT:
                    self.table.add(group)
                    group = None
            number += 1
        self._group = group
        return len(run)

    def open(self) -> list[Unit]:
        return [self._group] if self._group else []

    def reset(self) -> None:
        if self._group:
            self.table.add(self._group)
        self._group = None


class Cutting(Grouping):
    """Cuts each direction into messages; one stands where its last byte came."""

    def __init__(self, lens: Contained) -> None:
        super().__init__()
        self._sides = {SENT: _Side(SENT, lens), RECEIVED: _Side(RECEIVED, lens)}
        self._waiting: list[tuple[_Side, bool]] = []  # to be cut, and whether that is all of it
        self._found: list[_Found] = []
        self._event: Unit | None = None
        self._late: list[Unit] = []

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._found or self._event)

    def take(self, run: Run, number: int, event: Event | None) -> int:
        if event is not None:
            self._event = Unit(number, 0, NO_BYTES, EVENT, event.at)
            self._waiting = [(self._sides[way], True) for way in _ENDS.get(event.kind, ())]
            return 1
        many = run.ways.find(EVENT)
        many = len(run) if many < 0 else many
        for side in self._sides.values():
            if side.add(run, number, many):
                self._waiting.append((side, False))
        return many

    def go_on(self, seconds: float) -> None:
        if self._waiting:
            side, ended = self._waiting[-1]
            found, done = side.cut(ended=ended, seconds=min(seconds, _SLICE))
            if ended:
                self._late += (unit for _, unit in found.numbered())
            else:
                self._found.append(found)
            if done:
                self._waiting.pop()
                if ended:
                    side.reset()
            return
        self._finish()

    def open(self) -> list[Unit]:
        found = [side.rest() for side in self._sides.values()]
        return sorted((unit for unit in found if unit), key=lambda unit: unit.at)

    def reset(self) -> None:
        self._waiting = []
        rests = self.open()
        self._finish()
        self._late += rests
        for side in self._sides.values():
            side.reset()

    def take_late(self) -> list[Unit]:
        late, self._late = self._late, []
        return late

    def _finish(self) -> None:
        """Take in what was found, in order."""
        if len({found.way for found in self._found}) == 1:  # then they are in order
            for found in self._found:
                self.table.extend(found.table)
        else:
            for _, unit in sorted(pair for found in self._found for pair in found.numbered()):
                self.table.add(unit)
        self._found = []
        if self._event:
            self.table.add(self._event)
        self._event = None


class Single(Grouping):
    """Takes each moment as it is: datagrams and messages that the transport has cut."""

    with_data = False

    def take(self, run: Run, number: int, event: Event | None) -> int:
        for at, way, size in zip(run.ats, run.ways, run.sizes, strict=True):
            self.table.add(Unit(number, 0, size, way, at))
            number += 1
        return len(run)

    def open(self) -> list[Unit]:
        return []

    def reset(self) -> None:
        """Do nothing: none goes on."""


class _Found(NamedTuple):
    """Pieces of one side, and the number of the moment in which each ends."""

    way: int
    lasts: list[int]
    table: Table

    def numbered(self) -> Iterator[tuple[int, Unit]]:
        """Yield each piece with that number."""
        return ((last, self.table.get(at)) for at, last in enumerate(self.lasts))


class _Side:
    """What is there of one direction and not cut yet."""

    def __init__(self, way: int, lens: Contained) -> None:
        self._way = way
        self._lens = lens
        self.reset()

    def reset(self) -> None:
        """Forget what is there."""
        self._cutter = Cutter(self._lens)
        self._data, self._at = b"", 0
        # Where each chunk begins in the data, its number, and when it was.
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._ats: list[float] = []

    def add(self, run: Run, number: int, many: int) -> bool:
        """Take in the first moments of a run; tells whether there was anything of this side."""
        here = [index for index in range(many) if run.ways[index] == self._way]
        if not here:
            return False
        self._leave_out()
        pieces, end = run.pieces(), len(self._data)
        for index in here:
            self._starts.append(end)
            self._numbers.append(number + index)
            self._ats.append(run.ats[index])
            end += len(pieces[index])
        self._data = b"".join([self._data, *(pieces[index] for index in here)])
        return True

    def _leave_out(self) -> None:
        """Let go of what was cut already."""
        if self._at >= len(self._data):
            gone = len(self._starts)
        else:
            gone = bisect_right(self._starts, self._at) - 1
        for column in (self._starts, self._numbers, self._ats):
            del column[:gone]
        self._starts = [start - self._at for start in self._starts]
        self._data, self._at = self._data[self._at :], 0

    def cut(self, *, ended: bool, seconds: float) -> tuple[_Found, bool]:
        """Cut for about so many seconds; with True when there is no other message yet."""
        cuts, done = self._cutter.cuts(self._data, self._at, ended=ended, seconds=seconds)
        return self._pieces(cuts), done

    def _pieces(self, cuts: Sequence[Cut]) -> _Found:
        starts, at = self._starts, self._at
        firsts, offsets, lasts = list[int](), list[int](), list[int]()
        index, final = self._of(at), len(starts) - 1
        for size, _ in cuts:
            while index < final and starts[index + 1] <= at:
                index += 1
            firsts.append(index)
            offsets.append(at - starts[index])
            at += size
            while index < final and starts[index + 1] < at:
                index += 1
            lasts.append(index)
        self._at = at
        numbers, ats = self._numbers, self._ats
        table = Table(
            array("I", [numbers[first] for first in firsts]),
            array("I", offsets),
            array("i", [size for size, _ in cuts]),
            bytearray([self._way]) * len(cuts),
            array("d", [ats[last] for last in lasts]),
            bytearray([flag for _, flag in cuts]),
        )
        return _Found(self._way, [numbers[last] for last in lasts], table)

    def _of(self, place: int) -> int:
        return max(bisect_right(self._starts, place) - 1, 0)

    def rest(self) -> Unit | None:
        """Return what is not cut yet as one piece; None for nothing."""
        size = len(self._data) - self._at
        if size <= 0:
            return None
        first = self._of(self._at)
        offset = self._at - self._starts[first]
        return Unit(self._numbers[first], offset, size, self._way, self._ats[-1], Flag.OPEN)
