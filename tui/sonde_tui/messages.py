"""Messages that travel between tabs and the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from sonde_core.entry import Entry


@dataclass
class CopyAsked(Message):
    """Somebody wants bytes on the clipboard.

    Attributes:
        data: Exactly what is to be copied.
        what: What it is, for the message: `body`, `row`, `curl command`.
    """

    data: bytes
    what: str


@dataclass
class EntryRecorded(Message):
    """An exchange that a tab performed is in the history."""

    entry: Entry


@dataclass
class EditAsked(Message):
    """An entry is to be loaded back into its tab."""

    entry: Entry


@dataclass
class ReplayAsked(Message):
    """An entry is to be performed again."""

    entry_id: str


@dataclass
class CompareAsked(Message):
    """Two entries are to be compared."""

    before: str
    after: str
