"""One way through all rows of a history, from the newest to the oldest, while it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..history.index import Row

if TYPE_CHECKING:
    from ..history.archive import Archive
    from ..history.snapshot import Snapshot

# What is indexed before it is looked at doubles each time, up to so many parts of the file.
_MOST: Final = 32


class Run:
    """Hands each entry out once, whatever happens to the file meanwhile.

    Attributes:
        size: Bytes of the file, as far as that is known.
        version: Of the history when rows were handed out last.
    """

    def __init__(self, archive: Archive) -> None:
        self.size = 0
        self.version = 0
        self._archive = archive
        self._snapshot: Snapshot | None = None
        self._seen: set[str] = set()
        self._parts = 1

    def next_rows(self) -> list[Row]:
        """Return what is known and was not handed out yet, newest first."""
        self.version = self._archive.view.version
        self._snapshot, rows = self._archive.view.listed()
        new = [row for row in rows if row.summary.id not in self._seen]
        self._seen.update(row.summary.id for row in new)
        self.size = max((row.offset + row.size for row in rows[:1]), default=0)
        return new

    def load_more(self) -> bool:
        """Index older entries; tells whether there is more to hand out."""
        if self._archive.view.complete:
            return False
        for _ in range(self._parts):
            if not self._archive.load_some():
                break
        self._parts = min(self._parts * 2, _MOST)
        return True

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the file in which the rows lie."""
        if self._snapshot is None:
            return b""
        return self._archive.view.read(self._snapshot, offset, size)
