"""Store, bodies and view as one: what can be done with entries, in one thread at a time."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from .bodies import REFERENCE, Bodies
from .clock import Clock, SystemClock, stamp
from .compaction import plan, remaining
from .disk import Disk
from .entry import VERSION, Entry, from_json, patched, summary_of, to_json
from .errors import BodyError, HistoryError, NotFoundError
from .identity import new_id
from .index import Change, Row, glance_shown, read
from .lines import whole_record
from .lock import BusyError
from .recovery import ForeignError
from .schema.values import Record, dumps, from_text
from .settings import Limits
from .store import Store
from .view import View

# Seconds that a start waits for another process before it shows what is there.
_SHORT: Final = 0.25
# A deletion this old is of a process whose undo is over.
_UNDO_OVER: Final = timedelta(hours=1)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Archive:
    """All entries: those in the file, and those that could not be written to it yet.

    Attributes:
        view: What is seen of them.
        saving: False while the file cannot be written.
        warnings: Sentences for the person, each once.
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
        self._bodies_size: int | None = None
        self._writing = threading.RLock()
        self._waiting: list[Entry | Record] = []  # to be written when that is possible again
        self._doomed: set[str] = set()  # deleted here, to go when undo is over
        self._bad_told = 0
        self.view = View(self._store)

    def open(self) -> None:
        """Put the file right and read the newest entries; never raises."""
        with self._writing:
            try:
                self._check_path()
                self._store.prepare(_SHORT)
            except BusyError:
                pass  # an append waits longer
            except HistoryError as error:
                self.view.foreign = isinstance(error, ForeignError)
                self._not_saving(error)
            except OSError as error:
                self._not_saving(self._explain(error))
        self.refresh()

    def refresh(self) -> None:
        """See what other processes wrote; never raises."""
        try:
            self.view.refresh()
        except OSError as error:
            self._tell(f"{self._path} cannot be read: {_words(error)}.")
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
            self._tell(f"{self._path} cannot be read: {_words(error)}.")
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
        row = self._row(identity)
        try:
            value = self._value(row)
            entry = from_json(value, self._bodies.get)
        except ValueError as error:
            raise HistoryError(
                f"Entry {identity} cannot be opened: {error}.",
                hint="It is kept as it is; a newer Sonde may open it.",
            ) from error
        except OSError as error:
            raise HistoryError(f"Entry {identity} cannot be read: {_words(error)}.") from error
        personal = row.summary
        return replace(
            entry,
            name=personal.name,
            pinned=personal.pinned,
            tags=personal.tags,
            note=personal.note,
        )

    def find(self, reference: str) -> str:
        """Return an id from an id, a unique beginning of one, or `@N` counted from the newest.

        Raises:
            NotFoundError: None, or more than one, answers to it.
        """
        reference = reference.strip()
        self.refresh()
        if reference.startswith("@"):
            return self._find_number(reference)
        if self.view.row(reference):
            return reference
        self.load()
        with self.view.steady:
            found = [
                each for each in self.view.index.ids() if reference and each.startswith(reference)
            ]
        if len(found) == 1:
            return found[0]
        if reference in found:
            return reference
        if found:
            raise NotFoundError(
                f"{len(found)} entries have an id that begins with {reference!r}.",
                hint="Give more of the id; `sonde history` lists them.",
            )
        raise NotFoundError(f"No entry has an id that begins with {reference!r}.")

    def add(self, entry: Entry) -> Entry:
        """Keep an entry: in the file, or else in memory; never raises.

        Returns:
            The entry; `saved` tells which it was.
        """
        with self._writing:
            self._waiting.append(entry)
            written = self._write_waiting()
            if not written:
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
            rows = [self._row(identity) for identity in identities]
            self._put_changes([row for row in rows if row.offset >= 0], values)
            for row in rows:
                if row.offset < 0:
                    self._change_unsaved(row, values)
        self.refresh()

    def delete(self, identities: Sequence[str]) -> list[bytes | Entry]:
        """Delete entries; returns what `restore` needs to bring them back; raises NotFoundError."""
        with self._writing:
            rows = [self._row(identity) for identity in dict.fromkeys(identities)]
            saved = [row for row in rows if row.offset >= 0]
            lines = [self.view.line(row) for row in saved]
            unsaved = [each for each in map(self._unsaved, rows) if each]
            self._put_changes(saved, {"deleted": True})
            self._doomed.update(row.summary.id for row in saved)
            for entry in unsaved:
                self._waiting = [each for each in self._waiting if each is not entry]
                self._apply(entry.id, {"deleted": True})
        self.refresh()
        return [*lines, *unsaved]

    def restore(self, gone: Sequence[bytes | Entry]) -> list[str]:
        """Bring deleted entries back; returns their ids; never raises."""
        back: list[str] = []
        with self._writing:
            self.refresh()
            for each in gone:
                if isinstance(each, Entry):
                    self._waiting.append(each)
                    self._apply(each.id, {"deleted": False})
                    back.append(each.id)
                else:
                    back.append(self._restore_line(each))
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
            try:
                with self._store.locked():
                    freed = self._rewrite(lambda change: everything or self._ripe(change))
            except OSError as error:
                raise HistoryError(
                    f"{self._path} could not be compacted: {_words(error)}."
                ) from error
            self._doomed.clear()
            self._bodies_size = None
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

    # Reading

    def _row(self, identity: str) -> Row:
        row = self.view.row(identity)
        if row is None and not self.view.complete:
            self.load()
            row = self.view.row(identity)
        if row is None:
            raise NotFoundError(f"No entry has the id {identity!r}.")
        return row

    def _value(self, row: Row) -> Record:
        """Read an entry's line; a file that was changed in place is read anew once."""
        value = _record_or_none(self.view.line(row))
        if value is None or value.get("id") != row.summary.id:
            self.view.renew()
            row = self._row(row.summary.id)
            value = whole_record(self.view.line(row))
        return value

    def _find_number(self, reference: str) -> str:
        digits = reference[1:]
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
        if not number:
            raise NotFoundError(f"{reference!r} is no place in the list.")
        while len(self.view.summaries()) < number and self.load_some():
            pass
        summaries = self.view.summaries()
        if number > len(summaries):
            raise NotFoundError(
                f"There is no {reference}: the history has {len(summaries)} entries."
            )
        return summaries[number - 1].id

    # Writing

    def _write_waiting(self) -> bool:
        """Write what waits, in order; tells whether nothing waits any more."""
        while self._waiting:
            item = self._waiting[0]
            try:
                if isinstance(item, Entry):
                    self._write_entry(item)
                else:
                    self._store.append([dumps(item)])
            except (HistoryError, BodyError) as error:
                self._not_saving(error)
                return False
            except OSError as error:
                self._not_saving(self._explain(error))
                return False
            self._waiting.pop(0)
        if not self.saving:
            self.saving = True
            self._tell("The history is being saved again.")
        return True

    def _write_entry(self, entry: Entry) -> None:
        if not entry.saved and self._arrived(entry.id):
            return
        self._check_path()
        batch = self._bodies.batch()
        try:
            value = to_json(entry, batch.put, inline=self._limits.body_inline)
            self._store.append([dumps(value)], first=batch.place)
        finally:
            batch.discard()
        self._count_bodies(batch.size)

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
        except HistoryError as error:
            self._not_saving(error)
        except OSError as error:
            self._not_saving(self._explain(error))
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

    def _restore_line(self, line: bytes) -> str:
        identity = from_text(glance_shown(line).get("id"))
        if identity not in self.view.index and not self.view.complete:
            self.load()
        if identity in self.view.index:
            change = self._change_line(identity, {"deleted": False})
            self._apply(identity, {"deleted": False})
        else:
            change = whole_record(line)  # another process compacted it away meanwhile
        self._waiting.append(change)
        self._doomed.discard(identity)
        return identity

    # Compacting

    def _ripe(self, change: Change) -> bool:
        """Tell whether the undo of a deletion is over."""
        old = change.at is not None and self._clock.now() - change.at > _UNDO_OVER
        return old or change.of in self._doomed

    def _has_ripe(self) -> bool:
        if not self.saving:
            return False
        with self.view.steady:
            deletions = dict(self.view.index.deletions)
        changes = (Change(of, {}, at, VERSION) for of, at in deletions.items())
        return any(self._ripe(change) for change in changes)

    def _rewrite(self, ripe: Callable[[Change], bool]) -> int:
        self._store.prepare()
        snapshot = self._store.snapshot()
        try:
            before = snapshot.size
            decided = plan(snapshot.forwards(), ripe)
            named: set[str] = set()
            lines = remaining(snapshot.forwards(), decided, snapshot.read, self._store.keep_torn)
            after = self._store.rewrite(_noting(lines, named))
        finally:
            snapshot.close()
        return before - after + self._bodies.sweep(named)

    def _count_bodies(self, added: int) -> None:
        """Keep the sum of all bodies below its limit."""
        if not added:
            return
        if self._bodies_size is None:
            self._bodies_size = self._bodies.total()
        else:
            self._bodies_size += added
        if self._bodies_size > self._limits.bodies_kept:
            try:
                with self._store.locked():
                    self._bodies_size = self._trim_bodies()
            except (OSError, HistoryError):
                self._bodies_size = None  # the next large body tries again

    def _trim_bodies(self) -> int:
        """Remove the oldest bodies that no pinned entry names; needs the lock."""
        sizes = dict(self._bodies.files())
        total = sum(sizes.values())
        for digest in self._oldest_first():
            if total <= self._limits.bodies_kept * 9 // 10:
                break
            total -= sizes.pop(digest, 0)
            self._bodies.remove([digest])
        return total

    def _oldest_first(self) -> list[str]:
        """Return the bodies that may go, by the newest entry that names each."""
        snapshot = self._store.snapshot()
        last: dict[str, None] = {}
        pinned: set[str] = set()
        named: list[str] = []
        try:
            for line in snapshot.forwards():
                named = [digest.decode() for digest in REFERENCE.findall(line.data)]
                for digest in named:
                    last.pop(digest, None)
                    last[digest] = None
                if named and self._is_pinned(line.data):
                    pinned.update(named)
        finally:
            snapshot.close()
        return [digest for digest in last if digest not in pinned and digest not in named]

    def _is_pinned(self, line: bytes) -> bool:
        try:
            summary = read(line)
        except ValueError:
            return True  # what cannot be read is kept
        if isinstance(summary, Change):
            return True
        row = self.view.row(summary.id)
        return row.summary.pinned if row else summary.pinned

    # Telling

    def _check_path(self) -> None:
        if self._path.parts[:1] and self._path.parts[0].startswith("~"):
            raise HistoryError("There is no home folder to keep the history in.")
        try:
            plain = b"\0" not in os.fsencode(self._path)
        except UnicodeError:
            plain = False
        if not plain:
            raise HistoryError("The history's path is no file name.")

    def _tell(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def _tell_bad(self) -> None:
        bad = self.view.bad
        if self.view.complete and bad and bad != self._bad_told:
            self._bad_told = bad
            lines = "1 line" if bad == 1 else f"{bad} lines"
            self._tell(f"{lines} of {self._path.name} could not be read and were skipped.")

    def _not_saving(self, error: HistoryError | BodyError) -> None:
        self.saving = False
        self._tell(
            f"The history is not being saved: {error.message} What happens is kept in memory until "
            f"it can be. {error.advice}".strip()
        )

    def _explain(self, error: OSError) -> HistoryError:
        return HistoryError(
            f"{error.filename or self._path} could not be written: {_words(error)}."
        )


def _words(error: OSError) -> str:
    if error.errno in _FULL:
        return "there is no room left"
    if error.errno in _FORBIDDEN:
        return "that is not allowed here"
    if error.errno == errno.ELOOP:
        return "it is a symbolic link, and those are not followed"
    return (error.strerror or "it failed").lower()


def _record_or_none(line: bytes) -> Record | None:
    try:
        return whole_record(line)
    except ValueError:
        return None


def _noting(lines: Iterator[bytes], named: set[str]) -> Iterator[bytes]:
    """Pass lines on and note the bodies that they name."""
    for line in lines:
        named.update(digest.decode() for digest in REFERENCE.findall(line))
        yield line
