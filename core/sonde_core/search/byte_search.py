"""The search in the bytes of a body: in a thread, block by block, from where one stands."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..errors import SondeError
from ..text.characters import shape_of
from .matching import Hits, Window
from .pattern import matcher
from .query import Query
from .search import Search

# Returns the bytes from one offset to before another, in any thread; raises SondeError.
Read: TypeAlias = Callable[[int, int], bytes]

BLOCK: Final = 1 << 18
AROUND: Final = 1 << 12  # bytes before a block that a pattern may look back at
BEHIND: Final = 1 << 15  # bytes behind a block that a hit may go on in
LONGEST: Final = 1 << 20  # bytes of a hit, at most

_STINT: Final = 0.03  # seconds in the thread between two looks at what is wanted
_MOST: Final = 512  # blocks of a stint


@dataclass(frozen=True, slots=True)
class _Looked:
    """What came of a block: its hits begin behind `entry`, and the last of them ends at `exit`."""

    block: int
    entry: int
    exit: int
    count: int
    hits: Hits | None


class ByteSearch(Search):
    """Finds a query in bytes of any number."""

    def __init__(self, query: Query, codec: str, read: Read, size: int, *, begin: int = 0) -> None:
        """Begin a search.

        Args:
            query: What to find.
            codec: Of the text; empty for bytes as they are.
            read: Gives the bytes.
            size: How many there are.
            begin: The byte to begin at.
        """
        super().__init__(query, codec, begin // BLOCK)
        self._read = read
        self._size = 0
        self._exits: dict[int, int] = {}  # where the last hit of a block ends, if behind the block
        self._entries: dict[int, int] = {}  # where a block was begun, if not at its start
        self.grow(read, size)

    def grow(self, read: Read, size: int) -> None:
        """Go on with more bytes behind the same ones."""
        same = max(min(self._size, size) - BEHIND, 0) // BLOCK if self._size else 0
        self._read = read
        if self._size:
            self._forget(same)
        self._size = size
        self._counts.resize(-(-size // BLOCK))

    def block_of(self, piece: int, offset: int) -> int:
        return offset // BLOCK

    async def work(self, *, eager: bool) -> None:
        read, size = self._read, self._size
        if self._wanted:
            block = self._wanted.pop()
            if block >= len(self._counts):
                return
            run = self._counts.run(block, most=_MOST)
            plan = range(block, block + max(run, 1))
            keep = True
        elif not self.complete:
            block = self._counts.missing_from()
            plan = range(block, block + self._counts.run(block, most=_MOST))
            keep = eager
        else:
            return
        entry = self._exits.get(block - 1, 0)
        try:
            looked = await asyncio.to_thread(self._look, read, size, plan, entry, keep)
        except SondeError as error:
            self.error = error
            return
        if size == self._size:
            self._take(looked)
        else:  # what was added may belong to a hit of the last blocks
            self._take(each for each in looked if (each.block + 1) * BLOCK + BEHIND <= size)

    def _take(self, looked: Iterable[_Looked]) -> None:
        """Learn what was found; a hit that goes on into a block that is known moves its begin."""
        for each in looked:
            self._counts.put(each.block, each.count)
            _note(self._entries, each.block, each.entry)
            _note(self._exits, each.block, each.exit)
            if each.hits is not None:
                self._keep(each.block, each.hits)
            behind = each.block + 1
            if self._entries.get(behind, 0) != each.exit and behind < len(self._counts):
                self._counts.forget(behind, behind + 1)
                self._hits.pop(behind, None)

    # in the thread

    def _look(self, read: Read, size: int, plan: range, entry: int, keep: bool) -> list[_Looked]:
        """Look at blocks until the time is over; with `keep` until there is a hit."""
        if self._matcher is None:
            self._matcher = matcher(self.query, self._codec)
        deadline = time.monotonic() + _STINT
        looked: list[_Looked] = []
        for block in plan:
            each = self._look_at(read, size, block, entry, keep=keep)
            looked.append(each)
            entry = each.exit
            if self._stopped or time.monotonic() > deadline or (keep and each.count):
                break
        return looked

    def _look_at(self, read: Read, size: int, block: int, entry: int, *, keep: bool) -> _Looked:
        begin, end = block * BLOCK, min((block + 1) * BLOCK, size)
        first = max(begin, entry)
        if first >= end:  # a long hit goes on over the whole block
            return _Looked(
                block, entry, entry if entry > end else 0, 0, Hits(array("I"), array("I"))
            )
        start, window = self._window(read, size, first, end, BEHIND)
        assert self._matcher is not None  # noqa: S101 - made before the first look
        found = self._matcher.find(window, keep=keep)
        if found.cut:
            start, window = self._window(read, size, first, end, LONGEST)
            found = self._matcher.find(window, keep=keep)
        behind = start + found.end
        hits = Hits(found.begins, found.ends, base=start) if keep else None
        return _Looked(block, entry, behind if behind > end else 0, found.count, hits)

    def _window(
        self, read: Read, size: int, first: int, end: int, behind: int
    ) -> tuple[int, Window]:
        """Read what is wanted to find the hits that begin between two offsets."""
        assert self._matcher is not None  # noqa: S101 - made before the first look
        start = max(first - first % 4 - min(self._matcher.before, AROUND), 0)
        stop = min(end + min(self._matcher.behind, behind), size)
        data = read(start, stop)
        if self._codec and shape_of(self._codec) == "other":
            # Such text can only be entered where a line begins.
            cut = data.rfind(b"\n", 0, first - start) + 1
            start, data = start + cut, data[cut:]
        return start, Window(data, first - start, end - start, open=stop < size)


def _note(places: dict[int, int], block: int, place: int) -> None:
    if place:
        places[block] = place
    else:
        places.pop(block, None)
