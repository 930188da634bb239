"""Rows of a long timeline in a file, all of one width, so that any is found without the others.

The file is a JSON array with one row a line; numbers have spaces before them:

    [
    [    12.345,">",{"at":    0,"size": 10}],
    [    13.007,"<",{"at":   10,"size":  5}]
    ]
"""

from __future__ import annotations

from array import array
from itertools import chain
from math import isfinite
from typing import Final

from ...body import Body, Spool
from ...errors import BodyError
from ...recording.marks import Marks, Span
from .values import to_ms

HEAD: Final = b"[\n"
_FOOT: Final = b"]\n"
_STEP: Final = 1024
_USUAL: Final = 1e9  # seconds: `to_ms` does no more with less than what writing it does
# What is left of a row without its numbers, and of its numbers without names and brackets.
_FRAME: Final = b'[""{"at":"size":}]\n'
_NUMBERS: Final = b"0123456789.- <>,"
_NAMES: Final = b'[]{}": \natsize'


def write(marks: Marks) -> tuple[Body, int]:
    """Write rows; returns the file and the width of a row; raises BodyError."""
    form, width = _form(marks)
    spool = Spool()
    spool.write(HEAD)
    for first in range(0, len(marks), _STEP):
        last = min(first + _STEP, len(marks))
        text = _rows(form, marks.span(first, last))
        if last == len(marks):
            text = text.removesuffix(",\n") + " \n"
        spool.write(text.encode("ascii"))
    spool.write(_FOOT)
    return spool.body(), width


def _form(marks: Marks) -> tuple[str, int]:
    """Return how a row is written, and its width."""
    ms, places, sizes = [0.0], [0], [0]
    for first in range(0, len(marks), _STEP):
        span = marks.span(first, min(first + _STEP, len(marks)))
        times = _ms(span)
        ms += [min(times), max(times)]
        places.append(max(span.places))
        sizes.append(max(span.sizes))
    a = max(len(f"{each:.3f}") for each in ms)
    b, c = len(str(max(places))), len(str(max(sizes)))
    form = f'[%{a}.3f,"%s",{{"at":%{b}d,"size":%{c}d}}],\n'
    return form, len(form % (0.0, ">", 0, 0))


def _rows(form: str, span: Span) -> str:
    columns = zip(_ms(span), span.ways.decode(), span.places, span.sizes, strict=True)
    return form * len(span) % tuple(chain.from_iterable(columns))


def _ms(span: Span) -> list[float]:
    ats = span.ats
    if min(ats) > -_USUAL and max(ats) < _USUAL and isfinite(sum(ats)):
        return [at * 1000 for at in ats]
    return list(map(to_ms, ats))


class FileRows:
    """Rows that are read from such a file when they are looked at; see `tape.Rows`.

    Args:
        body: The file.
        number: How many rows are in it.
        width: Bytes of a row.
        end: Where the tape ends: no row may lie beyond.

    Raises:
        ValueError: The file has not the size of so many rows.
    """

    def __init__(self, body: Body, number: int, width: int, end: int) -> None:
        if not width or len(HEAD) + number * width + len(_FOOT) != body.size:
            raise ValueError("the size is not that of the rows")
        self._body = body
        self._number = number
        self._width = width
        self._end = end

    def __len__(self) -> int:
        return self._number

    def span(self, first: int, last: int) -> Span:
        """Return the rows from one to before another; raises BodyError."""
        number = last - first
        data = self._body.read(len(HEAD) + first * self._width, number * self._width)
        try:
            return self._parsed(data, number)
        except (ValueError, OverflowError) as error:
            raise BodyError("The rows of this recording are damaged.") from error

    def _parsed(self, data: bytes, number: int) -> Span:
        if data.translate(None, _NUMBERS) != _FRAME * number:
            raise ValueError("not rows of ours")
        # A comma ends each row but the last of all.
        values = data.translate(None, _NAMES).rstrip(b",").split(b",")
        if len(values) != number * 4:
            raise ValueError("not four values a row")
        ways = b"".join(values[1::4])
        places, sizes = array("q", map(int, values[2::4])), array("i", map(int, values[3::4]))
        ats = array("d", map(float, (b"e-3,".join(values[0::4]) + b"e-3").split(b",")))
        if len(ways) != number or ways.strip(b"<>"):
            raise ValueError("neither > nor <")
        if min(places) < 0 or min(sizes) < 0 or max(places) + max(sizes) > self._end:
            self._check_each(places, sizes)
        return Span(ats, ways, places, sizes)

    def _check_each(self, places: array[int], sizes: array[int]) -> None:
        for place, size in zip(places, sizes, strict=True):
            if place < 0 or size < 0 or place + size > self._end:
                raise ValueError("a row beyond the tape")
