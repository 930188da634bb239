"""How many hits begin in each block of what is searched, as far as that is known."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

UNKNOWN: Final = -1


class Counts:
    """Numbers by block.

    Attributes:
        total: Hits of all blocks that are known.
        missing: Blocks that are not known.
    """

    def __init__(self, begin: int) -> None:
        """Know nothing; `begin` is the block to look at first."""
        self._counts = array("q")
        self._next = begin
        self.total = 0
        self.missing = 0

    def __len__(self) -> int:
        return len(self._counts)

    def __getitem__(self, block: int) -> int:
        return self._counts[block]

    def resize(self, blocks: int) -> None:
        """Have so many blocks; new ones are not known."""
        if blocks < len(self):
            self.forget(blocks)
            self.missing -= len(self) - blocks
            del self._counts[blocks:]
        more = blocks - len(self)
        self._counts.extend([UNKNOWN] * more)
        self.missing += more

    def put(self, block: int, count: int) -> None:
        """Know a block."""
        self.forget(block, block + 1)
        self._counts[block] = count
        self.total += count
        self.missing -= 1

    def forget(self, first: int, behind: int | None = None) -> None:
        """Know nothing any more of the blocks from one on, or only to before another."""
        behind = len(self) if behind is None else behind
        for block in range(first, behind):
            if self._counts[block] >= 0:
                self.total -= self._counts[block]
                self.missing += 1
                self._counts[block] = UNKNOWN

    def missing_from(self, block: int | None = None) -> int:
        """Return the first block that is not known, from one on or where it was left, and round.

        There must be one.
        """
        self._next = self._next if block is None else block
        for at in range(self._next, self._next + len(self)):
            if self._counts[at % len(self)] < 0:
                self._next = at % len(self)
                break
        return self._next

    def run(self, block: int, *, most: int) -> int:
        """Return how many blocks from one on are not known, one behind the other."""
        behind = block
        while behind < min(len(self), block + most) and self._counts[behind] < 0:
            behind += 1
        return behind - block

    def round(self, block: int, *, forward: bool) -> Iterator[int]:
        """Yield a block, and those behind or before it and round, that may have hits."""
        step = 1 if forward else -1
        for at in range(block, block + step * len(self), step):
            if self._counts[at % len(self)]:
                yield at % len(self)

    def before(self, block: int) -> int | None:
        """Return how many hits all blocks before one have; None while that is not known."""
        known = self._counts[:block]
        return None if self.missing and UNKNOWN in known else sum(known)
