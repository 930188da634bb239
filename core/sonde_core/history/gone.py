"""A deleted entry, kept so that it can be brought back."""

from __future__ import annotations

import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeAlias

from .compaction import folded
from .entry import VERSION, patch
from .lines import whole_record
from .placing import NOWHERE, Place
from .schema.values import Record, from_text
from .summary import Summary

# So many bytes of lines stay in memory; what is deleted beyond lies in a file.
IN_MEMORY: Final = 4 << 20

# A line, or where it lies in the file: its first byte and its size.
Kept: TypeAlias = bytes | tuple[int, int]


class Spool:
    """Lines of deleted entries: a few in memory, many in a file without a name.

    The file lies beside the history, where its contents may lie, and is gone with this process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._in_memory = 0
        self._end = 0

    def put(self, line: bytes) -> Kept:
        """Keep a line; in memory too when there is no room for a file."""
        if self._in_memory + len(line) <= IN_MEMORY:
            self._in_memory += len(line)
            return line
        try:
            if self._file is None:
                # It stays open. Unbuffered: what the disk does not take must be known at once.
                self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            self._file.seek(self._end)
            if self._file.write(line) < len(line):
                return line
        except OSError:
            return line
        place = self._end, len(line)
        self._end += len(line)
        return place

    def get(self, kept: Kept) -> bytes:
        """Return a line; raises OSError."""
        if isinstance(kept, bytes):
            return kept
        if self._file is None:
            return b""
        offset, size = kept
        self._file.seek(offset)
        return self._file.read(size)


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted.

    Attributes:
        known: What a list showed of it, with all that a person had changed about it.
        kept: Its line, as it stood in the file.
        place: Where that was.
    """

    known: Summary
    kept: Kept
    place: Place = NOWHERE

    @property
    def id(self) -> str:
        return self.known.id

    def anew(self, spool: Spool) -> tuple[Record, Record]:
        """Return its line, to be written again, and what must be changed then.

        A line of a newer format is left as it was.

        Raises:
            OSError: The line cannot be read.
            ValueError: It was damaged, or is another's, as in a file that was edited in place.
        """
        known = self.known
        changes = patch(name=known.name, pinned=known.pinned, tags=known.tags, note=known.note)
        value = whole_record(spool.get(self.kept))
        if from_text(value.get("id")) != self.id:
            raise ValueError("the line of another entry")
        if value.get("v") == VERSION:
            return folded(value, changes), {}
        return value, changes
