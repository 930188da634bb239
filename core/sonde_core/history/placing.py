"""Entries that are gone from the file put back where they were, among the lines of a rewrite."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from .entry import Summary
from .index import Change, Row, read
from .quick import quick_summary
from .schema.values import Record, dumps


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


@dataclass(slots=True)
class _Plan:
    """Who comes back behind which entry, before which, and at what time."""

    behind: dict[str, list[Returning]] = field(default_factory=dict)
    before: dict[str, list[Returning]] = field(default_factory=dict)
    timed: deque[Returning] = field(default_factory=deque)


def placed(
    lines: Iterator[bytes], back: Sequence[Returning], is_there: Callable[[str], bool]
) -> Iterator[bytes]:
    """Yield lines with entries put among them: beside one that was beside, or else by their end."""
    ids = {each.known.id for each in back}
    made = _planned(back, is_there)
    for line in lines:
        summary = _summary(line)
        if summary is None:
            yield line
            continue
        if summary.id in ids:  # somebody else brought it back meanwhile
            continue
        while made.timed and _end(made.timed[0].known) < _end(summary):
            yield from _written([made.timed.popleft()])
        yield from _written(made.before.pop(summary.id, ()))
        yield line
        yield from _written(made.behind.pop(summary.id, ()))
    for rest in (*made.before.values(), *made.behind.values(), made.timed):
        yield from _written(rest)


def _planned(back: Sequence[Returning], is_there: Callable[[str], bool]) -> _Plan:
    made = _Plan()
    timed: list[Returning] = []
    for each in sorted(back, key=lambda each: each.place.offset):
        if is_there(each.place.older):
            made.behind.setdefault(each.place.older, []).append(each)
        elif is_there(each.place.newer):
            made.before.setdefault(each.place.newer, []).append(each)
        else:
            timed.append(each)
    made.timed.extend(sorted(timed, key=lambda each: _end(each.known)))
    return made


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
