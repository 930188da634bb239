"""A conversation as rows: each chunk by its lines or as hex, each event by itself."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len

from sonde_core.errors import SondeError
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.timeline import moments_of
from sonde_core.safetext import SafeText, line
from sonde_core.text.cells import MOST
from sonde_core.text.characters import whole
from sonde_core.text.line_index import ROW_LIMIT, LineIndex
from sonde_core.words import size

from ..rows.line_source import LineSource, Part, Selected
from .transcript_index import TranscriptIndex, hex_rows, text_rows, unreadable, wrapped_rows
from .transcript_selection import Said, byte_at, bytes_of, column_of, marked, place_of, stepped

_TIME: Final = 9
_SIZE: Final = 8
# Time, sign and size, with a space after each.
GUTTER: Final = _TIME + 1 + 1 + 1 + _SIZE + 1
_BLANK: Final = SafeText(" " * GUTTER)
_CACHED: Final = 8  # chunks whose rows are at hand
# So many moments are read together, of so many bytes; and bytes, with what each costs, are at hand.
_TOGETHER: Final = 64
_ROOM: Final = 1 << 16
_HELD: Final = 1 << 20
_COST: Final = 200
_ENOUGH: Final = 2  # bytes for a cell, at first
_LONGEST_EVENT: Final = 2000
_FEW: Final = 100  # rows that may be nothing but events

_GONE: Final = Event(0.0, EventKind.DROPPED, "not kept any more")
_SIGNS: Final = {EventKind.ERROR: "✗", EventKind.DROPPED: "✂", EventKind.PEER_END: "<"} | {
    EventKind.HALF_CLOSED: ">"
}
_BAD: Final = (EventKind.ERROR, EventKind.DROPPED)


class TranscriptRows(LineSource):
    """The rows of a recording, which may grow.

    Attributes:
        width: Bytes of a row of hex; 0 for text.
        cells: Cells after which rows of text end; 0 for rows as long as their lines.
        index: Which row belongs to which moment.
        beside: The same moments as other rows, which are counted once these are.
        counted: Whether all that was recorded was counted once; what comes then is new.
    """

    gutter = GUTTER
    selectable = True
    wraps = True

    def __init__(self, timeline: Sequence[Moment], *, width: int = 0, cells: int = 0) -> None:
        self.timeline = timeline
        self.width = width
        self.cells = cells
        # Stars keep lengths and line ends: rows are counted in what lies under them.
        self._raw = timeline.raw if isinstance(timeline, MaskedTimeline) else timeline
        rows_of = hex_rows(width) if width else wrapped_rows(cells) if cells else text_rows
        self.index = TranscriptIndex(self._raw, rows_of, with_data=not width, wrap=cells)
        # A chunk up to this has no line that goes on in another row.
        self._short = cells // MOST if cells else ROW_LIMIT
        self.beside: TranscriptRows | None = None
        self.counted = False
        self._moments = HeldMoments(timeline, self.index)
        self._lines: OrderedDict[int, LineIndex] = OrderedDict()

    @property
    def count(self) -> int:
        return self.index.count

    def build(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        done = self.index.build(seconds)
        self.counted = self.counted or done
        if not done or self.beside is None:
            return done
        return self.beside.index.build(deadline - time.monotonic())

    def moment_of(self, row: int) -> Moment | None:
        """Return the moment that a row belongs to."""
        place = self.index.place(row)
        return self.index.gap() if place is None else self._moments.get(place[0])

    def line(self, row: int) -> list[Part]:
        return self.head(row, 0)[0]

    def head(self, row: int, cells: int) -> tuple[list[Part], int]:
        """Return the first cells of a row, all of them for 0, and about how many more there are."""
        place = self.index.place(row)
        if place is None:
            return _event_parts(self.index.gap() or _GONE), 0
        number, inside = place
        moment = self._moments.get(number)
        if moment is None or isinstance(moment, Event):
            return _event_parts(moment or _GONE), 0
        look = "sent" if moment.direction is Direction.SENT else "received"
        head: list[Part] = [(_BLANK, "")] if inside else _head(moment, look)
        if self.width:
            return [*head, *self._hex_parts(moment, inside)], 0
        raw = self._row(number, moment, inside)[0]
        if cells and len(raw) > cells * _ENOUGH:
            text, rest = _first(raw, cells)
            return [*head, (text, "")], rest
        body, ending, _ = self._text(number, moment, inside)
        return [*head, (body, ""), (ending, "muted")], 0

    def text(self, row: int) -> str:
        """Return a row without its line ending, as it is drawn."""
        number, inside = self.index.place(row) or (-1, 0)
        moment = self._moments.get(number) if number >= 0 else self.index.gap()
        if self.width or not isinstance(moment, Chunk):
            return super().text(row)
        return self._text(number, moment, inside)[0]

    def goes_on(self, row: int) -> bool:
        """Whether a row is one piece of a line that was too long for it."""
        place = self.index.place(row)
        moment = self._moments.get(place[0]) if place else None
        if place is None or self.width or not isinstance(moment, Chunk):
            return False
        return self._text(place[0], moment, place[1])[2]

    # bytes

    def moment(self, number: int) -> Moment | None:
        """Return a moment by its number; None when it was dropped meanwhile."""
        return self._moments.get(number)

    def inside(self, number: int, chunk: Chunk, offset: int) -> int:
        """Return which row of a chunk shows a byte of it."""
        if self.width:
            return offset // self.width
        if len(chunk.data) <= self._short:
            return chunk.data.count(b"\n", 0, offset)
        return self._index_of(number, chunk).row_at(offset)

    def begins_at(self, number: int, chunk: Chunk, inside: int) -> int:
        """Return the first byte of a row of a chunk, the size for one behind the last."""
        if self.width:
            return min(inside * self.width, len(chunk.data))
        if len(chunk.data) <= self._short:
            return sum(map(len, _lines(chunk.data)[:inside]))
        index = self._index_of(number, chunk)
        return index.offset(min(inside, index.count))

    def byte_of(self, row: int) -> tuple[int, int]:
        """Return the number of the moment that a row belongs to, and its first byte there."""
        number, inside = self.index.place(row) or (0, 0)
        moment = self._moments.get(number)
        return number, self.begins_at(number, moment, inside) if isinstance(moment, Chunk) else 0

    def row_of(self, number: int, offset: int) -> int:
        """Return the row that shows a byte of a moment."""
        moment = self._moments.get(number)
        inside = self.inside(number, moment, offset) if isinstance(moment, Chunk) else 0
        return self.index.row_of(number) + inside

    def selected(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Selected:
        """Return the bytes of the chunks in between; the text of events where there are none."""
        first = place_of(self, first_row, first_column)
        last = place_of(self, last_row, last_column)
        if first == last and bytes_of(self, first_row):
            return b""
        after = last_row + (
            last_column > self.begins(last_row)
        )  # of the last row there may be nothing
        rows = range(first_row, min(after, self.count))
        if len(rows) < _FEW and not any(isinstance(self.moment_of(row), Chunk) for row in rows):
            return super().selected(first_row, first_column, last_row, last_column)
        return Said(self.timeline, first, last)

    def marked(
        self, row: int, first: tuple[int, int], last: tuple[int, int], drawn: int
    ) -> list[tuple[int, int]]:
        data = bytes_of(self, row) if self.width else b""
        if not data:
            return super().marked(row, first, last, drawn)
        begin = byte_at(data, self.width, first[1] - self.gutter) if row == first[0] else 0
        end = byte_at(data, self.width, last[1] - self.gutter) if row == last[0] else len(data)
        spans = marked(data, self.width, begin, end)
        return [(self.gutter + start, self.gutter + stop) for start, stop in spans]

    def begins(self, row: int) -> int:
        data = bytes_of(self, row) if self.width else b""
        return self.gutter + (column_of(data, self.width, 0) if data else 0)

    def stepped(self, row: int, column: int, by: int) -> tuple[int, int]:
        if row >= self.count or bytes_of(self, row):
            return stepped(self, row, column, by) or (row, column)
        return super().stepped(row, column, by)

    # text

    def _text(self, number: int, chunk: Chunk, inside: int) -> tuple[SafeText, SafeText, bool]:
        """Return a line of a chunk, its ending as visible signs, and whether the line goes on."""
        raw, last = self._row(number, chunk, inside)
        ends = raw.endswith(b"\n")
        ending = "␊" if ends else ""
        raw = raw.removesuffix(b"\n")
        if raw.endswith(b"\r"):
            raw, ending = raw[:-1], f"␍{ending}"
        return line(raw), SafeText(ending), not ends and not last

    def _row(self, number: int, chunk: Chunk, inside: int) -> tuple[bytes, bool]:
        """Return a row of a chunk with its line feed, and whether it is the last one."""
        if len(chunk.data) <= self._short:
            rows = _lines(chunk.data)
            return (rows[inside] if inside < len(rows) else b""), inside >= len(rows) - 1
        index = self._index_of(number, chunk)
        if inside >= index.count:
            return b"", True
        start, end = index.offset(inside), index.offset(inside + 1)
        return chunk.data[start:end], inside == index.count - 1 and index.complete

    def _index_of(self, number: int, chunk: Chunk) -> LineIndex:
        index = self.index.lines_of(number) or self._lines.get(number)
        if index is None:
            raw = self.index.moment(number) if self._raw is not self.timeline else chunk
            data = raw.data if isinstance(raw, Chunk) else chunk.data
            index = self._lines[number] = LineIndex(data, width=self.cells)
            index.build(max(len(data), 1))
            if len(self._lines) > _CACHED:
                self._lines.popitem(last=False)
        return index

    # hex

    def _hex_parts(self, chunk: Chunk, inside: int) -> list[Part]:
        start = inside * self.width
        data = chunk.data[start : start + self.width]
        half = self.width // 2
        digits = f"{data[:half].hex(' '):<{half * 3}} {data[half:].hex(' '):<{half * 3}}"
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data)
        return [
            (SafeText(f"{start:06x}  "), "muted"),
            (SafeText(digits), ""),
            (SafeText(f" {shown}"), "string"),
        ]


class HeldMoments:
    """The moments that were last looked at: neighbours are read together, all may be in a file."""

    def __init__(self, timeline: Sequence[Moment], index: TranscriptIndex) -> None:
        self._timeline = timeline
        self._index = index
        self._held: OrderedDict[int, Moment] = OrderedDict()
        self._size = 0

    def get(self, number: int) -> Moment | None:
        """Return a moment by its number; None when it was dropped meanwhile."""
        if number not in self._held:
            self._read(number)
        return self._held.get(number)

    def _read(self, number: int) -> None:
        index = self._index.index_of(number)
        if index is None:
            return
        for at, moment in enumerate(self._found(index), number):
            self._hold(at, moment)

    def _found(self, index: int) -> list[Moment]:
        try:
            return moments_of(self._timeline, index, _TOGETHER, _ROOM)
        except (SondeError, OSError):
            pass  # of one of them: the file with the bytes is gone or full of holes
        try:
            return [self._timeline[index]]
        except (SondeError, OSError) as error:
            return [unreadable(error)]

    def _hold(self, number: int, moment: Moment) -> None:
        old = self._held.pop(number, None)
        self._size += _size(moment) - (0 if old is None else _size(old))
        self._held[number] = moment
        while self._size > _HELD and len(self._held) > 1:
            self._size -= _size(self._held.popitem(last=False)[1])


def _size(moment: Moment) -> int:
    return _COST + (len(moment.data) if isinstance(moment, Chunk) else len(moment.text))


def _first(raw: bytes, cells: int) -> tuple[SafeText, int]:
    """Return so many cells of a long row, and about how many more there are."""
    size, text = cells, SafeText()
    while size < len(raw) and cell_len(text) < cells:  # marks take no cells
        size = min(size * _ENOUGH, len(raw))
        text = line(raw[: whole(raw[:size], "utf-8")])
    enough = cells  # stand-ins are long
    while enough < len(text) and cell_len(text[:enough]) < cells:
        enough *= _ENOUGH
    return SafeText(text[:enough]), len(raw) - size + max(len(text) - enough, 0)


def _lines(data: bytes) -> list[bytes]:
    """Return the lines of bytes, each with its line feed."""
    lines = data.split(b"\n")
    return [*(each + b"\n" for each in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def _head(chunk: Chunk, look: str) -> list[Part]:
    return [
        (SafeText(f"{_time(chunk.at)} "), "time"),
        (SafeText(f"{chunk.direction.value} "), look),
        (SafeText(f"{size(len(chunk.data)):<{_SIZE}} "), "muted"),
    ]


def _event_parts(event: Event) -> list[Part]:
    sign, look = _SIGNS.get(event.kind, "·"), "error" if event.kind in _BAD else "event"
    return [
        (SafeText(f"{_time(event.at)} "), "time"),
        (SafeText(f"{sign} "), look),
        (SafeText(" " * (_SIZE + 1)), ""),
        (line(event.text, limit=_LONGEST_EVENT), look),
    ]


def _time(at: float) -> str:
    """Write seconds since the start, as exactly as there is room."""
    return f"{at:.4f}"[:_TIME].rjust(_TIME)
