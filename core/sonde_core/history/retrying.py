"""Trying again to write what could not be written, for as long as the program runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

# Seconds; twice as long each time, so that a disk that stays full is not asked for ever.
FIRST: Final = 2.0
LONGEST: Final = 60.0


class Retrying:
    """A timer that runs while something waits; for one event loop.

    Args:
        attempt: Tries to write what waits.
        waiting: Tells how much does.
    """

    def __init__(
        self,
        attempt: Callable[[], Awaitable[object]],
        waiting: Callable[[], int],
        first: float = FIRST,
    ) -> None:
        self._attempt = attempt
        self._waiting = waiting
        self._first = first
        self._pause = first
        self._timer: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[None] | None = None
        self._stopped = False

    def look(self) -> None:
        """Begin to try again if something waits."""
        if self._timer or self._work or self._stopped:
            return
        if not self._waiting():
            self._pause = self._first
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._pause, self._begin)
        self._pause = min(self._pause * 2, LONGEST)

    def stop(self) -> None:
        """Begin no more; what is being tried goes on."""
        self._stopped = True
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._timer = None
        self._work = asyncio.create_task(self._try())  # held here: nobody waits for it

    async def _try(self) -> None:
        try:
            await self._attempt()
        finally:
            self._work = None
        self.look()
