"""The first cells of a row that may be very long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.cells import cell_len

from sonde_core.safetext import SafeText

_ENOUGH: Final = 2  # bytes for a cell, at first


def is_long(size: int, cells: int) -> bool:
    """Whether a row of so many bytes may take more cells than are seen."""
    return size > cells * _ENOUGH


def first_cells(size: int, cells: int, shown: Callable[[int], SafeText]) -> tuple[SafeText, int]:
    """Return so many cells of a row, or some more, and about how many there are behind.

    Args:
        size: Bytes of the row.
        cells: That are seen.
        shown: Returns the text of the first so many bytes.
    """
    read = min(cells * _ENOUGH, size)
    text = shown(read)
    while read < size and cell_len(text) < cells:  # marks take no cells
        read = min(read * 2, size)
        text = shown(read)
    enough = cells  # stand-ins are long
    while enough < len(text) and cell_len(text[:enough]) < cells:
        enough *= 2
    return SafeText(text[:enough]), size - read + max(len(text) - enough, 0)
