"""Messages that travel between tabs and the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry

    from .widgets.rows.line_source import Selected


@dataclass
class CopyAsked(Message):
    """Somebody wants bytes on the clipboard.

    Attributes:
        data: Exactly what is to be copied; what there may be much of is read in a thread.
        what: What it is, for the message: `body`, `row`, `curl command`.
    """

    data: Selected
    what: str

    def read(self) -> bytes:
        """Return the bytes; raises BodyError."""
        return self.data if isinstance(self.data, bytes) else self.data.read()


@dataclass
class EntryRecorded(Message):
    """An exchange that a tab performed is in the history."""

    entry: Entry


@dataclass
class EditAsked(Message):
    """An entry is to be loaded back into its tab."""

    entry: Entry


@dataclass
class EntryAsked(Message):
    """An entry is to be shown in the history."""

    entry_id: str


@dataclass
class ReplayAsked(Message):
    """An entry is to be performed again."""

    entry_id: str


@dataclass
class CompareAsked(Message):
    """Two entries are to be compared."""

    before: str
    after: str
