"""Rows of hex: so many bytes each, or lines with their bytes beside them."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sonde_core.recording.timeline import Run
from sonde_core.safetext import SafeText

from ..rows.line_source import Part
from .transcript_index import RowsOf

OFFSET: Final = 8  # cells before the digits of a row
_UNDIVIDED: Final = 4  # bytes of a row whose digits are not parted in halves
_LOOKED_AT: Final = 8  # chunks whose rows are at hand
_MASK, _GOES_ON = 0xC0, 0x80  # bytes of a character in UTF-8, but for its first one
_LONGEST: Final = 4
_LEADS: Final = (0x00, 0xC2, 0xE0, 0xF0)  # from which on a first byte is followed by one more
_LINED: Final = 1 << 18  # a chunk above this is cut by its bytes alone


def gap(width: int) -> int:
    """Return the cells between the halves of a row of so many bytes."""
    return int(width > _UNDIVIDED)


def text_at(width: int) -> int:
    """Return the column behind the gutter in which the text beside the digits begins."""
    return OFFSET + width * 3 + gap(width) + 1


def hex_parts(data: bytes, start: int, width: int) -> list[Part]:
    """Draw the bytes of a row: where they are, and as digits."""
    half = width // 2
    left, right = data[:half].hex(" "), data[half:].hex(" ")
    digits = f"{left:<{half * 3}}{' ' * gap(width)}{right:<{half * 3}}"
    return [(SafeText(f"{start:06x}  "), "muted"), (SafeText(digits), "")]


def signs(data: bytes) -> Part:
    """Draw the bytes of a row as characters, one each."""
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data)
    return SafeText(f" {shown}"), "string"


def hex_rows(width: int) -> RowsOf:
    """Return what tells how many rows each moment takes as hex, of so many bytes each."""

    def rows_of(run: Run) -> list[int]:
        return [max(1, -(-size // width)) for size in run.sizes]

    return rows_of


def both_rows(width: int) -> RowsOf:
    """Return what tells how many rows each moment takes as lines of so many bytes at most."""

    def rows_of(run: Run) -> list[int]:
        if b"\n" not in run.data and run.data.isascii():
            return [max(1, -(-size // width)) for size in run.sizes]
        return [len(row_starts(piece, width)) for piece in run.pieces()]

    return rows_of


@lru_cache(_LOOKED_AT)
def row_starts(data: bytes, width: int) -> Sequence[int]:
    """Return where the rows of a chunk begin that end with its lines, and with a character."""
    is_ascii = data.isascii()
    if len(data) > _LINED or (is_ascii and b"\n" not in data):
        return range(0, max(len(data), 1), width)
    starts, at = array("I"), 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        if is_ascii:
            starts.extend(range(at, end, width))
            at = end
        while at < end:
            starts.append(at)
            at = _row_end(data, at + width) if at + width < end else end
    return starts or range(1)


def _row_end(data: bytes, end: int) -> int:
    """Return where a row ends that has no room beyond `end`: before a character, not within."""
    if data[end] & _MASK != _GOES_ON:
        return end
    for begin in range(end - 1, end - _LONGEST, -1):
        if data[begin] & _MASK != _GOES_ON:
            size = bisect_right(_LEADS, data[begin])
            try:
                whole = begin + size > end and data[begin : begin + size].decode()
            except UnicodeDecodeError:
                return end
            return begin if whole else end
    return end
