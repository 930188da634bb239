"""How long many runs took: quantiles and a histogram, in memory that does not grow with them."""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# So many are kept as they are; of more only how many were about as long, each 1 % wider.
_EXACT: Final = 2048
_STEP: Final = math.log(1.01)
# Rows of a histogram, and from which spread on each is a multiple of the one before.
ROWS: Final = 8
_WIDE: Final = 8.0
_BLOCKS: Final = "▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of a histogram: seconds from, seconds below, and how many."""

    start: float
    end: float
    count: int


class Durations:
    """Durations in seconds, one after the other.

    Attributes:
        count: How many.
        shortest: Zero where there are none.
        longest: The same.
    """

    def __init__(self) -> None:
        self.count = 0
        self.shortest = 0.0
        self.longest = 0.0
        self._exact: list[float] = []  # sorted
        self._about: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """Take one more."""
        self.shortest = seconds if not self.count else min(self.shortest, seconds)
        self.longest = max(self.longest, seconds)
        self.count += 1
        self._about[_class_of(seconds)] += 1
        if self.count <= _EXACT:
            insort(self._exact, seconds)
        else:
            self._exact.clear()

    def quantile(self, share: float) -> float:
        """Return what so many of them do not exceed: 0.5 is the median; within 1 % for many."""
        if not self.count:
            return 0.0
        place = max(math.ceil(share * self.count) - 1, 0)
        if self._exact:
            return self._exact[place]
        for each in sorted(self._about):
            place -= self._about[each]
            if place < 0:
                return min(max(_middle(each), self.shortest), self.longest)
        return self.longest

    def histogram(self, rows: int = ROWS) -> list[Bin]:
        """Sort them into rows of the same width; of a wide spread each is a multiple wider."""
        if not self.count:
            return []
        low, high = self.shortest, self.longest
        if high <= low:
            return [Bin(low, high, self.count)]
        edges = list(_edges(low, high, rows))
        counts = [0] * rows
        for seconds, many in self._each():
            place = sum(edge <= seconds for edge in edges[1:-1])
            counts[place] += many
        return [Bin(*each) for each in zip(edges, edges[1:], counts, strict=False)]

    def _each(self) -> Iterator[tuple[float, int]]:
        if self._exact:
            yield from ((seconds, 1) for seconds in self._exact)
        else:
            yield from ((_middle(each), many) for each, many in self._about.items())


def _edges(low: float, high: float, rows: int) -> Iterator[float]:
    low = max(low, 1e-6)
    factor, width = (high / low) ** (1 / rows), (high - low) / rows
    for row in range(rows):
        yield low * factor**row if high / low > _WIDE else low + width * row
    yield high


def _class_of(seconds: float) -> int:
    return round(math.log(max(seconds, 1e-6)) / _STEP)


def _middle(number: int) -> float:
    return math.exp(number * _STEP)


def bar(count: int, most: int, width: int) -> str:
    """Draw a number as a bar in eighths of a cell; what is not zero is seen."""
    eighths = max(round(width * 8 * count / most), 1) if count and most else 0
    whole, rest = divmod(eighths, 8)
    return _BLOCKS[-1] * whole + (_BLOCKS[rest - 1] if rest else "")
