"""Which bytes of a body stand in which row: a sparse index, so that 100 MB open at once.

A row ends at a line feed, or after 4,096 bytes of a longer line. The index has one entry for each
block of about 64 KiB: where its first row starts and which number that row has. Rows inside a block
are cut anew when they are wanted.
"""

from __future__ import annotations

import os
import weakref
from bisect import bisect_right
from collections import OrderedDict
from typing import Final

from .body import Body
from .errors import BodyError

BLOCK: Final = 1 << 16
ROW_LIMIT: Final = 4096
_CACHED_BLOCKS: Final = 8


class LineIndex:
    """The rows of a body, indexed step by step; rows are bytes without their line feed.

    One thread may build while another reads rows.

    Attributes:
        complete: Whether all rows are known.
    """

    def __init__(self, source: Body | bytes) -> None:
        self._source = _Source(source)
        self._starts: list[int] = []  # offset of the first row of each block
        self._firsts: list[int] = []  # number of that row
        self._position = 0
        self._count = 0
        self._cache: OrderedDict[int, list[bytes]] = OrderedDict()
        self.complete = self._source.size == 0

    @property
    def count(self) -> int:
        """Rows known so far."""
        return self._count

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self._source.size

    @property
    def indexed(self) -> int:
        """Bytes whose rows are known."""
        return self._position

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
        window = self._source.read(self._position, BLOCK)
        last = self._position + len(window) >= self._source.size or len(window) < BLOCK
        cut = len(window) if last else window.rfind(b"\n") + 1 or _last_cut(window)
        if cut:
            block = window[:cut]
            rows = len(_cut(block)) if _has_long_line(block) else _lines(block)
            self._starts.append(self._position)
            self._firsts.append(self._count)
            self._position += cut
            self._count += rows
        self.complete = last

    def grow(self, source: Body | bytes) -> None:
        """Go on with a source that begins with the same bytes and has more."""
        self._source = _Source(source)
        if self._starts and self._position < self._source.size:
            # The last row may go on: its block is cut again.
            self._position = self._starts.pop()
            self._count = self._firsts.pop()
            self._cache.pop(len(self._starts), None)
        self.complete = self._position >= self._source.size

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
            rows = self._block(block)
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
        return self._starts[block] + _length(self._data(block), row - self._firsts[block])

    def row_at(self, offset: int) -> int:
        """Return the row that holds the byte at an offset; the last known one beyond it.

        Raises:
            BodyError: The bytes cannot be read.
        """
        block = bisect_right(self._starts, offset) - 1
        if block < 0 or offset >= self._position:
            return max(self._count - 1, 0)
        inside = offset - self._starts[block]
        data = self._data(block)
        end = 0
        for number, row in enumerate(self._block(block)):
            end += len(row)
            end += data[end : end + 1] == b"\n"
            if inside < end:
                return self._firsts[block] + number
        return self._firsts[block]

    def _data(self, block: int) -> bytes:
        start = self._starts[block]
        end = self._starts[block + 1] if block + 1 < len(self._starts) else self._position
        return self._source.read(start, end - start)

    def _block(self, block: int) -> list[bytes]:
        rows = self._cache.get(block)
        if rows is None:
            rows = self._cache[block] = _cut(self._data(block))
            if len(self._cache) > _CACHED_BLOCKS:
                self._cache.popitem(last=False)
        return rows


class _Source:
    """Bytes by offset; a file is opened once and read where it is needed."""

    def __init__(self, source: Body | bytes) -> None:
        self._body = source if isinstance(source, Body) else None
        self._data = source if isinstance(source, bytes) else None
        self._handle = -1
        self.size = source.size if isinstance(source, Body) else len(source)
        if self._body is None:
            return
        if self._body.path is None:
            self._data = self._body.read()
            return
        try:
            self._handle = os.open(self._body.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise BodyError(
                f"Could not read the body in {self._body.path}: {error.strerror}."
            ) from error
        weakref.finalize(self, os.close, self._handle)

    def read(self, offset: int, size: int) -> bytes:
        if self._data is not None:
            return self._data[offset : offset + size]
        try:
            return os.pread(self._handle, min(size, self.size - offset), offset)
        except OSError as error:
            raise BodyError(f"Could not read the body: {error.strerror}.") from error


def _lines(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _has_long_line(block: bytes) -> bool:
    """Whether a line is longer than a row: such a line lies over a multiple of the row's limit."""
    for probe in range(ROW_LIMIT, len(block), ROW_LIMIT):
        start = block.rfind(b"\n", probe - ROW_LIMIT, probe)
        end = block.find(b"\n", probe, probe + ROW_LIMIT)
        start = start if start >= 0 else probe - ROW_LIMIT - 1
        end = end if end >= 0 else min(probe + ROW_LIMIT, len(block))
        if end - start - 1 > ROW_LIMIT:
            return True
    return False


def _cut(block: bytes) -> list[bytes]:
    """Cut bytes that begin where a row begins into rows."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if max(map(len, lines), default=0) <= ROW_LIMIT:
        return lines
    rows = []
    for line in lines:
        start = 0
        while len(line) - start > ROW_LIMIT:
            end = _row_end(line, start)
            rows.append(line[start:end])
            start = end
        rows.append(line[start:])
    return rows


def _row_end(line: bytes, start: int) -> int:
    """Return where a row of a long line ends: not inside a UTF-8 character."""
    end = start + ROW_LIMIT
    for back in range(4):
        if line[end - back] & 0xC0 != 0x80:
            return end - back
    return end


def _last_cut(window: bytes) -> int:
    """Return where the last full row ends in a window that is one piece of a long line."""
    end = 0
    while len(window) - end > ROW_LIMIT:
        end = _row_end(window, end)
    return end


def _length(block: bytes, rows: int) -> int:
    """Return how many bytes the first rows of a block take, with their line feeds."""
    length = 0
    for row in _cut(block)[:rows]:
        length += len(row)
        length += block[length : length + 1] == b"\n"
    return length
