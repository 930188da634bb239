"""A search that goes on in the background, and answers from what it knows already.

What is searched lies in blocks. Only the number of hits of each block is kept, so that millions of
hits cost nothing; where they stand is found anew for the few blocks that are looked at.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from typing import Final, TypeAlias

from ..errors import SondeError
from .counts import Counts
from .matching import Hit, Hits, Matcher
from .pattern import matcher
from .query import Query

# A piece, a byte of it, and the byte where a hit that begins there ends; -1 for before any.
Place: TypeAlias = tuple[int, int, int]


class Later(Enum):
    """The answer is not known yet: go on with the search, and ask again."""

    LATER = 0


LATER: Final = Later.LATER
_KEPT: Final = 8  # blocks whose hits are at hand


class Search(ABC):
    """Finds a query in something that may still grow.

    All of it is called from one thread, the event loop's; only the work itself is done in others.

    Attributes:
        error: Why the search has ended before its time.
    """

    def __init__(self, query: Query, codec: str, begin: int) -> None:
        """Begin a search.

        Args:
            query: What to find; not empty.
            codec: Of the text; empty for bytes as they are.
            begin: The block to begin with.
        """
        self.query = query
        self._codec = codec
        self._matcher: Matcher | None = None
        self.error: SondeError | None = None
        self._counts = Counts(begin)
        self._hits: OrderedDict[int, Hits] = OrderedDict()
        self._wanted: list[int] = []  # blocks whose hits are waited for, the most wanted last
        self._stopped = False

    @property
    def count(self) -> int:
        """Hits so far."""
        return self._counts.total

    @property
    def complete(self) -> bool:
        """Whether all that is there was looked at."""
        return not self._counts.missing

    @property
    def exact(self) -> bool:
        """Whether no hit can have been missed in what was looked at, nor two of them be one."""
        return True

    @property
    def share(self) -> float:
        """How much of it was looked at, from 0 to 1."""
        return 1 - self._counts.missing / max(len(self._counts), 1)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self._stopped or self.error is not None or not (self._wanted or not self.complete)

    @property
    def asked(self) -> bool:
        """Whether hits were asked for that are not at hand."""
        return bool(self._wanted) and not self._stopped and self.error is None

    def stop(self) -> None:
        """Let what runs end soon: nobody wants it any more."""
        self._stopped = True

    async def prepare(self) -> None:
        """Make what finds, which may take a while; raises PatternError."""
        self._matcher = await asyncio.to_thread(matcher, self.query, self._codec)

    @abstractmethod
    async def work(self, *, eager: bool) -> None:
        """Go on for a moment: first with what was asked for.

        Args:
            eager: Come back with the first hit.
        """

    @abstractmethod
    def block_of(self, piece: int, offset: int) -> int:
        """Return the block that a place belongs to."""

    # asking

    def beside(self, place: Place, *, forward: bool) -> Hit | Later | None:
        """Return the next hit behind a place or before it, round the end; None for none at all."""
        here = min(self.block_of(place[0], max(place[1], 0)), max(len(self._counts) - 1, 0))
        for block in self._counts.round(here, forward=forward):
            if self._counts[block] < 0:
                self._want(block)
                return LATER
            hits = self._look_up(block)
            if hits is None:
                return LATER
            if block != here:
                return hits[0 if forward else -1]
            hit = _nearest(hits, place, forward=forward)
            if hit is not None:
                return hit
        return self._farthest(here, forward=forward)

    def _farthest(self, here: int, *, forward: bool) -> Hit | Later | None:
        """Return the hit that is left when one has gone round to the own block again."""
        hits = self._look_up(here) if here < len(self._counts) else []
        if hits is None:
            return LATER
        return hits[0 if forward else -1] if hits else None

    def between(self, first: Place, last: Place) -> list[Hit]:
        """Return the hits that lie between two places, as far as they are at hand."""
        found: list[Hit] = []
        begin = max(self.block_of(first[0], first[1]) - 1, 0)  # one may go on into this block
        end = self.block_of(last[0], last[1])
        for block in range(begin, min(end + 1, len(self._counts))):
            hits = self._look_up(block) or []
            from_ = bisect_left(hits, first)
            while from_ and hits[from_ - 1][2] > first[1] and hits[from_ - 1][0] == first[0]:
                from_ -= 1
            found += hits[from_ : bisect_left(hits, last)]
        for near in (end + 1, begin - 1):
            if near not in self._hits and 0 <= near < len(self._counts) and self._counts[near]:
                self._want(near, soon=False)
        return found

    def number(self, hit: Hit) -> int | None:
        """Return which hit it is, from 1 on; None while that is not known."""
        block = self.block_of(hit[0], hit[1])
        before = self._counts.before(block)
        hits = self._look_up(block)
        return None if before is None or hits is None else before + bisect_right(hits, hit)

    def _look_up(self, block: int) -> Sequence[Hit] | None:
        """Return the hits of a block if they are at hand; they are wanted from now on."""
        if not 0 <= block < len(self._counts) or self._counts[block] == 0:
            return []
        hits = self._hits.get(block)
        if hits is None:
            self._want(block)
        else:
            self._hits.move_to_end(block)
        return hits

    def _want(self, block: int, *, soon: bool = True) -> None:
        if block in self._wanted:
            if not soon:
                return
            self._wanted.remove(block)
        self._wanted.insert(len(self._wanted) if soon else 0, block)
        del self._wanted[:-_KEPT]

    # taking in

    def _keep(self, block: int, hits: Hits) -> None:
        self._hits[block] = hits
        self._hits.move_to_end(block)
        if len(self._hits) > _KEPT:
            self._hits.popitem(last=False)

    def _forget(self, first: int) -> None:
        """Look again at the blocks from one on."""
        self._counts.forget(first)
        for block in [known for known in self._hits if known >= first]:
            del self._hits[block]


def _nearest(hits: Sequence[Hit], place: Place, *, forward: bool) -> Hit | None:
    at = bisect_right(hits, place) if forward else bisect_left(hits, place) - 1
    return hits[at] if 0 <= at < len(hits) else None
