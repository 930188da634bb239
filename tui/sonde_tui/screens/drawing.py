"""The list of the history is drawn soon after it has changed, and not at each of many changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from textual.worker import Worker

from .tab import Tab

# Seconds between two drawings of a list to which entries are added quickly.
PAUSE: Final = 0.1
COVERED: Final = 1.0
# The same while older entries are indexed, which stand far down in the list.
INDEXING: Final = 0.4

# Tells whether a list is still wanted, or somebody waits for another one by now.
StillWanted = Callable[[], bool]


class Drawing:
    """Draws a list until it is as was last asked for; what was typed last wins.

    Args:
        tab: Of which it is.
        draw: Draws the list; returns False if it gave up because another one is wanted.
    """

    def __init__(self, tab: Tab, draw: Callable[[StillWanted], Awaitable[bool]]) -> None:
        self._tab = tab
        self._draw = draw
        self._asked = 0  # which drawing is wanted
        self._under_way = False
        self._done = asyncio.Event()  # the list is as was last asked for
        self._hurry = asyncio.Event()  # somebody waits for the list: they typed, or acted

    def soon(self) -> None:
        """Have the list drawn soon; changes that come quickly are drawn together."""
        self._asked += 1
        self._done.clear()
        if not self._under_way:
            self._under_way = True
            # Not a coroutine: one that the app ends before it begins would be complained of.
            _: Worker[None] = self._tab.run_worker(self._until_as_asked, group="list")

    def now(self) -> None:
        """Have it drawn without waiting: somebody has typed, or acted on it."""
        self.soon()
        self._hurry.set()

    async def done(self) -> None:
        """Wait until the list has all that came."""
        if not self._done.is_set():
            self._hurry.set()
            await self._done.wait()

    async def _until_as_asked(self) -> None:
        drawn = 0
        while drawn != self._asked:
            self._hurry.clear()
            drawn = self._asked
            if await self._draw(partial(self._still_wanted, drawn)):
                if drawn == self._asked:
                    self._done.set()
                await self._pause()
        self._under_way = False

    def _still_wanted(self, drawn: int) -> bool:
        return drawn == self._asked or not self._hurry.is_set()

    async def _pause(self) -> None:
        """Let some time go by; more of it while another screen lies over the list."""
        try:
            async with asyncio.timeout(self._between):
                await self._hurry.wait()
        except TimeoutError:
            pass

    @property
    def _between(self) -> float:
        if not self._tab.screen.is_current:
            return COVERED
        return PAUSE if self._tab.services.history.complete else INDEXING
