"""What one process sees of a history file: the newest entries at once, the rest behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias

from .ahead import Ahead
from .index import Change, Index, Row, read
from .lines import Line, trimmed
from .quick import quick_summary, summary_of
from .snapshot import Snapshot
from .store import Store
from .summary import Summary
from .usual_line import Told

# Where a line begins, its size, and what it says; None for one that cannot be read.
Found: TypeAlias = tuple[int, int, Summary | Change | None]

NEWEST: Final = 200
_BATCH: Final = 1000
# After so many lines, some 3 ms, other threads may have the interpreter: a person may be typing. It
# comes back up to a millisecond later, so not after fewer.
_SLICE: Final = 250
_BREATH: Final = 0.00001  # seconds


class View:
    """An index that follows its file; every method may run in any thread.

    Two locks: one for reading the file, which may take long, and one for the index, which is held
    for moments only, so that a list can be drawn meanwhile.

    Attributes:
        version: Grows with each change of what `summaries` returns.
        foreign: The file is not ours, and is not read.
    """

    def __init__(self, store: Store) -> None:
        self.version = 0
        self.foreign = False
        self._store = store
        self._ahead: Ahead | None = None
        self._index = Index()
        self._snapshot: Snapshot | None = None
        self._reading = threading.RLock()
        self._guard = threading.RLock()
        self._shown: tuple[int, list[Summary]] = (-1, [])

    @property
    def complete(self) -> bool:
        """Whether the whole file was read."""
        return self._index.complete or self._snapshot is None

    @property
    def bad(self) -> int:
        """Lines that could not be read so far."""
        return self._index.bad

    @property
    def index(self) -> Index:
        """The rows; a caller that needs them unchanged for longer holds `steady`."""
        return self._index

    @property
    def steady(self) -> threading.RLock:
        """The lock under which the index changes."""
        return self._guard

    def summaries(self) -> list[Summary]:
        """Return what is known, newest first; the same list until something changes."""
        with self._guard:
            version, shown = self._shown
            if version != self.version:
                shown = self._index.summaries()
                self._shown = self.version, shown
            return shown

    def row(self, identity: str) -> Row | None:
        """Return an entry that is known and not deleted."""
        with self._guard:
            return self._index.row(identity)

    def saved_rows(self) -> list[Row]:
        """Return the entries that are known and in the file, oldest first."""
        with self._guard:
            rows = [row for row in self._index.newest_first() if row.offset >= 0]
        rows.reverse()
        return rows

    def line(self, row: Row) -> bytes:
        """Return an entry's line; raises OSError."""
        with self._reading:
            if self._snapshot is None:
                return b""
            return self._snapshot.read(row.offset, row.size)

    def listed(self) -> tuple[Snapshot | None, list[Row]]:
        """Return the file as it was last seen, with its rows, newest first."""
        with self._guard:
            return self._snapshot, list(self._index.newest_first())

    def read(self, snapshot: Snapshot, offset: int, size: int) -> bytes:
        """Return bytes of a file that was seen; none once the view is closed; raises OSError."""
        with self._reading:
            return snapshot.read(offset, size) if self._snapshot else b""

    def update(self, change: Callable[[Index], None]) -> None:
        """Change the index as one step."""
        with self._guard:
            change(self._index)
            self.version += 1

    def refresh(self) -> None:
        """See what was appended, by whomever; after a rewrite, read anew; raises OSError."""
        with self._reading:
            if self.foreign:
                return
            if self._snapshot is None:
                with suppress(FileNotFoundError):
                    self._begin(self._store.snapshot(), everything=False)
            elif not self._follows(self._snapshot):
                self._begin(self._store.snapshot(), everything=self._index.complete)
            else:
                self._read_newer(self._snapshot)

    @property
    def outdated(self) -> bool:
        """Whether another file has the name by now, as after a compaction by another process."""
        snapshot = self._snapshot
        with suppress(OSError):
            return snapshot is not None and not self._store.current(snapshot)
        return False

    def renew(self) -> None:
        """Read the file anew: a line was not where it had been; raises OSError."""
        with self._reading:
            if not self.foreign:
                self._begin(self._store.snapshot(), everything=self._index.complete)

    def read_ahead(self, ahead: Ahead | None) -> None:
        """Take older lines from a process that reads the file, as far as it does."""
        with self._reading:
            self._end_ahead()
            self._ahead = ahead

    def load_some(self) -> bool:
        """Read older entries, some hundred; tells whether there are more; raises OSError."""
        with self._reading:
            snapshot, index = self._snapshot, self._index
            if snapshot is None or index.complete:
                self._end_ahead()
                return False
            older = self._older(snapshot, index.start)
            with self._guard:
                for each in older:
                    index.add_older(*each)
                if not older:
                    index.start = 0
                self.version += 1
            return not index.complete

    def load(self) -> None:
        """Read all that is not read yet; raises OSError."""
        while self.load_some():
            pass

    def snapshot(self) -> Snapshot | None:
        """Return the file as it was last seen."""
        return self._snapshot

    def close(self) -> None:
        """Let go of the file; what was read stays."""
        self._end_ahead()
        with self._reading:
            if self._snapshot:
                self._snapshot.close()
            self._snapshot = None

    def _older(self, snapshot: Snapshot, start: int) -> list[Found]:
        """Return some lines before those that are known, newest first; none at the start."""
        ahead = self._ahead
        told = ahead.before(snapshot.identity, start) if ahead else None
        if told is None:
            self._end_ahead()
            return _gently(islice(_backwards(snapshot, start), _BATCH))
        return _gently(_found(snapshot, each) for each in told)

    def _end_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead:
            ahead.close()

    def _follows(self, snapshot: Snapshot) -> bool:
        """Tell whether the file only grew since it was read."""
        try:
            current = self._store.current(snapshot)
        except FileNotFoundError:
            return True  # nothing new can be seen; what was read stays
        end = self._index.end
        return current and snapshot.size >= end and snapshot.read(end - 1, 1) in (b"}", b"[")

    def _begin(self, snapshot: Snapshot, *, everything: bool) -> None:
        """Read a file that was not read before: the newest entries, or all."""
        index = Index()
        size = snapshot.size
        index.start = size
        for line in snapshot.backwards(size):
            found = _read(line)
            if index.end == 1:
                if found is None:
                    continue  # it is being written, or torn; the next append tells
                index.end = line.end
            index.add_older(line.offset, len(line.data), found)
            if not everything and len(index) >= NEWEST:
                break
        else:
            index.start = 0
        with self._guard:
            for row in self._index.unsaved():
                index.add_unsaved(row.summary)
            self._index, self._snapshot = index, snapshot
            self.version += 1

    def _read_newer(self, snapshot: Snapshot) -> None:
        newer = [(line, _read(line)) for line in snapshot.forwards(self._index.end)]
        while newer and newer[-1][1] is None:
            newer.pop()  # it is being written, or torn; the next append tells
        if not newer:
            return
        with self._guard:
            for line, found in newer:
                self._index.add_newer(line, found)
            self.version += 1


def _gently(found: Iterable[Found]) -> list[Found]:
    """Make a list in a thread, beside others that want the interpreter."""
    made: list[Found] = []
    for number, each in enumerate(found):
        made.append(each)
        if number % _SLICE == 0:
            time.sleep(_BREATH)
    return made


def _found(snapshot: Snapshot, told: Told) -> Found:
    """Return what a line says that another process has read."""
    offset, size, parts = told
    if parts and len(parts) == 4:
        of, values, at, version = parts
        return offset, size, Change(of, values, datetime.fromisoformat(at) if at else None, version)
    found = summary_of(parts) if parts else None
    return offset, size, found or _read(Line(offset, snapshot.read(offset, size)))


def _backwards(snapshot: Snapshot, end: int) -> Iterator[Found]:
    """Yield place and size of each object before `end`, newest first, and what is read of it."""
    for offset, data, first, last in snapshot.spans_backwards(end):
        stop = last - 1 if data[last - 1 : last] == b"," else last
        found = quick_summary(data, first, stop)
        if found:
            yield offset, stop - first, found
        elif line := trimmed(offset, data[first:last]):
            yield line.offset, len(line.data), _read(line)


def _read(line: Line) -> Summary | Change | None:
    try:
        return quick_summary(line.data) or read(line.data)
    except ValueError:
        return None
