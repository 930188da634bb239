"""What came of torturing a history, as a table."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_SHOWN: Final = 5
_LONGEST: Final = 1000


@dataclass(slots=True)
class Result:
    """What came of one part.

    Attributes:
        cases: How many were tried.
        kept: What was acknowledged in them and looked for afterwards.
        faults: What went wrong, in words.
        remark: What else is to be told, such as what could not be tried here.
    """

    part: str
    cases: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)
    remark: str = ""
    seconds: float = 0.0

    def check(self, holds: bool, words: str) -> None:
        """Note a fault if something does not hold."""
        if not holds:
            self.faults.append(words)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Take the time."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - start


def table(results: Iterable[Result]) -> str:
    """Return the results in columns."""
    rows = [("part", "cases", "acknowledged", "faults", "seconds", "")]
    for each in results:
        numbers = (f"{each.cases:,}", f"{each.kept:,}", f"{len(each.faults):,}")
        rows.append((each.part, *numbers, f"{each.seconds:.1f}", each.remark))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number in (0, 5) else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def faults(results: Iterable[Result]) -> str:
    """Return the first faults of each part in words."""
    lines = [
        f"{each.part}: {words[:_LONGEST]}" for each in results for words in each.faults[:_SHOWN]
    ]
    return "\n".join(lines)


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder for many small files, in memory where that can be."""
    memory = "/dev/shm"  # noqa: S108 - the folder in it is made by tempfile
    where = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="sonde-torture-", dir=where) as name:
        yield Path(name)
