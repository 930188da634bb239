"""Keeping the history's files small: what is deleted goes, bodies stay below their limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import HistoryError
from ..words import count
from .bodies import REFERENCE, Bodies
from .compaction import Plan, Ripe, plan, remaining
from .index import Change, read
from .lines import EMPTY, Line
from .snapshot import Snapshot
from .store import Store

# Tells whether an entry is pinned, by its id; None when it is not known.
Pinned = Callable[[str], bool | None]
# Changes lines while the file is rewritten.
Through = Callable[[Iterator[bytes]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the file and its bodies are, and what a compaction would leave of them.

    Attributes:
        entries: That stay.
        deleted: Entries that are still in the file, and would go.
        size: Of the file, in bytes; `size_after` is what would stay of it.
        damaged: Lines that cannot be read; they go, and are kept beside.
        bodies: Bytes of all bodies; `bodies_after` is what entries that stay name of them.
    """

    entries: int = 0
    deleted: int = 0
    size: int = 0
    size_after: int = 0
    bodies: int = 0
    bodies_after: int = 0
    damaged: int = 0

    @property
    def freed(self) -> int:
        """Bytes that would be freed."""
        return self.size - self.size_after + self.bodies - self.bodies_after


class Housekeeping:
    """Compaction and the limit of all bodies together.

    Args:
        tell: Told what a person should know of a compaction.

    Attributes:
        share: How much of a compaction is done, from 0 to 1; any thread may look.
        last: What the last compaction did.
    """

    def __init__(
        self,
        store: Store,
        bodies: Bodies,
        limit: int,
        pinned: Pinned,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.share = 0.0
        self.last = Outlook()
        self._store = store
        self._bodies = bodies
        self._limit = limit
        self._pinned = pinned
        self._tell = tell
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
                decided = plan(self._watched(snapshot, 0.0), ripe)
                named: set[str] = set()
                cut = _Cut(self._store.keep_torn)
                lines = remaining(self._watched(snapshot, 0.5), decided, snapshot.read, cut)
                lines = through(lines) if through else lines
                size, bodies = snapshot.size, self._bodies.total()
                after = self._store.rewrite(_noting(lines, named))
            finally:
                snapshot.close()
            left = bodies - self._bodies.sweep(named)
            self.last = _outlook(decided, (size, after), (bodies, max(left, 0)), cut.lines)
            if cut.lines:
                what = count(cut.lines, "damaged line")
                self._tell(f"{what} of {self._store.path.name} went into {cut.where}.")
            return size - after + bodies - left

    def outlook(self, ripe: Ripe) -> Outlook:
        """Tell what `compact` would leave, and change nothing; raises OSError."""
        snapshot = self._store.snapshot()
        try:
            decided = plan(self._watched(snapshot, 0.0), ripe)
            named: set[str] = set()
            watched = self._watched(snapshot, 0.5)
            cut = _Cut(lambda _: "")
            lines = remaining(watched, decided, snapshot.read, cut)
            after = sum(len(line) + 2 for line in _noting(lines, named))
            size = snapshot.size
        finally:
            snapshot.close()
        files = dict(self._bodies.files())
        # The comma of the first line is the line feed of the last bracket.
        after = after + len(EMPTY) - 1 if after else len(EMPTY)
        left = sum(size for digest, size in files.items() if digest in named)
        return _outlook(decided, (size, after), (sum(files.values()), left), cut.lines)

    def _watched(self, snapshot: Snapshot, share: float) -> Iterator[Line]:
        """Yield all lines, and note how far one is with half of the work."""
        whole = 2 * max(snapshot.size, 1)
        for line in snapshot.forwards():
            self.share = share + line.offset / whole
            yield line

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


class _Cut:
    """Puts damaged lines somewhere, and counts them.

    Attributes:
        where: Names of the files, with commas between.
    """

    def __init__(self, keep: Callable[[bytes], str]) -> None:
        self.lines = 0
        self._keep = keep
        self._names: dict[str, None] = {}

    def __call__(self, data: bytes) -> None:
        self._names[self._keep(data)] = None
        self.lines += sum(1 for line in data.split(b"\n") if line.strip(b" \t\r\n,[]"))

    @property
    def where(self) -> str:
        return ", ".join(self._names)


def _outlook(
    decided: Plan, file: tuple[int, int], bodies: tuple[int, int], damaged: int
) -> Outlook:
    return Outlook(
        entries=len(decided.present - decided.gone),
        deleted=len(decided.present & decided.gone),
        size=file[0],
        size_after=file[1],
        bodies=bodies[0],
        bodies_after=bodies[1],
        damaged=damaged,
    )


def _names(line: bytes) -> list[str]:
    return [digest.decode() for digest in REFERENCE.findall(line)]


def _noting(lines: Iterator[bytes], named: set[str]) -> Iterator[bytes]:
    """Pass lines on and note the bodies that they name."""
    for line in lines:
        named.update(_names(line))
        yield line
