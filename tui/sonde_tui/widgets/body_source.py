"""A body as rows: text coloured row by row, hex, and facts with hex for what is no text."""

from __future__ import annotations

import re
import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.highlight import spans
from sonde_core.line_index import ROW_LIMIT, LineIndex
from sonde_core.safetext import SafeText, charset_of, codec_of, line, safe
from sonde_core.words import size as size_in_words

from .line_source import LineSource, Part

_SLICE: Final = 1 << 20  # bytes indexed between two looks at the clock
_COLUMNS: Final = 16
_WINDOW: Final = 1 << 16
_GUTTER: Final = 10
_MARK: Final = b"\xef\xbb\xbf"
_DOTS: Final = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))
# A longer line is cut inside a UTF-8 character at most three bytes earlier.
_CUT_ROW: Final = ROW_LIMIT - 3


def codec_for_rows(body: Body) -> str:
    """Return the codec in which each row of a body can be read by itself.

    UTF-16 and UTF-32 have no rows that end at the byte 0A: their zeros are drawn instead.

    Raises:
        BodyError: The bytes cannot be read.
    """
    codec = codec_of(body.read(0, 4) if body.kept else b"", charset_of(body.media_type))
    return "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec


class ByteRows(LineSource):
    """Rows that know which bytes they show, so that another view can go on at the same place."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes that are shown."""

    @abstractmethod
    def offset(self, row: int) -> int:
        """Return the first byte of a row; raises BodyError."""

    @abstractmethod
    def row_at(self, offset: int) -> int:
        """Return the row that shows a byte; raises BodyError."""


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
        self.index = index
        self.kind = kind
        self._codec = codec
        self._raw = raw
        self._broken: BodyError | None = None

    @property
    def count(self) -> int:
        return max(self.index.count, 1) if self._broken else self.index.count

    @property
    def size(self) -> int:
        return self.index.size

    def build(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        try:
            while not self.index.build(_SLICE):
                if time.monotonic() >= deadline:
                    return False
        except BodyError as error:
            self._broken = error
        return True

    def offset(self, row: int) -> int:
        return self.index.offset(min(row, self.index.count))

    def row_at(self, offset: int) -> int:
        return self.index.row_at(offset)

    def line(self, row: int) -> list[Part]:
        try:
            text, whole = self._text(row), self._begins_line(row)
        except BodyError as error:
            return _unread(error)
        return _coloured(text, self.kind) if whole else [(text, "")]

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
        found = self._read(row, 1)
        if not found:
            return SafeText("")
        marked = row == 0 and not self._raw
        return self._shown(found[0].removeprefix(_MARK) if marked else found[0])

    def _read(self, first: int, number: int) -> list[bytes]:
        if self._broken is not None:
            raise self._broken
        return self.index.rows(first, number)

    def _shown(self, data: bytes) -> SafeText:
        if not self._raw:
            data = data.removesuffix(b"\r")
        if self._codec == "utf-8":
            return _quickly_safe(data)
        return safe(data.decode(self._codec, "replace"))

    def _begins_line(self, row: int) -> bool:
        """Whether a row is no later part of a long line, whose colours nobody could tell."""
        before = self._read(row - 1, 1) if row else []
        return not before or len(before[0]) < _CUT_ROW


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
