"""The messages of a lens as rows: what each says, and its parts below."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import Final

from sonde_core.lenses.contained import Contained
from sonde_core.lenses.cutter import LIMIT, Flag
from sonde_core.lenses.lens import Part as Named
from sonde_core.lenses.lens import Reading, preview
from sonde_core.model import Chunk, Moment
from sonde_core.recording.marks import EVENT
from sonde_core.recording.timeline import Run
from sonde_core.recording.units import Units
from sonde_core.safetext import SafeText, line
from sonde_core.words import size

from ..rows.line_source import LineSource, Part, Selected
from .transcript_hex import hex_parts
from .transcript_index import TranscriptIndex
from .transcript_rows import TranscriptRows
from .transcript_times import Times

_BATCH: Final = 64
_BARE: Final = (Flag.CONTINUED, Flag.UNKNOWN)  # they have no parts
_READ: Final = 256  # readings at hand
_NAME: Final = 20  # cells of a name at most
_PLACE: Final = 8  # cells for where a part is
_TITLE: Final = 1000


class LensRows(TranscriptRows):
    """A row for each message, and one for each of its parts unless they are folded away.

    They are found, selected and copied as they are drawn; the bytes of a message or a part are at
    hand where nothing is selected.

    Attributes:
        pieces: What is cut into messages.
        folded: Whether parts are folded away, but those of some messages.
    """

    reads = True
    wraps = False

    def __init__(
        self,
        timeline: Sequence[Moment],
        units: Units,
        lens: Contained,
        *,
        datagrams: bool = False,
        width: int = 0,
        times: Times | None = None,
        tag: str | None = None,
    ) -> None:
        """Show what a lens reads.

        Args:
            timeline: The pieces, with stars over secrets if there are to be some.
            units: The pieces.
            lens: What reads them.
            datagrams: Whether they were cut by the transport.
            width: Bytes that are shown in hex before what they say; 0 for none.
            times: How times are told.
            tag: As of `TranscriptRows`.
        """
        self._lens = lens
        self._datagrams = datagrams
        self._readings: OrderedDict[int, Reading] = OrderedDict()
        self._lock = Lock()
        self.pieces = units
        self._sized = lens.parts_of(1) is not None  # rows show without the bytes
        self.folded = False
        self._turned = set[int]()  # messages whose parts are the other way
        super().__init__(timeline, width=width, both=width > 0, times=times, tag=tag, units=units)

    def _make_index(self, raw: Sequence[Moment]) -> TranscriptIndex:
        if self._sized:
            return TranscriptIndex(raw, self._rows_of, with_data=False)
        return TranscriptIndex(raw, self._rows_of, batch=_BATCH)

    def _rows_of(self, run: Run) -> list[int]:
        if self.folded and not self._turned:
            return [1] * len(run)
        if self._sized:
            return self._rows_by_size(run)
        head, gone = self.pieces.gap
        flags = self.pieces.flags(run.first, len(run))
        rows = list[int]()
        for at, (way, flag, data) in enumerate(
            zip(run.ways, flags, run.pieces(), strict=False), run.first
        ):
            number = at if not gone or at < head else at - 1 + gone
            one = way == EVENT or flag in _BARE or self._hides(number)
            rows.append(1 if one else 1 + self._lens.count(data, datagram=self._datagrams))
        return rows + [1] * (len(run) - len(rows))

    def _rows_by_size(self, run: Run) -> list[int]:
        many = {each: self._lens.parts_of(each) or 0 for each in set(run.sizes) if each >= 0}
        if not any(many.values()):
            return [1] * len(run)
        head, gone = self.pieces.gap
        flags = self.pieces.flags(run.first, len(run))
        rows = list[int]()
        for at, (length, flag) in enumerate(zip(run.sizes, flags, strict=False), run.first):
            number = at if not gone or at < head else at - 1 + gone
            one = flag in _BARE or (self._turned and self._hides(number))
            rows.append(1 if one else 1 + many.get(length, 0))
        return rows + [1] * (len(run) - len(rows))

    # folding

    @property
    def foldable(self) -> bool:
        return True

    def _hides(self, number: int) -> bool:
        return self.folded is not (number in self._turned)

    def turn(self, row: int) -> int:
        """Fold the parts of a message away, or show them; returns its number."""
        number = (self.index.place(row) or (0, 0))[0]
        self._turned ^= {number}
        self.reopen(number)
        return number

    def turn_all(self) -> None:
        """Fold all parts away, or show them."""
        self.folded = not self.folded
        self._turned.clear()
        self.reopen(0)

    # reading

    def reopen(self, number: int) -> None:
        with self._lock:
            for each in [each for each in self._readings if each >= number]:
                del self._readings[each]
        super().reopen(number)

    def reading(self, number: int, chunk: Chunk) -> Reading:
        """Return what a message says; who draws and who searches may ask at the same time."""
        with self._lock:
            found = self._readings.get(number)
            if found is None:
                unit = self.pieces.numbered(number)
                flag = unit.flag if unit is not None else Flag.WHOLE
                found = self._readings[number] = self._read(flag, chunk.data)
                if len(self._readings) > _READ:
                    self._readings.popitem(last=False)
            return found

    def _read(self, flag: int, data: bytes) -> Reading:
        if flag == Flag.CONTINUED:
            return Reading(f"… {preview(data)}")
        if flag == Flag.UNKNOWN:
            return Reading(preview(data), (), self._lens.failure or f"not {self._lens.label}")
        found = self._lens.read(data, datagram=self._datagrams)
        if flag == Flag.OVERFLOW:
            return replace(found, error=f"longer than {size(LIMIT)}: the rest follows")
        if flag == Flag.OPEN and not found.error:
            return replace(found, error="not all of it is here")
        return found

    def _part(self, number: int, chunk: Chunk, inside: int) -> Named | None:
        parts = self.reading(number, chunk).parts
        return parts[inside - 1] if 0 < inside <= len(parts) else None

    # bytes

    def inside(self, number: int, chunk: Chunk, offset: int) -> int:
        found = 0
        if not self._hides(number):
            for inside, part in enumerate(self.reading(number, chunk).parts, 1):
                if part.start <= offset < part.end:
                    found = inside
        return found

    def begins_at(self, number: int, chunk: Chunk, inside: int) -> int:
        part = self._part(number, chunk, inside)
        return part.start if part is not None else len(chunk.data) if inside else 0

    def at_hand(self, row: int) -> tuple[bytes, str] | None:
        place = self.index.place(row) if 0 <= row < self.count else None
        moment = self.moment(place[0]) if place else None
        if place is None or not isinstance(moment, Chunk):
            return super().at_hand(row)
        part = self._part(place[0], moment, place[1])
        if part is None:
            return moment.data, "message"
        return moment.data[part.start : part.end], "part"

    # text, which is also what is selected: names and values are no bytes of the peer

    def _body(self, number: int, chunk: Chunk, inside: int, cells: int) -> tuple[list[Part], int]:
        reading = self.reading(number, chunk)
        if inside == 0:
            return self._titled(number, chunk.data, reading), 0
        part = self._part(number, chunk, inside)
        return ([] if part is None else self._named(part, chunk.data, _widest(reading))), 0

    def _titled(self, number: int, data: bytes, reading: Reading) -> list[Part]:
        parts: list[Part] = [(line(reading.title, limit=_TITLE), "strong")]
        if reading.error:  # first, since a title may go beyond the view
            error = SafeText(f"✗ {line(reading.error, limit=_TITLE)}  ")
            parts.insert(0, (error, "error"))
        if self._hides(number) and reading.parts:
            parts.append((SafeText(" ⋯"), "muted"))
        return [*self._bytes(data, 0), *parts]

    def _named(self, part: Named, data: bytes, widest: int) -> list[Part]:
        name = line(part.name, limit=_NAME)
        named = (SafeText(f"{name:<{widest}}  "), "key")
        told = (line(part.value, limit=_TITLE), "")
        return [*self._bytes(data[part.start : part.end], part.start), named, told]

    def _bytes(self, data: bytes, start: int) -> list[Part]:
        if not self.width:
            return []
        return [*hex_parts(data[: self.width], start, self.width), (SafeText("  "), "")]

    def head(self, row: int, cells: int) -> tuple[list[Part], int]:
        parts, rest = super().head(row, cells)
        place = self.index.place(row)
        moment = self.moment(place[0]) if place and place[1] and not self.width else None
        if place is not None and isinstance(moment, Chunk):
            part = self._part(place[0], moment, place[1])
            start = f"{part.start:06x}  " if part else ""
            parts[0] = (SafeText(f"{start:>{self.gutter}}"), "muted")
        return parts, rest

    def text(self, row: int) -> str:
        try:
            return LineSource.text(self, row)
        except IndexError:  # it went in this moment, and a thread that searches asks
            return ""

    def texts(self, number: int, flag: int, data: bytes) -> Iterator[str]:
        """Yield what `text` returns for the rows of a message, and hold nothing of it.

        For who looks at all messages once, and has their bytes and flags from the pieces.
        """
        reading = self._read(flag, data)
        yield _joined(self._titled(number, data, reading))
        if not self._hides(number):
            widest = _widest(reading)
            yield from (_joined(self._named(part, data, widest)) for part in reading.parts)

    def adds(self, word: str) -> bool:
        """Return whether rows of whole messages may say a word that is not in their bytes."""
        return self.width > 0 or self._datagrams or self._lens.adds(word)

    def goes_on(self, row: int) -> bool:
        return False

    def selected(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Selected:
        return LineSource.selected(self, first_row, first_column, last_row, last_column)

    def marked(
        self, row: int, first: tuple[int, int], last: tuple[int, int], drawn: int
    ) -> list[tuple[int, int]]:
        return LineSource.marked(self, row, first, last, drawn)

    def begins(self, row: int) -> int:
        return self.gutter

    def stepped(self, row: int, column: int, by: int) -> tuple[int, int]:
        return LineSource.stepped(self, row, column, by)


def _widest(reading: Reading) -> int:
    """Return the cells that the names of parts take."""
    return min(max((len(part.name) for part in reading.parts), default=0), _NAME)


def _joined(parts: Sequence[Part]) -> str:
    return "".join(text for text, _ in parts)
