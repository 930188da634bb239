"""One inode of a history file, open for reading: lines from the end, lines from a place, one line.

It stays readable after compaction put another file in its place.
"""

from __future__ import annotations

import errno
import stat
import weakref
from collections.abc import Iterator
from typing import Final

from .disk import Disk, identity
from .lines import Line, trimmed

BLOCK: Final = 1 << 16
# A line above this is no entry of ours; it is counted as bad, not held in memory.
LONGEST: Final = 1 << 26


class Snapshot:
    """A file as it is found; all methods may run in any thread, and raise OSError."""

    def __init__(self, handle: int, disk: Disk) -> None:
        self._handle = handle
        self._disk = disk
        self._close = weakref.finalize(self, disk.close, handle)
        try:
            status = disk.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
        except OSError:
            self._close()
            raise
        self.identity = identity(status)

    @property
    def size(self) -> int:
        return self._disk.fstat(self._handle).st_size

    def close(self) -> None:
        """Let go of the file now; otherwise that happens with the last reference."""
        self._close()

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes of a line."""
        return self._disk.read_all(self._handle, size, offset)

    def spans_backwards(self, end: int) -> Iterator[tuple[int, bytes, int, int]]:
        r"""Yield each line before `end`, last first, without its `\n`: uncopied, as far as it goes.

        It is told by its place in the file, bytes that hold it, and where it begins and ends there.
        """
        parts: list[bytes] = []  # of the line whose start is not found yet, last part first
        kept = 0
        position = end
        while position > 0:
            start = max(0, position - BLOCK)
            block = self._disk.read_all(self._handle, position - start, start)
            cut = len(block)
            while (newline := block.rfind(b"\n", 0, cut)) >= 0:
                if parts:
                    line = _joined([*parts, block[newline + 1 : cut]], kept)
                    yield start + newline + 1, line, 0, len(line)
                    parts, kept = [], 0
                else:
                    yield start + newline + 1, block, newline + 1, cut
                cut = newline
            kept += cut
            parts = [*parts, block[:cut]] if kept <= LONGEST else [b""]
            position = start
        line = _joined(parts, kept)
        yield 0, line, 0, len(line)

    def physical_backwards(self, end: int) -> Iterator[tuple[int, bytes]]:
        r"""Yield place and bytes of each line before `end`, last first, without its `\n`."""
        for offset, data, first, last in self.spans_backwards(end):
            yield offset, data[first:last]

    def backwards(self, end: int) -> Iterator[Line]:
        """Yield the lines that begin before `end`, newest first."""
        for offset, data in self.physical_backwards(end):
            if line := trimmed(offset, data):
                yield line

    def forwards(self, start: int = 0) -> Iterator[Line]:
        """Yield the lines from a place on; a last one that is still being written is left out."""
        carry, offset = b"", start
        position = start
        while block := self._disk.pread(self._handle, 1 << 20, position):
            position += len(block)
            pieces = (carry + block).split(b"\n")
            carry = pieces.pop()
            for piece in pieces:
                if line := trimmed(offset, piece):
                    yield line
                offset += len(piece) + 1
            if len(carry) > LONGEST:
                offset, carry = offset + len(carry) - 1, b"\0"


def _joined(parts: list[bytes], kept: int) -> bytes:
    """Join a line from its parts, the last one first; a line that is too long is none of ours."""
    return b"".join(reversed(parts)) if kept <= LONGEST else b"\0"
