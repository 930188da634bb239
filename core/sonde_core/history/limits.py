"""The limits that a person sets to the history: by age, by number of entries, by size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from ..clock import Clock
from ..settings import Keep
from .bodies import REFERENCE, Bodies
from .changing import Changing
from .housekeeping import Housekeeping
from .index import Change, Row, read
from .snapshot import Snapshot
from .store import Store
from .view import View

T = TypeVar("T")

# When a limit is passed, so much less than it allows is kept: the file isn't rewritten each time.
# A small number is kept to.
_ENTRIES_LEFT: Final = 0.95
_SMALL_NUMBER: Final = 1000
_SIZE_LEFT: Final = 0.9
# Seconds between two looks for what has become too old.
_AGED: Final = 600.0
_FIRST_LINES: Final = 100
_BLOCK: Final = 1 << 20


class Limiter:
    """Removes entries that are beyond the limits; for one thread at a time.

    Whether there are any is asked after each entry that comes: that is quick, and sometimes wrong.
    Only then all entries are looked at.
    """

    def __init__(
        self,
        keep: Keep,
        store: Store,
        view: View,
        bodies: Bodies,
        changing: Changing,
        keeping: Housekeeping,
        clock: Clock,
    ) -> None:
        self._keep = keep
        self._store = store
        self._view = view
        self._bodies = bodies
        self._changing = changing
        self._keeping = keeping
        self._clock = clock
        self._counted: tuple[object, int, int] = (None, 0, 0)  # file, bytes, lines in them
        self._other_lines = 0  # that are no entries, when it was last looked
        self._looked_for_age = -_AGED
        self._smallest = 0  # bytes that stay whatever is removed

    def keep(self) -> int:
        """Delete what is beyond the limits for good; returns how many entries went.

        Raises:
            OSError: The file cannot be read or written.
            HistoryError: Another process does not let go of it.
        """
        if not self._keep.any or not self._looked(self._due):
            return 0
        self._view.load()
        with self._store.locked():  # so that two processes do not remove the same
            self._view.refresh()
            gone = self._looked(self._beyond)
            self._changing.expire(gone)
        too_big = self._looked(self._too_big)  # also what else was deleted takes room
        if gone or too_big:
            those = frozenset(gone)
            self._keeping.compact(lambda each: each.of in those or self._changing.old(each))
            self._view.refresh()
            size = self._looked(self._size)
            self._smallest = size + (size >> 4)
        return len(gone)

    def _looked(self, look: Callable[[Snapshot], T]) -> T:
        snapshot = self._store.snapshot()
        try:
            return look(snapshot)
        finally:
            snapshot.close()

    def _due(self, snapshot: Snapshot) -> bool:
        """Tell whether a limit may be passed."""
        most = self._keep.max_entries
        # Both brackets stand on lines of their own.
        if most and self._lines(snapshot) - 2 - self._other_lines > most:
            return True
        return self._too_big(snapshot) or self._aged(snapshot)

    def _too_big(self, snapshot: Snapshot) -> bool:
        most = self._keep.max_size
        return bool(most) and self._size(snapshot) > max(most, self._smallest)

    def _beyond(self, snapshot: Snapshot) -> list[str]:
        """Return the ids of the entries that are to go."""
        rows = self._view.saved_rows()
        self._other_lines = max(self._lines(snapshot) - 2 - len(rows), 0)
        # What a newer version wrote may be pinned, or younger, in a way that is not known here.
        loose = [row for row in rows if row.summary.readable and not row.summary.pinned]
        gone = dict.fromkeys(self._too_old(loose))
        loose = [row for row in loose if row is not rows[-1]]  # the newest stays
        gone |= dict.fromkeys(self._too_many(rows, loose))
        gone |= dict.fromkeys(self._too_large(rows, loose, gone, snapshot))
        return list(gone)

    def _too_old(self, loose: Iterable[Row]) -> list[str]:
        if not self._keep.max_age_days:
            return []
        self._looked_for_age = time.monotonic()
        first = self._first()
        return [row.summary.id for row in loose if row.summary.time < first]

    def _first(self) -> datetime:
        """Return the time from which on nothing is too old."""
        try:
            return self._clock.now() - timedelta(days=self._keep.max_age_days)
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)

    def _too_many(self, rows: Sequence[Row], loose: Sequence[Row]) -> list[str]:
        most = self._keep.max_entries
        if not most or len(rows) <= most:
            return []
        over = len(rows) - (most if most < _SMALL_NUMBER else int(most * _ENTRIES_LEFT))
        return [row.summary.id for row in loose[:over]]

    def _too_large(
        self, rows: Sequence[Row], loose: Sequence[Row], gone: Iterable[str], snapshot: Snapshot
    ) -> list[str]:
        """Return the oldest entries that must go, counting a body with the last one that names it.

        A body that a pinned entry names stays.
        """
        if not self._keep.max_size:
            return []
        bodies = dict(self._bodies.files())
        named, pinned = _named_last(rows, bodies, snapshot) if bodies else ({}, 0)
        sizes = {row.summary.id: row.size + 2 + named.get(row.summary.id, 0) for row in rows}
        left = pinned + sum(sizes.values()) - sum(sizes[each] for each in gone)
        found: list[str] = []
        if left > self._keep.max_size:
            already = frozenset(gone)
            for row in loose:
                if left <= self._keep.max_size * _SIZE_LEFT:
                    break
                if row.summary.id not in already:
                    found.append(row.summary.id)
                    left -= sizes[row.summary.id]
        return found

    def _size(self, snapshot: Snapshot) -> int:
        return snapshot.size + self._keeping.bodies_size()

    def _lines(self, snapshot: Snapshot) -> int:
        """Count the lines; those that were counted before are not read again."""
        file, at, lines = self._counted
        size = snapshot.size
        if file != snapshot.identity or size < at:
            at = lines = self._other_lines = 0
        while at < size and (block := snapshot.read(at, min(size - at, _BLOCK))):
            at += len(block)
            lines += block.count(b"\n")
        # What is appended lies over the last bracket, from before its line feed.
        rest = min(at, 3)
        self._counted = (
            snapshot.identity,
            at - rest,
            lines - snapshot.read(at - rest, rest).count(b"\n"),
        )
        return lines

    def _aged(self, snapshot: Snapshot) -> bool:
        """Tell whether the oldest entry that isn't pinned is too old."""
        if not self._keep.max_age_days or time.monotonic() - self._looked_for_age < _AGED:
            return False
        first = self._first()
        for line in islice(snapshot.forwards(), _FIRST_LINES):
            try:
                found = read(line.data)
            except ValueError:
                continue
            if not isinstance(found, Change) and not found.pinned:
                return found.time < first
        return True


def _named_last(
    rows: Sequence[Row], sizes: dict[str, int], snapshot: Snapshot
) -> tuple[dict[str, int], int]:
    """Return the bytes of bodies that go with each entry, and of those that pinned ones name."""
    last: dict[str, str] = {}
    kept: set[str] = set()
    for row in rows:
        line = snapshot.read(row.offset, row.size)
        digests = [digest.decode() for digest in REFERENCE.findall(line)]
        last.update(dict.fromkeys(digests, row.summary.id))
        if row.summary.pinned:
            kept.update(digests)
    found: dict[str, int] = {}
    for digest, identity in last.items():
        if digest not in kept:
            found[identity] = found.get(identity, 0) + sizes.get(digest, 0)
    return found, sum(sizes.get(digest, 0) for digest in kept)
