"""What is selected of a conversation: the bytes of its chunks, without times and signs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from sonde_core.errors import BodyError, SondeError
from sonde_core.model import Chunk, Moment
from sonde_core.recording.timeline import gap_of, run_of
from sonde_core.safetext import line
from sonde_core.text.characters import bytes_before, text_of

if TYPE_CHECKING:
    from .transcript_rows import TranscriptRows

_OFFSET: Final = 8  # characters before the digits of a row
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
    begin = rows.begins_at(number, moment, inside)
    data = moment.data[begin : rows.begins_at(number, moment, inside + 1)]
    column = max(column - rows.gutter, 0)
    return index, begin + (_hex_byte(column, rows.width) if rows.width else _byte(data, column))


def _byte(data: bytes, column: int) -> int:
    """Return which byte of a line a character stands for; its end is drawn as signs."""
    shown = data.removesuffix(b"\n").removesuffix(b"\r")
    text = text_of(shown, "utf-8")
    drawn = len(line(text))
    if column >= drawn:
        return min(len(shown) + column - drawn, len(data))
    index = bisect_right(range(len(text)), column, key=lambda number: len(line(text[:number]))) - 1
    return bytes_before(shown, "utf-8", text, index)


def _hex_byte(column: int, width: int) -> int:
    digits = max(column - _OFFSET, 0)
    half = width // 2
    if digits < half * 3:
        return digits // 3
    if digits < width * 3 + 1:
        return half + (digits - half * 3 - 1) // 3
    return min(max(digits - width * 3 - 2, 0), width)
