"""A part of bytes of any size, read when it is wanted: what was selected of a body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .text.line_index import Readable

SLICE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Extract:
    """The bytes of a source from `first` to before `last`; reading raises BodyError."""

    source: Readable
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return max(min(self.last, self.source.size) - self.first, 0)

    def read(self, offset: int = 0, size: int = -1) -> bytes:
        """Return up to `size` bytes from `offset`; all of the rest with -1."""
        rest = max(self.size - offset, 0)
        wanted = rest if size < 0 else min(size, rest)
        pieces = []
        while wanted:
            piece = self.source.read(self.first + offset, wanted)
            if not piece:  # the file is shorter than it was
                break
            pieces.append(piece)
            offset += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def slices(self, size: int = SLICE) -> Iterator[bytes]:
        """Yield all the bytes in pieces of `size`."""
        for offset in range(0, self.size, size):
            yield self.read(offset, size)
