"""The entries that pass a filter, found in slices so that no frame is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sonde_core.history.entry import Summary
from sonde_core.history.history import filter_summaries

# So many entries are looked at between two looks at the keyboard: some 3 ms.
SLICE: Final = 1000


class Listing:
    """Filters entries; what is typed on only looks at what was found before."""

    def __init__(self) -> None:
        self._every: Sequence[Summary] = ()
        self._text = ""
        self._found: Sequence[Summary] = ()

    async def find(
        self, every: Sequence[Summary], typed: Callable[[], str]
    ) -> Sequence[Summary] | None:
        """Return the entries in which every word is found; None if other words are typed by now.

        Args:
            every: All entries; a list that has changed is another list.
            typed: Tells what is typed; asked again between two slices.
        """
        text = typed()
        among = every
        if every is self._every and text.startswith(self._text):
            among = self._found
        found: Sequence[Summary] = among
        if text.strip():
            found = []
            for first in range(0, len(among), SLICE):
                if first:
                    await asyncio.sleep(0)
                    if typed() != text:
                        return None
                found.extend(filter_summaries(among[first : first + SLICE], text))
        self._every, self._text, self._found = every, text, found
        return found
