"""Finding in rows of any kind: in their text, a row at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Final

from sonde_core.safetext import line
from sonde_core.search import Hit, PieceSearch, Place, Query
from sonde_core.search.piece_search import Batch

from ..rows.drawn import expand
from ..rows.line_source import LineSource
from .finder import Finder, Shown

_READING: Final = 0.003  # seconds on the event loop


class RowFinder(Finder[LineSource]):
    """Finds in the text of rows, as it is drawn."""

    def __init__(self, source: LineSource, query: Query, row: int) -> None:
        super().__init__(source)
        if not query.regex:
            query = replace(query, text=line(query.text))  # rows show controls as other signs
        self._pieces = PieceSearch(query, "utf-8", self._read, source.count, begin=row)
        self.search = self._pieces

    def changed(self, row: int) -> None:
        self._pieces.grow(self.source.count, row)

    def place(self, row: int) -> Place:
        return row, 0, -1

    def row_of(self, hit: Hit) -> int | None:
        return hit[0]

    def shown(self, row: int, first: int, last: int) -> Iterator[Shown]:
        hits = self.search.between((row, 0, -1), (row + 1, 0, -1))
        for hit in hits:
            for begin, end in self.columns(row, hit):
                if begin < last and end > first:
                    yield hit, begin, end

    def columns(self, row: int, hit: Hit) -> Iterator[tuple[int, int]]:
        text = self.source.text(row)
        begin, end = self._column(text, hit[1]), self._column(text, hit[2])
        yield begin, max(end, begin + 1)

    def _column(self, text: str, offset: int) -> int:
        gutter = self.source.gutter
        if text.isascii() and "\t" not in text:
            return gutter + offset
        before = encoded(text)[:offset].decode("utf-8", "surrogateescape")
        return gutter + len(expand(before, gutter))

    def _read(self, first: int, last: int) -> Batch:
        """Read rows for a moment."""
        deadline = time.monotonic() + _READING
        texts: list[bytes] = []
        while (row := first + len(texts)) < last:
            texts += self._some(row, last)
            if time.monotonic() > deadline:
                break
        return Batch(b"".join(texts), list(accumulate(map(len, texts))))

    def _some(self, row: int, last: int) -> list[bytes]:
        """Read one row at least, and none from the last one on."""
        return [encoded(self.source.text(row))]


def encoded(text: str) -> bytes:
    """Return the text of a row as it is searched."""
    return text.encode("utf-8", "surrogateescape")
