"""How many cells of a terminal a character takes, once it is drawn as `safetext` draws it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ..safetext import MARKS, is_mark, safe

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


# Runs of characters that take the same number of cells, so that most text is not gone through
# character by character; what is in none of them is looked at by itself.
_NARROW: Final = "\x00-\x08\x0a-\x7f\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027"
_WIDE_RUN: Final = (
    "\u2e80-\u2e99\u2f00-\u2fd5\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\ua48c"
    "\uac00-\ud7a3\uf900-\ufa6d\uff01-\uff60\U0001f300-\U0001f320\U0001f400-\U0001f43e"
)
_RUN: Final = re.compile(
    f"(?P<one>[{_NARROW}]++)|(?P<two>[{_WIDE_RUN}]++)|(?P<four>[\udc80-\udcff]++)|(?P<other>.)",
    re.DOTALL,
)
MOST: Final = 9  # cells that the stand-in of a character takes at most
_PLAIN: Final = ((1, re.compile(f"[{_NARROW}]*+")), (2, re.compile(f"[{_NARROW}{_WIDE_RUN}]*+")))
_TAKEN: Final = {"one": 1, "two": 2, "four": 4}


def count_rows(text: str, width: int) -> int:
    """Return how many rows lines take, as `row_ends` cuts them; most of them at once."""
    lines = text.removesuffix("\n").split("\n")
    spread = text.replace("\r", "\0").expandtabs(TAB)  # which begins a line at each of them
    most = most_cells(spread)
    if most > 1:
        sure = width // max(most, TAB)
        return sum(1 if len(line) <= sure else _rows_of(line, width) for line in lines)
    if "\t" in text:
        wide = spread.removesuffix("\n").split("\n")
        pairs = zip(lines, wide, strict=True)
        return sum(1 if len(drawn) <= width else _rows_of(line, width) for line, drawn in pairs)
    return sum((len(line) + width - 1) // width or 1 for line in lines)


def most_cells(text: str) -> int:
    """Return how many cells a character of a text takes at most; 1 if all of them take one."""
    for cells, run in _PLAIN:
        found = run.match(text)
        if found is not None and found.end() == len(text):
            return cells
    return MOST


def _rows_of(line: str, width: int) -> int:
    return sum(1 for _ in row_ends(line, width)) + 1


def row_ends(text: str, width: int) -> Iterator[int]:
    """Yield where the rows of a line end, in characters, but for the last one.

    Args:
        text: As it is decoded: tabs and controls are counted as they will be drawn.
        width: Cells of a row; a character that takes more has a row of its own.
    """
    column = marks = begin = 0
    for run in _RUN.finditer(text):
        place, end = run.span()
        if run.lastgroup != "other":
            marks, taken = 0, _TAKEN[run.lastgroup or "one"]
            while (end - place) * taken > width - column:
                fitting = max((width - column) // taken, place == begin)
                if place + fitting >= end:
                    break
                place += fitting
                yield place
                begin, column = place, 0
            column += (end - place) * taken
            continue
        char = run[0]
        cells = CELLS[char]
        marks = 0 if cells else marks + 1
        taken = _taken(char, cells, column, marks)
        if column + taken > width and place > begin:
            yield place
            begin, column, marks = place, 0, 0 if cells else 1
            taken = _taken(char, cells, 0, marks)
        column += taken


def _taken(char: str, cells: int, column: int, marks: int) -> int:
    if char == "\t":
        return TAB - column % TAB
    return cells if marks <= MARKS else len(f"‹U+{ord(char):04X}›")
