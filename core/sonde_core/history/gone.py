"""A deleted entry, kept in memory so that it can be brought back."""

from __future__ import annotations

from dataclasses import dataclass

from .compaction import folded
from .entry import VERSION, Summary, patch
from .lines import whole_record
from .schema.values import Record


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted.

    Attributes:
        line: As it stood in the file.
        values: What a person had changed about it since.
    """

    id: str
    line: bytes
    values: Record

    @classmethod
    def of(cls, known: Summary, line: bytes) -> Gone:
        """Keep an entry whose line is about to be deleted."""
        values = patch(name=known.name, pinned=known.pinned, tags=known.tags, note=known.note)
        return cls(known.id, line, values)

    def anew(self) -> tuple[Record, Record]:
        """Return its line, to be written again, and what must be changed then.

        A line of a newer format is left as it was.

        Raises:
            ValueError: The line was damaged.
        """
        value = whole_record(self.line)
        if value.get("v") == VERSION:
            return folded(value, self.values), {}
        return value, self.values
