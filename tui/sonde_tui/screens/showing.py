"""The entry under the cursor is shown once the cursor rests."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry

from ..widgets.entry_view import EntryView
from .tab import Tab

# Moves of the cursor that follow each other within so many seconds are quick, and it rests after.
QUICK: Final = 0.25
RESTED: Final = 0.08
LONGEST: Final = 0.5


class Showing:
    """Reads entries of the history and shows them; whoever holds a key down has none read.

    Attributes:
        entry: The one that is shown.
    """

    def __init__(self, tab: Tab, view: EntryView) -> None:
        self.entry: Entry | None = None
        self._tab = tab
        self._view = view
        self._history = tab.services.history
        self._wanted = ""  # an id; empty for none
        self._moved_at = 0.0
        self._quick = False  # whether the cursor moved on soon after it had moved
        self._done = asyncio.Event()  # no entry is on its way to the screen
        self._done.set()

    def want(self, entry_id: str) -> None:
        """Show another entry, or none: the cursor has moved.

        What could not be done is taken away here, not when the entry has come: a problem may be
        told in between.
        """
        self._view.forgive()
        self._wanted = entry_id
        now = monotonic()
        self._quick, self._moved_at = now - self._moved_at < QUICK, now
        self._show_wanted()

    def hurry(self) -> None:
        """Wait no longer for the cursor to rest."""
        self._quick = False

    async def done(self) -> None:
        """Wait until the entry that is wanted is shown."""
        await self._done.wait()

    async def check(self) -> None:
        """Show the entry anew if another one has its id by now."""
        if self.entry is not None and not await self._is_as_shown(self.entry):
            self._show_wanted()

    async def _is_as_shown(self, entry: Entry) -> bool:
        try:
            now = await self._history.get(entry.id)
        except SondeError:
            return True  # it is gone: the list goes on to another one
        return await asyncio.to_thread(lambda: now == entry)

    def _show_wanted(self) -> None:
        if self._done.is_set():
            self._done.clear()
            self._tab.run_worker(self._until_as_wanted(), group="show")

    async def _until_as_wanted(self) -> None:
        """Show the entry that is wanted; the ones that were passed meanwhile are left out."""
        shown = None
        while shown != self._wanted:
            await self._rested()
            shown = self._wanted
            await self._show(shown)
        self._done.set()

    async def _rested(self) -> None:
        """Wait until the cursor rests for a moment."""
        last = monotonic() + LONGEST
        while self._quick:
            left = min(self._moved_at + RESTED, last) - monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def _show(self, entry_id: str) -> None:
        self.entry = None
        try:
            entry = await self._history.get(entry_id) if entry_id else None
        except SondeError as error:
            self._view.clear()
            self._view.refuse(error)
            return
        if entry is None:
            self._view.clear()
            return
        await self._view.show(entry)
        self.entry = entry
