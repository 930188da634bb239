"""From the key that sends to the body on the screen."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Final

from . import probe
from .bodies import LAST
from .process import MIB, Peak
from .report import MS, Figure, most, ratio
from .stage import Stage, prettified
from .window import Window

_SEND_AGAIN: Final = "\n"  # ctrl+j, which works wherever the focus is
_STARTS: Final = 5


def small(stage: Stage) -> Iterator[Figure]:
    """Measure 10 KB: the first answer after the start, and the ones after it."""
    stage.server.prepare("10k-pretty")
    first, after = [], []
    for number in range(_STARTS):
        with stage.app(stage.server.url("10k-pretty")) as window:
            first.append(_send(stage, window, "\r"))
            for _ in range(0 if number else 10):
                window.rest(0.15)
                after.append(_send(stage, window, _SEND_AGAIN))
    name = "send to first screen, 10 KB, less the server's time"
    yield most(f"{name}, first send", statistics.median(first) * MS, 80.0)
    yield most(f"{name}, later sends", statistics.median(after) * MS, 80.0)


def _send(stage: Stage, window: Window, key: str, *, pretty: bool = False) -> float:
    """Send, and return the seconds to the first screen, or to the indented one."""
    mark = stage.server.mark
    at = window.type(key)
    seconds = window.until(lambda grid: mark in grid.text and (not pretty or prettified(grid))) - at
    return seconds - stage.server.served().took


def middle(stage: Stage) -> Iterator[Figure]:
    """Measure 1 MB of JSON until it is indented and coloured."""
    for form in ("pretty", "minified"):
        path = f"1m-{form}"
        stage.server.prepare(path)
        first, after = [], []
        for _ in range(3):
            with stage.app(stage.server.url(path)) as window:
                first.append(_send(stage, window, "\r", pretty=True))
                for _ in range(2):
                    window.rest(0.15)
                    after.append(_send(stage, window, _SEND_AGAIN, pretty=True))
        name = f"1 MB JSON, {form}, to indented and coloured"
        yield most(f"{name}, first send", statistics.median(first) * MS, 200.0)
        yield most(f"{name}, later sends", statistics.median(after) * MS, 200.0)


def large(stage: Stage) -> Iterator[Figure]:
    """Measure 50 MB of JSON: its first screen, its last row, the memory, and keys meanwhile."""
    for form in ("pretty", "minified"):
        path = f"50m-{form}"
        stage.server.prepare(path)
        name = f"50 MB JSON, {form}"
        yield from _screens(stage, path, name)
        yield from _memory(stage, path, name, peak=25.0)
        yield from _waits(stage, path, name)


def _screens(stage: Stage, path: str, name: str) -> Iterator[Figure]:
    with stage.app(stage.server.url(path)) as window:
        mark = stage.server.mark
        at = window.type("\r")
        seen = window.until(mark)
        whole = window.until(lambda _: window_done(window))
        served = stage.server.served()
        window.key("G", lambda grid: LAST in grid.text)
    arrival = (served.last - at) * MS
    yield ratio(f"{name}, first screen beside the last byte", arrival, (seen - at) * MS, 1.0)
    yield most(f"{name}, indented after the last byte", (whole - served.last) * MS, 1500.0)


def window_done(window: Window) -> bool:
    """Whether an answer is over and its text is indented to the end."""
    text = window.grid.text
    return " 200 OK" in text and "indenting" not in text and prettified(window.grid)


def _memory(stage: Stage, path: str, name: str, *, peak: float) -> Iterator[Figure]:
    """Measure in a run of its own: looking at the memory of a process holds it up."""
    with stage.app(stage.server.url(path)) as window:
        memory = Peak(window.pid)
        with memory.watching():
            window.type("\r")
            window.until("✓ 200 OK")
            window.watch(2.0)
        stage.server.served()
        settled = memory.settled
    yield most(f"{name}, memory growth, peak", memory.growth / MIB, peak, "MiB")
    yield most(f"{name}, memory growth, settled", max(settled / MIB, 0), peak, "MiB")


def _waits(stage: Stage, path: str, name: str) -> Iterator[Figure]:
    """Measure keys in the field while it arrives, and in the rows while it is indented."""
    with stage.app(stage.server.url(path)) as window:
        window.type("\r")
        waits = probe.in_field(window, lambda grid: "✓ 200 OK" in grid.text)
        stage.server.served()
        window.watch(1.0)
    with stage.app(stage.server.url(path)) as window:
        mark = stage.server.mark
        window.type("\r")
        window.until(mark)
        waits += probe.in_rows(window, "j" * 60)  # up could be at an end
        stage.server.served()
    yield most(f"{name}, longest wait of a key", max(waits) * MS, 100.0)


def huge(stage: Stage) -> Iterator[Figure]:
    """Measure 1 GB that is no text."""
    path, name = "1g", "1 GB binary"
    with stage.app(stage.server.url(path)) as window:
        at = window.type("\r")
        seen = window.until("00000000")
        window.until("✓ 200 OK")
        served = stage.server.served()
    arrival = (served.last - at) * MS
    yield ratio(f"{name}, first screen beside the last byte", arrival, (seen - at) * MS, 1.0)
    yield from _memory(stage, path, name, peak=100.0)
    with stage.app(stage.server.url(path)) as window:
        window.type("\r")
        waits = probe.in_field(window, lambda grid: "✓ 200 OK" in grid.text)
        stage.server.served()
    yield most(f"{name}, longest wait of a key", max(waits) * MS, 100.0)
