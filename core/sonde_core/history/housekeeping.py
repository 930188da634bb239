"""Keeping the history's files small: what is deleted goes, bodies stay below their limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import HistoryError
from .bodies import REFERENCE, Bodies
from .compaction import Ripe, plan, remaining
from .index import Change, read
from .store import Store

# Tells whether an entry is pinned, by its id; None when it is not known.
Pinned = Callable[[str], bool | None]
# Changes lines while the file is rewritten.
Through = Callable[[Iterator[bytes]], Iterator[bytes]]


class Housekeeping:
    """Compaction and the limit of all bodies together."""

    def __init__(self, store: Store, bodies: Bodies, limit: int, pinned: Pinned) -> None:
        self._store = store
        self._bodies = bodies
        self._limit = limit
        self._pinned = pinned
        self._size: int | None = None  # of all bodies; None until it is counted

    def compact(self, ripe: Ripe, through: Through | None = None) -> int:
        """Rewrite the file without what is deleted and ripe, and drop bodies that nothing names.

        Args:
            ripe: Tells whether a deletion is final.
            through: All lines that stay go through it, under the lock.

        Returns:
            Bytes freed.

        Raises:
            HistoryError: Another process does not let go of the file.
            OSError: The file cannot be rewritten; it is as it was.
        """
        self._size = None
        with self._store.locked():
            self._store.prepare()
            snapshot = self._store.snapshot()
            try:
                decided = plan(snapshot.forwards(), ripe)
                named: set[str] = set()
                cut = self._store.keep_torn
                lines = remaining(snapshot.forwards(), decided, snapshot.read, cut)
                lines = through(lines) if through else lines
                freed = snapshot.size - self._store.rewrite(_noting(lines, named))
            finally:
                snapshot.close()
            return freed + self._bodies.sweep(named)

    def bodies_size(self) -> int:
        """Return the bytes of all bodies, as far as this process knows."""
        if self._size is None:
            self._size = self._bodies.total()
        return self._size

    def count(self, added: int) -> None:
        """Take note of new bodies, and keep the sum of all below its limit."""
        if not added:
            return
        self._size = self._bodies.total() if self._size is None else self._size + added
        if self._size > self._limit:
            try:
                with self._store.locked():
                    self._size = self._trim()
            except (OSError, HistoryError):
                self._size = None  # the next large body tries again

    def _trim(self) -> int:
        """Remove the oldest bodies that no pinned entry names; needs the lock."""
        sizes = dict(self._bodies.files())
        total = sum(sizes.values())
        for digest in self._oldest_first():
            if total <= self._limit * 9 // 10:
                break
            total -= sizes.pop(digest, 0)
            self._bodies.remove([digest])
        return total

    def _oldest_first(self) -> list[str]:
        """Return the bodies that may go, by the newest entry that names each."""
        last: dict[str, None] = {}
        kept: set[str] = set()
        named: list[str] = []
        snapshot = self._store.snapshot()
        try:
            for line in snapshot.forwards():
                if not (named := _names(line.data)):
                    continue
                for digest in named:
                    last.pop(digest, None)
                    last[digest] = None
                if self._is_pinned(line.data):
                    kept.update(named)
        finally:
            snapshot.close()
        return [digest for digest in last if digest not in kept and digest not in named]

    def _is_pinned(self, line: bytes) -> bool:
        try:
            found = read(line)
        except ValueError:
            return True  # what cannot be read is kept
        if isinstance(found, Change):
            return True
        known = self._pinned(found.id)
        return found.pinned if known is None else known


def _names(line: bytes) -> list[str]:
    return [digest.decode() for digest in REFERENCE.findall(line)]


def _noting(lines: Iterator[bytes], named: set[str]) -> Iterator[bytes]:
    """Pass lines on and note the bodies that they name."""
    for line in lines:
        named.update(_names(line))
        yield line
