"""Datagrams that came and were not let through, told of now and then."""

from __future__ import annotations

import asyncio
from typing import Final

from ..model import EventKind
from .base import Log

EVERY: Final = 0.25  # seconds: so often it is told at most


class Strays:
    """Counts what was dropped, by why."""

    def __init__(self, log: Log, what: str = "dropped") -> None:
        """Begin with none; `what` became of them, in a word."""
        self._log = log
        self._what = what
        self._counts: dict[str, int] = {}
        self._sources: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, why: str, source: str = "") -> None:
        """Count one.

        Args:
            why: One of a few texts that go on after `dropped: `; `{source}` stands for the last
                source that it is about.
            source: Whose it was.
        """
        self._counts[why] = self._counts.get(why, 0) + 1
        self._sources[why] = source
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)

    def close(self) -> None:
        """Tell what is not told yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._tell()

    def _tell(self) -> None:
        self._timer = None
        for why, number in self._counts.items():
            what = "1 datagram was" if number == 1 else f"{number:,} datagrams were"
            source = self._sources[why]
            facts = {self._what: str(number)} | ({"source": source} if source else {})
            words = why.replace("{source}", source)
            self._log(EventKind.NOTE, f"{what} {self._what}: {words}", **facts)
        self._counts.clear()
