"""Steps that were written and left, until the app is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MOST: Final = 1 << 26  # characters of all


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote; empty for what is as it was recorded."""

    text: str = ""
    address: str = ""
    variables: str = ""


class Drafts:
    """What was written for each entry; the oldest goes when it is too much."""

    def __init__(self) -> None:
        self._drafts: dict[str, Written] = {}

    def get(self, entry_id: str) -> Written:
        """Return what was written for an entry; empty for nothing."""
        return self._drafts.get(entry_id, Written())

    def keep(self, entry_id: str, written: Written) -> None:
        """Keep it, in place of what was kept before; nothing written forgets that."""
        self._drafts.pop(entry_id, None)
        if written != Written():
            self._drafts[entry_id] = written
        while len(self._drafts) > 1 and self._size > _MOST:
            del self._drafts[next(iter(self._drafts))]

    @property
    def _size(self) -> int:
        return sum(len(each.text) for each in self._drafts.values())
