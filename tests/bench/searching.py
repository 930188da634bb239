"""A history of 100,000 entries: shown, indexed, filtered, and searched through."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from tests.many_entries import needle, write

from .grid import Grid
from .process import MIB, resident
from .report import MS, Figure, most, p95, ratio
from .stage import SONDE, Stage
from .window import Window

ENTRIES: Final = 100_000
BODY: Final = 9_400  # bytes of most bodies: 1 GB in all
_ALL: Final = f"{ENTRIES:,} entries"
_HISTORY: Final = "\x1b[15~"  # F5
_FILTER_ROW: Final = 1
_COUNTS_ROW: Final = 2
_ROUNDS: Final = 5
_LONGEST: Final = 1.0  # seconds that a result may take
# Each is typed key by key; all of it is seen in how many entries are listed.
_TYPED: Final = ("foxtrot", "status:5xx time>390ms", "host:example.org -alpha", "tag:delta or 503")


def searching(stage: Stage) -> Iterator[Figure]:
    """Measure what metadata tell, in a file of 200 MB."""
    empty, full = stage.folder / "empty.json", stage.folder / "many.json"
    write(full, ENTRIES)
    turns = [(_paint(stage, empty), _paint(stage, full)) for _ in range(_ROUNDS + 1)][1:]
    beside, sonde = (statistics.median(times) for times in zip(*turns, strict=True))
    yield ratio(f"first paint with {_ALL}", beside * MS, sonde * MS, 1.15)
    with _started(stage, full) as window:
        begun = window.type(_HISTORY)
        waits = _typing_meanwhile(window)
        window.until(lambda grid: f"of {_ALL}" in grid.text)
        yield most(f"{_ALL} searchable", (window.last - begun) * MS, 1500.0)
        yield most("longest wait of a key meanwhile", max(waits) * MS, 100.0)
        window.rest()
        window.watch(2.0)
        waits = [wait for text in _TYPED for wait in _filter(window, text)]
        yield most(f"filter on metadata of {_ALL}, key to result, p95", p95(waits) * MS, 50.0)
        yield most(f"memory with {_ALL}", resident(window.pid) / MIB, 150.0, "MiB")


def inside(stage: Stage) -> Iterator[Figure]:
    """Measure the search through 1 GB of bodies."""
    full = stage.folder / "bodies.json"
    write(full, ENTRIES, body=BODY)
    with _started(stage, full) as window:
        window.type(_HISTORY)
        window.until(_ALL, 60.0)
        window.rest()
        window.type("f")
        first = window.key(_pasted("body:haystack"), partial(_has_found, of=_ALL))
        yield most("first hits in 1 GB of bodies", first * MS, 500.0)
        _clear(window)
        begun = window.type(_pasted(f"body:{needle(1)}"))
        window.until("escape stops")
        window.until(f"1 of {_ALL}", 60.0)
        yield most("the oldest of them found", (window.last - begun) * MS, None)


def _paint(stage: Stage, path: Path) -> float:
    with _started(stage, path) as window:
        return window.last - window.started


def _started(stage: Stage, path: Path) -> Window:
    stage.environment["SONDE_HISTORY"] = str(path)
    window = Window(SONDE, stage.environment)
    window.until("^q Quit")
    return window


def _typing_meanwhile(window: Window) -> list[float]:
    """Type into the filter until all is indexed; return what each letter waited."""
    window.until("filter:")
    window.type("f")
    waits, typed = [], ""
    end = time.monotonic() + 30
    while f"of {_ALL}" not in window.grid.text and time.monotonic() < end:
        letter = "abcdefgh"[len(typed) % 8]
        typed += letter
        waits.append(window.key(letter, partial(_typed, text=typed[-20:])))
        window.watch(0.02)
    return waits


def _filter(window: Window, text: str) -> Iterator[float]:
    """Type a filter key by key; return what each key waited until the list was its own."""
    _clear(window)
    for key in text:
        before = window.grid.rows[_COUNTS_ROW]
        at = window.type(key)
        while time.monotonic() - at < _LONGEST and window.grid.rows[_COUNTS_ROW] == before:
            window.read(0.02)
        if window.grid.rows[_COUNTS_ROW] != before:  # it may be as many as before
            yield window.last - at
        window.rest(0.15)


def _clear(window: Window) -> None:
    window.type("\x05\x15")  # to the end, and away with all before it
    window.until(lambda grid: grid.rows[_COUNTS_ROW].strip().startswith(_ALL))
    window.rest()


def _typed(grid: Grid, *, text: str) -> bool:
    return text in grid.rows[_FILTER_ROW]


def _has_found(grid: Grid, *, of: str) -> bool:
    told = grid.rows[_COUNTS_ROW].strip()
    return f"of {of}" in told and not told.startswith("0 of")


def _pasted(text: str) -> str:
    """Return what a terminal sends for text that is pasted."""
    return f"\x1b[200~{text}\x1b[201~"
