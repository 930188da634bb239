"""Waiting for bytes: what came of it, as values, and the window that is searched."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

WINDOW: Final = 1 << 20
# What a piece costs besides its bytes, so that a flood of single bytes is bounded too.
PIECE_COST: Final = 64


@dataclass(frozen=True, slots=True)
class Match:
    """It came.

    Attributes:
        data: The bytes that matched; empty when a count was waited for.
        end: How many bytes (datagrams for UDP) had come in all where the match ends.
    """

    data: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The peer ended, or the session was over, before it came."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It did not come in time."""

    seconds: float


Answer: TypeAlias = Match | Ended | TimedOut


class Recent:
    """The newest bytes received, by reference: nothing is copied until somebody searches.

    Attributes:
        end: How many bytes came in all.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._pieces: deque[bytes] = deque()
        self._cost = 0
        self._start = 0
        self.end = 0

    def add(self, data: bytes) -> None:
        self._pieces.append(data)
        self.end += len(data)
        self._cost += len(data) + PIECE_COST
        while self._cost > self._window and len(self._pieces) > 1:
            gone = self._pieces.popleft()
            self._start += len(gone)
            self._cost -= len(gone) + PIECE_COST

    def since(self, offset: int) -> tuple[int, bytes]:
        """Return the bytes from `offset` on, and where they begin: later if it is gone by now."""
        offset = max(offset, self._start)
        parts: list[bytes] = []
        position = self.end
        for piece in reversed(self._pieces):
            if position <= offset:
                break
            position -= len(piece)
            parts.append(piece)
        joined = b"".join(reversed(parts))
        return offset, joined[max(0, offset - position) :]


class Search:
    """Looks for a pattern in bytes that come bit by bit.

    Attributes:
        seen: Up to which offset it has looked.
    """

    def __init__(self, pattern: bytes | re.Pattern[bytes], start: int, window: int = WINDOW):
        self._pattern = pattern
        self._window = window
        self._buffer = bytearray()
        self._start = start
        self._from = 0

    @property
    def seen(self) -> int:
        return self._start + len(self._buffer)

    def feed(self, start: int, data: bytes) -> Match | None:
        """Look on with the bytes at offset `start`; a gap before them forgets what was."""
        if start != self.seen:
            self._buffer.clear()
            self._start, self._from = start, 0
        self._buffer += data
        found = self._find()
        if found is None and len(self._buffer) > self._window:
            gone = len(self._buffer) - self._window
            del self._buffer[:gone]
            self._start += gone
            self._from = max(0, self._from - gone)
        return found

    def _find(self) -> Match | None:
        if isinstance(self._pattern, bytes):
            at = self._buffer.find(self._pattern, self._from)
            if at >= 0:
                end = at + len(self._pattern)
                return Match(self._pattern, self._start + end)
            self._from = max(0, len(self._buffer) - len(self._pattern) + 1)
            return None
        match = self._pattern.search(self._buffer)
        return Match(bytes(match[0]), self._start + match.end()) if match else None
