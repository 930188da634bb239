"""Cuts one direction of a stream with a lens: bounded, and able to go on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import partial
from itertools import repeat, takewhile
from typing import Final, NamedTuple

from .contained import Contained
from .lens import MORE

_SLICE: Final = 0.01
LIMIT: Final = 1 << 20  # bytes of a message; a longer one is cut into pieces of this


class Flag(IntEnum):
    """What a cut is."""

    WHOLE = 0
    OPEN = 1  # it is not all there
    OVERFLOW = 2  # the first piece of a message that is longer than the limit
    CONTINUED = 3  # a piece after that
    UNKNOWN = 4  # no message


class Cut(NamedTuple):
    """A piece of the stream."""

    size: int
    flag: Flag


def _wholes(sizes: Iterable[int]) -> Iterator[Cut]:
    """Make many cuts at once, in a third of the time of calling `Cut` for each."""
    return map(partial(tuple.__new__, Cut), zip(sizes, repeat(Flag.WHOLE), strict=False))


class Cutter:
    """Cuts bytes into messages; what is left over is handed in again with more.

    Args:
        lens: What tells where a message ends.
        limit: Bytes of a message.
    """

    def __init__(self, lens: Contained, limit: int = LIMIT) -> None:
        self._lens = lens
        self._limit = limit
        self._left = 0  # bytes of a long message that are still to come

    def cuts(self, data: bytes, at: int, *, ended: bool, seconds: float) -> tuple[list[Cut], bool]:
        """Return the next cuts, for about so many seconds, and whether there is no other one yet.

        Args:
            data: Bytes that were not cut yet, from `at` on.
            at: Where they begin.
            ended: Whether nothing comes after them: then all of them are cut.
            seconds: How long this may take.
        """
        found = list[Cut]()
        done = self._lens.perform(lambda: self._cut_some(found, data, at, ended, seconds))
        if done is None:  # it is asked again, or given up and then not asked any more
            return found.copy(), False
        return found, done

    def _cut_some(
        self, found: list[Cut], data: bytes, at: int, ended: bool, seconds: float
    ) -> bool:
        deadline = time.perf_counter() + seconds
        while at < len(data):
            if sizes := self._many(data, at):
                found.extend(_wholes(sizes))
                at += sum(sizes)
                if time.perf_counter() >= deadline:
                    return at >= len(data)
                continue
            cut = self._cut(data, at, ended=ended)
            if cut is None:
                return True
            at += cut.size
            last = found[-1] if found else cut
            whole = last.size + cut.size
            if found and cut.flag is last.flag is Flag.UNKNOWN and whole <= self._limit:
                found[-1] = Cut(whole, cut.flag)  # what is no message is one piece
            else:
                found.append(cut)
            if time.perf_counter() >= deadline:
                return at >= len(data)
        return True

    def _many(self, data: bytes, at: int) -> Sequence[int]:
        """Return the sizes of messages that are all there; none if the next one is too long."""
        if self._left:
            return ()
        sizes = self._lens.cut_many(data, at)
        if sizes and max(sizes) > self._limit:
            return list(takewhile(self._limit.__ge__, sizes))
        return sizes

    def _cut(self, data: bytes, at: int, *, ended: bool) -> Cut | None:
        have = len(data) - at
        if self._left:
            return self._go_on(have, ended=ended)
        size = self._lens.cut(data, at, ended=ended)
        if size < 0:
            return Cut(min(-size, have, self._limit), Flag.UNKNOWN)
        if MORE < size <= min(have, self._limit):
            return Cut(size, Flag.WHOLE)
        if have >= self._limit:
            self._left = max(size - self._limit, 0)
            return Cut(self._limit, Flag.OVERFLOW)
        return Cut(have, Flag.OPEN) if ended else None

    def _go_on(self, have: int, *, ended: bool) -> Cut | None:
        size = min(self._left, self._limit)
        if have < size and not ended:
            return None
        size = min(size, have)
        self._left -= size
        return Cut(size, Flag.CONTINUED)


def split(lens: Contained, data: bytes) -> list[bytes]:
    """Return the messages of one direction that is all there."""
    cutter, found, at, done = Cutter(lens), list[bytes](), 0, False
    while not done:
        cuts, done = cutter.cuts(data, at, ended=True, seconds=_SLICE)
        for cut in cuts:
            found.append(data[at : at + cut.size])
            at += cut.size
    return found
