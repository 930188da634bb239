"""Entries that are gone from the file put back where they were, among the lines of a rewrite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from .index import Change, Row, read
from .quick import quick_summary
from .schema.values import Record, dumps
from .summary import Summary


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry was.

    Attributes:
        offset: Of its line, in the file of that time.
        older: Id of the entry before it; empty if it is not known.
        newer: Id of the one behind it, likewise.
    """

    offset: int = 0
    older: str = ""
    newer: str = ""


NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Returning:
    """An entry that comes back: its line, and what is changed of it."""

    known: Summary
    place: Place
    lines: tuple[Record, ...]


def places(rows: Iterable[Row], chosen: set[str]) -> dict[str, Place]:
    """Tell where some entries are among those that stay; rows are oldest first."""
    found: dict[str, Place] = {}
    waiting: list[tuple[Row, str]] = []
    older = ""

    def note(newer: str) -> None:
        found.update((row.summary.id, Place(row.offset, before, newer)) for row, before in waiting)
        waiting.clear()

    for row in rows:
        if row.summary.id in chosen:
            waiting.append((row, older))
        else:
            older = row.summary.id
            note(older)
    note("")
    return found


class _Waiting:
    """Entries that come back, each from behind its older neighbour on, where that is there."""

    def __init__(self, back: Sequence[Returning], is_there: Callable[[str], bool]) -> None:
        self._behind: dict[str, list[Returning]] = {}
        self._before: dict[str, list[Returning]] = {}
        self._by_end: list[tuple[datetime, int, str, Returning]] = []
        self._done: set[str] = set()
        for each in back:
            if is_there(each.place.older):
                self._behind.setdefault(each.place.older, []).append(each)
            else:
                self._open(each)

    def before(self, summary: Summary) -> list[Returning]:
        """Return those that belong before an entry: it was behind them, or it ended later."""
        due = [each for each in self._before.pop(summary.id, ()) if each.known.id not in self._done]
        self._done.update(each.known.id for each in due)
        end = _end(summary)
        while self._by_end and self._by_end[0][0] < end:
            due += self._next()
        return sorted(due, key=_rank)

    def passed(self, summary: Summary) -> None:
        """Take note that an entry stands before what comes now."""
        for each in self._behind.pop(summary.id, ()):
            self._open(each)

    def rest(self) -> list[Returning]:
        """Return all that are left."""
        late = [each for group in self._behind.values() for each in group]
        while self._by_end:
            late += self._next()
        return sorted(late, key=_rank)

    def _open(self, each: Returning) -> None:
        heappush(self._by_end, (*_rank(each), each.known.id, each))
        if each.place.newer:
            self._before.setdefault(each.place.newer, []).append(each)

    def _next(self) -> list[Returning]:
        each = heappop(self._by_end)[-1]
        if each.known.id in self._done:
            return []
        self._done.add(each.known.id)
        return [each]


def placed(
    lines: Iterator[bytes], back: Sequence[Returning], is_there: Callable[[str], bool]
) -> Iterator[bytes]:
    """Yield lines with entries put among them, between old neighbours and by their end."""
    ids = {each.known.id for each in back}
    waiting = _Waiting(back, is_there)
    for line in lines:
        summary = _summary(line)
        if summary is None:
            yield line
        elif summary.id not in ids:  # else somebody brought it back meanwhile
            yield from _written(waiting.before(summary))
            yield line
            waiting.passed(summary)
    yield from _written(waiting.rest())


def _rank(each: Returning) -> tuple[datetime, int]:
    return _end(each.known), each.place.offset


def _written(back: Iterable[Returning]) -> Iterator[bytes]:
    return (dumps(line) for each in back for line in each.lines)


def _summary(line: bytes) -> Summary | None:
    try:
        found = quick_summary(line) or read(line)
    except ValueError:
        return None
    return None if isinstance(found, Change) else found


def _end(known: Summary) -> datetime:
    try:
        return known.time + timedelta(seconds=known.seconds)
    except OverflowError:
        return known.time
