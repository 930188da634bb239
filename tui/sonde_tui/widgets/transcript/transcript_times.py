"""When something was: since the start, since what was before or sent last, or by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sonde_core.model import Direction, Moment
from sonde_core.recording.marks import EVENT, WAYS_OF
from sonde_core.recording.timeline import Run, gap_of, run_of

_CELLS: Final = 9
_CLOCK_CELLS: Final = 12
_BACK: Final = 8  # moments that are looked at to find a chunk before
_MANY: Final = 4096
_FAR: Final = 64  # so many times as many to find what was sent
# Up to where was looked for what was sent, where that was, and when.
_NOTHING: Final = (0, -1, 0.0)
_SENT: Final = bytes(WAYS_OF[Direction.SENT])


class Since(StrEnum):
    """From when on times are told."""

    START = "since the start"
    BEFORE = "since the chunk before"
    SENT = "since what was sent last"
    CLOCK = "by the clock"


class Times:
    """Writes times; all rows of a view share it.

    Attributes:
        since: How.
        started: Wall time of the start; None where it is not known.
    """

    def __init__(self) -> None:
        self.since = Since.START
        self.started: datetime | None = None
        self._key = (0, 0)
        self._last = _NOTHING

    @property
    def cells(self) -> int:
        """How many cells a time takes."""
        return _CLOCK_CELLS if self.since is Since.CLOCK else _CELLS

    def next(self) -> None:
        """Go over to the next way to tell them."""
        ways = [since for since in Since if since is not Since.CLOCK or self.started]
        at = ways.index(self.since) if self.since in ways else -1
        self.since = ways[(at + 1) % len(ways)]

    def show(self, started: datetime | None) -> None:
        """Tell the times of another recording."""
        self.started, self._key = started, (0, 0)
        if started is None and self.since is Since.CLOCK:
            self.since = Since.START

    def told(self, at: float, moments: Sequence[Moment], index: int | None) -> str:
        """Write when a moment was.

        Args:
            at: Seconds since the start.
            moments: Where what was before it is found.
            index: Its place there; None when it is not there.
        """
        if self.since is Since.CLOCK and self.started:
            when = (self.started + timedelta(seconds=at)).astimezone()
            return f"{when:%H:%M:%S}.{when.microsecond // 1000:03}"
        if self.since is Since.BEFORE:
            return _signed(at - _before(moments, index), "+")
        if self.since is Since.SENT:
            sent = self._sent(moments, index)
            return "·".rjust(_CELLS) if sent is None else _signed(at - sent, ">")
        return f"{at:.4f}"[:_CELLS].rjust(_CELLS)

    def _sent(self, moments: Sequence[Moment], index: int | None) -> float | None:
        """Return when something was sent last before a moment; None for never, or far back."""
        key = (id(moments), gap_of(moments)[1])
        if key != self._key:
            self._key, self._last = key, _NOTHING
        index = index or 0
        stop, place, sent = self._last
        if index > stop:
            found = _last_sent(moments, stop, index)
            place, sent = found or (place, sent)
            self._last = (index, place, sent)
        elif index <= place:
            place, sent = _last_sent(moments, 0, index) or (-1, 0.0)
            self._last = (index, place, sent)
        return sent if place >= 0 else None


def _last_sent(moments: Sequence[Moment], first: int, last: int) -> tuple[int, float] | None:
    """Return the place and the time of what was sent last in a stretch, not too far back."""
    for _ in range(_FAR):
        begin = max(last - _MANY, first)
        for run in reversed(_runs(moments, begin, last)):
            found = max(run.ways.rfind(way) for way in _SENT)
            if found >= 0:
                return run.first + found, run.ats[found]
        if begin <= first:
            return None
        last = begin
    return None


def _before(moments: Sequence[Moment], index: int | None) -> float:
    """Return when the chunk before was; what is no bytes counts where there is none nearby."""
    if not index:
        return 0.0
    runs = _runs(moments, max(index - _BACK, 0), index)
    marks = [mark for run in runs for mark in zip(run.ats, run.ways, strict=True)]
    ats = [at for at, way in marks if way != EVENT]
    return ats[-1] if ats else marks[-1][0]


def _runs(moments: Sequence[Moment], first: int, last: int) -> list[Run]:
    """Return a stretch in runs: one ends where the recording has its gap."""
    found = list[Run]()
    while first < last:
        found.append(run_of(moments, first, last - first, with_data=False))
        first += len(found[-1])
    return found


def _signed(seconds: float, sign: str) -> str:
    return f"{sign}{max(seconds, 0.0):.4f}"[:_CELLS].rjust(_CELLS)
