"""Sockets with the app open on them: how long keys wait, what it takes, and what is lost."""

from __future__ import annotations

import asyncio
import json
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from . import crowd, probe
from .grid import Grid
from .process import MIB, Peak
from .report import MS, Figure, most
from .server import ROOT
from .stage import Stage
from .window import NotShownError, Window

_LISTEN_TAB: Final = "\x1bOS"
_CLOSE: Final = "\x1b[19~"
_PAUSE: Final = 0.02


def flood(stage: Stage) -> Iterator[Figure]:
    """Take a gigabyte while the session is shown, and one writes in its line."""
    name = "session of 1 GiB that is shown"
    with _peer("flood") as peer, stage.app(f"tcp://127.0.0.1:{_port(peer)}") as window:
        memory = Peak(window.pid)
        with memory.watching():
            window.type("\r")
            waits = _written(window, lambda: peer.poll() is not None or _told(peer))
            window.until("peer sent its end", 60.0)
            window.watch(1.0)
        settled = memory.settled
        window.key(_CLOSE, "closed")
        window.watch(1.0)
    yield most(f"{name}, longest wait of a key", max(waits) * MS, 100.0)
    yield most(f"{name}, memory growth, peak", memory.growth / MIB, 100.0, "MiB")
    yield most(f"{name}, memory growth, settled", max(settled / MIB, 0), 100.0, "MiB")
    lost = asyncio.run(_lost(Path(stage.environment["SONDE_HISTORY"])))
    yield most(f"{name}, bytes lost or wrong in the record", lost, 0.0, "bytes")


def crowded(stage: Stage) -> Iterator[Figure]:
    """Echo 500 clients at once in the app, while one moves in their list."""
    name = "500 clients that say 1,000 messages each"
    with stage.app() as window:
        window.key(_LISTEN_TAB, "Not listening")
        window.type("tcp://127.0.0.1:0\t\t")
        window.key(" ", "answer: echo")
        window.type("\x1b[Z\x1b[Z")
        window.key("\r", "listening on")
        port = re.search(r"127\.0\.0\.1:(\d{4,5}) ", window.grid.text)
        if port is None:
            raise NotShownError(f"no port:\n{window.grid.text}")
        with _peer("clients", port[1]) as peer:
            window.until("500 client", 30.0)
            waits = probe.in_rows(window, "j" * 100)
            while not _told(peer):
                window.watch(_PAUSE)  # who does not read holds the app up
            told = json.loads(peer.communicate()[0])
    yield most(f"{name}, longest wait of a key", max(waits) * MS, 100.0)
    yield most(f"{name}, wrong echoes", told["wrong"], 0.0, "")
    yield most(f"{name}, in all", told["seconds"], None, "s")


@contextmanager
def _peer(*role: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.crowd", *role]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _port(peer: subprocess.Popen[str]) -> int:
    assert peer.stdout is not None
    return int(peer.stdout.readline())


def _told(peer: subprocess.Popen[str]) -> bool:
    """Whether the peer has said that it is through, without waiting for it."""

    return bool(peer.stdout and select.select([peer.stdout], [], [], 0)[0])


def _written(window: Window, over: Callable[[], bool]) -> list[float]:
    """Write in the line to send from until something is over; return what each letter waited."""
    waits = []
    written = ""
    for letter in probe.letters():
        written += letter
        waits.append(window.key(letter, partial(_shows, text=written[-8:])))
        window.watch(_PAUSE)
        if over():
            return waits
    raise AssertionError  # the letters never end


def _shows(grid: Grid, *, text: str) -> bool:
    return any(text in row for row in grid.rows[-4:])


async def _lost(path: Path) -> int:
    """Return how many bytes of the flood the newest entry lacks, or holds otherwise."""
    from sonde_core.history.history import History
    from sonde_core.model import Chunk, Event, EventKind

    history = History(path)
    history.open()
    entry = await history.get(history.find("@1"))
    exchange = entry.exchange
    lost, offset = crowd.TOTAL - exchange.received, 0
    for moment in exchange.timeline:
        if isinstance(moment, Chunk):
            lost += 0 if crowd.holds(moment.data, offset) else len(moment.data)
            offset += len(moment.data)
        elif isinstance(moment, Event) and moment.kind is EventKind.DROPPED:
            offset += int(moment.facts["bytes"])
    await history.close()
    return lost + crowd.TOTAL - offset
