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
from .decoded import Decoded
from .matching import Found, Hits, Window
from .pattern import Pattern, matcher
from .query import PatternError, Query
from .search import Search

# Returns the bytes from one offset to before another, in any thread; raises SondeError.
Read: TypeAlias = Callable[[int, int], bytes]

BLOCK: Final = 1 << 18
AROUND: Final = 1 << 12  # bytes before a block that a pattern may look back at
BEHIND: Final = 1 << 15  # bytes behind a block that a hit may go on in
LONGEST: Final = 1 << 20  # bytes of a hit, at most, in a text that is larger than `WHOLE`
WHOLE: Final = 16 << 20  # bytes of a text in which a pattern sees all of it
QUIET: Final = 0.5  # seconds without more bytes before they are looked at anew as a whole

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
    cut: bool = False  # whether a hit goes on farther than was looked


class ByteSearch(Search):
    """Finds a query in bytes of any number.

    A pattern sees the whole text behind a place, and before it, so that it finds what it would
    find in the text at once. In larger ones, or where that takes too long, it sees a part.
    """

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
        self._whole: tuple[int, Decoded] | None = None  # the text of so many bytes, for patterns
        # In a text of so many bytes: those where no hit begins, as far as that is known.
        self._clear = 0, range(0)
        self._by_parts = False  # the whole takes too long
        self._grown: float | None = None  # when a pattern over lines was to see more, last
        self._cut: set[int] = set()  # blocks with a hit that goes on farther than was looked
        self._exits: dict[int, int] = {}  # where the last hit of a block ends, if behind the block
        self._entries: dict[int, int] = {}  # where a block was begun, if not at its start
        self.grow(read, size)

    def grow(self, read: Read, size: int) -> None:
        """Go on with more bytes behind the same ones."""
        same = max(min(self._size, size) - BEHIND, 0) // BLOCK if self._size else 0
        self._read = read
        if self._size:
            self._forget(same)
            if self._crosses:
                self._grown = time.monotonic()
        self._size = size
        self._whole = None
        self._counts.resize(-(-size // BLOCK))
        self._cut = {block for block in self._cut if block < same}

    @property
    def exact(self) -> bool:
        matching = self._matcher
        partly = (
            not self._sees_all(self._size) and isinstance(matching, Pattern) and matching.sweeps
        )
        return not (self._cut or partly or self._grown is not None)

    @property
    def idle(self) -> bool:
        return super().idle and (self._grown is None or self._stopped or self.error is not None)

    @property
    def _crosses(self) -> bool:
        return isinstance(self._matcher, Pattern) and self._matcher.crosses

    def _sees_all(self, size: int) -> bool:
        fits = size <= WHOLE and not self._by_parts
        return fits and not (self._codec and shape_of(self._codec) == "other")

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
            await self._look_anew()
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

    async def _look_anew(self) -> None:
        """Look at all of it once more: what came later may belong to a hit anywhere before."""
        self._whole = None
        if self._grown is None:
            return
        sees_all = self._sees_all(self._size)
        if sees_all and time.monotonic() - self._grown < QUIET:
            await asyncio.sleep(QUIET / 10)
            return
        if sees_all:
            self._forget(0)
        self._grown = None

    def _take(self, looked: Iterable[_Looked]) -> None:
        """Learn what was found; a hit that goes on into a block that is known moves its begin."""
        for each in looked:
            self._counts.put(each.block, each.count)
            self._cut.discard(each.block)
            if each.cut:
                self._cut.add(each.block)
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
        known, clear = self._clear
        if known == size and first in clear and end <= clear.stop:
            return _Looked(block, entry, 0, 0, Hits(array("I"), array("I")))
        start, found = self._found(read, size, first, end, keep=keep)
        behind = start + found.end
        if found.beyond >= 0:
            self._clear = size, range(end, start + found.beyond)
        hits = Hits(found.begins, found.ends, base=start) if keep else None
        exit = behind if behind > end else 0
        return _Looked(block, entry, exit, found.count, hits, found.cut)

    def _found(
        self, read: Read, size: int, first: int, end: int, *, keep: bool
    ) -> tuple[int, Found]:
        """Return the hits that begin between two offsets, and from where they are counted."""
        matching = self._matcher
        assert matching is not None  # noqa: S101 - made before the first look
        if isinstance(matching, Pattern) and self._sees_all(size):
            text = self._text(read, size)
            try:
                return 0, matching.find(Window(text.data, first, end, text=text), keep=keep)
            except PatternError:
                self._by_parts, self._whole = True, None
        start, window = self._window(read, size, first, end, BEHIND)
        found = matching.find(window, keep=keep)
        if found.cut:
            start, window = self._window(read, size, first, end, LONGEST)
            found = matching.find(window, keep=keep)
        found.beyond = -1
        return start, found

    def _text(self, read: Read, size: int) -> Decoded:
        """Return the whole text."""
        known = self._whole
        if known is None or known[0] != size:
            known = size, Decoded(read(0, size), self._codec)
            self._whole = known
        return known[1]

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
