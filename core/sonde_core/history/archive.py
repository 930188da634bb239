"""Store, bodies and view as one: what can be done with entries, in one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from .. import leftovers
from ..clock import Clock, SystemClock, stamp
from ..errors import HistoryError, SondeError
from ..settings import Limits
from .bodies import Bodies, folder_of
from .disk import Disk
from .entry import VERSION, Entry, patched, summary_of
from .gone import Gone
from .housekeeping import Housekeeping
from .identity import new_id
from .index import Change, Row
from .lock import BusyError
from .lookup import Lookup
from .pending import Pending, Round
from .schema.values import Record
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
        trouble: Why that is so, or why an entry is in memory only; empty while all is well.
        unreadable: Why the file's entries cannot be shown; empty if they can.
        warnings: Sentences for a person who stays, oldest first; it only grows.
        findings: Those of them that are about what is in the file, not about saving to it.
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
        self.findings: list[str] = []
        self.saving = True
        self.trouble = ""
        self.unreadable = ""
        self._path = path
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._store = Store(path, disk, tell=self._tell)
        self._bodies = Bodies(folder_of(path), disk, kept=self._limits.body_kept)
        self._writing = threading.RLock()
        self._doomed: set[str] = set()  # deleted here, to go when undo is over
        self._bad_told = 0
        self.view = View(self._store)
        self._lookup = Lookup(self.view, self._bodies, self.load_some)
        self._keeping = Housekeeping(
            self._store, self._bodies, self._limits.bodies_kept, self._pinned
        )
        self._pending = Pending(
            self._store,
            self._bodies,
            self._limits,
            arrived=self._arrived,
            grown=self._keeping.count,
        )

    @property
    def unsaved(self) -> int:
        """How many entries could not be written to the file so far."""
        return self._pending.unsaved

    def open(self) -> None:
        """Put the file right and read the newest entries; never raises."""
        with self._writing:
            try:
                check_path(self._path)
                self._store.prepare(_SHORT)
            except BusyError:
                pass  # an append waits longer
            except (HistoryError, OSError) as error:
                self._not_saving(self._explained(error))
                if isinstance(error, ForeignError | PathError):
                    self.view.foreign = True
                    self.unreadable = self.trouble
        self.refresh()
        leftovers.remove()

    def refresh(self) -> None:
        """See what other processes wrote; never raises."""
        try:
            self.view.refresh()
        except OSError as error:
            self._not_reading(error)
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
            self._not_reading(error)
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
        return self._pending.entry(identity) or self._lookup.entry(identity)

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
            self._pending.put(entry)
            self._write()
            if entry in self._pending:
                unsaved = replace(entry, saved=False)
                self._pending.replace(entry, unsaved)
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
            unsaved = [
                entry
                for row in rows
                if row.offset < 0 and (entry := self._pending.entry(row.summary.id))
            ]
            self._put_changes(saved, {"deleted": True})
            self._doomed.update(row.summary.id for row in saved)
            for entry in unsaved:
                self._pending.drop(entry)
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
                    self._pending.put(each)
                    self._apply(each.id, {"deleted": False})
                else:
                    self._restore_line(each)
                back.append(each.id)
            self._write()
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
            now = self._write()
            if now.blocked and now.trouble:
                raise HistoryError(
                    f"The history could not be compacted: {now.trouble.message}",
                    hint=now.trouble.advice,
                )
            try:
                freed = self._keeping.compact(lambda change: everything or self._ripe(change))
            except OSError as error:
                raise HistoryError(
                    f"{self._path} could not be compacted: {words(error)}."
                ) from error
            self._doomed.clear()
            self._write()  # there may be room now
        self.refresh()
        return freed

    def close(self) -> None:
        """Write what waits, drop what was deleted, let go of the files; never raises."""
        with self._writing:
            self._write(last=True)
            if self._has_ripe():
                try:
                    self.compact(everything=False)
                except HistoryError as error:
                    self._tell(f"Deleted entries are still in the file. {error.message}")
            self._store.close()
            self.view.close()

    # Writing

    def _write(self, *, last: bool = False) -> Round:
        """Write what waits, in order, and tell what came of it."""
        now = self._pending.write(last=last)
        if now.left_out:
            self._tell(
                "Large bodies could not be written: they are recorded by digest and size, without "
                "their bytes."
            )
        if now.trouble:
            self._not_saving(now.trouble)
        elif now.written:
            self._saving()
        if now.unfit:
            self.trouble = now.unfit.message
            self._warn(
                f"An entry is kept in memory only: {now.unfit.message} {now.unfit.advice}".strip()
            )
        return now

    def _arrived(self, identity: str) -> bool:
        """Tell whether an entry is in the file although writing it seemed to fail."""
        self.refresh()
        row = self.view.row(identity)
        return row is not None and row.offset >= 0

    def _put_changes(self, rows: Sequence[Row], values: Record) -> None:
        """Append a line for each row; what cannot be written waits, and counts all the same."""
        if not rows:
            return
        changes = tuple(self._change_line(row.summary.id, values) for row in rows)
        self._pending.put(changes)
        self._write()
        if changes in self._pending:
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

    def _change_unsaved(self, row: Row, values: Record) -> None:
        entry = self._pending.entry(row.summary.id)
        if entry is None:
            return
        now = patched(summary_of(entry), values)
        changed = replace(entry, name=now.name, pinned=now.pinned, tags=now.tags, note=now.note)
        self._pending.replace(entry, changed)
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
            self._pending.put((self._change_line(gone.id, {"deleted": False}),))
            self._apply(gone.id, {"deleted": False})
            return
        try:  # another process compacted it away meanwhile
            value, changes = gone.anew()
        except ValueError:
            self._tell(f"Entry {gone.id} cannot be brought back: its line was damaged.")
            return
        self._pending.put((value, self._change_line(gone.id, changes)) if changes else (value,))

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
        if sentence not in self.findings:
            self.findings.append(sentence)
            self.warnings.append(sentence)

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def _tell_bad(self) -> None:
        bad = self.view.bad
        if self.view.complete and bad and bad != self._bad_told:
            self._bad_told = bad
            lines = "1 line" if bad == 1 else f"{bad} lines"
            self._tell(f"{lines} of {self._path.name} could not be read and were skipped.")

    def _not_reading(self, error: OSError) -> None:
        self.unreadable = f"{self._path} cannot be read: {words(error)}."
        self._warn(self.unreadable)

    def _explained(self, error: HistoryError | OSError) -> HistoryError:
        return unwritable(error, self._path) if isinstance(error, OSError) else error

    def _not_saving(self, error: SondeError) -> None:
        self.trouble = f"{error.message} {error.advice}".strip()
        sentence = (
            f"The history is not being saved: {error.message} What happens is kept in memory until "
            f"it can be. {error.advice}"
        ).strip()
        if self.saving or sentence not in self.warnings:
            self.warnings.append(sentence)
        self.saving = False

    def _saving(self) -> None:
        self.trouble = ""
        if not self.saving:
            self.saving = True
            self.warnings.append("The history is being saved again.")
