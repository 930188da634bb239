"""A body as rows: text coloured row by row, hex, and facts with hex for what is no text."""

from __future__ import annotations

import re
import time
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len

from sonde_core.body import Body
from sonde_core.characters import bytes_before, chars_before, text_of, whole
from sonde_core.errors import BodyError
from sonde_core.extract import Extract
from sonde_core.highlight import spans
from sonde_core.line_index import LineIndex, Readable, readable
from sonde_core.safetext import SafeText, charset_of, codec_of, line, safe
from sonde_core.words import size as size_in_words

from .drawn import expand
from .line_source import LineSource, Part, Selected

_COLUMNS: Final = 16
_ENOUGH: Final = 8  # bytes for a cell; a character at the end may be cut
_LONGEST: Final = 12  # characters that one is drawn as, at most
_KEPT: Final = 100  # rows whose places are at hand
_WINDOW: Final = 1 << 16
_GUTTER: Final = 10
_DRAWN: Final = _GUTTER + 50  # where the characters of a row of hex begin
_DOTS: Final = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))


def codec_for_rows(body: Body) -> str:
    """Return the codec in which each row of a body can be read by itself.

    UTF-16 and UTF-32 have no rows that end at the byte 0A: their zeros are drawn instead.

    Raises:
        BodyError: The bytes cannot be read.
    """
    codec = codec_of(body.read(0, 4) if body.kept else b"", charset_of(body.media_type))
    return "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec


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

    def read(self, first: int, last: int) -> bytes:
        """Return the bytes from `first` to before `last`; raises BodyError."""
        return Extract(self.content, first, last).read()

    def shown(self, row: int, first: int, last: int) -> list[tuple[int, int]]:
        """Return the columns that show some bytes of a row, as (start, end); raises BodyError."""
        return [(self.column_of(row, first), self.column_of(row, last))]

    def span(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> tuple[int, int]:
        """Return the bytes between two places, as for `selected`; raises BodyError."""
        last = self.size
        if last_row < self.count:
            last = self.byte_at(last_row, last_column)
        return self.byte_at(first_row, first_column), last

    def step(self, row: int, column: int, by: int) -> int:
        """Go to the next byte that is shown: it may be drawn as several characters."""
        try:
            here = self.byte_at(row, column)
            for there in range(column + by, column + by * _LONGEST, by):
                if there < self.gutter or self.byte_at(row, there) != here:
                    return there if there < self.gutter else self._begin(row, there)
        except BodyError:
            pass
        return column + by

    def _begin(self, row: int, column: int) -> int:
        return self.column_of(row, self.byte_at(row, column))

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


class TextRows(ByteRows):
    """Lines of text, a very long one in several rows.

    A body that cannot be read any more gives rows that say so.
    """

    def __init__(self, index: LineIndex, kind: str, codec: str = "utf-8", *, raw: bool) -> None:
        """Show the rows of an index.

        Args:
            index: Rows as bytes.
            kind: As for `highlight.spans`.
            codec: Of each row.
            raw: Show also the byte order mark, and what ends a line before its line feed.
        """
        self._whole = index
        self._wrapped: LineIndex | None = None
        self._next: LineIndex | None = None  # that takes the place of it, once it is there
        self.kind = kind
        self.codec = codec
        self._raw = raw
        self._mark = "\ufeff".encode(codec) if codec.startswith("utf") else b""
        self._return = "\r".encode(codec)
        self._shown_rows: dict[tuple[int, int, int], _Shown] = {}
        self._broken: BodyError | None = None

    @property
    def index(self) -> LineIndex:
        """The rows as bytes, as they are cut now."""
        return self._whole if self._wrapped is None else self._follow(self._wrapped)

    @property
    def count(self) -> int:
        return max(self.index.count, 1) if self._broken else self.index.count

    @property
    def size(self) -> int:
        return self.index.size

    @property
    def content(self) -> Readable:
        return self.index

    def build(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        try:
            index = self.index
            while not index.build(1):
                if time.monotonic() >= deadline:
                    return False
        except BodyError as error:
            self._broken = error
        return True

    def wrap(self, width: int, *, at: int = 0, seconds: float = 0.0) -> bool:
        if width == self.index.width:
            self._next = None
            return True
        if self._next is None or self._next.width != width:
            source, codec = self._whole.source, self._whole.codec
            self._next = LineIndex(source, codec=codec, width=width) if width else self._whole
        wanted = self._next
        deadline = time.monotonic() + seconds
        try:
            self._follow(wanted)
            while not wanted.complete and (wanted.indexed <= at or not wanted.count):
                wanted.build(1)
                if time.monotonic() >= deadline and wanted.indexed <= at:
                    return False
        except BodyError as error:
            self._broken = error
        self._wrapped, self._next = wanted if width else None, None
        return True

    def _follow(self, index: LineIndex) -> LineIndex:
        """Let an index go on with what has grown, and know as many rows as it did."""
        if index.source is not self._whole.source:
            index.grow(self._whole.source)
            index.build(1)
        return index

    def offset(self, row: int) -> int:
        return self.index.offset(min(row, self.index.count))

    def row_at(self, offset: int) -> int:
        return self.index.row_at(offset)

    def column_of(self, row: int, offset: int) -> int:
        shown = self._look_at(row)
        if offset <= shown.begin:
            return 0
        index = chars_before(shown.data, self.codec, offset - shown.begin)
        return index if shown.plain else len(_drawn(shown.text[:index]))

    def byte_at(self, row: int, column: int) -> int:
        shown = self._look_at(row)
        text = shown.text
        index = min(max(column, 0), len(text))
        if not shown.plain and index and column < len(_drawn(text)):
            index = bisect_right(range(index + 1), column, key=lambda n: len(_drawn(text[:n]))) - 1
        elif not shown.plain and index:
            index = len(text)
        return shown.begin + bytes_before(shown.data, self.codec, text, index)

    def line(self, row: int) -> list[Part]:
        return self.head(row, 0)[0]

    def head(self, row: int, cells: int) -> tuple[list[Part], int]:
        """Return the first cells of a row, all of them for 0, and about how many more there are."""
        try:
            data, begins = self._row_of(row), self._begins_line(row)
        except BodyError as error:
            return _unread(error), 0
        size = cells * _ENOUGH
        text = self._shown(self._part(data, size) if size else data)
        while 0 < size < len(data) and cell_len(text) < cells:  # marks take no cells
            size *= 2
            text = self._shown(self._part(data, size))
        rest = max(len(data) - size, 0) if size else 0
        return (_coloured(text, self.kind) if begins else [(text, "")]), rest

    def _part(self, data: bytes, size: int) -> bytes:
        return data[: whole(data[:size], self.codec)] if size < len(data) else data

    def text(self, row: int) -> str:
        try:
            return self._text(row)
        except BodyError:
            return ""

    def hits(self, pattern: re.Pattern[str], first: int, last: int) -> list[int]:
        try:
            rows = self._read(first, last - first)
        except BodyError:
            return []
        text = self._shown(b"\n".join(rows))
        if text.count("\n") != len(rows) - 1:  # bytes that are not of this charset took one along
            return super().hits(pattern, first, last)
        found: list[int] = []
        row, place = first, 0
        for hit in pattern.finditer(text):
            row += text.count("\n", place, hit.start())
            place = hit.start()
            found.append(row)
        return found

    def _text(self, row: int) -> SafeText:
        return self._shown(self._row_of(row))

    def _look_at(self, row: int) -> _Shown:
        """Return what is known of a row; the last few are at hand, since many places are asked."""
        index = self.index
        row = min(row, max(index.count - 1, 0))
        key = (row, index.width, index.size)
        found = self._shown_rows.get(key)
        if found is None:
            read = self._read(row, 1)
            skipped = len(read[0]) - len(self._trimmed(row, read[0])) if read else 0
            data = self._row_of(row)
            text = text_of(data, self.codec)
            begin = index.offset(row) + skipped
            found = _Shown(begin, data, text, len(_drawn(text)) == len(text))
            if len(self._shown_rows) >= _KEPT:
                self._shown_rows.clear()
            self._shown_rows[key] = found
        return found

    def _row_of(self, row: int) -> bytes:
        """Return what is shown of a row, without a mark before it and what ends it."""
        found = self._read(row, 1)
        if not found:
            return b""
        data = self._trimmed(row, found[0])
        return data if self._raw else data.removesuffix(self._return)

    def _trimmed(self, row: int, data: bytes) -> bytes:
        marked = row == 0 and not self._raw
        return data.removeprefix(self._mark) if marked else data

    def _read(self, first: int, number: int) -> list[bytes]:
        if self._broken is not None:
            raise self._broken
        return self.index.rows(first, number)

    def _shown(self, data: bytes) -> SafeText:
        if not self._raw:
            data = data.removesuffix(self._return)
        if self.codec == "utf-8":
            return _quickly_safe(data)
        return safe(text_of(data, self.codec))

    def _begins_line(self, row: int) -> bool:
        """Whether a row is no later part of a long line, whose colours nobody could tell."""
        before = self._read(row - 1, 1) if row else []
        if not before:
            return True
        index = self.index
        return index.offset(row) - index.offset(row - 1) > len(before[0])


class _Shown(NamedTuple):
    """A row that was looked at: where its text begins, its bytes, and the text.

    Attributes:
        plain: Whether each character of the text is drawn as one.
    """

    begin: int
    data: bytes
    text: str
    plain: bool


def _drawn(text: str) -> str:
    return expand(safe(text))


def _unread(error: BodyError) -> list[Part]:
    return [(line(f"{error.message} {error.advice}"), "error")]


def _quickly_safe(data: bytes) -> SafeText:
    """Make many rows of plain text safe at once, without looking at each character."""
    if data.isascii():
        text = data.decode("ascii")
        if text.replace("\n", " ").replace("\t", " ").isprintable():
            return SafeText(text)
    return safe(data)


def _coloured(text: SafeText, kind: str) -> list[Part]:
    parts: list[Part] = []
    place = 0
    for start, end, token in spans(kind, text):
        if start > place:
            parts.append((SafeText(text[place:start]), ""))
        parts.append((SafeText(text[start:end]), token))
        place = end
    parts.append((SafeText(text[place:]), ""))
    return parts


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

    def _length(self, row: int) -> int:
        return max(min(self._body.stored - row * _COLUMNS, _COLUMNS), 0)

    def line(self, row: int) -> list[Part]:
        try:
            data = self._read(row * _COLUMNS)
        except BodyError as error:
            return _unread(error)
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
        return self._hex.row_at(offset) + len(self._facts) if offset else 0

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


def body_of(text: str) -> Body:
    """Return text as a body; a large one takes a while for its digest."""
    return Body.of(text.encode("utf-8", "surrogatepass"))
