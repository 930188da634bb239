"""The newest bytes of a recording: in memory while there is room, else in a ring of a file.

What comes last is dropped first, most of it for ever: to write a gigabyte to a file of which the
last part is kept takes as long as to receive it. So it waits in memory, uncopied.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import Final
from weakref import WeakSet

from .reel import Reel

_STEP: Final = 1 << 20  # between two looks at how much that is
_BLOCK: Final = 1 << 16  # small pieces are put together up to this
_SMALL: Final = 1 << 14
_START: Final = itemgetter(0)


class Tail:
    """Bytes by place, a number that only grows; the oldest may be forgotten.

    It may be read in one thread and written in another.

    Attributes:
        end: The place behind all of them.

    Args:
        reel: Takes the bytes that memory has no room for.
        base: The first address there that is free.
        size: So much is wanted at once at most, or one piece that is longer.
        room: In memory, for all recordings together.
    """

    def __init__(self, reel: Reel, base: int, size: int, *, room: int) -> None:
        self._reel = reel
        self._base = base
        self._size = max(size, 1)
        self._small = min(_SMALL, self._size // 4)
        self._block = min(_BLOCK, self._size)
        self.end = 0
        self._blocks: list[tuple[int, bytes | bytearray]] | None = []  # None: in the file
        self._forgotten = 0  # blocks, at the start of the list
        self.held = 0  # bytes in memory
        self._room = room
        self._enough = self._step = min(_STEP, room)  # `held` at which the room is looked at again
        _TAILS.add(self)

    def write(self, data: bytes) -> int:
        """Add bytes; returns their place. Raises OSError when the file takes no more."""
        place, size = self.end, len(data)
        if self._blocks is not None and self.held + size > self._enough:
            self._look_for_room(self._blocks, self.held + size)
        if self._blocks is None:
            self._put(place, data)
        else:
            self._hold(self._blocks, place, data)
        self.end = place + size
        return place

    def read(self, place: int, size: int) -> bytes:
        """Return bytes that are not forgotten; raises OSError."""
        blocks = self._blocks
        if blocks is None:
            return self._get(place, size)
        parts = []
        number = max(bisect_right(blocks, place, key=_START) - 1, 0)
        while size > 0 and number < len(blocks):
            start, block = blocks[number]
            part = bytes(block[place - start : place - start + size])
            parts.append(part)
            place, size, number = place + len(part), size - len(part), number + 1
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def forget(self, before: int) -> None:
        """Let go of what lies before a place."""
        blocks = self._blocks
        if blocks is None:
            return
        while self._forgotten < len(blocks):
            start, block = blocks[self._forgotten]
            if start + len(block) > before:
                break
            blocks[self._forgotten] = (start, b"")
            self.held -= len(block)
            self._forgotten += 1
        if self._forgotten * 2 > len(blocks):
            self._blocks = blocks[self._forgotten :]
            self._forgotten = 0
        self._enough = min(self._enough, self.held + self._step)

    def _hold(self, blocks: list[tuple[int, bytes | bytearray]], place: int, data: bytes) -> None:
        size = len(data)
        self.held += size
        if size > self._small:
            blocks.append((place, bytes(data)))
            return
        last = blocks[-1][1] if blocks else b""
        if isinstance(last, bytearray) and len(last) + size <= self._block:
            last += data
        else:
            blocks.append((place, bytearray(data)))

    def _look_for_room(self, blocks: list[tuple[int, bytes | bytearray]], held: int) -> None:
        """Move to the file where all recordings together take too much memory."""
        others = sum(tail.held for tail in list(_TAILS) if tail is not self)
        self._enough = held + self._step
        if others + held > self._room:
            for start, block in blocks:
                if block:
                    self._put(start, bytes(block), may_wait=False)
            self._blocks = None
            self.held = 0

    # the ring

    def _put(self, place: int, data: bytes, *, may_wait: bool = True) -> None:
        for start, first, last in self._parts(place, len(data)):
            self._reel.write(self._base + start, data[first:last], may_wait=may_wait)

    def _get(self, place: int, size: int) -> bytes:
        parts = self._parts(place, size)
        return b"".join(
            self._reel.read(self._base + start, last - first) for start, first, last in parts
        )

    def _parts(self, place: int, size: int) -> list[tuple[int, int, int]]:
        """Return the addresses in the ring of bytes, and which of them lie there."""
        start = place % self._size
        first = self._size - start
        if size <= first or size > self._size:  # where one is longer, nothing else is kept
            return [(start, 0, size)]
        return [(start, 0, first), (0, first, size)]


_TAILS: Final[WeakSet[Tail]] = WeakSet()
