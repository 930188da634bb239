"""Memory and time of a process and its children, as Linux tells them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
_PAUSE: Final = 0.02


def resident(pid: int) -> int:
    """Return the resident bytes of a process."""
    return _total(Path(f"/proc/{pid}/smaps_rollup"), "Rss:")


def proportional(pid: int) -> int:
    """Return the resident bytes of a process, its share of what it shares with others."""
    return _total(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def private(pid: int) -> int:
    """Return the resident bytes that are no pages of a file."""
    return _total(Path(f"/proc/{pid}/smaps_rollup"), "Anonymous:")


def _total(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:  # it is over
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def tree(pid: int) -> list[int]:
    """Return a process and all that come of it."""
    found = [pid]
    for each in found:
        for path in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, path.read_text().split())
            except OSError:
                continue
    return found


def memory(pid: int) -> int:
    """Return the memory of a process and its children in bytes."""
    return sum(map(proportional, tree(pid)))


def cpu(pid: int) -> float:
    """Return the seconds of processor time that a process and its children have used."""
    used = 0
    for each in tree(pid):
        for path in Path(f"/proc/{each}/task").glob("*/schedstat"):
            try:
                used += int(path.read_text().split()[0])
            except OSError:
                continue
    return used / 1e9


class Peak:
    """The highest memory of a process and its children while it is watched, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.before = self.highest = memory(pid)

    @property
    def growth(self) -> int:
        """How far it rose above what it was at first."""
        return self.highest - self.before

    @property
    def settled(self) -> int:
        """How far it is above what it was at first now."""
        return memory(self._pid) - self.before

    @contextmanager
    def watching(self) -> Iterator[Peak]:
        """Look fifty times a second."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,))
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(_PAUSE):
            self.highest = max(self.highest, memory(self._pid))
