"""Bytes as hex, and what is known of a body that is no text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.safetext import SafeText, line
from sonde_core.text.line_index import Readable, readable
from sonde_core.words import size as size_in_words

from ..rows.line_source import LineSource, Part, Selected
from .byte_rows import ByteRows, unread

_COLUMNS: Final = 16
_WINDOW: Final = 1 << 16
_GUTTER: Final = 10
_DRAWN: Final = _GUTTER + 50  # where the characters of a row of hex begin
_DOTS: Final = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))


class HexRows(ByteRows):
    """Sixteen bytes a row: their offset, their digits, and what of them is ASCII."""

    gutter = _GUTTER

    def __init__(self, body: Body) -> None:
        self._body = body
        self._start = -1
        self._window = b""

    @property
    def count(self) -> int:
        return -(-self._body.stored // _COLUMNS)

    @property
    def size(self) -> int:
        return self._body.stored

    def grow(self, body: Body) -> None:
        """Go on with a body that begins with the same bytes and has more."""
        self._body, self._start = body, -1

    def offset(self, row: int) -> int:
        return row * _COLUMNS

    def row_at(self, offset: int) -> int:
        return min(offset // _COLUMNS, max(self.count - 1, 0))

    @property
    def content(self) -> Readable:
        return readable(self._body)

    def column_of(self, row: int, offset: int) -> int:
        place = min(max(offset - row * _COLUMNS, 0), self._length(row))
        return _GUTTER + place * 3 + (place >= _COLUMNS // 2)

    def byte_at(self, row: int, column: int) -> int:
        if column >= _DRAWN:
            place = column - _DRAWN
        else:
            digits = max(column - _GUTTER, 0)
            place = digits // 3 if digits < 24 else (digits - 1) // 3
        return row * _COLUMNS + min(place, self._length(row))

    def shown(self, row: int, first: int, last: int) -> list[tuple[int, int]]:
        first, last = (min(max(at - row * _COLUMNS, 0), self._length(row)) for at in (first, last))
        if first >= last:
            return []
        begin, end = (self.column_of(row, row * _COLUMNS + at) for at in (first, last - 1))
        return [(begin, end + 2), (_DRAWN + first, _DRAWN + last)]

    def marked(
        self, row: int, first: tuple[int, int], last: tuple[int, int], drawn: int
    ) -> list[tuple[int, int]]:
        return self.shown(row, self.byte_at(*first), self.byte_at(*last))

    def stepped(self, row: int, column: int, by: int) -> tuple[int, int]:
        here = self.byte_at(row, column) if row < self.count else self.size
        there = min(max(here + by, 0), self.size)
        row = self.row_at(there)
        return row, self.column_of(row, there)

    def _length(self, row: int) -> int:
        return max(min(self._body.stored - row * _COLUMNS, _COLUMNS), 0)

    def line(self, row: int) -> list[Part]:
        try:
            data = self._read(row * _COLUMNS)
        except BodyError as error:
            return unread(error)
        digits, drawn = _hex(data)
        return [
            (SafeText(f"{row * _COLUMNS:08x}  "), "time"),
            (SafeText(f"{digits:<50}"), ""),
            (SafeText(drawn), "string"),
        ]

    def text(self, row: int) -> str:
        return "".join(text for text, _ in self.line(row)[1:])

    def _read(self, offset: int) -> bytes:
        start = offset - offset % _WINDOW
        if start != self._start:
            self._window = self._body.read(start, _WINDOW)
            self._start = start
        return self._window[offset - start : offset - start + _COLUMNS]


def _hex(data: bytes) -> tuple[str, str]:
    left, right = data[:8].hex(" "), data[8:].hex(" ")
    return f"{left:<23}  {right}", data.translate(_DOTS).decode("ascii")


class FactRows(ByteRows):
    """What is known of a body that is no text, and its bytes in hex below that."""

    gutter = _GUTTER

    def __init__(self, body: Body, kind: str) -> None:
        self._hex = HexRows(body)
        self._facts = _facts(body, kind)

    @property
    def count(self) -> int:
        return len(self._facts) + self._hex.count

    @property
    def size(self) -> int:
        return self._hex.size

    def offset(self, row: int) -> int:
        return self._hex.offset(max(row - len(self._facts), 0))

    def row_at(self, offset: int) -> int:
        """Return the row that shows a byte; what is at the first one sees the facts, too."""
        return self.row_showing(offset) if offset else 0

    def row_showing(self, offset: int) -> int:
        return self._hex.row_at(offset) + len(self._facts)

    @property
    def content(self) -> Readable:
        return self._hex.content

    def column_of(self, row: int, offset: int) -> int:
        row -= len(self._facts)
        return self._hex.column_of(row, offset) if row >= 0 else _GUTTER

    def byte_at(self, row: int, column: int) -> int:
        row -= len(self._facts)
        return self._hex.byte_at(row, column) if row >= 0 else 0

    def shown(self, row: int, first: int, last: int) -> list[tuple[int, int]]:
        row -= len(self._facts)
        return self._hex.shown(row, first, last) if row >= 0 else []

    def stepped(self, row: int, column: int, by: int) -> tuple[int, int]:
        facts = len(self._facts)
        if row < facts:
            return super().stepped(row, column, by)
        row, column = self._hex.stepped(row - facts, column, by)
        return row + facts, column

    def selected(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Selected:
        if last_row < len(self._facts):
            return LineSource.selected(self, first_row, first_column, last_row, last_column)
        return super().selected(first_row, first_column, last_row, last_column)

    def marked(
        self, row: int, first: tuple[int, int], last: tuple[int, int], drawn: int
    ) -> list[tuple[int, int]]:
        if row < len(self._facts):
            return super().marked(row, first, last, drawn)
        return self.shown(row, self.byte_at(*first), self.byte_at(*last))

    def line(self, row: int) -> Sequence[Part]:
        if row < len(self._facts):
            return self._facts[row]
        return self._hex.line(row - len(self._facts))

    def text(self, row: int) -> str:
        if row < len(self._facts):
            return super().text(row)
        return self._hex.text(row - len(self._facts))


def _facts(body: Body, kind: str) -> list[list[Part]]:
    told = {
        "type": body.media_type or f"not told; {kind} by its first bytes",
        "size": f"{size_in_words(body.size)} ({body.size:,} bytes)",
        "sha256": body.sha256,
    }
    rows: list[list[Part]] = [
        [(SafeText(f"{name:<{_GUTTER}}"), "muted"), (line(value), "")]
        for name, value in told.items()
    ]
    return [*rows, [(SafeText(""), "")]]
