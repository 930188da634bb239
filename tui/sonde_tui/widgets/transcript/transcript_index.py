"""Which row belongs to which moment of a recording that grows, and may lose its middle.

Moments are counted from the start of the recording, those that were dropped too, and so are rows:
so nothing has to be counted again when the recording lets go of its middle part.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Final, TypeAlias

from sonde_core.errors import SondeError
from sonde_core.model import Event, EventKind, Moment
from sonde_core.recording.timeline import Run, gap_of, run_of
from sonde_core.text.line_index import ROW_LIMIT, LineIndex

# The rows of each moment of a run; None when they have to be found step by step.
RowsOf: TypeAlias = Callable[[Run], list[int] | None]

# So many moments, and bytes of theirs, are counted between two looks at the clock; a chunk that is
# larger is counted in steps.
_BATCH: Final = 1024
_ROOM: Final = 1 << 18
_STEP: Final = 1 << 20
_LINE_FEED: Final = ord("\n")
_KEPT: Final = 4  # large chunks whose lines stay at hand


class TranscriptIndex:
    """Counts rows: one number for each moment, none for each row.

    Attributes:
        count: Rows known so far, with one for the gap if there is one.
        moved: By how many rows what follows the gap has moved up; None when nothing was dropped
            since this was set to None.
    """

    def __init__(
        self,
        timeline: Sequence[Moment],
        rows_of: RowsOf,
        *,
        with_data: bool = True,
        wrap: int = 0,
        batch: int = _BATCH,
    ) -> None:
        """Count the rows of a recording.

        Args:
            timeline: The recording.
            rows_of: Counts the rows of a run.
            with_data: Whether it looks at the bytes.
            wrap: Cells after which rows of text end; 0 for rows as long as their lines.
            batch: Moments that are counted between two looks at the clock.
        """
        self._wrap = wrap
        self._batch = batch
        self._timeline = timeline
        self._rows_of = rows_of
        self._with_data = with_data
        self._starts = array("Q")  # the first row of each moment that is kept
        self._end = 0  # rows of all moments that are counted whole
        self._next = 0  # the moment to count next
        self._large: LineIndex | None = None  # its rows, when it is counted in steps
        self._indexed: OrderedDict[int, LineIndex] = OrderedDict()  # the last large ones
        self._head, self._gone = 0, 0
        self._lost = 0  # rows that went with the moments that are gone
        self.moved: int | None = None

    @property
    def count(self) -> int:
        return self._end + self._large_rows - self._lost + bool(self._gone)

    @property
    def _large_rows(self) -> int:
        return self._large.count if self._large else 0

    @property
    def gap_row(self) -> int | None:
        """The row that stands for what was dropped; None when nothing was."""
        return self._head_rows if self._gone else None

    @property
    def _head_rows(self) -> int:
        """Where the rows of the head end."""
        if len(self._starts) > self._head:
            return self._starts[self._head] - self._lost
        return self._end + self._large_rows - self._lost

    # looking up

    @property
    def counted(self) -> int:
        """The first moment whose rows are not counted yet."""
        return self._next

    def place(self, row: int) -> tuple[int, int] | None:
        """Return the moment a row belongs to, and which of its rows it is; None for the gap.

        While nothing is counted, that is the moment to be counted next.
        """
        head = self._head_rows
        if self._gone and row == head:
            return None
        if self._gone and row > head:
            row += self._lost - 1
        at = bisect_right(self._starts, row) - 1
        if at < 0:
            return self._next, 0
        inside = row - self._starts[at]
        return at if at < self._head or not self._gone else at + self._gone, inside

    def row_of(self, number: int) -> int:
        """Return the first row of a moment, the last known row for one that is not counted yet."""
        if self._gone and number >= self._head:
            number = max(number - self._gone, self._head)
            shift = 1 - self._lost
        else:
            shift = 0
        return self._starts[number] + shift if number < len(self._starts) else self.count - 1

    def row_behind(self, number: int) -> int:
        """Return the row behind those of a moment that is counted."""
        if number + 1 >= self._next:
            return self.count
        if self._gone and number == self._head - 1:
            return self._head_rows
        return self.row_of(number + 1)

    def moment(self, number: int) -> Moment | None:
        """Return a moment by its number; None when it was dropped meanwhile."""
        index = self.index_of(number)
        return None if index is None else self._load(index)

    def index_of(self, number: int) -> int | None:
        """Return where a moment stands in the recording now; None when it is not there."""
        head, gone = gap_of(self._timeline)
        if gone and number >= head:
            number += 1 - gone
            if number <= head:
                return None
        return number if number < len(self._timeline) else None

    def gap(self) -> Event | None:
        """Return the event that stands for what was dropped."""
        head, gone = gap_of(self._timeline)
        moment = self._load(head) if gone else None
        return moment if isinstance(moment, Event) else None

    def _load(self, index: int) -> Moment:
        try:
            return self._timeline[index]
        except (SondeError, OSError) as error:  # the file with the bytes is gone or full of holes
            return unreadable(error)

    def lines_of(self, number: int) -> LineIndex | None:
        """Return the lines of a large chunk, as far as they are known, if they are at hand."""
        return self._indexed.get(number)

    # counting

    def build(self, seconds: float) -> bool:
        """Count more rows, for about so many seconds; True when all are counted."""
        deadline = time.monotonic() + seconds
        while not self._build_some():
            if time.monotonic() >= deadline:
                return False
        return True

    def reopen(self, number: int) -> int | None:
        """Count moments again from one on, for they may have changed.

        Returns the first row that may be another one now; None when none of them was counted.
        """
        self._drop()
        if self._next <= number and self._large is None:
            return None
        head, _ = gap_of(self._timeline)
        behind = self._gone > 0 and number >= head
        kept = max(number - self._gone, head) if behind else number
        if kept >= len(self._starts):
            return None
        self._end = self._starts[kept]
        del self._starts[kept:]
        self._next, self._large = kept + self._gone * behind, None
        for each in [each for each in self._indexed if each >= number]:
            del self._indexed[each]
        if self._gone and not behind:  # what is gone is passed over again, see `_drop`
            self._head, self._lost = head, 0
        return self._end - self._lost + behind

    def _build_some(self) -> bool:
        self._drop()
        if self._large is not None:
            self._step(self._large)
            return False
        index = self.index_of(self._next)
        if index is None:
            return not self._drop()
        run = self._run(index)
        rows = [1] if run is None else self._rows_of(run)
        if run is None or rows is not None:
            self._count(rows or [1])
        else:
            self._begin_large(run)
        return False

    def _run(self, index: int) -> Run | None:
        try:
            return run_of(self._timeline, index, self._batch, _ROOM, with_data=self._with_data)
        except (SondeError, OSError):
            return None  # it is one row that says so

    def _count(self, rows: list[int]) -> None:
        self._starts.extend(accumulate(rows[:-1], initial=self._end))
        self._end += sum(rows)
        self._next += len(rows)

    def _begin_large(self, run: Run) -> None:
        self._starts.append(self._end)
        self._large = self._indexed[self._next] = LineIndex(run.data, width=self._wrap)
        if len(self._indexed) > _KEPT:
            self._indexed.popitem(last=False)

    def _step(self, large: LineIndex) -> None:
        if large.build(_STEP):
            self._end += large.count
            self._next += 1
            self._large = None

    def _drop(self) -> bool:
        """Let go of what the recording has let go of; tells whether that was anything."""
        head, gone = gap_of(self._timeline)
        if gone == self._gone:
            if gone and self._next == head:
                self._next = head + gone
            return False
        if not gone or self._next < head:
            return False
        before = self.count
        follows = self._starts[head] if len(self._starts) > head else self._end + self._large_rows
        ended = follows - self._lost
        del self._starts[head : head + gone - self._gone]
        if self._next < head + gone:  # some were dropped before they were counted
            self._end += self._large_rows
            self._large = None
            self._next = head + gone
        self._head, self._gone = head, gone
        first = self._starts[head] if len(self._starts) > head else self._end
        self._lost = first - ended
        self.moved = (self.moved or 0) + before - self.count
        return True


def unreadable(error: SondeError | OSError) -> Event:
    """Return an event that says why a moment is not there."""
    told = error.message if isinstance(error, SondeError) else error.strerror
    return Event(0.0, EventKind.ERROR, f"bytes that cannot be read: {told}")


def text_rows(run: Run) -> list[int] | None:
    """Return how many rows each moment takes as text; None for a single one that is large."""
    data, start, rows = run.data, 0, list[int]()
    if len(data) > _ROOM:
        return None
    ends = run.ends()
    if max(run.sizes) <= ROW_LIMIT and _of_one_row(run, ends):
        return [1] * len(run)
    for size, end in zip(run.sizes, ends, strict=True):
        if size > ROW_LIMIT:
            index = LineIndex(data[start:end])
            index.build(size)
            rows.append(index.count)
        else:
            ended = end > start and data[end - 1] == _LINE_FEED
            rows.append(data.count(b"\n", start, end) + (not ended))
        start = end
    return rows


def wrapped_rows(width: int) -> RowsOf:
    """Return what tells how many rows each moment takes as text wrapped after so many cells."""

    def rows_of(run: Run) -> list[int] | None:
        if len(run.data) > _ROOM:
            return None
        starts = [0, *run.ends()]
        return [rows_in(run.data[start:end], width) for start, end in pairwise(starts)]

    return rows_of


def rows_in(data: bytes, width: int) -> int:
    """Return how many rows a chunk takes that is wrapped after so many cells."""
    if len(data) <= width and data.isascii() and data.decode("ascii").isprintable():
        return 1
    index = LineIndex(data, width=width)
    index.build(len(data))
    return max(index.count, 1)


def _of_one_row(run: Run, ends: list[int]) -> bool:
    """Whether line feeds stand at the ends of chunks only."""
    feeds = run.data.count(b"\n")
    if not feeds or min(run.sizes) <= 0:
        return not feeds
    return bytes(map(run.data.__getitem__, [end - 1 for end in ends])).count(b"\n") == feeds
