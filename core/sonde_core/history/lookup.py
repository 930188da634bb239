"""Finding an entry by what a person gives for it, and reading it from its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from ..errors import HistoryError, NotFoundError
from ..words import entries
from .bodies import Bodies
from .entry import VERSION, Entry, from_json
from .index import Row
from .lines import whole_record
from .schema.values import Record
from .troubles import words
from .view import View

# So many bytes that nobody asked for may lie between lines that are read together.
_NEAR: Final = 1 << 18


class Lookup:
    """Answers for one view; reads older entries when the answer may lie there."""

    def __init__(self, view: View, bodies: Bodies, load_some: Callable[[], bool]) -> None:
        self._view = view
        self._bodies = bodies
        self._load_some = load_some

    def row(self, identity: str) -> Row:
        """Return what is known of an entry; raises NotFoundError."""
        row = self._view.row(identity)
        while row is None and self._load_some():
            row = self._view.row(identity)
        row = row or self._view.row(identity)
        if row is None:
            raise NotFoundError(f"No entry has the id {identity!r}.")
        return row

    def lines(self, identities: Iterable[str]) -> dict[str, bytes]:
        """Read lines with one call if they lie near each other; else, or on an error, none."""
        rows = [row for row in map(self._view.row, identities) if row and row.offset >= 0]
        snapshot = self._view.snapshot()
        if len(rows) < 2 or snapshot is None:
            return {}
        first = min(row.offset for row in rows)
        size = max(row.offset + row.size for row in rows) - first
        if size > _NEAR + 2 * sum(row.size for row in rows):
            return {}
        data = b""
        with suppress(OSError):
            data = self._view.read(snapshot, first, size)
        starts = ((row.summary.id, row.offset - first, row.size) for row in rows)
        return {name: data[start : start + size] for name, start, size in starts}

    def entry(self, identity: str, line: bytes = b"") -> Entry:
        """Read an entry from the file, or from its line where that is known.

        Raises:
            NotFoundError: There is none.
            HistoryError: It cannot be read.
            BodyError: A file beside it cannot be read.
        """
        row = self.row(identity)
        value: Record = {}
        try:
            value = self._value(row, line)
            entry = from_json(value, self._bodies.get)
        except ValueError as error:
            raise HistoryError(
                f"Entry {identity} cannot be opened: {error}.", hint=_hint(value)
            ) from error
        except OSError as error:
            raise HistoryError(f"Entry {identity} cannot be read: {words(error)}.") from error
        known = row.summary
        return replace(
            entry, name=known.name, pinned=known.pinned, tags=known.tags, note=known.note
        )

    def find(self, reference: str) -> str:
        """Return an id from an id, a unique beginning of one, or `@N`; raises NotFoundError."""
        reference = reference.strip()
        if reference.startswith("@"):
            return self._numbered(reference)
        if self._view.row(reference):
            return reference
        while self._load_some():
            pass
        found = self._beginning_with(reference)
        if not found:
            raise NotFoundError(f"No entry has an id that begins with {reference!r}.")
        if len(found) > 1 and reference not in found:
            raise NotFoundError(
                f"{len(found)} entries have an id that begins with {reference!r}.",
                hint="Give more of the id; `sonde history` lists them.",
            )
        return reference if reference in found else found[0]

    def _beginning_with(self, reference: str) -> list[str]:
        if not reference:
            return []
        return [each.id for each in self._view.summaries() if each.id.startswith(reference)]

    def _numbered(self, reference: str) -> str:
        digits = reference[1:]
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
        if not number:
            raise NotFoundError(f"{reference!r} is no place in the list.")
        while len(self._view.summaries()) < number and self._load_some():
            pass
        summaries = self._view.summaries()
        if number > len(summaries):
            raise NotFoundError(
                f"There is no {reference}: the history has {entries(len(summaries))}."
            )
        return summaries[number - 1].id

    def _value(self, row: Row, line: bytes) -> Record:
        """Read an entry's line; a file that was changed in place is read anew once."""
        try:
            value = whole_record(line or self._view.line(row))
        except ValueError:
            value = {}
        if value.get("id") == row.summary.id:
            return value
        self._view.renew()
        return whole_record(self._view.line(self.row(row.summary.id)))


def _hint(value: Record) -> str:
    version = value.get("v")
    newer = isinstance(version, int) and version > VERSION
    what = "a newer Sonde may open it" if newer else "its line in the file is damaged"
    return f"It is kept as it is; {what}."
