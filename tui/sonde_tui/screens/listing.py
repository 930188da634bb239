"""The entries that pass a filter, found in slices so that no frame is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from sonde_core.entry_filter import EntryFilter, narrows
from sonde_core.history.summary import Summary

# So many entries are looked at between two looks at the time: some 0.2 ms.
SLICE: Final = 1000
# Seconds between two looks at the keyboard.
STINT: Final = 0.008


# So many filters before, what they found is remembered.
REMEMBERED: Final = 8


class Listing:
    """Filters entries; what is typed on only looks at what was found before."""

    def __init__(self) -> None:
        self._every: Sequence[Summary] = ()
        # Filters, each of which passes nothing that the one before it does not, and what they found
        # in all entries.
        self._before: list[tuple[EntryFilter, Sequence[Summary]]] = []

    async def find(
        self, every: Sequence[Summary], wanted: Callable[[], EntryFilter]
    ) -> Sequence[Summary] | None:
        """Return the entries that pass; None if another filter is wanted by now.

        Args:
            every: All entries; a list that has changed is another list.
            wanted: Tells the filter, one that summaries answer; asked again between two slices.
        """
        chosen = wanted()
        if chosen.is_empty:
            self._every, self._before = every, []
            return every
        before, among, behind = self._known(every, chosen)
        passed: list[Summary] = []
        until = time.monotonic() + STINT
        for first in range(0, len(among), SLICE):
            if time.monotonic() > until:
                await asyncio.sleep(0)
                if wanted() is not chosen:
                    return None
                until = time.monotonic() + STINT
            passed.extend(chosen.sift(among[first : first + SLICE]))
        found = [*before, *passed, *behind] if before or behind else passed
        self._remember(every, chosen, found)
        return found

    def _known(
        self, every: Sequence[Summary], chosen: EntryFilter
    ) -> tuple[Sequence[Summary], Sequence[Summary], Sequence[Summary]]:
        """Return what is found already, what is to be looked at, and what is found behind that."""
        last = next((each for each in reversed(self._before) if narrows(chosen, each[0])), None)
        if last is None:
            return (), every, ()
        (last_chosen, found), old = last, self._every
        same = chosen is last_chosen
        if every is old:
            return (found, (), ()) if same else ((), found, ())
        more = len(every) - len(old)
        if more > 0 and every[:-more] == old:  # older ones were indexed
            fresh = every[-more:]
            return (found, fresh, ()) if same else ((), [*found, *fresh], ())
        if more > 0 and every[more:] == old:
            fresh = every[:more]
            return ((), fresh, found) if same else ((), [*fresh, *found], ())
        return (), every, ()

    def _remember(
        self, every: Sequence[Summary], chosen: EntryFilter, found: Sequence[Summary]
    ) -> None:
        same = self._before if every is self._every else []
        wider = [each for each in same if not each[0].is_of_now and narrows(chosen, each[0])]
        self._every, self._before = every, [*wider[1 - REMEMBERED :], (chosen, found)]
