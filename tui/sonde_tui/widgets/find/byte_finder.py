"""Finding in the bytes of a body: in all of it, over the ends of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sonde_core.errors import BodyError
from sonde_core.search import ByteSearch, Hit, Place, Query
from sonde_core.search.byte_search import Read

from ..body.byte_rows import ByteRows
from .finder import Finder, Shown

_LONG: Final = 512  # bytes; of a longer row only what is seen is looked at


class ByteFinder(Finder[ByteRows]):
    """Finds in the bytes of text, or in bytes shown as hex."""

    def __init__(self, source: ByteRows, query: Query, row: int) -> None:
        """Begin a search from a row on; raises BodyError."""
        super().__init__(source)
        begin = source.offset(row)
        self._size = source.size
        self._bytes = ByteSearch(query, source.codec, self._reader(), self._size, begin=begin)
        self.search = self._bytes

    def changed(self, row: int) -> None:
        size = self.source.size
        if size != self._size:
            self._size = size
            self._bytes.grow(self._reader(), size)

    def place(self, row: int) -> Place:
        try:
            return 0, self.source.offset(row), -1
        except BodyError:
            return 0, 0, -1

    def row_of(self, hit: Hit) -> int | None:
        try:
            if hit[1] >= self.source.offset(self.source.count):
                return None
            return self.source.row_showing(hit[1])
        except BodyError:
            return 0

    def shown(self, row: int, first: int, last: int) -> Iterator[Shown]:
        try:
            begin, end = self.source.offset(row), self.source.offset(row + 1)
            if end - begin > _LONG:
                begin, end = (self.source.byte_at(row, column) for column in (first, last))
            parts = self.source.visible(begin, end)
        except BodyError:
            return
        hits: list[Hit] = []
        for begin, end in parts:  # what is folded away may be most of it
            hits += self.search.between((0, begin, -1), (0, end, -1))
        if self.source.codec:
            yield from self._in_text(row, hits)
            return
        for hit in hits:
            for left, right in self.columns(row, hit):
                yield hit, left, right

    def _in_text(self, row: int, hits: list[Hit]) -> Iterator[Shown]:
        places = [place for _, begin, end in hits for place in (begin, max(end, begin + 1))]
        try:
            columns = self.source.columns(row, places)
        except BodyError:
            return
        for number, hit in enumerate(hits):
            left, right = columns[2 * number], columns[2 * number + 1]
            yield hit, left, max(right, left + 1)

    def columns(self, row: int, hit: Hit) -> Iterator[tuple[int, int]]:
        try:
            end = max(hit[2], hit[1] + 1)
            for left, right in self.source.shown(row, hit[1], end):
                yield left, max(right, left + 1)
        except BodyError:
            return

    def _reader(self) -> Read:
        content = self.source.content
        return lambda first, last: content.read(first, last - first)
