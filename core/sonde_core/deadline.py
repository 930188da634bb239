"""Time limits: one for all of something, and what is left of it for each wait."""

from __future__ import annotations

import asyncio
import math


class Deadline:
    """A moment of the loop's clock at which all is to be over."""

    def __init__(self, seconds: float | None = None) -> None:
        self._at = math.inf if seconds is None else asyncio.get_running_loop().time() + seconds

    def within(self, seconds: float) -> Deadline:
        """Return the earlier one of this and so many seconds from now."""
        other = Deadline(seconds)
        other._at = min(self._at, other._at)
        return other

    @property
    def left(self) -> float:
        """Seconds that are left; 0 when it is over."""
        return max(0.0, self._at - asyncio.get_running_loop().time())
