"""Entries read before they are performed again: some at a time cost little more than one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..errors import SondeError

if TYPE_CHECKING:
    from ..history.entry import Entry
    from ..history.history import History
    from ..history.summary import Summary

# So many are read at once, unless more than this was said in one of them.
MANY: Final = 32
_SMALL: Final = 1 << 16


class Ahead:
    """The entries of a test in their order; each is given away once."""

    def __init__(self, history: History, entries: Sequence[Summary]) -> None:
        self._history = history
        self._entries = entries
        self._read: dict[int, Entry | SondeError] = {}
        self._reading = asyncio.Lock()

    async def entry(self, number: int) -> Entry:
        """Return an entry; raises like `History.get`."""
        if number not in self._read:
            async with self._reading:
                if number not in self._read:
                    await self._read_from(number)
        found = self._read.pop(number)
        if isinstance(found, SondeError):
            raise found
        return found

    async def _read_from(self, number: int) -> None:
        numbers = [number]
        while len(numbers) < MANY and self._is_small(numbers[-1] + 1):
            numbers.append(numbers[-1] + 1)
        found = await self._history.get_all([self._entries[each].id for each in numbers])
        self._read.update(zip(numbers, found, strict=True))

    def _is_small(self, number: int) -> bool:
        if number >= len(self._entries):
            return False
        return self._entries[number].sent + self._entries[number].size <= _SMALL
