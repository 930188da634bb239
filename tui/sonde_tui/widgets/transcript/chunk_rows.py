"""How one chunk is cut into rows of text or hex: which row shows which of its bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from typing import Final

from sonde_core.model import Chunk
from sonde_core.text.cells import MOST
from sonde_core.text.line_index import ROW_LIMIT, LineIndex

from .transcript_hex import row_starts
from .transcript_index import TranscriptIndex

_CACHED: Final = 8  # chunks whose rows are at hand


class ChunkRows:
    """The rows of any chunk of a recording.

    Args:
        index: Knows the lines of large chunks, and the chunks without stars over secrets.
        width: Bytes of a row of hex; 0 for text.
        cells: Cells after which rows of text end; 0 for rows as long as their lines.
        both: Whether rows of hex end with the lines.
        masked: Whether the chunks that are asked about have stars over secrets.
    """

    def __init__(
        self, index: TranscriptIndex, width: int, cells: int, *, both: bool, masked: bool
    ) -> None:
        self._index = index
        self._width = width
        self._cells = cells
        self._both = both
        self._masked = masked
        # A chunk up to this has no line that goes on in another row.
        self._short = cells // MOST if cells else ROW_LIMIT
        self._cached: OrderedDict[int, LineIndex] = OrderedDict()

    def forget(self, number: int) -> None:
        """Cut anew what may have gone on: all from a number on."""
        for each in [each for each in self._cached if each >= number]:
            del self._cached[each]

    def inside(self, number: int, chunk: Chunk, offset: int) -> int:
        """Return which row of a chunk shows a byte of it."""
        if self._both:
            return max(bisect_right(row_starts(chunk.data, self._width), offset) - 1, 0)
        if self._width:
            return offset // self._width
        if len(chunk.data) <= self._short:
            return chunk.data.count(b"\n", 0, offset)
        return self._index_of(number, chunk).row_at(offset)

    def begins_at(self, number: int, chunk: Chunk, inside: int) -> int:
        """Return the first byte of a row of a chunk, the size for one behind the last."""
        if self._both:
            starts = row_starts(chunk.data, self._width)
            return starts[inside] if inside < len(starts) else len(chunk.data)
        if self._width:
            return min(inside * self._width, len(chunk.data))
        if len(chunk.data) <= self._short:
            return sum(map(len, _lines(chunk.data)[:inside]))
        index = self._index_of(number, chunk)
        return index.offset(min(inside, index.count))

    def text(self, number: int, chunk: Chunk, inside: int) -> tuple[bytes, bool]:
        """Return a row of text with its line feed, and whether it is the last one of the chunk."""
        if len(chunk.data) <= self._short:
            rows = _lines(chunk.data)
            return (rows[inside] if inside < len(rows) else b""), inside >= len(rows) - 1
        index = self._index_of(number, chunk)
        if inside >= index.count:
            return b"", True
        start, end = index.offset(inside), index.offset(inside + 1)
        return chunk.data[start:end], inside == index.count - 1 and index.complete

    def _index_of(self, number: int, chunk: Chunk) -> LineIndex:
        index = self._index.lines_of(number) or self._cached.get(number)
        if index is None:
            raw = self._index.moment(number) if self._masked else chunk
            data = raw.data if isinstance(raw, Chunk) else chunk.data
            index = self._cached[number] = LineIndex(data, width=self._cells)
            index.build(max(len(data), 1))
            if len(self._cached) > _CACHED:
                self._cached.popitem(last=False)
        return index


def _lines(data: bytes) -> list[bytes]:
    """Return the lines of bytes, each with its line feed."""
    lines = data.split(b"\n")
    return [*(each + b"\n" for each in lines[:-1]), *([lines[-1]] if lines[-1] else [])]
