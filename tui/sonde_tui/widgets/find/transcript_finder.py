"""Finding in a conversation: in the bytes of its chunks, and in what its events say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from sonde_core.errors import SondeError
from sonde_core.model import Chunk, Moment
from sonde_core.recording.timeline import gap_of, moments_of
from sonde_core.safetext import line
from sonde_core.search import Hit, PieceSearch, Place, Query
from sonde_core.search.piece_search import Batch

from ..transcript.transcript_rows import TranscriptRows
from ..transcript.transcript_selection import marked
from .finder import Finder, Shown


class TranscriptFinder(Finder[TranscriptRows]):
    """Finds within chunks, over the ends of their lines."""

    def __init__(self, source: TranscriptRows, query: Query, row: int) -> None:
        super().__init__(source)
        place = source.index.place(row) if source.count else None
        begin = place[0] if place is not None else gap_of(source.timeline)[0]
        codec = "" if source.width else "utf-8"
        self._gone = gap_of(source.timeline)[1]
        self._number = self._settled()
        self._pieces = PieceSearch(query, codec, self._read, self._moments(), begin=begin)
        self.search = self._pieces

    def changed(self, row: int) -> None:
        head, gone = gap_of(self.source.timeline)
        if gone != self._gone:
            self._pieces.forget(head + self._gone, head + gone)
            self._gone = gone
        self._pieces.grow(self._moments(), self._number)
        self._number = self._settled()

    def place(self, row: int) -> Place:
        found = self.source.index.place(row)
        if found is None:
            return gap_of(self.source.timeline)[0], 0, -1
        number, inside = found
        moment = self.source.moment(number)
        if not isinstance(moment, Chunk):
            return number, 0, -1
        return number, self.source.begins_at(number, moment, inside), -1

    def row_of(self, hit: Hit) -> int | None:
        number, offset, _ = hit
        index = self.source.index
        if number >= index.counted:
            return None
        moment = self.source.moment(number)
        inside = self.source.inside(number, moment, offset) if isinstance(moment, Chunk) else 0
        return index.row_of(number) + inside

    def shown(self, row: int, first: int, last: int) -> Iterator[Shown]:
        found = self.source.index.place(row)
        if found is None:
            return
        number, inside = found
        moment = self.source.moment(number)
        begin, end = 0, len(_data(moment))
        if isinstance(moment, Chunk):
            begin = self.source.begins_at(number, moment, inside)
            end = self.source.begins_at(number, moment, inside + 1)
        for hit in self.search.between((number, begin, -1), (number, max(end, begin + 1), -1)):
            for left, right in self.columns(row, hit):
                if left < last and right > first:
                    yield hit, left, right

    def columns(self, row: int, hit: Hit) -> Iterator[tuple[int, int]]:
        number, inside = self.source.index.place(row) or (-1, 0)
        moment = self.source.moment(number)
        begin = end = 0
        if isinstance(moment, Chunk):
            begin = self.source.begins_at(number, moment, inside)
            end = self.source.begins_at(number, moment, inside + 1)
        data = _data(moment)[begin : end or None]
        first, last = (min(max(at - begin, 0), len(data)) for at in hit[1:])
        gutter, width = self.source.gutter, self.source.width
        if width and isinstance(moment, Chunk):
            spans = marked(data, width, first, max(last, first + 1), both=self.source.both)
            yield from ((gutter + left, gutter + right) for left, right in spans)
        else:
            left, right = (gutter + len(line(data[:at])) for at in (first, last))
            yield left, max(right, left + 1)

    # reading

    def _moments(self) -> int:
        """Return how many moments there are, those that are gone too."""
        gone = gap_of(self.source.timeline)[1]
        return len(self.source.timeline) + (gone - 1 if gone else 0)

    def _settled(self) -> int:
        """Return how many of them will stay as they are."""
        units = self.source.units
        return self._moments() if units is None else min(units.settled, self._moments())

    def _read(self, first: int, last: int) -> Batch:
        pieces = self._some(first, last - first)
        return Batch(b"".join(pieces), list(accumulate(map(len, pieces))))

    def _some(self, number: int, most: int) -> list[bytes]:
        """Return what at least one moment holds, nothing for one that cannot be read."""
        index = self.source.index.index_of(number)
        if index is None:
            return [b""]
        try:
            return [_data(moment) for moment in moments_of(self.source.timeline, index, most)]
        except (SondeError, OSError, IndexError):  # unreadable, or gone in this moment
            return [b""]


def _data(moment: Moment | None) -> bytes:
    if isinstance(moment, Chunk):
        return moment.data
    return moment.text.encode("utf-8", "surrogateescape") if moment is not None else b""
