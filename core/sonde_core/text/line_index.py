"""Which bytes of a body stand in which row: a sparse index, so that 100 MB open at once.

A row ends at a line feed, or where a longer line has to be cut; see `RowCutter`. The index has one
entry for each block of about 64 KiB: where its first row starts and which number that row has. Rows
inside a block are cut anew when they are wanted.
"""

from __future__ import annotations

import os
import weakref
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from typing import Final, NamedTuple, Protocol, TypeAlias

from ..body import Body
from ..errors import BodyError
from .row_cutter import ROW_LIMIT, RowCutter

__all__ = ["BLOCK", "ROW_LIMIT", "LineIndex", "Readable", "Source"]

BLOCK: Final = 1 << 16
_CACHED_BLOCKS: Final = 8


class Readable(Protocol):
    """Bytes by offset; reading raises BodyError."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, size: int) -> bytes: ...


Source: TypeAlias = Body | bytes | Readable


class LineIndex:
    """The rows of a body, indexed step by step; rows are bytes without their line feed.

    One thread may build while another reads rows.

    Attributes:
        source: Where the bytes come from.
        codec: In which line feeds are told, and characters that are not cut.
        width: Cells of a row; 0 when rows of long lines have 4,096 bytes.
        complete: Whether all rows are known.
    """

    def __init__(self, source: Source, *, codec: str = "utf-8", width: int = 0) -> None:
        self.source = source
        self.codec = codec
        self.width = width
        self._cutter = RowCutter(codec, width)
        self._bytes = readable(source)
        self._starts: list[int] = []  # offset of the first row of each block
        self._firsts: list[int] = []  # number of that row
        self._position = 0
        self._count = 0
        self._cache: OrderedDict[int, _Block] = OrderedDict()
        self.complete = self._bytes.size == 0

    @property
    def count(self) -> int:
        """Rows known so far."""
        return self._count

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self._bytes.size

    @property
    def indexed(self) -> int:
        """Bytes whose rows are known."""
        return self._position

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the body; raises BodyError."""
        return self._bytes.read(offset, size)

    def build(self, slice_bytes: int = 4 << 20) -> bool:
        """Index about `slice_bytes` more and tell whether all is done; 1 MiB takes about 1 ms.

        Raises:
            BodyError: The bytes cannot be read.
        """
        end = self._position + slice_bytes
        while not self.complete and self._position < end:
            self._add_block()
        return self.complete

    def _add_block(self) -> None:
        window = self._bytes.read(self._position, BLOCK)
        last = self._position + len(window) >= self._bytes.size or len(window) < BLOCK
        cut, rows = self._cutter.measure(window, last=last)
        if cut:
            self._starts.append(self._position)
            self._firsts.append(self._count)
            self._count += rows
            self._position += cut
        self.complete = last or not cut

    def grow(self, source: Source) -> None:
        """Go on with a source that begins with the same bytes and has more."""
        self.change(source, self._position)

    def fork(self) -> LineIndex:
        """Return an index that knows the same rows, to go on with another source."""
        other = LineIndex(self.source, codec=self.codec, width=self.width)
        other._starts, other._firsts = self._starts.copy(), self._firsts.copy()
        other._position, other._count = self._position, self._count
        other.complete = self.complete
        return other

    def change(self, source: Source, offset: int) -> None:
        """Go on with a source that has the same bytes before an offset, and others after it."""
        self.source, self._bytes = source, readable(source)
        if offset < self._position or self._position < self._bytes.size:
            # The row before may go on: its block is cut again.
            kept = max(bisect_left(self._starts, offset) - 1, 0)
            if kept < len(self._starts):
                self._position, self._count = self._starts[kept], self._firsts[kept]
            del self._starts[kept:], self._firsts[kept:]
            for block in [block for block in self._cache if block >= kept]:
                del self._cache[block]
        self.complete = self._position >= self._bytes.size

    def rows(self, first: int, number: int) -> list[bytes]:
        """Return up to `number` rows from row `first`; fewer at the end of what is known.

        Raises:
            BodyError: The bytes cannot be read.
        """
        found: list[bytes] = []
        wanted = min(first + number, self._count)
        while first + len(found) < wanted:
            row = first + len(found)
            block = bisect_right(self._firsts, row) - 1
            rows = self._block(block).rows
            skipped = row - self._firsts[block]
            part = rows[skipped : skipped + wanted - row]
            if not part:  # the file is shorter than it was
                break
            found += part
        return found

    def offset(self, row: int) -> int:
        """Return where a row starts; the size for the row after the last.

        Raises:
            IndexError: The row is not known.
            BodyError: The bytes cannot be read.
        """
        if row == self._count:
            return self._position
        if not 0 <= row < self._count:
            raise IndexError(row)
        block = bisect_right(self._firsts, row) - 1
        starts, inside = self._block(block).starts, row - self._firsts[block]
        return self._starts[block] + starts[min(inside, len(starts) - 1)]

    def row_at(self, offset: int) -> int:
        """Return the row that holds the byte at an offset; the last known one beyond it.

        Raises:
            BodyError: The bytes cannot be read.
        """
        block = bisect_right(self._starts, offset) - 1
        if block < 0 or offset >= self._position:
            return max(self._count - 1, 0)
        starts = self._block(block).starts
        inside = bisect_right(starts, offset - self._starts[block]) - 1
        return self._firsts[block] + min(inside, max(len(starts) - 2, 0))

    def _block(self, block: int) -> _Block:
        found = self._cache.get(block)
        if found is None:
            start = self._starts[block]
            end = self._starts[block + 1] if block + 1 < len(self._starts) else self._position
            data = self._bytes.read(start, end - start)
            rows = self._cutter.rows(data)
            found = self._cache[block] = _Block(rows, self._cutter.starts(data, rows))
            if len(self._cache) > _CACHED_BLOCKS:
                self._cache.popitem(last=False)
        return found


class _Block(NamedTuple):
    """The rows of a block, and where in it they start; one more start is its end."""

    rows: list[bytes]
    starts: list[int]


def readable(source: Source) -> Readable:
    """Return bytes by offset; raises BodyError where a file cannot be opened."""
    if isinstance(source, bytes):
        return _Memory(source)
    if not isinstance(source, Body):
        return source
    return _Memory(source.read()) if source.path is None else _File(source)


class _Memory:
    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]


class _File:
    """A file that is opened once and read where it is needed."""

    def __init__(self, body: Body) -> None:
        self._body = body  # whose file goes with it
        self.size = body.size
        path = body.path
        assert path is not None  # noqa: S101 - its bytes are in a file
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise BodyError(f"Could not read the body in {path}: {error.strerror}.") from error
        weakref.finalize(self, os.close, self._handle)

    def read(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._handle, max(min(size, self.size - offset), 0), offset)
        except OSError as error:
            raise BodyError(f"Could not read the body: {error.strerror}.") from error
