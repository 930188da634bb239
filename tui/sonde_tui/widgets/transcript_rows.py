"""A conversation as rows: each chunk by its lines or as hex, each event by itself."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from sonde_core.line_index import ROW_LIMIT, LineIndex
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.safetext import SafeText, line
from sonde_core.words import size

from .line_source import LineSource, Part
from .transcript_index import TranscriptIndex, hex_rows, text_rows

_TIME: Final = 9
_SIZE: Final = 8
# Time, sign and size, with a space after each.
GUTTER: Final = _TIME + 1 + 1 + 1 + _SIZE + 1
_BLANK: Final = SafeText(" " * GUTTER)
_CACHED: Final = 8  # chunks whose rows are at hand
_LONGEST_EVENT: Final = 2000

_GONE: Final = Event(0.0, EventKind.DROPPED, "not kept any more")
_SIGNS: Final = {EventKind.ERROR: "✗", EventKind.DROPPED: "✂", EventKind.PEER_END: "<"} | {
    EventKind.HALF_CLOSED: ">"
}
_BAD: Final = (EventKind.ERROR, EventKind.DROPPED)


class TranscriptRows(LineSource):
    """The rows of a recording, which may grow.

    Attributes:
        width: Bytes of a row of hex; 0 for text.
        index: Which row belongs to which moment.
    """

    gutter = GUTTER

    def __init__(self, timeline: Sequence[Moment], *, width: int = 0) -> None:
        self.timeline = timeline
        self.width = width
        self.index = TranscriptIndex(timeline, hex_rows(width) if width else text_rows)
        self._moments: OrderedDict[int, Moment] = OrderedDict()
        self._lines: OrderedDict[int, LineIndex] = OrderedDict()

    @property
    def count(self) -> int:
        return self.index.count

    def build(self, seconds: float) -> bool:
        return self.index.build(seconds)

    def moment_of(self, row: int) -> Moment | None:
        """Return the moment that a row belongs to."""
        place = self.index.place(row)
        return self.index.gap() if place is None else self._moment(place[0])

    def line(self, row: int) -> list[Part]:
        place = self.index.place(row)
        if place is None:
            return _event_parts(self.index.gap() or _GONE)
        number, inside = place
        moment = self._moment(number)
        if moment is None or isinstance(moment, Event):
            return _event_parts(moment or _GONE)
        look = "sent" if moment.direction is Direction.SENT else "received"
        head: list[Part] = [(_BLANK, "")] if inside else _head(moment, look)
        if self.width:
            return [*head, *self._hex_parts(moment, inside)]
        body, ending = self._text(number, moment, inside)
        return [*head, (body, ""), (ending, "muted")]

    def text(self, row: int) -> str:
        """Return a row without its line ending, as it is drawn."""
        number, inside = self.index.place(row) or (-1, 0)
        moment = self._moment(number) if number >= 0 else self.index.gap()
        if self.width or not isinstance(moment, Chunk):
            return super().text(row)
        return self._text(number, moment, inside)[0]

    def goes_on(self, row: int) -> bool:
        """Whether a row is one piece of a line that was too long for it."""
        place = self.index.place(row)
        moment = self._moment(place[0]) if place else None
        if place is None or self.width or not isinstance(moment, Chunk):
            return False
        number, inside = place
        last = inside >= self._index_of(number, moment).count - 1
        return not last and not self._ends(number, moment, inside)

    # text

    def _text(self, number: int, chunk: Chunk, inside: int) -> tuple[SafeText, SafeText]:
        """Return a line of a chunk and its ending, the ending as visible signs."""
        raw = self._raw(number, chunk, inside)
        ending = "␊" if self._ends(number, chunk, inside) else ""
        if raw.endswith(b"\r"):
            raw, ending = raw[:-1], f"␍{ending}"
        return line(raw), SafeText(ending)

    def _raw(self, number: int, chunk: Chunk, inside: int) -> bytes:
        found = self._index_of(number, chunk).rows(inside, 1)
        return found[0] if found else b""

    def _ends(self, number: int, chunk: Chunk, inside: int) -> bool:
        """Whether a row ends with a line feed, and not because it was too long."""
        index = self._index_of(number, chunk)
        if inside == index.count - 1 and index.complete:
            return chunk.data.endswith(b"\n")
        raw = self._raw(number, chunk, inside)
        if len(raw) < ROW_LIMIT - 3:
            return inside < index.count
        return index.offset(inside + 1) - index.offset(inside) > len(raw)

    def _index_of(self, number: int, chunk: Chunk) -> LineIndex:
        index = self.index.lines_of(number) or self._lines.get(number)
        if index is None:
            index = self._lines[number] = LineIndex(chunk.data)
            index.build(max(len(chunk.data), 1))
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

    def _moment(self, number: int) -> Moment | None:
        """Return a moment by its number: the last few are at hand, others may be in a file."""
        moment = self._moments.get(number)
        if moment is None and (moment := self.index.moment(number)) is not None:
            self._moments[number] = moment
            if len(self._moments) > _CACHED:
                self._moments.popitem(last=False)
        return moment


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
