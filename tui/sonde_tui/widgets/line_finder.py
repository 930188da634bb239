"""A literal search over all rows of a source, a slice at a time."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left, bisect_right
from typing import Final

from .line_source import LineSource

# Rows between two looks at the clock, at most: a row of a long line may hold thousands of hits.
BATCH: Final = 256
_LONG: Final = 0.004  # seconds for a batch; after a longer one the next is smaller
MOST: Final = 1_000_000  # hits; nobody goes through more of them
_KEPT: Final = 400  # rows whose hits are remembered while they are drawn


class Finder:
    """Finds text in rows; lower case finds both cases, as in `less -i`.

    Attributes:
        needle: What is looked for.
        complete: Whether every row that was known has been looked at.
    """

    def __init__(self, needle: str) -> None:
        self.needle = needle
        flags = re.ASCII if needle != needle.lower() else re.ASCII | re.IGNORECASE
        self.pattern = re.compile(re.escape(needle), flags)
        self._rows = array("Q")  # the row of each hit
        self._looked = 0
        self._batch = BATCH // 16
        self._drawn: dict[int, list[int]] = {}
        self.complete = False

    @property
    def full(self) -> bool:
        """Whether there are more hits than are counted."""
        return len(self._rows) >= MOST

    @property
    def count(self) -> int:
        """Hits so far."""
        return len(self._rows)

    def step(self, source: LineSource, seconds: float) -> bool:
        """Look at more rows for about so many seconds; True when all are done."""
        deadline = time.monotonic() + seconds
        while self._looked < source.count and not self.full:
            begun = time.monotonic()
            last = min(self._looked + self._batch, source.count)
            self._rows.extend(source.hits(self.pattern, self._looked, last))
            self._looked = last
            now = time.monotonic()
            slow = now - begun > _LONG
            self._batch = max(self._batch // 2, 1) if slow else min(self._batch * 2, BATCH)
            if now >= deadline:
                break
        self.complete = self.full or self._looked >= source.count
        return self.complete

    def places(self, row: int, text: str, gutter: int) -> list[int]:
        """Return where the hits in a row begin; remembered, since a row is drawn many times."""
        found = self._drawn.get(row)
        if found is None:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            found = [hit.start() for hit in self.pattern.finditer(text, gutter)]
            self._drawn[row] = found
        return found

    def reopen(self, row: int) -> None:
        """Look again at the rows from `row` on: the last one may have grown."""
        self._drawn.clear()
        if row < self._looked:
            del self._rows[bisect_left(self._rows, row) :]
            self._looked = row
        self.complete = False

    def after(self, row: int) -> int | None:
        """Return the first row with a hit after `row`."""
        place = bisect_right(self._rows, max(row, -1)) if row >= 0 else 0
        return self._rows[place] if place < len(self._rows) else None

    def before(self, row: int) -> int | None:
        """Return the last row with a hit before `row`."""
        place = bisect_left(self._rows, row)
        return self._rows[place - 1] if place else None

    def number(self, row: int) -> int:
        """Return how many hits stand before `row`."""
        return bisect_left(self._rows, row)
