"""Finding in what a lens says of messages, of which there may be millions.

Many messages are read together. Where a lens says nothing but what is in the bytes, these are
searched as a whole, and only the messages with a hit are asked what they say.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sonde_core.errors import SondeError
from sonde_core.recording.marks import EVENT
from sonde_core.recording.timeline import Run, run_of
from sonde_core.search import Query
from sonde_core.search.matching import Matcher, Window
from sonde_core.search.pattern import matcher

from ..transcript.lens_rows import LensRows
from .row_finder import RowFinder, encoded

_TOGETHER: Final = 4096  # messages
_ROOM: Final = 1 << 16  # bytes of theirs
_MANY: Final = 4  # of so many messages one has a hit: then all are asked
# What stand-ins of `safetext` say in ASCII, and only for bytes that are none, as in `‹A0›`.
_STAND_INS: Final = frozenset("0123456789abcdefu+")


@dataclass(frozen=True, slots=True)
class _Near:
    """Messages in a row.

    Attributes:
        first: The number of the first one.
        version: Of the pieces, when they were read.
        ways: As those of a run.
        flags: What the lens says of each.
        pieces: The bytes of each.
        asked: Which of them may have a hit, counted from the first one.
    """

    first: int
    version: int
    ways: bytes
    flags: bytes
    pieces: list[bytes]
    asked: Sequence[int]

    def clear(self, at: int) -> int:
        """Return how many from one on have no hit."""
        found = bisect_left(self.asked, at)
        return (self.asked[found] if found < len(self.asked) else len(self.pieces)) - at


class LensFinder(RowFinder):
    """Finds in the text of rows of messages."""

    def __init__(self, source: LensRows, query: Query, row: int) -> None:
        self._rows = source
        self._near: _Near | None = None
        word = query.text
        is_word = not query.regex and word.isascii() and word.isprintable() and " " not in word
        self._sieve: Matcher | None = None
        if is_word and not source.adds(word):
            self._sieve = matcher(query, "utf-8")
        self._may_stand_in = _STAND_INS.issuperset(word.lower())
        super().__init__(source, query, row)

    def changed(self, row: int) -> None:
        self._near = None
        super().changed(row)

    def _some(self, row: int, last: int) -> list[bytes]:
        place = self._rows.index.place(row)
        near = self._near_to(place[0]) if place is not None else None
        if place is None or near is None:
            return super()._some(row, last)
        number, inside = place
        at = number - near.first
        if clear := near.clear(at):
            return self._filled([], row, last, number + clear - 1)
        if near.ways[at] == EVENT:
            return super()._some(row, last)
        texts = list(self._rows.texts(number, near.flags[at], near.pieces[at]))[inside:]
        return self._filled([encoded(text) for text in texts], row, last, number)

    def _filled(self, texts: list[bytes], row: int, last: int, number: int) -> list[bytes]:
        """Return as many texts as there are rows, to the end of a message."""
        rows = max(min(last, self._rows.index.row_behind(number)) - row, 1)
        return [*texts[:rows], *[b""] * (rows - len(texts))]

    def _near_to(self, number: int) -> _Near | None:
        """Return messages from one on, or around it; None where it cannot be read."""
        near = self._near
        there = near is not None and near.first <= number < near.first + len(near.pieces)
        if near is None or not there or near.version != self._rows.pieces.version:
            near = self._near = self._read_from(number)
        return near

    def _read_from(self, number: int) -> _Near | None:
        index, units = self._rows.index.index_of(number), self._rows.pieces
        if index is None:
            return None
        try:
            run = run_of(self._rows.timeline, index, _TOGETHER, _ROOM)
        except (SondeError, OSError, IndexError):  # unreadable: its row says so
            return None
        flags = units.flags(index, len(run))
        asked = self._asked(run, flags)
        return _Near(number, units.version, run.ways, flags, run.pieces(), asked)

    def _asked(self, run: Run, flags: bytes) -> Sequence[int]:
        """Return which messages may have a hit."""
        found = self._sifted(run)
        if found is None:
            return range(len(run))
        if any(flags) or EVENT in run.ways:
            others = zip(run.ways, flags, strict=True)
            odd = [at for at, (way, flag) in enumerate(others) if flag or way == EVENT]
            return sorted({*odd, *found})
        return found

    def _sifted(self, run: Run) -> Sequence[int] | None:
        """Return which messages have a hit in their bytes; None when it may be any."""
        if self._sieve is None or (self._may_stand_in and not run.data.isascii()):
            return None
        window = Window(run.data, 0, len(run.data))
        many = self._sieve.find(window, keep=False).count
        if not many:
            return ()
        if many * _MANY > len(run):
            return None
        hits, ends, found = self._sieve.find(window, keep=True), run.ends(), array("I")
        for begin, end in zip(hits.begins, hits.ends, strict=True):
            first, behind = bisect_left(ends, begin + 1), bisect_left(ends, end) + 1
            found.extend(range(max(first, found[-1] + 1 if found else 0), behind))
        return found
