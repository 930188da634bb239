"""What is selected of a conversation: the bytes of its chunks, without times and signs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from sonde_core.errors import BodyError, SondeError
from sonde_core.model import Chunk, Moment
from sonde_core.recording.timeline import gap_of, run_of
from sonde_core.text.characters import bytes_before, chars_before, text_of

from ..rows import drawn
from .transcript_hex import OFFSET, gap, text_at

if TYPE_CHECKING:
    from .transcript_rows import TranscriptRows

_FAR: Final = 1000  # rows without bytes that are passed over in a step
# Index of a moment, and a byte of its chunk.
Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """The bytes from one place of a recording to before another, whatever their direction."""

    timeline: Sequence[Moment]
    first: Place
    last: Place

    def read(self) -> bytes:
        """Return them; raises BodyError."""
        try:
            return b"".join(self._pieces())
        except (SondeError, OSError) as error:
            told = error.message if isinstance(error, SondeError) else error.strerror
            raise BodyError(f"Could not read what was selected: {told}.") from error

    def _pieces(self) -> Iterator[bytes]:
        (index, begin), (last, end) = self.first, self.last
        while index <= last and index < len(self.timeline):
            for data in run_of(self.timeline, index, last - index + 1).pieces():
                piece = data[:end] if index == last else data
                yield piece[begin:]
                begin, index = 0, index + 1


def place_of(rows: TranscriptRows, row: int, column: int) -> Place:
    """Return what stands in a column of a row; for what lies below the rows, their end."""
    if row >= rows.count:
        return len(rows.timeline), 0
    place = rows.index.place(row)
    if place is None:  # what was dropped
        return gap_of(rows.timeline)[0], 0
    number, inside = place
    index, moment = rows.index.index_of(number), rows.moment(number)
    if index is None or not isinstance(moment, Chunk):
        return (gap_of(rows.timeline)[0] if index is None else index), 0
    begin, data = _row_of(rows, number, moment, inside)
    return index, begin + byte_at(data, rows.width, column - rows.gutter, both=rows.both)


def stepped(rows: TranscriptRows, row: int, column: int, by: int) -> Place | None:
    """Return the row and column of the next byte or character of a chunk; None for no other one.

    What is no bytes is passed over, as long as it is not too many rows.
    """
    data, far, here = bytes_of(rows, row), row, -1
    if data:
        here = byte_at(data, rows.width, column - rows.gutter, both=rows.both)
        there = _beside(data, rows.width, here, by)
        if 0 <= there < len(data):
            return row, rows.gutter + column_of(data, rows.width, there)
    while 0 <= (far := far + by) < rows.count and abs(far - row) < _FAR:
        if other := bytes_of(rows, far):
            there = 0 if by > 0 else len(other)
            if by < 0 or here == len(data):  # the end of a row is the start of the next one
                there = _beside(other, rows.width, there, by)
            return far, rows.gutter + column_of(other, rows.width, there)
    if data and by > 0:
        return row, rows.gutter + column_of(data, rows.width, len(data))
    return None


def _beside(data: bytes, width: int, byte: int, by: int) -> int:
    """Return where the next byte or character of a row is, or the one before."""
    if width or byte + by <= 0:
        return byte + by
    shown = _shown(data)
    if byte + min(by, 0) >= len(shown):
        return byte + by
    text = text_of(shown, "utf-8")
    return bytes_before(shown, "utf-8", text, chars_before(shown, "utf-8", byte) + by)


def bytes_of(rows: TranscriptRows, row: int) -> bytes:
    """Return the bytes that a row shows; none for what was dropped, an event, or below the rows."""
    place = rows.index.place(row) if 0 <= row < rows.count else None
    moment = rows.moment(place[0]) if place is not None else None
    if place is None or not isinstance(moment, Chunk):
        return b""
    return _row_of(rows, place[0], moment, place[1])[1]


def _row_of(rows: TranscriptRows, number: int, chunk: Chunk, inside: int) -> tuple[int, bytes]:
    """Return where a row begins in its chunk, and its bytes."""
    begin = rows.begins_at(number, chunk, inside)
    return begin, chunk.data[begin : rows.begins_at(number, chunk, inside + 1)]


def byte_at(data: bytes, width: int, column: int, *, both: bool = False) -> int:
    """Return which byte of a row stands in a column behind the gutter.

    Args:
        data: The bytes of the row.
        width: Bytes of a row of hex; 0 for text.
        column: A character of the row as it is drawn.
        both: Whether its text stands beside the digits.
    """
    column = max(column, 0)
    text = text_at(width)
    if both and column >= text:
        return min(_byte(data, column - text), len(data))
    return min(_hex_byte(column, width) if width else _byte(data, column), len(data))


def column_of(data: bytes, width: int, byte: int) -> int:
    """Return the column in which a byte of a row stands, behind the gutter; see `byte_at`."""
    if width:
        return OFFSET + byte * 3 + (gap(width) if byte >= width // 2 else 0)
    return _text_column(data, byte)


def _text_column(data: bytes, byte: int) -> int:
    shown = _shown(data)
    starts = _starts(text_of(shown, "utf-8"))
    return starts[chars_before(shown, "utf-8", byte)] + max(byte - len(shown), 0)


def marked(
    data: bytes, width: int, first: int, last: int, *, both: bool = False
) -> list[tuple[int, int]]:
    """Return the columns of a row of hex that show some of its bytes: as digits and as signs."""
    if first >= last:
        return []
    signs = text_at(width)
    begin, end = column_of(data, width, first), column_of(data, width, last - 1) + 2
    if both:
        left, right = _text_column(data, first), _text_column(data, last)
        return [(begin, end), (signs + left, signs + max(right, left + 1))]
    return [(begin, end), (signs + first, signs + last)]


def _shown(data: bytes) -> bytes:
    """Return a line without its end, which is drawn as signs."""
    return data.removesuffix(b"\n").removesuffix(b"\r")


def _byte(data: bytes, column: int) -> int:
    shown = _shown(data)
    text = text_of(shown, "utf-8")
    starts = _starts(text)
    behind = max(column - starts[-1], 0)
    return bytes_before(shown, "utf-8", text, bisect_right(starts, column) - 1) + behind


@lru_cache(32)
def _starts(text: str) -> Sequence[int]:
    return drawn.starts(text, tabs=False)


def _hex_byte(column: int, width: int) -> int:
    digits = max(column - OFFSET, 0)
    half = width // 2
    if digits < half * 3:
        return digits // 3
    if column < text_at(width):
        return half + (digits - half * 3 - gap(width)) // 3
    return min(column - text_at(width), width)
