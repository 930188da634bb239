"""Where a character of a text stands once its tabs are drawn as spaces."""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import Final

from rich.cells import cell_len

from sonde_core.safetext import MARKS, is_mark, line, safe
from sonde_core.text.cells import TAB


class _Widths(dict[str, int]):
    """How many characters one is drawn as, found out when first met."""

    def __missing__(self, char: str) -> int:
        self[char] = width = len(line(char))
        return width


_WIDTHS: Final = _Widths()


def starts(text: str, *, tabs: bool = True) -> array[int]:
    """Return the column where each character is drawn, and the one behind the last.

    Args:
        text: As it is decoded.
        tabs: Whether a tab is drawn as spaces, as `expand` does it, or as a sign.
    """
    widths = list(map(_WIDTHS.__getitem__, text))
    if sum(widths) != len(line(text)):  # some marks are too many for a cell
        marks = 0
        for place, char in enumerate(text):
            marks = marks + 1 if widths[place] == 1 and is_mark(char) else 0
            if marks > MARKS:
                widths[place] = len(f"‹U+{ord(char):04X}›")
    cells = place = 0
    for piece in text.split("\t")[:-1] if tabs else ():
        place += len(piece)
        cells += cell_len(safe(piece))
        widths[place] = TAB - cells % TAB
        cells += widths[place]
        place += 1
    return array("I", accumulate(widths, initial=0))


def expand(text: str, column: int = 0) -> str:
    """Draw tabs as spaces up to the next stop, counted from so many cells before the text."""
    first, *others = text.split("\t")
    if not others:
        return text
    parts = [first]
    column += cell_len(first)
    for part in others:
        space = TAB - column % TAB
        parts.append(" " * space + part)
        column += space + cell_len(part)
    return "".join(parts)


def drawn_index(text: str, index: int, column: int = 0) -> int:
    """Return which character of a text stands at an index of its drawn form.

    Args:
        text: With tabs.
        index: Counts characters of the row as drawn.
        column: Cells before the text.
    """
    if "\t" not in text:
        return min(index, len(text))
    for place, char in enumerate(text):
        if index <= 0:
            return place
        width = TAB - column % TAB if char == "\t" else cell_len(char)
        index -= width if char == "\t" else 1
        column += width
    return len(text)
