"""A conversation as rows: each chunk by its lines or as hex, each event by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sonde_core.model import Chunk, Event, EventKind, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.safetext import SafeText, line
from sonde_core.text.characters import whole

from ..rows.first_cells import first_cells, is_long
from ..rows.line_source import LineSource, Part, Selected
from .chunk_rows import ChunkRows
from .held_moments import HeldMoments
from .transcript_heads import event_parts, gutter_of, head_parts
from .transcript_hex import both_rows, hex_parts, hex_rows, signs
from .transcript_index import RowsOf, TranscriptIndex, text_rows, wrapped_rows
from .transcript_selection import Said, byte_at, bytes_of, column_of, marked, place_of, stepped
from .transcript_times import Times

if TYPE_CHECKING:
    from sonde_core.recording.units import Units

_FEW: Final = 100  # rows that may be nothing but events

_GONE: Final = Event(0.0, EventKind.DROPPED, "not kept any more")


class TranscriptRows(LineSource):
    """The rows of a recording, which may grow.

    Attributes:
        width: Bytes of a row of hex; 0 for text.
        both: Whether rows of hex end with the lines, and have their text beside.
        cells: Cells after which rows of text end; 0 for rows as long as their lines.
        tag: What chunks are called that have no kind of their own; None for no column for that.
        index: Which row belongs to which moment.
        beside: The same moments as other rows, which are counted once these are.
        counted: Whether all that was recorded was counted once; what comes then is new.
        changed: The first row that may be another one since this was set to None.
        reads: Whether rows say what was read of the bytes, and not the bytes themselves.
    """

    reads = False
    selectable = True
    wraps = True

    def __init__(
        self,
        timeline: Sequence[Moment],
        *,
        width: int = 0,
        cells: int = 0,
        both: bool = False,
        times: Times | None = None,
        tag: str | None = None,
        units: Units | None = None,
    ) -> None:
        self.timeline = timeline
        self.width = width
        self.both = both
        self.cells = cells
        self.times = times or Times()
        self.tag = tag
        self.gutter = gutter_of(self.times, tag)
        self.units = units
        # Stars keep lengths and line ends: rows are counted in what lies under them.
        self._raw = timeline.raw if isinstance(timeline, MaskedTimeline) else timeline
        self.index = self._make_index(self._raw)
        masked = self._raw is not timeline
        self._chunks = ChunkRows(self.index, width, cells, both=both, masked=masked)
        self.beside: TranscriptRows | None = None
        self.counted = False
        self.changed: int | None = None
        self._version = -1
        self._settled = 0
        self._moments = HeldMoments(timeline, self.index)

    def _make_index(self, raw: Sequence[Moment]) -> TranscriptIndex:
        width, cells = self.width, self.cells
        rows_of: RowsOf = wrapped_rows(cells) if cells else text_rows
        if width:
            rows_of = both_rows(width) if self.both else hex_rows(width)
        with_data = self.both or not width
        return TranscriptIndex(raw, rows_of, with_data=with_data, wrap=0 if width else cells)

    @property
    def count(self) -> int:
        return self.index.count

    @property
    def shape(self) -> tuple[str, int, int]:
        """How the rows are cut: in which form, and how wide."""
        form = "text" if not self.width else "both" if self.both else "hex"
        return form, self.width, self.cells

    def build(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        done = self.count_some(seconds)
        self.counted = self.counted or done
        if not done or self.beside is None:
            return done
        return self.beside.count_some(deadline - time.monotonic())

    def count_some(self, seconds: float) -> bool:
        """Count these rows and not those beside; see `build`."""
        if self.units is None:
            return self.index.build(seconds)
        done = self.units.build(seconds / 2)
        self._reopen(self.units)
        return self.index.build(seconds / 2) and done

    def _reopen(self, units: Units) -> None:
        """Count again what may have gone on."""
        if self._version == units.version:
            return
        first = min(self._settled, units.changed_since(self._version))
        self._version = units.version
        self._moments.forget(first)
        self._chunks.forget(first)
        self.reopen(first)
        self._settled = units.settled

    def reopen(self, number: int) -> None:
        """Count rows again from a moment on."""
        row = self.index.reopen(number)
        if row is not None:
            self.changed = row if self.changed is None else min(row, self.changed)

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
            return self._event(self.index.gap() or _GONE, None), 0
        number, inside = place
        moment = self._moments.get(number)
        if moment is None or isinstance(moment, Event):
            return self._event(moment or _GONE, number), 0
        blank = SafeText(" " * self.gutter)
        head: list[Part] = [(blank, "")] if inside else self._head(moment, number)
        parts, rest = self._body(number, moment, inside, cells)
        return [*head, *parts], rest

    def _body(self, number: int, chunk: Chunk, inside: int, cells: int) -> tuple[list[Part], int]:
        if self.width:
            return self._hex_parts(number, chunk, inside), 0
        raw = self._chunks.text(number, chunk, inside)[0]
        if cells and is_long(len(raw), cells):
            text, rest = first_cells(
                len(raw), cells, lambda size: line(raw[: whole(raw[:size], "utf-8")])
            )
            return [(text, "")], rest
        body, ending, _ = self._text(number, chunk, inside)
        return [(body, ""), (ending, "muted")], 0

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
        return self._chunks.inside(number, chunk, offset)

    def begins_at(self, number: int, chunk: Chunk, inside: int) -> int:
        """Return the first byte of a row of a chunk, the size for one behind the last."""
        return self._chunks.begins_at(number, chunk, inside)

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

    def at_hand(self, row: int) -> tuple[bytes, str] | None:
        """Return what is copied of a row where nothing is selected, and its name."""
        moment = self.moment_of(row) if 0 <= row < self.count else None
        if moment is None:
            return None
        if isinstance(moment, Event):
            return moment.text.encode("utf-8", "surrogateescape"), "event"
        return moment.data, "chunk"

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
        begin, end = 0, len(data)
        if row == first[0]:
            begin = byte_at(data, self.width, first[1] - self.gutter, both=self.both)
        if row == last[0]:
            end = byte_at(data, self.width, last[1] - self.gutter, both=self.both)
        spans = marked(data, self.width, begin, end, both=self.both)
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
        raw, last = self._chunks.text(number, chunk, inside)
        text, ending = _with_signs(raw)
        return text, ending, not raw.endswith(b"\n") and not last

    # drawing

    def _hex_parts(self, number: int, chunk: Chunk, inside: int) -> list[Part]:
        start = self.begins_at(number, chunk, inside)
        data = chunk.data[start : self.begins_at(number, chunk, inside + 1)]
        parts = hex_parts(data, start, self.width)
        if not self.both:
            return [*parts, signs(data)]
        text, ending = _with_signs(data)
        return [*parts, (SafeText(" "), ""), (text, "string"), (ending, "muted")]

    def _head(self, chunk: Chunk, number: int) -> list[Part]:
        return head_parts(chunk, self._time(chunk.at, number), self.tag)

    def _event(self, event: Event, number: int | None) -> list[Part]:
        when = " " * self.times.cells if event is _GONE else self._time(event.at, number)
        return event_parts(event, when, self.gutter)

    def _time(self, at: float, number: int | None) -> str:
        index = None if number is None else self.index.index_of(number)
        return self.times.told(at, self._raw, index)


def _with_signs(raw: bytes) -> tuple[SafeText, SafeText]:
    """Return the text of a line, and its ending as visible signs."""
    ending = "␊" if raw.endswith(b"\n") else ""
    raw = raw.removesuffix(b"\n")
    if raw.endswith(b"\r"):
        raw, ending = raw[:-1], f"␍{ending}"
    return line(raw), SafeText(ending)
