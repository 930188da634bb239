"""What is done with a large body that is there: opened, paged, searched, left alone."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import probe
from .answering import window_done
from .bodies import LAST
from .process import cpu
from .report import MS, Figure, beyond, most, p95
from .stage import SONDE, Stage
from .window import Window

_IDLE = 10.0  # seconds


@contextmanager
def _opened(stage: Stage, path: str) -> Iterator[Window]:
    """Show an answer that is indented to its end; the focus is in it."""
    stage.server.prepare(path)
    with stage.app(stage.server.url(path)) as window:
        window.type("\r")
        window.until(lambda _: window_done(window))
        stage.server.served()
        window.rest()
        yield window


def finding(stage: Stage) -> Iterator[Figure]:
    """Measure the search for what stands at the end of 50 MB."""
    for form in ("pretty", "minified"):
        for kind, keys, bar in (("text", "", 500.0), ("regular expression", "\t", 3000.0)):
            with _opened(stage, f"50m-{form}") as window:
                needle = LAST if kind == "text" else LAST.replace("very", r"v\w+")
                seconds = _find(window, keys, needle)
                window.rest()
                waits = probe.in_rows(window, "\rgjGkg")
                window.type(f"/{_pasted('nothing ' + needle)}\r")
                waits += probe.in_rows(window, "j" * 20)
            name = f"find {kind} at the end of 50 MB, {form}"
            yield most(name, seconds * MS, bar)
            yield most(f"{name}, longest wait of a key", max(waits) * MS, 100.0)


def _find(window: Window, keys: str, needle: str) -> float:
    """Look for what stands at the end; returns the seconds until it is seen."""
    window.type(f"/{keys}")
    window.rest()
    return window.key(_pasted(needle), lambda grid: LAST in "".join(grid.rows[:-3]))


def _pasted(text: str) -> str:
    """Return what a terminal sends for text that is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


def idling(stage: Stage) -> Iterator[Figure]:
    """Measure the processor's time while 50 MB are shown and nobody does anything."""
    with stage.bare_app() as bare, _opened(stage, "50m-pretty") as ours:
        window_pair = (bare, ours)
        ours.watch(3.0)
        before = [cpu(window.pid) for window in window_pair]
        end = time.monotonic() + _IDLE
        while time.monotonic() < end:
            for window in window_pair:
                window.read(0.05)
        beside, sonde = (
            (cpu(window.pid) - was) / _IDLE * 100
            for window, was in zip(window_pair, before, strict=True)
        )
    yield beyond("processor, idle with 50 MB shown", beside, sonde, 1.0, "%")


def history(stage: Stage) -> Iterator[Figure]:
    """Measure a body of 100 MB that is in the history."""
    path, name = "100m-pretty", "100 MB in the history"
    stage.server.prepare(path)
    stage.fresh_history()
    subprocess.run(
        [*SONDE, "send", stage.server.url(path)],
        check=True,
        env=stage.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    mark = stage.server.mark
    stage.server.served()
    with Window(SONDE, stage.environment) as window:
        window.until("^q Quit")
        window.rest()
        window.watch(1.0)
        opened = window.key("\x1b[15~", mark)  # F5 shows the newest entry
        window.type("\r")
        window.rest(0.1)
        pages = probe.in_rows(window, ["\x1b[6~"] * 40)
        waits = probe.in_rows(window, ["G", "g", *"jkjk"])
    yield most(f"{name}, opened", opened * MS, 150.0)
    yield most(f"{name}, page down, p95", p95(pages) * MS, 30.0)
    yield most(f"{name}, longest wait of a key", max(waits + pages) * MS, 100.0)
