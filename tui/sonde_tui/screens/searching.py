"""The search through what is in entries, for the list of the history: shown as it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from sonde_core.entry_filter import EntryFilter, Progress, Search
from sonde_core.history.history import History
from sonde_core.history.summary import Summary

# Seconds between two times that it is told what was found.
PAUSE: Final = 0.15


class Searching:
    """Looks for one filter, again when the history changed; it then reads what is new only.

    Attributes:
        chosen: The filter.
        running: Whether it goes on; whoever has it run says so first.
        stopped: Whether a person stopped it.
    """

    def __init__(self, history: History, chosen: EntryFilter, tell: Callable[[], None]) -> None:
        """Prepare; `run` begins.

        Args:
            history: Where to look.
            chosen: What for.
            tell: Called when more was found.
        """
        self.chosen = chosen
        self.running = False
        self.stopped = False
        self._history = history
        self._search = Search(history, chosen)
        self._tell = tell
        self._found: Sequence[Summary] = ()
        self._version = -1  # of the history that was looked through, to its end
        self._told = 0.0
        self._share = 0.0

    @property
    def found(self) -> Sequence[Summary]:
        """What passes, newest first, as far as it is known."""
        return self._found

    @property
    def due(self) -> bool:
        """Whether there may be more to find."""
        return not (self.running or self.stopped) and self._version != self._history.version

    @property
    def progress(self) -> str:
        """How far it is, in words; empty once all is looked through."""
        if self.stopped:
            return f"stopped at {self._share:.0%}"
        if self.running and self._version < 0:
            return f"{self._share:.0%} searched, escape stops"
        return ""

    async def run(self) -> None:
        """Look through all entries."""
        first = self._version < 0
        found: list[Summary] = []
        try:
            async for batch in self._search.batches(self._go_on):
                found += batch
                if first:  # later on, what was found before stays until all is looked through
                    self._found = found
                    self._say(now=len(found) == len(batch))
        finally:
            self.running = False
        self._found, self._version = found, self._search.version
        self._say(now=True)

    def stop(self) -> None:
        """Remember that it was stopped; whoever runs it cancels it."""
        self.stopped = True

    def _go_on(self, progress: Progress) -> None:
        self._share = progress.share
        self._say()

    def _say(self, *, now: bool = False) -> None:
        """Tell it, unless that was done a moment ago."""
        if now or time.monotonic() - self._told > PAUSE:
            self._told = time.monotonic()
            self._tell()
