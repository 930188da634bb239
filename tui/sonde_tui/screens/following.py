"""The list of the history follows what other instances write, while somebody looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sonde_core.history.watching import Seen, Watching

from .tab import Tab

# Seconds between two looks at the file.
EVERY: Final = 1.0


class Following:
    """Looks at the file every second; what it finds is told by one who awaits nothing else.

    Args:
        tab: Which must be seen for a look to be of use.
        changed: Told whether entries that were read may be otherwise by now.
    """

    def __init__(self, tab: Tab, changed: Callable[[bool], Awaitable[None]]) -> None:
        self._tab = tab
        self._changed = changed
        self._watching = Watching(tab.services.history.path)
        self._looking = False

    def begin(self) -> None:
        """Look from now on, until the tab is gone."""
        self._tab.set_interval(EVERY, self._look_if_seen)

    def look(self) -> None:
        """Look now, unless a look is under way."""
        if not self._looking:
            self._looking = True
            self._tab.run_worker(self._look(), group="follow")

    def _look_if_seen(self) -> None:
        if self._tab.display and self._tab.screen.is_current:
            self.look()

    async def _look(self) -> None:
        try:
            seen = await asyncio.to_thread(self._watching.look)
            if seen is not Seen.SAME:
                await self._changed(seen is Seen.REPLACED)
        finally:
            self._looking = False
