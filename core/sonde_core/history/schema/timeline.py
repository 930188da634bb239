"""A timeline ⇄ plain JSON values: `io` rows, the `events` between them, and a `tape` of bytes.

A row is `[ms, ">" or "<", bytes]`, and has the kind of a WebSocket message as its fourth item.
Above 16 KiB in all, the bytes lie joined in one file, the tape, and the third item is
`{"at": offset, "size": n}`. Above 2,000 rows these lie in a file too: `io` is
`{"ref", "size", "rows", "width"}`, see `file_rows`; without `width`, as rows with kinds are, they
are read from its start. An event tells after how many rows it came.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from ...body import Spool
from ...model import Chunk, Direction, Event, EventKind, Moment
from ...recording.marks import EVENT, RECEIVED, SENT, WAYS, Marks, Span, chunk_of, way_of
from ...recording.timeline import Run, run_of, runs
from ...steps import MessageKind
from . import file_rows
from .bodies import GetBody, PutBody, find
from .many import INLINE_ROWS, each_of, to_file, to_many
from .tape import Rows, Tape
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

_LARGEST: Final = (1 << 31) - 1  # bytes of a chunk


def to_timeline(timeline: Sequence[Moment], put: PutBody | None, inline: int) -> Record:
    """Write a timeline as `events`, `io` and, when it is large, `tape`.

    Raises:
        BodyError: The bytes cannot be read, or there is no room to join them.
    """
    if 0 < len(timeline) <= INLINE_ROWS:
        run = run_of(timeline, 0, room=inline)
        if len(run) == len(timeline) and len(run.data) <= inline:
            return _small(run, timeline)
    spool, marks, events = Spool(), Marks(), list[object]()
    for run in runs(timeline):
        _take(run, marks, spool.size)
        spool.write(run.data)
        if EVENT in run.ways:
            events += _events_of(run, timeline, len(marks))
    body = spool.body()
    value: Record = {"events": to_many(events, put)}
    if put is None or (body.size <= inline and len(marks) <= INLINE_ROWS):
        return value | {"io": list(_inline_rows(marks, body.read()))}
    ref, size = put(body)
    value["tape"] = {"ref": ref, "size": size}
    if len(marks) <= INLINE_ROWS:
        return value | {"io": list(_tape_rows(marks))}
    if marks.ways() - {SENT, RECEIVED}:
        return value | {"io": to_file(_tape_rows(marks), len(marks), put)}
    kept, width = file_rows.write(marks)
    ref, size = put(kept)
    return value | {"io": {"ref": ref, "size": size, "rows": len(marks), "width": width}}


def _small(run: Run, timeline: Sequence[Moment]) -> Record:
    """Write a timeline that is one short run, as most are."""
    events, io = list[object](), list[object]()
    place = 0
    for index, (at, way, size) in enumerate(zip(run.ats, run.ways, run.sizes, strict=True)):
        if way == EVENT:
            event = timeline[index]
            assert isinstance(event, Event)  # noqa: S101 - the run says so
            events.append(_to_event(event, len(io)))
        else:
            io.append(_row(at, way, to_bytes(run.data[place : place + size])))
            place += size
    return {"events": events, "io": io}


def _take(run: Run, marks: Marks, place: int) -> None:
    """Add the chunks of a run, whose bytes lie from a place on."""
    if EVENT not in run.ways:
        places = array("q", accumulate(run.sizes[:-1], initial=place))
        marks.extend(Span(run.ats, run.ways, places, run.sizes))
        return
    for at, way, size in zip(run.ats, run.ways, run.sizes, strict=True):
        if way != EVENT:
            marks.add(at, way, place, size)
            place += size


def _events_of(run: Run, timeline: Sequence[Moment], rows_after: int) -> Iterator[Record]:
    """Write the events of a run, each with the number of rows before it."""
    before = rows_after - sum(way != EVENT for way in run.ways)
    for index, way in enumerate(run.ways, run.first):
        if way != EVENT:
            before += 1
            continue
        event = timeline[index]
        assert isinstance(event, Event)  # noqa: S101 - the run says so
        yield _to_event(event, before)


def _inline_rows(marks: Marks, data: bytes) -> Iterator[object]:
    for at, way, place, size in _each(marks):
        yield _row(at, way, to_bytes(data[place : place + size]))


def _tape_rows(marks: Marks) -> Iterator[object]:
    for at, way, place, size in _each(marks):
        yield _row(at, way, {"at": place, "size": size})


def _row(at: float, way: int, data: Record) -> list[object]:
    direction, kind = WAYS[way]
    row: list[object] = [to_ms(at), direction.value, data]
    return [*row, kind.value] if kind else row


def _each(marks: Marks) -> Iterator[tuple[float, int, int, int]]:
    return map(marks.mark, range(len(marks)))


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
    events = [_from_event(value) for value in each_of(plain.get("events"), get)]
    if "tape" not in plain:
        chunks = [_chunk(rows(row)) for row in each_of(plain.get("io"), get)]
        return tuple(_merged(chunks, events))
    tape = record(plain["tape"])
    size = count(tape.get("size"))
    body = find(tape.get("ref"), size, get)
    found = _rows_of(plain.get("io"), size, get)
    if body is None or found is None:
        return _without_bytes(plain.get("io"), found, events, size)
    return Tape(found, events, body)


def _rows_of(io: object, end: int, get: GetBody | None) -> Rows | None:
    """Find the rows of a tape of so many bytes; None when the file that holds many is gone."""
    if isinstance(io, dict):
        body = find(io.get("ref"), count(io.get("size")), get)
        if body is None:
            return None
        if "width" in io:
            return file_rows.FileRows(body, count(io.get("rows")), count(io["width"]), end)
    marks = Marks()
    for row in each_of(io, get):
        _add(marks, rows(row), end)
    return marks


def _merged(chunks: list[Chunk], events: list[tuple[int, Event]]) -> Iterator[Moment]:
    """Put each event after as many chunks as it came after."""
    done = 0
    for after, event in events:
        while done < min(after, len(chunks)):
            yield chunks[done]
            done += 1
        yield event
    yield from chunks[done:]


def _without_bytes(
    io: object, found: Rows | None, events: list[tuple[int, Event]], size: int
) -> tuple[Moment, ...]:
    number = count(io.get("rows")) if isinstance(io, dict) else len(found or ())
    text = f"{size} bytes in {number} moments are not kept any more"
    facts = {"bytes": str(size), "moments": str(number)}
    at = found.span(0, 1).ats[0] if found else 0.0
    gap = Event(at, EventKind.DROPPED, text, facts)
    before = [event for after, event in events if not after]
    return (*before, gap, *(event for after, event in events if after))


def _way(row: list[object]) -> int:
    if len(row) not in (3, 4):
        raise ValueError("a row has three items, or four")
    if row[1] not in (">", "<"):
        raise ValueError("neither > nor <")
    kind = MessageKind(from_text(row[3])) if len(row) == 4 else MessageKind.NONE
    return way_of(Direction(str(row[1])), kind)


def _chunk(row: list[object]) -> Chunk:
    way = _way(row)
    data = from_bytes(record(row[2]))
    if data is None:
        raise ValueError("a row without bytes")
    return chunk_of(from_ms(row[0]), way, data)


def _add(marks: Marks, row: list[object], end: int) -> None:
    way = _way(row)
    place = record(row[2])
    offset, size = count(place.get("at")), count(place.get("size"))
    if offset + size > end or size > _LARGEST:
        raise ValueError("a row beyond the tape")
    marks.add(from_ms(row[0]), way, offset, size)


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
