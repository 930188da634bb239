"""What is known of each entry without opening it: summaries in order, changes applied."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from .begun import is_under_way
from .entry import patched, summary_from_json
from .lines import Line, glance, whole_record
from .schema.values import Record, from_text, moment
from .summary import Summary

# Without these, an entry's first part is not the whole of what a list shows.
_SHOWN = frozenset({"v", "id", "t", "kind", "target"})
_NOT_CHANGES = frozenset({"v", "id", "t", "kind", "of"})


@dataclass(frozen=True, slots=True)
class Change:
    """A `set` or `del` line: what it does, and to which entry.

    Attributes:
        values: Fields to set; `deleted` tells whether the entry is gone.
        at: When a deletion was written, if that can be told.
        version: The format of the line.
    """

    of: str
    values: Record
    at: datetime | None
    version: object


@dataclass(slots=True)
class Row:
    """One entry.

    Attributes:
        offset: Where its line begins; -1 while it is in memory only.
    """

    summary: Summary
    offset: int = -1
    size: int = 0
    deleted: bool = False


def read(line: bytes) -> Summary | Change:
    """Read a line for the index; raises ValueError."""
    value = glance_shown(line)
    if value.get("kind") in ("set", "del") and "of" in value:
        return change_of(value)
    if "begun" in value and is_under_way(value["begun"]):
        return Change(from_text(value.get("id")), {}, None, value.get("v"))  # it is still to come
    return summary_from_json(value)


def glance_shown(line: bytes) -> Record:
    """Read what a list shows, wherever it stands in the line; raises ValueError."""
    try:
        value = glance(line)
    except ValueError:
        return whole_record(line)
    return value if value.keys() >= _SHOWN else whole_record(line)


def change_of(value: Record) -> Change:
    """Read a `set` or `del` line; raises ValueError."""
    values: Record = {name: item for name, item in value.items() if name not in _NOT_CHANGES}
    if value.get("kind") == "del":
        values = {"deleted": True}
    try:
        at = moment(value.get("t"))
    except ValueError:
        at = None
    return Change(from_text(value.get("of")), values, at, value.get("v"))


@dataclass(slots=True)
class Index:
    """Rows from the oldest that was read to the newest.

    Attributes:
        start: What begins before this place in the file is not read yet.
        end: Where the last line that was read ends.
        bad: Lines that could not be read.
        deletions: Entries that are deleted and still in the file, with the time if known.
    """

    start: int = 0
    end: int = 1
    bad: int = 0
    deletions: dict[str, datetime | None] = field(default_factory=dict)
    _rows: deque[Row] = field(default_factory=deque)
    _by_id: dict[str, Row] = field(default_factory=dict)
    _changes: dict[str, Record] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return self.start == 0

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, identity: str) -> bool:
        return identity in self._by_id

    def row(self, identity: str) -> Row | None:
        """Return an entry that is not deleted."""
        row = self._by_id.get(identity)
        return row if row and not row.deleted else None

    def newest_first(self) -> Iterator[Row]:
        """Yield what is not deleted."""
        return (row for row in reversed(self._rows) if not row.deleted)

    def summaries(self) -> list[Summary]:
        """Return what a list shows of what is not deleted, newest first."""
        return [row.summary for row in reversed(self._rows) if not row.deleted]

    def unsaved(self) -> list[Row]:
        """Return what is in memory only, oldest first."""
        return [row for row in self._rows if row.offset < 0]

    def ids(self) -> Iterator[str]:
        """Yield the ids of all that is not deleted."""
        return (row.summary.id for row in self._rows if not row.deleted)

    def add_older(self, offset: int, size: int, found: Summary | Change | None) -> None:
        """Take the line before all that were read; None is one that cannot be read."""
        self.start = offset
        if found is None:
            self.bad += 1
        elif isinstance(found, Change):
            # Later changes are known already, and win.
            known = self._changes.get(found.of, {})
            fresh = {name: item for name, item in found.values.items() if name not in known}
            self.change(replace(found, values=fresh))
        elif found.id not in self._by_id:
            self._enter(Row(found, offset, size), self._rows.appendleft)

    def add_newer(self, line: Line, found: Summary | Change | None) -> None:
        """Take the line after all that were read."""
        self.end = line.end
        if found is None:
            self.bad += 1
        elif isinstance(found, Change):
            self.change(found)
        elif found.id in self._by_id:
            row = self._by_id[found.id]
            row.offset, row.size, row.summary = line.offset, len(line.data), found
            self._apply(row, self._changes.get(found.id, {}))
        else:
            self._enter(Row(found, line.offset, len(line.data)), self._rows.append)

    def add_unsaved(self, summary: Summary) -> None:
        """Take an entry that is in memory only."""
        if summary.id not in self._by_id:
            self._enter(Row(summary), self._rows.append)

    def change(self, change: Change) -> None:
        """Apply the newest change of an entry, read or not."""
        self._changes.setdefault(change.of, {}).update(change.values)
        if "deleted" in change.values:
            self._note_deletion(change)
        row = self._by_id.get(change.of)
        if row:
            self._apply(row, change.values)

    def _note_deletion(self, change: Change) -> None:
        if change.values.get("deleted") is True:
            self.deletions[change.of] = change.at
        else:
            self.deletions.pop(change.of, None)

    def _enter(self, row: Row, put: Callable[[Row], None]) -> None:
        self._apply(row, self._changes.get(row.summary.id, {}))
        self._by_id[row.summary.id] = row
        put(row)

    def _apply(self, row: Row, values: Record) -> None:
        if values:
            row.summary = patched(row.summary, values)
            row.deleted = values.get("deleted", row.deleted) is True
