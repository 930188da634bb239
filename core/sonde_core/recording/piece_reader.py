"""The bytes of a piece: those of its moments that are of its side."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from ..model import Moment
from .marks import EVENT, WAYS, WAYS_OF
from .pieces import Table, Unit
from .timeline import MOST, gap_of, run_of

_WINDOW: Final = 256  # moments that are read together
_BYTES: Final = 1 << 16


def index_of(moments: Sequence[Moment], number: int) -> int | None:
    """Return where a moment stands in a recording now; None when it is not there."""
    head, gone = gap_of(moments)
    if gone and number >= head:
        number += 1 - gone
        if number <= head:
            return None
    return number if number < len(moments) else None


def chunks_of(moments: Sequence[Moment], unit: Unit) -> Iterator[tuple[int, int]]:
    """Yield the moments that a piece may be spread over, and their sizes."""
    number, ways, left = unit.first, WAYS_OF[WAYS[unit.way][0]], unit.offset + unit.size
    while left > 0 and (index := index_of(moments, number)) is not None:
        run = run_of(moments, index, with_data=False)
        for way, size in zip(run.ways, run.sizes, strict=True):
            if way in ways:
                yield number, size
                left -= size
            number += 1
            if left <= 0:
                return


class PieceReader:
    """Reads pieces that mostly follow one another: their moments are read together."""

    def __init__(self, raw: Sequence[Moment]) -> None:
        self._raw = raw
        self._first = 0
        self._ways = b""
        self._pieces: list[bytes] = []

    def read(self, unit: Unit) -> bytes:
        """Return the bytes of a piece, as far as they are still there."""
        parts, number, left = list[bytes](), unit.first, unit.offset + unit.size
        ways = WAYS_OF[WAYS[unit.way][0]]
        while left > 0 and (found := self._bring(number, ways)) is not None:
            number = found
            for inside in range(number - self._first, len(self._ways)):
                if self._ways[inside] in ways:
                    parts.append(self._pieces[inside])
                    left -= len(parts[-1])
                    if left <= 0:
                        break
            number = self._first + len(self._ways)
        return b"".join(parts)[unit.offset : unit.offset + unit.size]

    def read_row(self, pieces: Table) -> tuple[bytes, array[int]]:
        """Return the bytes of pieces in a row, joined, and how many of each are still there."""
        parts, sizes = list[bytes](), pieces.sizes[:]
        for first, last in _joined(pieces):
            size = sum(pieces.sizes[first:last])
            data = self.read(pieces.get(first)._replace(size=size))
            if len(data) < size:
                each = [self.read(pieces.get(at)) for at in range(first, last)]
                sizes[first:last] = array("i", map(len, each))
                data = b"".join(each)
            parts.append(data)
        return b"".join(parts), sizes

    def _bring(self, number: int, ways: frozenset[int]) -> int | None:
        """Have a moment at hand, or one after it that may be of those ways; None for no other."""
        if self._first <= number < self._first + len(self._ways):
            return number
        try:
            return self._far(number, ways)
        except IndexError:  # it went in this moment, and a thread asks
            return None

    def _far(self, number: int, ways: frozenset[int]) -> int | None:
        while (index := index_of(self._raw, number)) is not None:
            # What the other side said meanwhile is passed over without its bytes.
            far = run_of(self._raw, index, MOST, with_data=False)
            if ways.isdisjoint(far.ways):
                number += len(far)
                continue
            run = run_of(self._raw, index, _WINDOW, _BYTES)
            self._first, self._ways, self._pieces = number, run.ways, run.pieces()
            return number
        return None


def _joined(pieces: Table) -> Iterator[tuple[int, int]]:
    """Yield the pieces that have bytes: from which one to before which they lie in one go.

    Those that begin in one moment do, where each begins at the end of the one before.
    """
    begin, moment, behind = 0, -1, 0
    rows = zip(pieces.firsts, pieces.offsets, pieces.sizes, pieces.ways, strict=True)
    for at, (first, offset, size, way) in enumerate(rows):
        if way == EVENT or first != moment or offset != behind:
            if moment >= 0:
                yield begin, at
            begin, moment = at, -1 if way == EVENT else first
        behind = offset + size
    if moment >= 0:
        yield begin, len(pieces)
