"""Rows of hex: so many bytes each, or lines with their bytes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sonde_core.recording.timeline import Run
from sonde_core.safetext import SafeText

from ..rows.line_source import Part
from .transcript_index import RowsOf

OFFSET: Final = 8  # cells before the digits of a row
_LINED: Final = 1 << 18  # a chunk above this is cut by its bytes alone


def hex_parts(data: bytes, start: int, width: int) -> list[Part]:
    """Draw the bytes of a row: where they are, and as digits."""
    half = width // 2
    digits = f"{data[:half].hex(' '):<{half * 3}} {data[half:].hex(' '):<{half * 3}}"
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
        if b"\n" not in run.data:
            return [max(1, -(-size // width)) for size in run.sizes]
        return [len(row_starts(piece, width)) for piece in run.pieces()]

    return rows_of


def row_starts(data: bytes, width: int) -> Sequence[int]:
    """Return where the rows of a chunk begin that end with its lines."""
    if len(data) > _LINED or b"\n" not in data:
        return range(0, max(len(data), 1), width)
    starts, at = list[int](), 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        starts.extend(range(at, end, width))
        at = end
    return starts
