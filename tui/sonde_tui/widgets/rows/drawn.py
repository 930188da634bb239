"""Where a character of a text stands once its tabs are drawn as spaces."""

from __future__ import annotations

from rich.cells import cell_len

from sonde_core.text.cells import TAB


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
