"""Store, bodies and view as one: what can be done with entries, in one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from .bodies import Bodies
from .clock import Clock, SystemClock, stamp
from .disk import Disk
from .entry import VERSION, Entry, patched, summary_of, to_json
from .errors import BodyError, HistoryError
from .gone import Gone
from .housekeeping import Housekeeping
from .identity import new_id
from .index import Change, Row
from .lock import BusyError
from .lookup import Lookup
from .schema.values import Record, dumps
from .settings import Limits
from .snapshot import LONGEST
from .store import Store
from .troubles import ForeignError, PathError, check_path, unwritable, words
from .view import View

# Seconds that a start waits for another process before it shows what is there.
_SHORT: Final = 0.25
# A deletion this old is of a process whose undo is over.
_UNDO_OVER: Final = timedelta(hours=1)


class Archive:
    """All entries: those in the file, and those that could not be written to it yet.

    Attributes:
        view: What is seen of them.
        saving: False while the file cannot be written.
        warnings: Sentences for the person, oldest first; it only grows.
    """

    def __init__(
        self,
        path: Path,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.warnings: list[str] = []
        self.saving = True
        self._path = path
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._store = Store(path, disk, tell=self._tell)
        self._bodies = Bodies(path.parent / "bodies", disk, kept=self._limits.body_kept)
        self._writing = threading.RLock()
        self._waiting: list[Entry | Record] = []  # to be written when that is possible again
        self._doomed: set[str] = set()  # deleted here, to go when undo is over
        self._bad_told = 0
        self.view = View(self._store)
        self._lookup = Lookup(self.view, self._bodies, self.load_some)
        self._keeping = Housekeeping(
            self._store, self._bodies, self._limits.bodies_kept, self._pinned
        )

    def open(self) -> None:
        """Put the file right and read the newest entries; never raises."""
        with self._writing:
            try:
                check_path(self._path)
                self._store.prepare(_SHORT)
            except BusyError:
                pass  # an append waits longer
            except (HistoryError, OSError) as error:
                self.view.foreign = isinstance(error, ForeignError | PathError)
                self._not_saving(error)
        self.refresh()

    def refresh(self) -> None:
        """See what other processes wrote; never raises."""
        try:
            self.view.refresh()
        except OSError as error:
            self._tell(f"{self._path} cannot be read: {words(error)}.")
        self._tell_bad()

    def load(self) -> None:
        """Read all that is not read yet; never raises."""
        while self.load_some():
            pass

    def load_some(self) -> bool:
        """Read older entries, some hundred; tells whether there are more; never raises."""
        try:
            more = self.view.load_some()
        except OSError as error:
            self._tell(f"{self._path} cannot be read: {words(error)}.")
            return False
        if not more:
            self._tell_bad()
        return more

    def get(self, identity: str) -> Entry:
        """Read an entry.

        Raises:
            NotFoundError: There is none.
            HistoryError: It cannot be read.
            BodyError: A file beside it cannot be read.
        """
        for item in list(self._waiting):
            if isinstance(item, Entry) and item.id == identity:
                return item
        return self._lookup.entry(identity)

    def find(self, reference: str) -> str:
        """Return an id from an id, a unique beginning of one, or `@N` counted from the newest.

        Raises:
            NotFoundError: None, or more than one, answers to it.
        """
        self.refresh()
        return self._lookup.find(reference)

    def add(self, entry: Entry) -> Entry:
        """Keep an entry: in the file, or else in memory; never raises.

        Returns:
            The entry; `saved` tells which it was.
        """
        with self._writing:
            self._waiting.append(entry)
            self._write_waiting()
            if any(each is entry for each in self._waiting):
                unsaved = replace(entry, saved=False)
                self._waiting = [unsaved if each is entry else each for each in self._waiting]
                entry = unsaved
                self.view.update(lambda index: index.add_unsaved(summary_of(unsaved)))
        self.refresh()
        return entry

    def change(self, identities: Sequence[str], values: Record) -> None:
        """Change entries: name, pin, tags, note, or whether they are deleted.

        Raises:
            NotFoundError: One of them is not there; then none is changed.
        """
        with self._writing:
            rows = [self._lookup.row(identity) for identity in identities]
            self._put_changes([row for row in rows if row.offset >= 0], values)
            for row in rows:
                if row.offset < 0:
                    self._change_unsaved(row, values)
        self.refresh()

    def delete(self, identities: Sequence[str]) -> list[Gone | Entry]:
        """Delete entries; returns what `restore` needs to bring them back.

        Raises:
            NotFoundError: One of them is not there; then none is deleted.
            HistoryError: One cannot be read, so that it could not be brought back; likewise.
        """
        with self._writing:
            rows = [self._lookup.row(identity) for identity in dict.fromkeys(identities)]
            saved = [row for row in rows if row.offset >= 0]
            gone = [self._gone(row) for row in saved]
            unsaved = [each for each in map(self._unsaved, rows) if each]
            self._put_changes(saved, {"deleted": True})
            self._doomed.update(row.summary.id for row in saved)
            for entry in unsaved:
                self._waiting = [each for each in self._waiting if each is not entry]
                self._apply(entry.id, {"deleted": True})
        self.refresh()
        return [*gone, *unsaved]

    def restore(self, gone: Sequence[Gone | Entry]) -> list[str]:
        """Bring deleted entries back; returns their ids; never raises."""
        back: list[str] = []
        with self._writing:
            self.refresh()
            for each in gone:
                if isinstance(each, Entry):
                    self._waiting.append(each)
                    self._apply(each.id, {"deleted": False})
                else:
                    self._restore_line(each)
                back.append(each.id)
            self._write_waiting()
        self.refresh()
        return back

    def compact(self, *, everything: bool = True) -> int:
        """Rewrite the file without what is deleted, changes folded in, and drop stray bodies.

        Args:
            everything: Also what other processes deleted a moment ago, and could still undo.

        Returns:
            Bytes freed.

        Raises:
            HistoryError: The file cannot be rewritten; it is as it was.
        """
        with self._writing:
            if not self._write_waiting():
                raise HistoryError(f"{self._path} could not be compacted: it cannot be written.")
            try:
                freed = self._keeping.compact(lambda change: everything or self._ripe(change))
            except OSError as error:
                raise HistoryError(
                    f"{self._path} could not be compacted: {words(error)}."
                ) from error
            self._doomed.clear()
        self.refresh()
        return freed

    def close(self) -> None:
        """Write what waits, drop what was deleted, let go of the files; never raises."""
        with self._writing:
            self._write_waiting()
            if self._has_ripe():
                try:
                    self.compact(everything=False)
                except HistoryError as error:
                    self._tell(f"Deleted entries are still in the file. {error.message}")
            self._store.close()
            self.view.close()

    # Writing

    def _write_waiting(self) -> bool:
        """Write what waits, in order; tells whether the file takes it."""
        left: list[Entry | Record] = []
        works = True
        for item in list(self._waiting):
            try:
                if works:
                    self._write_item(item)
                    continue
            except BodyError as error:  # the trouble is its own; others need not wait for it
                self._tell(f"An entry is kept in memory only: {error.message} {error.advice}")
            except (HistoryError, OSError) as error:
                self._not_saving(error)
                works = False
            left.append(item)
        self._waiting = left
        if works and not self.saving:
            self.saving = True
            self.warnings.append("The history is being saved again.")
        return works

    def _write_item(self, item: Entry | Record) -> None:
        if isinstance(item, Entry):
            self._write_entry(item)
        else:
            self._store.append([dumps(item)])

    def _write_entry(self, entry: Entry) -> None:
        if not entry.saved and self._arrived(entry.id):
            return
        check_path(self._path)
        batch = self._bodies.batch()
        try:
            line = dumps(to_json(entry, batch.put, inline=self._limits.body_inline))
            if len(line) > LONGEST:  # it would be no entry to who reads it again
                raise BodyError(f"{len(line)} bytes are more than a line of the history holds.")
            self._store.append([line], first=batch.place)
        finally:
            batch.discard()
        self._keeping.count(batch.size)

    def _arrived(self, identity: str) -> bool:
        """Tell whether an entry is in the file although writing it seemed to fail."""
        self.refresh()
        row = self.view.row(identity)
        return row is not None and row.offset >= 0

    def _put_changes(self, rows: Sequence[Row], values: Record) -> None:
        """Append a line for each row; what cannot be written waits, and counts all the same."""
        if not rows:
            return
        changes = [self._change_line(row.summary.id, values) for row in rows]
        try:
            if self._write_waiting():
                self._store.append([dumps(change) for change in changes])
                return
        except (HistoryError, OSError) as error:
            self._not_saving(error)
        self._waiting.extend(changes)
        for row in rows:
            self._apply(row.summary.id, values)

    def _change_line(self, identity: str, values: Record) -> Record:
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
        self.view.update(lambda index: index.change(change))

    def _unsaved(self, row: Row) -> Entry | None:
        return next(
            (
                each
                for each in self._waiting
                if isinstance(each, Entry) and each.id == row.summary.id
            ),
            None,
        )

    def _change_unsaved(self, row: Row, values: Record) -> None:
        entry = self._unsaved(row)
        if entry is None:
            return
        now = patched(summary_of(entry), values)
        changed = replace(entry, name=now.name, pinned=now.pinned, tags=now.tags, note=now.note)
        self._waiting = [changed if each is entry else each for each in self._waiting]
        self._apply(entry.id, values)

    def _gone(self, row: Row) -> Gone:
        try:
            return Gone.of(row.summary, self.view.line(row))
        except OSError as error:
            raise HistoryError(f"{self._path} cannot be read: {words(error)}.") from error

    def _restore_line(self, gone: Gone) -> None:
        if gone.id not in self.view.index and not self.view.complete:
            self.load()
        self._doomed.discard(gone.id)
        if gone.id in self.view.index:
            self._waiting.append(self._change_line(gone.id, {"deleted": False}))
            self._apply(gone.id, {"deleted": False})
            return
        try:  # another process compacted it away meanwhile
            value, changes = gone.anew()
        except ValueError:
            self._tell(f"Entry {gone.id} cannot be brought back: its line was damaged.")
            return
        self._waiting.append(value)
        if changes:
            self._waiting.append(self._change_line(gone.id, changes))

    # Compacting

    def _ripe(self, change: Change) -> bool:
        """Tell whether the undo of a deletion is over."""
        old = change.at is not None and self._clock.now() - change.at > _UNDO_OVER
        return old or change.of in self._doomed

    def _has_ripe(self) -> bool:
        with self.view.steady:
            deletions = dict(self.view.index.deletions)
        changes = (Change(of, {}, at, VERSION) for of, at in deletions.items())
        return self.saving and any(self._ripe(change) for change in changes)

    def _pinned(self, identity: str) -> bool | None:
        row = self.view.row(identity)
        return row.summary.pinned if row else None

    # Telling

    def _tell(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def _tell_bad(self) -> None:
        bad = self.view.bad
        if self.view.complete and bad and bad != self._bad_told:
            self._bad_told = bad
            lines = "1 line" if bad == 1 else f"{bad} lines"
            self._tell(f"{lines} of {self._path.name} could not be read and were skipped.")

    def _not_saving(self, trouble: HistoryError | OSError) -> None:
        error = unwritable(trouble, self._path) if isinstance(trouble, OSError) else trouble
        sentence = (
            f"The history is not being saved: {error.message} What happens is kept in memory until "
            f"it can be. {error.advice}"
        )
        if self.saving:
            self.warnings.append(sentence)
        self.saving = False
        self._tell(sentence)
