"""A fair share of the loop for each client, so that a few busy ones hold up nobody."""

from __future__ import annotations

import asyncio
from typing import Final

SHARE: Final = 0.005  # seconds that clients are answered without a look at anything else


class Turns:
    """What answers many clients asks it between two answers."""

    def __init__(self) -> None:
        self._until = 0.0
        self._is_new = True

    async def next(self) -> None:
        """Let others go on when it is their turn: keys, other clients, what was sent."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._until:
            return
        await asyncio.sleep(0)
        if self._is_new:  # the first of a round; the others have one answer each in it
            self._is_new = False
            self._until = loop.time() + SHARE
            loop.call_soon(self._renew)

    def _renew(self) -> None:
        self._is_new = True
