"""The bytes of one direction of a recording, taken line by line and piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

Piece: TypeAlias = tuple[float, bytes]

HEAD: Final = 256 << 10  # bytes of a head at most


class Stream:
    """One direction of a recording, from which messages are taken.

    Attributes:
        at: Seconds of the piece that was read last.
        began: Seconds of the piece in which the message at hand begins.
    """

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.at = self.began = 0.0
        self._pieces = iter(pieces)
        self._held = bytearray()

    def fill(self, size: int) -> bool:
        """Hold so many bytes; False where there are fewer."""
        while len(self._held) < size:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self.at = piece[0]
            self._held += piece[1]
        return True

    def line(self, limit: int) -> bytes:
        """Take a line with its end; one that has none, or is too long, is empty and stays."""
        found = self._line_end(limit)
        return self.take(found + 1) if found >= 0 else b""

    def _line_end(self, limit: int) -> int:
        looked = 0
        while (found := self._held.find(b"\n", looked)) < 0:
            looked = len(self._held)
            if looked >= limit or not self.fill(looked + 1):
                break
        return found if found < limit else -1

    def take(self, size: int) -> bytes:
        """Take what is held, so many bytes at most."""
        data = bytes(self._held[:size])
        del self._held[:size]
        return data

    def peek(self, pattern: re.Pattern[bytes]) -> bool:
        """Tell whether the next line is of a form; empty lines before it are passed over."""
        while self.fill(1) and self._held[0] in b"\r\n":
            self.take(1)
        self.began = self.at
        self._line_end(HEAD)
        return pattern.match(self._held) is not None

    def body(self, size: int | None) -> Iterator[bytes]:
        """Take so many bytes in pieces, or all that there are; fewer where it breaks off."""
        left = size
        while (left is None or left) and self.fill(1):
            piece = self.take(len(self._held) if left is None else left)
            left = None if left is None else left - len(piece)
            yield piece
