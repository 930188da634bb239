"""How many cells of a terminal a character takes, once it is drawn as `safetext` draws it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from .safetext import MARKS, is_mark, safe

TAB: Final = 4
# What Unicode 16 made wide; Python 3.11 knows Unicode 14.
_WIDE: Final = (
    (0x2630, 0x2637),
    (0x268A, 0x268F),
    (0x4DC0, 0x4DFF),
    (0x1D300, 0x1D356),
    (0x1D360, 0x1D376),
    (0x1F6D8, 0x1F6DF),
    (0x1FA70, 0x1FAFF),
    (0x20000, 0x3FFFD),
)


class _Cells(dict[str, int]):
    """Cells by character, found out when first met."""

    def __missing__(self, char: str) -> int:
        self[char] = cells = _cells_of(char)
        return cells


def _cells_of(char: str) -> int:
    drawn = safe(char)
    if drawn != char:
        return len(drawn)
    if is_mark(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char) != "Cn":
        return 2
    return 2 if any(first <= ord(char) <= last for first, last in _WIDE) else 1


CELLS: Final[dict[str, int]] = _Cells()  # a tab, and a mark that is one too many, are told apart


def row_ends(text: str, width: int) -> Iterator[int]:
    """Yield where the rows of a line end, in characters, but for the last one.

    Args:
        text: As it is decoded: tabs and controls are counted as they will be drawn.
        width: Cells of a row; a character that takes more has a row of its own.
    """
    cells = list(map(CELLS.__getitem__, text))
    if "\t" in text or (0 in cells and _flooded(cells)):
        yield from _slowly(text, cells, width)
        return
    sums = list(accumulate(cells))
    place, before, total = 0, 0, sums[-1] if sums else 0
    while total - before > width:
        place = max(bisect_right(sums, before + width, place), place + 1)
        if place >= len(text):
            return
        yield place
        before = sums[place - 1]


def _flooded(cells: list[int]) -> bool:
    return bytes(map(bool, cells)).find(bytes(MARKS + 1)) >= 0


def _slowly(text: str, cells: list[int], width: int) -> Iterator[int]:
    """Go from character to character, where what one takes depends on those before it."""
    column = marks = begin = 0
    for place, char in enumerate(text):
        marks = 0 if cells[place] else marks + 1
        taken = cells[place]
        if char == "\t":
            taken = TAB - column % TAB
        elif marks > MARKS:
            taken = len(f"‹U+{ord(char):04X}›")
        if column + taken > width and place > begin:
            yield place
            begin, column = place, 0
            marks = 0 if cells[place] else 1
            taken = TAB if char == "\t" else cells[place]
        column += taken
