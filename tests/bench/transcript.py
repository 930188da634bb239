"""A session of a million chunks in a history: as a program it makes one, and a part measures it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from . import probe
from .grid import Grid
from .process import MIB, memory
from .report import MS, Figure, most, p95
from .server import ROOT
from .stage import SONDE, Stage
from .window import Window

CHUNKS: Final = 1_000_000
_FIRST: Final = "the very first chunk"
_HISTORY_TAB: Final = "\x1b[15~"
_PAGE_DOWN: Final = "\x1b[6~"


def transcript(stage: Stage) -> Iterator[Figure]:
    """Measure the session from the key that shows it."""
    stage.fresh_history()
    history = stage.environment["SONDE_HISTORY"]
    command = [sys.executable, "-m", "tests.bench.transcript", history]
    subprocess.run(command, check=True, cwd=ROOT, env=stage.environment)
    name = f"session of {CHUNKS:,} chunks"
    with Window(SONDE, stage.environment) as window:
        window.until("^q Quit")
        window.rest()
        window.watch(1.0)
        before = memory(window.pid)
        opened = window.key(_HISTORY_TAB, _FIRST)
        grown = memory(window.pid) - before
        window.type("\r")
        window.rest()
        pages = probe.in_rows(window, [_PAGE_DOWN] * 40)
        waits = probe.in_rows(window, [*"GgGg", *"jkjk"])
    with Window(SONDE, stage.environment) as window:
        window.until("^q Quit")
        window.rest()
        window.watch(1.0)
        window.key(_HISTORY_TAB, "entry")
        waits += _while_it_opens(window)
    yield most(f"{name}, opened", opened * MS, None)
    yield most(f"{name}, memory growth", grown / MIB, 60.0, "MiB")
    yield most(f"{name}, page down, p95", p95(pages) * MS, 30.0)
    yield most(f"{name}, longest wait of a key", max(waits + pages) * MS, 100.0)


def _while_it_opens(window: Window) -> list[float]:
    """Write in the filter, which takes the row away and brings it back, while it is read."""
    waits = []
    end = time.monotonic() + 3.0
    window.key("f", lambda grid: True)
    while time.monotonic() < end:
        for key, held in (("z", True), ("\x7f", False)):
            waits.append(window.key(key, partial(_filter_holds, held=held)))
            window.watch(0.02)
    return waits


def _filter_holds(grid: Grid, *, held: bool) -> bool:
    return ("z" in grid.rows[1]) is held


# the program


def main() -> None:
    """Write a history with one such session."""
    asyncio.run(_make(Path(sys.argv[1])))


async def _make(path: Path) -> None:
    from sonde_core.clock import SystemClock
    from sonde_core.history.history import History
    from sonde_core.model import Direction, Exchange, Outcome
    from sonde_core.recording.recorder import Recorder
    from sonde_core.session_request import SessionRequest

    recorder = Recorder()
    recorder.chunk(Direction.RECEIVED, _FIRST.encode())
    for number in range(CHUNKS - 1):
        way = Direction.SENT if number % 2 else Direction.RECEIVED
        recorder.chunk(way, b"chunk %d of many\n" % number)
    history = History(path)
    await history.add(
        Exchange(
            SessionRequest("tcp://127.0.0.1:8888"),
            SystemClock().now(),
            Outcome.DONE,
            "tcp",
            timeline=recorder,
            sent=recorder.sent,
            received=recorder.received,
        )
    )
    await history.close()


if __name__ == "__main__":
    main()
