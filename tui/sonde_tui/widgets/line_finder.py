"""A literal search over all rows of a source, a slice at a time."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left, bisect_right
from typing import Final

from .line_source import LineSource

BATCH: Final = 256


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
        self.complete = False

    @property
    def count(self) -> int:
        """Hits so far."""
        return len(self._rows)

    def step(self, source: LineSource, seconds: float) -> bool:
        """Look at more rows for about so many seconds; True when all are done."""
        deadline = time.monotonic() + seconds
        while self._looked < source.count:
            last = min(self._looked + BATCH, source.count)
            self._rows.extend(source.hits(self.pattern, self._looked, last))
            self._looked = last
            if time.monotonic() >= deadline:
                break
        self.complete = self._looked >= source.count
        return self.complete

    def reopen(self, row: int) -> None:
        """Look again at the rows from `row` on: the last one may have grown."""
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
