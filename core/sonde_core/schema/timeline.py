"""A timeline ⇄ plain JSON values: `io` rows, the `events` between them, and a `tape` of bytes.

A row is `[ms, ">" or "<", bytes]`. Above 16 KiB in all, the bytes lie joined in one file, the
tape, and the third item is `{"at": offset, "size": n}`. An event tells after how many rows it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..body import Body, Spool
from ..model import Chunk, Direction, Event, EventKind, Moment
from .bodies import GetBody, PutBody, find
from .many import from_many, to_many
from .tape import Mark, Tape
from .values import (
    Record,
    count,
    from_bytes,
    from_ms,
    from_text,
    record,
    rows,
    to_bytes,
    to_ms,
    to_text,
)

C = TypeVar("C", Chunk, Mark)


@dataclass(slots=True)
class _Placed:
    """A row whose bytes were written to the spool."""

    at: float
    direction: Direction
    offset: int
    size: int


def to_timeline(timeline: Sequence[Moment], put: PutBody | None, inline: int) -> Record:
    """Write a timeline as `events`, `io` and, when it is large, `tape`.

    Raises:
        BodyError: The bytes cannot be read, or there is no room to join them.
    """
    spool, placed, events = Spool(), list[_Placed](), list[object]()
    for moment in timeline:
        if isinstance(moment, Event):
            events.append(_to_event(moment, len(placed)))
            continue
        placed.append(_Placed(moment.at, moment.direction, spool.size, len(moment.data)))
        spool.write(moment.data)
    body = spool.body()
    value: Record = {"events": to_many(events, put)}
    if put is None or body.size <= inline:
        return value | {"io": to_many(_inline_rows(placed, body), put)}
    ref, size = put(body)
    return value | {"tape": {"ref": ref, "size": size}, "io": to_many(_tape_rows(placed), put)}


def _inline_rows(placed: list[_Placed], body: Body) -> list[object]:
    data = body.read()
    return [
        [to_ms(row.at), row.direction.value, to_bytes(data[row.offset : row.offset + row.size])]
        for row in placed
    ]


def _tape_rows(placed: list[_Placed]) -> list[object]:
    return [
        [to_ms(row.at), row.direction.value, {"at": row.offset, "size": row.size}] for row in placed
    ]


def _to_event(event: Event, after: int) -> Record:
    value: Record = {
        "ms": to_ms(event.at),
        "kind": event.kind.value,
        "after": after,
        "text": to_text(event.text),
    }
    if event.facts:
        value["facts"] = {name: to_text(fact) for name, fact in event.facts.items()}
    return value


def from_timeline(plain: Record, get: GetBody | None) -> Sequence[Moment]:
    """Read a timeline; one with a tape reads its bytes when they are looked at."""
    events = [_from_event(value) for value in from_many(plain.get("events"), get)]
    io = from_many(plain.get("io"), get)
    if "tape" not in plain:
        return tuple(_merged([_chunk(rows(row)) for row in io], events))
    tape = record(plain["tape"])
    size = count(tape.get("size"))
    body = find(tape.get("ref"), size, get)
    marks = [_mark(rows(row), size) for row in io]
    if body is None:
        return _without_bytes(marks, events, size)
    return Tape(list(_merged(marks, events)), body)


def _merged(chunks: Sequence[C], events: list[tuple[int, Event]]) -> Iterator[C | Event]:
    """Put each event after as many chunks as it came after."""
    done = 0
    for after, event in events:
        while done < min(after, len(chunks)):
            yield chunks[done]
            done += 1
        yield event
    yield from chunks[done:]


def _without_bytes(
    marks: list[Mark], events: list[tuple[int, Event]], size: int
) -> tuple[Moment, ...]:
    text = f"{size} bytes in {len(marks)} moments are not kept any more"
    facts = {"bytes": str(size), "moments": str(len(marks))}
    at = marks[0].at if marks else 0.0
    gap = Event(at, EventKind.DROPPED, text, facts)
    before = [event for after, event in events if not after]
    return (*before, gap, *(event for after, event in events if after))


def _direction(value: object) -> Direction:
    if value not in (">", "<"):
        raise ValueError("neither > nor <")
    return Direction.SENT if value == ">" else Direction.RECEIVED


def _chunk(row: list[object]) -> Chunk:
    if len(row) != 3:
        raise ValueError("a row has three items")
    data = from_bytes(record(row[2]))
    if data is None:
        raise ValueError("a row without bytes")
    return Chunk(from_ms(row[0]), _direction(row[1]), data)


def _mark(row: list[object], end: int) -> Mark:
    if len(row) != 3:
        raise ValueError("a row has three items")
    place = record(row[2])
    offset, size = count(place.get("at")), count(place.get("size"))
    if offset + size > end:
        raise ValueError("a row beyond the tape")
    return Mark(from_ms(row[0]), _direction(row[1]), offset, size)


def _from_event(value: object) -> tuple[int, Event]:
    plain = record(value)
    facts = {name: from_text(fact) for name, fact in record(plain.get("facts", {})).items()}
    text = from_text(plain.get("text", ""))
    event = Event(from_ms(plain.get("ms", 0)), _event_kind(plain.get("kind")), text, facts)
    return count(plain.get("after", 0)), event


def _event_kind(value: object) -> EventKind:
    """Read a kind; one that a newer version knows is a note here."""
    try:
        return EventKind(from_text(value))
    except ValueError:
        return EventKind.NOTE
