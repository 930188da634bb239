"""Rows that show bytes, and know which."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from sonde_core.errors import BodyError
from sonde_core.extract import Extract
from sonde_core.safetext import line
from sonde_core.text.line_index import Readable

from ..rows.line_source import LineSource, Part, Selected


class ByteRows(LineSource):
    """Rows that know which bytes they show, so that another view can go on at the same place.

    A column is a character of the row as it is drawn, gutter included.

    Attributes:
        codec: Of the text that is shown; empty where bytes are.
    """

    selectable = True
    codec: str = ""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes that are shown."""

    @property
    @abstractmethod
    def content(self) -> Readable:
        """The bytes that are shown, to read in another thread, too."""

    @abstractmethod
    def offset(self, row: int) -> int:
        """Return the first byte of a row; raises BodyError."""

    @abstractmethod
    def row_at(self, offset: int) -> int:
        """Return the row that shows a byte; raises BodyError."""

    @abstractmethod
    def column_of(self, row: int, offset: int) -> int:
        """Return the column in which a byte is shown; raises BodyError."""

    @abstractmethod
    def byte_at(self, row: int, column: int) -> int:
        """Return the byte shown in a column, beyond them the end of the row; raises BodyError."""

    def row_showing(self, offset: int) -> int:
        """Return the row in which a byte is seen, as `row_at`, also where more is shown above."""
        return self.row_at(offset)

    def visible(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the parts between two bytes that are shown and not folded away."""
        return [(first, last)]

    def read(self, first: int, last: int) -> bytes:
        """Return the bytes from `first` to before `last`; raises BodyError."""
        return Extract(self.content, first, last).read()

    def shown(self, row: int, first: int, last: int) -> list[tuple[int, int]]:
        """Return the columns that show some bytes of a row, as (start, end); raises BodyError."""
        return [(self.column_of(row, first), self.column_of(row, last))]

    def columns(self, row: int, offsets: Sequence[int]) -> list[int]:
        """Return the columns of many bytes, in their order; raises BodyError."""
        return [self.column_of(row, offset) for offset in offsets]

    def span(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> tuple[int, int]:
        """Return the bytes between two places, as for `selected`; raises BodyError."""
        last = self.size
        if last_row < self.count:
            last = self.byte_at(last_row, last_column)
        return self.byte_at(first_row, first_column), last

    def measure(self, first: tuple[int, int], last: tuple[int, int]) -> int:
        try:
            start, end = self.span(*first, *last)
        except BodyError:
            return -1
        return max(end - start, 0)

    def selected(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Selected:
        return Extract(self.content, *self.span(first_row, first_column, last_row, last_column))


def unread(error: BodyError) -> list[Part]:
    """Return a row that tells why there are no bytes."""
    return [(line(f"{error.message} {error.advice}"), "error")]
