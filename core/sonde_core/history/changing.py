"""Changes of entries: names, pins, tags and notes; deletions, and taking them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ..clock import Clock, stamp
from ..errors import HistoryError
from .entry import VERSION, Entry, patched, summary_of
from .gone import Gone, Spool
from .identity import new_id
from .index import Change, Row
from .lookup import Lookup
from .pending import Pending
from .placing import NOWHERE, Place, Returning, places
from .schema.values import Record
from .store import Store
from .telling import Telling
from .troubles import words
from .view import View

# A deletion this old is of a process whose undo is over.
_UNDO_OVER: Final = timedelta(hours=1)
# So many lines are written at once, and are in memory.
_TOGETHER: Final = 1000


class Changing:
    """Makes lines of what a person changes; for one thread at a time.

    Args:
        write: Writes what waits.
        load: Reads all of the file.
        put_back: Rewrites the file with entries that are gone from it; raises like `compact`.
    """

    def __init__(
        self,
        store: Store,
        view: View,
        lookup: Lookup,
        pending: Pending,
        telling: Telling,
        clock: Clock,
        *,
        write: Callable[[], object],
        load: Callable[[], None],
        put_back: Callable[[Sequence[Returning]], None],
    ) -> None:
        self._doomed: set[str] = set()  # what was deleted here, to go when the undo is over
        self._spool = Spool(store.folder)
        self._store = store
        self._view = view
        self._lookup = lookup
        self._pending = pending
        self._telling = telling
        self._clock = clock
        self._write = write
        self._load = load
        self._put_back = put_back

    def change(self, identities: Sequence[str], values: Record) -> None:
        """Change entries; raises NotFoundError if one is not there, and changes none then."""
        rows = [self._lookup.row(identity) for identity in identities]
        self._put([row for row in rows if row.offset >= 0], values)
        for row in rows:
            if row.offset < 0:
                self._change_unsaved(row, values)

    def delete(self, identities: Sequence[str]) -> list[Gone | Entry]:
        """Delete entries; returns what `restore` needs to bring them back.

        Raises:
            NotFoundError: One of them is not there; then none is deleted.
            HistoryError: One cannot be read, so that it could not be brought back; likewise.
        """
        rows = [self._lookup.row(identity) for identity in dict.fromkeys(identities)]
        saved = [row for row in rows if row.offset >= 0]
        found = places(self._view.saved_rows(), {row.summary.id for row in saved})
        gone = [self._gone(row, found.get(row.summary.id, NOWHERE)) for row in saved]
        waiting = [self._pending.entry(row.summary.id) for row in rows if row.offset < 0]
        unsaved = [entry for entry in waiting if entry]
        self._put(saved, {"deleted": True})
        self._doomed.update(row.summary.id for row in saved)
        for entry in unsaved:
            self._pending.drop(entry)
            self._apply(entry.id, {"deleted": True})
        return [*gone, *unsaved]

    def restore(self, gone: Sequence[Gone | Entry]) -> list[str]:
        """Let deleted entries wait to be written again; returns their ids; never raises."""
        lines: list[Record] = []
        away: list[Gone] = []
        for each in gone:
            if isinstance(each, Entry):
                self._pending.put(each)
                self._apply(each.id, {"deleted": False})
            elif self._is_there(each.id):
                self._apply(each.id, {"deleted": False})
                lines.append(self._line(each.id, {"deleted": False}))
            else:
                away.append(each)
        lines += self._return(away)
        for first in range(0, len(lines), _TOGETHER):
            self._pending.put(tuple(lines[first : first + _TOGETHER]))
        return [each.id for each in gone]

    def _return(self, away: Sequence[Gone]) -> list[Record]:
        """Put back what another process compacted away; returns the lines that are to be added.

        Those are all of them where the file cannot be rewritten: better at its end than lost.
        """
        back = [found for each in away if (found := self._returning(each))]
        try:
            if back:
                self._put_back(back)
        except (HistoryError, OSError):
            return [line for each in back for line in each.lines]
        return []

    def expire(self, identities: Sequence[str]) -> None:
        """Delete entries for good: no undo brings them back."""
        rows = [row for each in identities if (row := self._view.row(each)) and row.offset >= 0]
        self._put(rows, {"deleted": True})

    def ripe(self, change: Change) -> bool:
        """Tell whether the undo of a deletion is over."""
        return self.old(change) or change.of in self._doomed

    def old(self, change: Change) -> bool:
        """Tell whether the process that deleted something has ended, most likely."""
        return change.at is not None and self._clock.now() - change.at > _UNDO_OVER

    def has_ripe(self) -> bool:
        """Tell whether there is something to remove from the file."""
        with self._view.steady:
            deletions = dict(self._view.index.deletions)
        changes = (Change(of, {}, at, VERSION) for of, at in deletions.items())
        return any(self.ripe(change) for change in changes)

    def forget(self) -> None:
        """Let go of what was deleted here so far: its undo is over, and the file is without it."""
        self._doomed.clear()
        self._spool = Spool(self._store.folder)

    def _put(self, rows: Sequence[Row], values: Record) -> None:
        """Append a line for each row; what cannot be written waits, and counts all the same."""
        for first in range(0, len(rows), _TOGETHER):
            some = rows[first : first + _TOGETHER]
            changes = tuple(self._line(row.summary.id, values) for row in some)
            self._pending.put(changes)
            self._write()
            if changes in self._pending:
                for row in some:
                    self._apply(row.summary.id, values)
            elif len(rows) > _TOGETHER:
                with suppress(OSError):  # what is written is read again, a part at a time too
                    self._view.refresh()

    def _line(self, identity: str, values: Record) -> Record:
        deleted = values.get("deleted") is True
        line: Record = {
            "v": VERSION,
            "id": new_id(),
            "t": stamp(self._clock.now()),
            "kind": "del" if deleted else "set",
            "of": identity,
        }
        return line if deleted else line | values

    def _apply(self, identity: str, values: Record) -> None:
        change = Change(identity, values, self._clock.now(), VERSION)
        self._view.update(lambda index: index.change(change))

    def _change_unsaved(self, row: Row, values: Record) -> None:
        entry = self._pending.entry(row.summary.id)
        if entry is None:
            return
        now = patched(summary_of(entry), values)
        changed = replace(entry, name=now.name, pinned=now.pinned, tags=now.tags, note=now.note)
        self._pending.replace(entry, changed)
        self._apply(entry.id, values)

    def _gone(self, row: Row, place: Place) -> Gone:
        try:
            return Gone(row.summary, self._spool.put(self._view.line(row)), place)
        except OSError as error:
            raise HistoryError(f"{self._store.path} cannot be read: {words(error)}.") from error

    def _is_there(self, identity: str) -> bool:
        """Tell whether a deleted entry is in the file still."""
        if identity not in self._view.index and not self._view.complete:
            self._load()
        self._doomed.discard(identity)
        return identity in self._view.index

    def _returning(self, gone: Gone) -> Returning | None:
        try:
            value, changes = gone.anew(self._spool)
        except (OSError, ValueError):
            self._telling.find(f"Entry {gone.id} cannot be brought back: its line was damaged.")
            return None
        lines = (value, self._line(gone.id, changes)) if changes else (value,)
        return Returning(gone.known, gone.place, lines)
