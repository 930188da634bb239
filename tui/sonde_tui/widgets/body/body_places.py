"""The place in a body that stays when one form of it takes another's place on the screen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import Final

from sonde_core.body import Body

_BLOCK: Final = 1 << 16
_WHITE: Final = b" \t\r\n"
_MARK: Final = b"\xef\xbb\xbf"
# So far apart are the places that are remembered at least, in bytes of the body.
_APART: Final = 1 << 16


class Alignment:
    """Which byte of a body stands where in its readable form, which grows.

    White space apart both have the same bytes, so counting finds the place; where they have not
    (another charset, events), it lies about as far between two places that are known.
    """

    def __init__(self, body: Body, *, exact: bool) -> None:
        """Begin where both begin; raises BodyError."""
        start = len(_MARK) if exact and body.read(0, len(_MARK)) == _MARK else 0
        self._exact = exact
        self._known = [(start, 0)]
        self._last = (start, 0)

    def add(self, read: int, shaped: int) -> None:
        """Know that so many bytes of the body gave so many of the other."""
        if read < self._last[0]:
            return
        self._last = (read, shaped)
        if read - self._known[-1][0] >= _APART:
            self._known.append(self._last)

    def shaped_at(self, body: Body, shaped: Body, offset: int) -> int:
        """Return where a byte of the body stands; raises BodyError."""
        return self._across(body, shaped, 0, offset)

    def body_at(self, body: Body, shaped: Body, offset: int) -> int:
        """Return which byte of the body stands there; raises BodyError."""
        return self._across(shaped, body, 1, offset)

    def _across(self, before: Body, after: Body, side: int, offset: int) -> int:
        place = bisect_right(self._known, offset, key=itemgetter(side))
        start = self._known[max(place - 1, 0)]
        if offset <= start[side]:
            return start[1 - side]
        if self._exact:
            there = _after(after, start[1 - side], _solid(before, start[side], offset))
            if offset - start[side] >= _APART:  # the next place is likely to be near
                self._known.insert(place, (there, offset) if side else (offset, there))
            return there
        end = self._known[place] if place < len(self._known) else self._last
        length = max(end[side] - start[side], 1)
        there = (offset - start[side]) * (end[1 - side] - start[1 - side]) // length
        return start[1 - side] + there


def _solid(body: Body, start: int, end: int) -> int:
    """Count the bytes that are no white space."""
    found = 0
    for offset in range(start, end, _BLOCK):
        found += len(body.read(offset, min(_BLOCK, end - offset)).translate(None, _WHITE))
    return found


def _after(body: Body, start: int, solid: int) -> int:
    """Return where so many bytes that are no white space have gone by, and the next one stands."""
    offset = start
    while block := body.read(offset, _BLOCK):
        here = len(block.translate(None, _WHITE))
        if here > solid:
            places = range(len(block))
            return offset + bisect_right(
                places, solid, key=lambda end: len(block[: end + 1].translate(None, _WHITE))
            )
        solid -= here
        offset += len(block)
    return offset


class Place:
    """Which byte of a body is looked at; going to another form of it and back changes nothing.

    Attributes:
        offset: That byte.
        line: The line of the screen that it stands in.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.line = 0
        self._row = 0

    def look(self, row: int, line: int, offset_of: Callable[[int], int]) -> None:
        """Learn which row is looked at, if somebody has moved since it was put there.

        Args:
            row: The row.
            line: Where it stands on the screen.
            offset_of: Tells which byte a row begins with.
        """
        if row != self._row:
            self.offset, self.line, self._row = offset_of(row), line, row

    def put(self, row: int) -> None:
        """Know in which row that byte stands now, after a move of ours."""
        self._row = row
