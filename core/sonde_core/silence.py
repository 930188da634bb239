"""A silence: nothing happened for so long. One timer serves however much happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Silence:
    """Tells when nothing began anew for a while.

    Attributes:
        is_there: Whether it is so by now.
    """

    def __init__(self, seconds: float | None, tell: Callable[[], None]) -> None:
        """Wait for nothing yet.

        Args:
            seconds: How long; None for never.
            tell: Called when it is there.
        """
        self.is_there = False
        self._seconds = seconds
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Count from now on."""
        if self._seconds is None:
            return
        self.is_there = False
        self._due = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._due, self._ring)

    def end(self) -> None:
        """Count no more, until it begins again."""
        self.is_there = False
        self._due = None

    def stop(self) -> None:
        """Let the timer go."""
        self.end()
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        rang_at = self._timer.when() if self._timer else 0.0
        self._timer = None
        if self._due is None:
            return
        if self._due > rang_at:  # it began again meanwhile
            self._timer = self._loop.call_at(self._due, self._ring)
            return
        self.is_there = True
        self._tell()
