"""The list of 100,000 entries: scrolled, and put in another order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sonde_core.history.entry import Entry, to_json
from tests.histories import http

from . import probe
from .report import MS, Figure, most, p95
from .stage import SONDE, Stage
from .window import Window

ENTRIES: Final = 100_000
_BEGUN: Final = datetime(2026, 1, 2, tzinfo=UTC)


def listing(stage: Stage) -> Iterator[Figure]:
    """Measure the keys of a list that is known whole."""
    stage.fresh_history()
    _write(Path(stage.environment["SONDE_HISTORY"]))
    with Window(SONDE, stage.environment) as window:
        window.until("^q Quit")
        window.type("\x1b[15~")  # F5
        window.until(f"{ENTRIES:,} entries", 60.0)
        window.rest()
        window.watch(1.0)
        window.type("jjj")  # to where the probe looks
        window.rest()
        rows = probe.in_rows(window, ["j"] * 60 + ["k"] * 30)
        pages = probe.in_rows(window, ["\x1b[6~"] * 40)
        window.type("g")
        window.rest()
        tree = window.key("v", "by host and path")
        window.rest()
        walked = probe.in_rows(window, ["j"] * 10)
        unfolded = max(probe.in_rows(window, ["Z"]))
        window.rest()
        walked += probe.in_rows(window, ["j"] * 40 + ["\x1b[6~"] * 20)
        window.rest()
        back = window.key("v", lambda grid: "by host and path" not in grid.text)
        window.rest()
        together = window.key("c", "repeats as one")
        window.rest()
        walked += probe.in_rows(window, ["j"] * 20)
    name = f"list of {ENTRIES:,}"
    yield most(f"{name}, scrolled by row, p95", p95(rows) * MS, 25.0)
    yield most(f"{name}, scrolled by page, p95", p95(pages) * MS, 25.0)
    yield most(f"{name}, drawn from memory", back * MS, 150.0)
    yield most(f"{name}, as a tree", tree * MS, None)
    yield most(f"{name}, tree unfolded", unfolded * MS, 150.0)
    yield most(f"{name}, repeats as one", together * MS, None)
    yield most(f"{name}, scrolled in a tree, p95", p95(walked) * MS, 25.0)


def _write(path: Path) -> None:
    """Write a history of small entries, as if each was recorded."""
    whole = to_json(Entry("", http()))
    with path.open("w", encoding="ascii") as file:
        file.write("[\n")
        for number in range(ENTRIES):
            file.write(",\n" if number else "")
            file.write(json.dumps(whole | _own(number), separators=(",", ":")))
        file.write("\n]\n")
    path.chmod(0o600)


def _own(number: int) -> dict[str, object]:
    """Return what tells an entry from the others; some have the same address."""
    at = _BEGUN + timedelta(seconds=number)
    return {
        "id": f"0193a7c2-5f1e-7000-8000-{number:012x}",
        "t": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "target": f"https://host{number % 20}.example.org/api/v{number % 3}/{number % 5000}",
    }
