"""Steps that were written and left, until the app is left."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry
    from sonde_core.recording.recorder import Recorder

_MOST: Final = 1 << 26  # characters of all

# Whose draft it is, and which steps were asked for: an entry can be opened as another request.
Key: TypeAlias = tuple[Hashable, int]


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote; empty for what is as it was recorded."""

    text: str = ""
    address: str = ""
    variables: str = ""


class Drafts:
    """What was written for each entry; the oldest goes when it is too much."""

    def __init__(self) -> None:
        self._drafts: dict[Key, Written] = {}
        # Of sessions whose steps may have been opened before they had an entry.
        self._ids: WeakKeyDictionary[Recorder, str] = WeakKeyDictionary()

    def get(self, entry: Entry) -> Written:
        """Return what was written for an entry; empty for nothing."""
        return self._drafts.get(self._key(entry), Written())

    def keep(self, entry: Entry, written: Written) -> None:
        """Keep it, in place of what was kept before; nothing written forgets that."""
        key = self._key(entry)
        self._drafts.pop(key, None)
        if written != Written():
            self._drafts[key] = written
        while len(self._drafts) > 1 and self._size > _MOST:
            del self._drafts[next(iter(self._drafts))]

    def recorded(self, recorder: Recorder, entry_id: str) -> None:
        """Keep what was written for a session under way for its entry from now on."""
        self._ids[recorder] = entry_id
        for whose, asked in list(self._drafts):
            if whose is recorder:
                self._drafts[entry_id, asked] = self._drafts.pop((whose, asked))

    def _key(self, entry: Entry) -> Key:
        from sonde_core.recording.recorder import Recorder  # neither is needed for the first screen
        from sonde_core.session_request import SessionRequest

        request, record = entry.exchange.request, entry.exchange.timeline
        asked = hash(request.steps) if isinstance(request, SessionRequest) else 0
        if entry.id or not isinstance(record, Recorder):
            return entry.id, asked
        return self._ids.get(record, record), asked

    @property
    def _size(self) -> int:
        return sum(len(each.text) for each in self._drafts.values())
