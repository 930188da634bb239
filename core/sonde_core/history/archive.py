"""Store, bodies and view as one: what can be done with entries, in one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import leftovers
from ..clock import Clock, SystemClock
from ..errors import HistoryError
from ..settings import Limits
from .bodies import Bodies, folder_of
from .changing import Changing
from .disk import Disk
from .entry import Entry, summary_of
from .gone import Gone
from .housekeeping import Housekeeping, Outlook, Through
from .limits import Limiter
from .lock import BusyError
from .lookup import Lookup
from .pending import Pending, Round
from .placing import Returning, placed
from .schema.values import Record
from .store import Store
from .telling import Telling
from .troubles import ForeignError, PathError, check_path, words
from .view import View

if TYPE_CHECKING:
    from .rewriting import Rewriting, Scrubbed

# Seconds that a start waits for another process before it shows what is there.
_SHORT: Final = 0.25


class Archive:
    """All entries: those in the file, and those that could not be written to it yet.

    Attributes:
        view: What is seen of them.
        telling: What is well and what is not.
    """

    def __init__(
        self,
        path: Path,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        disk: Disk | None = None,
    ) -> None:
        limits, clock = limits or Limits(), clock or SystemClock()
        self.telling = Telling(path)
        self._path = path
        self._store = Store(path, disk, tell=self.telling.find)
        self._bodies = Bodies(folder_of(path), disk, kept=limits.body_kept)
        self._writing = threading.RLock()
        self.view = View(self._store)
        self._lookup = Lookup(self.view, self._bodies, self.load_some)
        self._keeping = Housekeeping(
            self._store, self._bodies, limits.bodies_kept, self._pinned, self.telling.find
        )
        self._pending = Pending(
            self._store, self._bodies, limits, arrived=self._arrived, grown=self._keeping.count
        )
        self._changing = Changing(
            self._store,
            self.view,
            self._lookup,
            self._pending,
            self.telling,
            clock,
            write=self._write,
            load=self.load,
            put_back=self._put_back,
        )
        self._limiter = Limiter(
            limits.keep, self._store, self.view, self._bodies, self._changing, self._keeping, clock
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
                self.telling.not_saving(error)
                if isinstance(error, ForeignError | PathError):
                    self.view.foreign = True
                    self.telling.unreadable = self.telling.trouble
        self.refresh()
        leftovers.remove()

    def refresh(self) -> None:
        """See what other processes wrote; never raises."""
        try:
            self.view.refresh()
        except OSError as error:
            self.telling.not_reading(error)
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
            self.telling.not_reading(error)
            return False
        if not more:
            self._tell_bad()
        return more

    def get(self, identity: str, line: bytes = b"") -> Entry:
        """Read an entry, from its line where that was read a moment ago.

        Raises:
            NotFoundError: There is none.
            HistoryError: It cannot be read.
            BodyError: A file beside it cannot be read.
        """
        if not line and self.view.outdated:  # what was scrubbed must not be read once more
            self.refresh()
        return self._pending.entry(identity) or self._lookup.entry(identity, line)

    def lines(self, identities: Sequence[str]) -> dict[str, bytes]:
        """Read the lines of entries with one call where they lie near each other, for `get`."""
        if self.view.outdated:
            self.refresh()
        return self._lookup.lines(identities)

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
        return self.add_all([entry])[0]

    def add_all(self, entries: Sequence[Entry]) -> list[Entry]:
        """Keep entries that came together, with one wait for the disk if that may be; see `add`."""
        with self._writing:
            for entry in entries:
                self._pending.put(entry)
            self._write()
            kept = [self._unsaved(each) if each in self._pending else each for each in entries]
        self.refresh()
        return kept

    def _unsaved(self, entry: Entry) -> Entry:
        """Show an entry that stays in memory."""
        unsaved = replace(entry, saved=False)
        self._pending.replace(entry, unsaved)
        self.view.update(lambda index: index.add_unsaved(summary_of(unsaved)))
        return unsaved

    def retry(self) -> None:
        """Try again to write what could not be written; never raises."""
        with self._writing:
            self._write()
        self.refresh()

    def begin(self, *entries: Entry) -> None:
        """Note what is under way, so that something of it is left if it is killed; never raises."""
        with self._writing:
            self._pending.begin(*entries)

    def change(self, identities: Sequence[str], values: Record) -> None:
        """Change entries: name, pin, tags, note, or whether they are deleted.

        Raises:
            NotFoundError: One of them is not there; then none is changed.
        """
        with self._writing:
            self._changing.change(identities, values)
        self.refresh()

    def delete(self, identities: Sequence[str]) -> list[Gone | Entry]:
        """Delete entries; returns what `restore` needs to bring them back.

        Raises:
            NotFoundError: One of them is not there; then none is deleted.
            HistoryError: One cannot be read, so that it could not be brought back; likewise.
        """
        with self._writing:
            gone = self._changing.delete(identities)
        self.refresh()
        return gone

    def restore(self, gone: Sequence[Gone | Entry]) -> list[str]:
        """Bring deleted entries back; returns their ids; never raises."""
        with self._writing:
            self.refresh()
            back = self._changing.restore(gone)
            self._write()
        self.refresh()
        return back

    def _put_back(self, back: Sequence[Returning]) -> None:
        """Rewrite the file with entries where they were; raises HistoryError and OSError."""
        with self._store.locked():  # so that it holds what is looked for
            self.view.refresh()
            self.load()
            there = set(self.view.index.ids())
            self._keeping.compact(
                self._changing.old, lambda lines: placed(lines, back, there.__contains__)
            )

    def keep_limits(self) -> int:
        """Delete for good what is beyond the limits; returns how many entries; never raises."""
        if not self.telling.saving:
            return 0
        with self._writing:
            try:
                return self._limiter.keep()
            except (HistoryError, OSError):
                return 0  # the next entry tries again

    @property
    def compacted(self) -> float:
        """How much of the file a compaction has gone through, from 0 to 1."""
        return self._keeping.share

    @property
    def last_compaction(self) -> Outlook:
        """What the last compaction did."""
        return self._keeping.last

    def outlook(self) -> Outlook:
        """Tell what `compact` would leave; raises HistoryError."""
        try:
            return self._keeping.outlook(lambda _: True)
        except OSError as error:
            raise HistoryError(f"{self._path} cannot be read: {words(error)}.") from error

    def compact(self, *, everything: bool = True, through: Through | None = None) -> int:
        """Rewrite the file without what is deleted, changes folded in, and drop stray bodies.

        What was deleted here before is not to be brought back then.

        Args:
            everything: Also what other processes deleted a moment ago, and could still undo.
            through: All lines that stay go through it, under the lock.

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
            ripe = self._changing.ripe
            try:
                freed = self._keeping.compact(lambda change: everything or ripe(change), through)
            except OSError as error:
                raise HistoryError(
                    f"{self._path} could not be compacted: {words(error)}."
                ) from error
            self._changing.forget()
            self._write()  # there may be room now
        self.refresh()
        return freed

    def tidy(self) -> int:
        """Compact, and remove what was torn off before; returns and raises like `compact`.

        What is damaged now is kept, for somebody to look at.
        """
        freed = self.compact()
        if not self._keeping.last.damaged:
            with suppress(HistoryError, OSError):
                torn = self._store.drop_torn()
                freed += torn
                if torn:
                    name = f"{self._path.name}.torn"
                    self.telling.find(f"{name}, with what was damaged before, was removed.")
        if names := self._store.damaged():
            self.telling.find(
                f"What was damaged lies beside as it was, with what was deleted since: "
                f"{', '.join(names)}. Remove it when you need it no more."
            )
        return freed

    def scrub(self, run: Rewriting) -> list[Scrubbed]:
        """Take secrets out of entries; see `rewriting`."""
        with self._writing:
            return run.perform(self._store, self._bodies, self.compact, self.telling.find)

    def close(self) -> None:
        """Write what waits, drop what was deleted, let go of the files; never raises."""
        with self._writing:
            self._write(last=True)
            if self.telling.saving and self._changing.has_ripe():
                try:
                    self.compact(everything=False)
                except HistoryError as error:
                    self.telling.still_there(error)
            self._store.close()
            self.view.close()

    def _write(self, *, last: bool = False) -> Round:
        """Write what waits, in order, and tell what came of it."""
        now = self._pending.write(last=last)
        if now.left_out:
            self.telling.find(
                "Large bodies could not be written: they are recorded by digest and size, without "
                "their bytes."
            )
        if now.trouble:
            self.telling.not_saving(now.trouble)
        elif now.written:
            self.telling.now_saving()
        if now.unfit:
            self.telling.not_fitting(now.unfit)
        return now

    def _arrived(self, identity: str) -> bool:
        """Tell whether an entry is in the file although writing it seemed to fail."""
        self.refresh()
        row = self.view.row(identity)
        return row is not None and row.offset >= 0

    def _pinned(self, identity: str) -> bool | None:
        row = self.view.row(identity)
        return row.summary.pinned if row else None

    def _tell_bad(self) -> None:
        if self.view.complete:
            self.telling.bad_lines(self.view.bad)
