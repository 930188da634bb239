"""Whether others changed a history file: one look at its size and its inode."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from .disk import identity


class Seen(Enum):
    """What a look at the file found."""

    SAME = auto()
    CHANGED = auto()
    REPLACED = auto()  # entries that were read may be otherwise, or gone


class Watching:
    """Compares a file with how it was at the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None
        self._size = -1

    def look(self) -> Seen:
        """Look once; touches the disk, and never raises."""
        try:
            status = self._path.stat()
        except (OSError, ValueError):
            return Seen.SAME  # who writes to it tells of trouble
        file, size = identity(status), status.st_size
        known, grown = self._file, size != self._size
        self._file, self._size = file, size
        if known is not None and known != file:
            return Seen.REPLACED
        return Seen.CHANGED if grown else Seen.SAME
