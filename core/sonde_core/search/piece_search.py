"""The search in many small pieces: the rows of a list, the chunks of a conversation.

Only the event loop may read them, a few at a time; they are looked through in a thread.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..errors import SondeError
from .matching import Bytes, Found, Hits, Matcher, Window
from .pattern import Pattern, matcher
from .query import Query
from .search import Search

PIECES: Final = 64  # of a block
_READING: Final = 0.003  # seconds on the event loop
_ROOM: Final = 4 << 20  # bytes read for one look
_MOST: Final = 512  # blocks of one look


@dataclass(frozen=True, slots=True)
class Batch:
    """Pieces in a row.

    Attributes:
        data: The bytes of all, joined.
        ends: Where those of each end.
    """

    data: bytes
    ends: Sequence[int]


# Returns the pieces from one on, to before another at most; one at least.
Read: TypeAlias = Callable[[int, int], Batch]
_Looked: TypeAlias = tuple[int, Hits]


class PieceSearch(Search):
    """Finds a query in pieces of any number; a hit lies within a piece."""

    def __init__(
        self, query: Query, codec: str, read: Read, number: int, *, begin: int = 0
    ) -> None:
        """Begin a search.

        Args:
            query: What to find.
            codec: Of the pieces; empty for bytes as they are.
            read: Gives pieces.
            number: How many there are.
            begin: The piece to begin at.
        """
        super().__init__(query, codec, begin // PIECES)
        self._read = read
        self._number = 0
        self._changed: list[tuple[int, int]] = []  # blocks that changed while some are looked at
        self.grow(number, number)

    def grow(self, number: int, changed: int) -> None:
        """Go on with another number of pieces, of which those from `changed` on are different."""
        first = min(changed, self._number) // PIECES
        self._forget(first)
        self._number = number
        self._counts.resize(-(-number // PIECES))
        self._changed.append((first, len(self._counts)))

    def forget(self, first: int, last: int) -> None:
        """Look again at the pieces from one to before another."""
        behind = min(-(-last // PIECES), len(self._counts))
        self._changed.append((first // PIECES, behind))
        self._counts.forget(first // PIECES, behind)
        for block in range(first // PIECES, behind):
            self._hits.pop(block, None)

    def block_of(self, piece: int, offset: int) -> int:
        return piece // PIECES

    async def work(self, *, eager: bool) -> None:
        self._changed = []
        try:
            batches = await self._batches()
            looked = await asyncio.to_thread(self._look, batches) if batches else []
        except SondeError as error:
            self.error = error
            return
        for block, hits in looked:
            if self._is_same(block):
                self._counts.put(block, len(hits))
                self._keep(block, hits)

    def _is_same(self, block: int) -> bool:
        """Whether a block is what it was when this work began; one that was cut off is not."""
        known = block < len(self._counts)
        return known and not any(first <= block < behind for first, behind in self._changed)

    def _plan(self) -> range:
        """Return the blocks to look at: what is wanted, and what is missing behind it."""
        wanted = self._wanted.pop() if self._wanted else None
        if wanted is not None and wanted >= len(self._counts):
            return range(0)
        if wanted is not None and self._counts[wanted] >= 0:
            return range(wanted, wanted + 1)
        if wanted is None and self.complete:
            return range(0)
        first = self._counts.missing_from(wanted)
        return range(first, first + self._counts.run(first, most=_MOST))

    async def _batches(self) -> list[tuple[int, Batch]]:
        """Read for a moment, and to the end of a block; the loop goes on meanwhile."""
        deadline = time.monotonic() + _READING
        batches: list[tuple[int, Batch]] = []
        room = _ROOM
        for block in self._plan():
            batch = await self._batch(block)
            if batch is None:
                break
            batches.append((block, batch))
            room -= len(batch.data)
            if room < 0 or time.monotonic() > deadline:
                break
        return batches

    async def _batch(self, block: int) -> Batch | None:
        """Read a block; None when it changes meanwhile."""
        at, last = block * PIECES, min((block + 1) * PIECES, self._number)
        batch = self._read(at, last)
        if len(batch.ends) == last - at:
            return batch
        parts, ends = [batch.data], list(batch.ends)
        deadline = time.monotonic() + _READING
        while (first := at + len(ends)) < last:
            if time.monotonic() > deadline:
                await asyncio.sleep(0)
                if self._stopped or not self._is_same(block):
                    return None
                deadline = time.monotonic() + _READING
            more = self._read(first, last)
            size = ends[-1]
            parts.append(more.data)
            ends += [size + end for end in more.ends]
        return Batch(b"".join(parts), ends)

    # in the thread

    def _look(self, batches: list[tuple[int, Batch]]) -> list[_Looked]:
        if self._matcher is None:
            self._matcher = matcher(self.query, self._codec)
        return [(block, self._look_at(block, batch, self._matcher)) for block, batch in batches]

    def _look_at(self, block: int, batch: Batch, matching: Matcher) -> Hits:
        if isinstance(matching, Bytes):
            found = matching.find(Window(batch.data, 0, len(batch.data)), keep=True)
            hits = _shared_out(found, batch.ends, block * PIECES)
            if hits is not None:
                return hits
        return self._one_by_one(block, batch, matching)

    def _one_by_one(self, block: int, batch: Batch, matching: Matcher) -> Hits:
        pieces, begins, ends = array("Q"), array("I"), array("I")
        if isinstance(matching, Pattern) and matching.joins and _misses(matching, batch):
            return Hits(begins, ends, pieces=pieces)
        start = 0
        for piece, end in enumerate(batch.ends, block * PIECES):
            if end > start and not self._stopped:
                found = matching.find(Window(batch.data[start:end], 0, end - start), keep=True)
                pieces.extend([piece] * found.count)
                begins.extend(found.begins)
                ends.extend(found.ends)
            start = end
        return Hits(begins, ends, pieces=pieces)


def _misses(matching: Pattern, batch: Batch) -> bool:
    """Look at all pieces at once, as lines of a text, and tell whether none has a hit."""
    starts = [0, *batch.ends][:-1]
    lines = (batch.data[start:end] for start, end in zip(starts, batch.ends, strict=True))
    data = b"\n".join(lines)
    return not matching.find(Window(data, 0, len(data)), keep=False).count


def _shared_out(found: Found, piece_ends: Sequence[int], first: int) -> Hits | None:
    """Give hits in joined pieces to each piece; None where one lies over the end of a piece."""
    pieces, begins, ends = array("Q"), array("I"), array("I")
    at = 0
    for begin, end in zip(found.begins, found.ends, strict=True):
        while piece_ends[at] <= begin:
            at += 1
        if end > piece_ends[at]:
            return None
        start = piece_ends[at - 1] if at else 0
        pieces.append(first + at)
        begins.append(begin - start)
        ends.append(end - start)
    return Hits(begins, ends, pieces=pieces)
