"""How long a key waits while something large goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from random import Random
from typing import Final

from .grid import Grid
from .window import Window

_PAUSE: Final = 0.02  # seconds between the effect of a key and the next one
URL_ROW: Final = 1


def in_field(window: Window, over: Callable[[Grid], bool], seconds: float = 60.0) -> list[float]:
    """Write in the URL field until something is over; return what each letter waited.

    Whoever writes in it is not led to the answer, so that all keys go there.
    """
    waits = []
    written = ""
    for letter in letters():
        written += letter
        waits.append(window.key(letter, partial(_holds, text=written[-8:])))
        window.watch(_PAUSE)
        if over(window.grid) or sum(waits) + len(waits) * _PAUSE > seconds:
            return waits
    raise AssertionError  # the letters never end


def letters() -> Iterator[str]:
    """Yield letters, none of GET's, of which no eight come twice in the same order."""
    chance = Random(1)  # noqa: S311 - nothing depends on it
    while True:
        yield chance.choice("ABCDFHIJKLMNOPQRSUVWXYZ")


def in_rows(window: Window, keys: Iterable[str]) -> list[float]:
    """Press keys in rows and return what each one waited until the rows changed."""
    waits = []
    for key in keys:
        waits.append(window.key(key, partial(_moved, before=seen(window.grid))))
        window.watch(_PAUSE)
    return waits


def _holds(grid: Grid, *, text: str) -> bool:
    return text in grid.rows[URL_ROW]


def _moved(grid: Grid, *, before: tuple[object, ...]) -> bool:
    return seen(grid) != before


def seen(grid: Grid) -> tuple[object, ...]:
    """Return what can be told of the rows below the head, the cursor in them included."""
    return (*grid.rows[5:-1], *map(tuple, grid.styles[5:-1]))
