"""The start, and what a key takes when nothing goes on."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from . import probe
from .grid import Grid
from .process import MIB, proportional, resident
from .report import MS, Figure, most, p95, ratio
from .stage import SONDE, Stage
from .window import Window

_ROUNDS = 9
_BARE_SEND = """\
import sys

import httpx

response = httpx.get(sys.argv[1])
print(response.status_code, file=sys.stderr)
sys.stdout.write(response.text)
"""


def start(stage: Stage) -> Iterator[Figure]:
    """Measure the time to the first paint."""
    bare, ours = _turns(
        lambda: _paint(stage, stage.bare, "^p palette"),
        lambda: _paint(stage, SONDE, "Nothing was sent yet", "^q Quit"),
    )
    yield ratio("first paint of the app", bare * MS, ours * MS, 1.5)


def _paint(stage: Stage, command: tuple[str, ...], *marks: str) -> float:
    stage.fresh_history()
    with Window(command, stage.environment) as window:
        seconds = window.until(lambda grid: all(m in grid.text for m in marks)) - window.started
        window.rest(0.1)
    return seconds


def _turns(bare: Callable[[], float], ours: Callable[[], float]) -> tuple[float, float]:
    """Take turns, so that what else the machine does meets both; the first turn warms up."""
    times = [(bare(), ours()) for _ in range(_ROUNDS + 1)][1:]
    one, two = zip(*times, strict=True)
    return statistics.median(one), statistics.median(two)


def idle_memory(stage: Stage) -> Iterator[Figure]:
    """Measure what is resident once the app has done all it does by itself."""
    with stage.bare_app() as bare, stage.app() as ours:
        bare.watch(1.0)
        beside, sonde = resident(bare.pid) / MIB, resident(ours.pid) / MIB
        yield most("memory at start", sonde, 60.0, "MiB", beside=beside)
        beside, sonde = proportional(bare.pid) / MIB, proportional(ours.pid) / MIB
        yield most("memory at start, shared pages in parts", sonde, None, "MiB", beside=beside)


def keys(stage: Stage) -> Iterator[Figure]:
    """Measure from a key to its effect on the screen."""
    with stage.bare_app() as bare:
        beside = p95(_letters(bare, row=2)) * MS
    with stage.app() as ours:
        sonde = p95(_letters(ours, row=probe.URL_ROW)) * MS
    yield most("key to paint, idle, in a field, p95", sonde, 20.0, beside=beside)
    stage.server.prepare("1m-pretty")
    with stage.app(stage.server.url("1m-pretty")) as ours:
        mark = stage.server.mark
        ours.type("\r")
        ours.until(mark)
        stage.server.served()
        ours.rest()
        rows = probe.in_rows(ours, "j" * 60)
    yield most("key to paint, idle, in a body, p95", p95(rows) * MS, 20.0)


def _letters(window: Window, row: int) -> list[float]:
    """Write into a field that stands in a row."""
    waits = []
    written = ""
    for letter in islice(probe.letters(), 60):
        written += letter
        waits.append(window.key(letter, partial(_row_holds, row=row, text=f" {written}")))
        window.watch(0.03)
    return waits


def _row_holds(grid: Grid, *, row: int, text: str) -> bool:
    return text in grid.rows[row]


def command(stage: Stage) -> Iterator[Figure]:
    """Measure a whole `sonde send` beside a script of httpx."""
    script = stage.folder / "bare_send.py"
    script.write_text(_BARE_SEND)
    url = stage.server.url("10k-pretty")
    bare, ours = _turns(
        lambda: _run(stage, sys.executable, str(script), url),
        lambda: _run(stage, *SONDE, "send", url),
    )
    yield ratio("`sonde send` of 10 KB", bare * MS, ours * MS, 1.3)


def _run(stage: Stage, *words: str) -> float:
    start = time.monotonic()
    subprocess.run(
        words,
        check=True,
        env=stage.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seconds = time.monotonic() - start
    stage.server.served()
    return seconds
