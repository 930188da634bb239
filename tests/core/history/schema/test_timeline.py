from __future__ import annotations

import hashlib
from itertools import chain

import pytest
from hypothesis import given

from sonde_core.body import Body
from sonde_core.history.schema.many import INLINE_ROWS
from sonde_core.history.schema.tape import Tape
from sonde_core.history.schema.timeline import from_timeline, to_timeline
from sonde_core.history.schema.values import Record, dumps, loads, record
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.timeline import runs
from sonde_core.steps import MessageKind
from tests.strategies import TIMELINES

KEPT: dict[str, bytes] = {}


def put(body: Body) -> tuple[str, int]:
    data = body.read()
    digest = hashlib.sha256(data).hexdigest()
    KEPT[digest] = data
    return digest, len(data)


def get(digest: str, size: int) -> Body | None:
    return Body.of(KEPT[digest])


def plain(timeline: tuple[Moment, ...], inline: int) -> Record:
    return record(loads(dumps(to_timeline(timeline, put, inline))))


@given(TIMELINES)
def test_a_timeline_comes_back_equal_in_the_line_and_on_tape(timeline: tuple[Moment, ...]) -> None:
    assert from_timeline(plain(timeline, 1 << 20), get) == timeline
    taped = from_timeline(plain(timeline, 0), get)
    assert list(taped) == list(timeline)
    assert len(taped) == len(timeline)
    assert list(taped[1:3]) == list(timeline[1:3])


def long() -> tuple[Moment, ...]:
    moments: list[Moment] = [Event(0.0, EventKind.CONNECTED, "connected")]
    for number in range(INLINE_ROWS + 500):
        way = Direction.SENT if number % 3 else Direction.RECEIVED
        moments.append(Chunk(number / 1000, way, b"%d" % number))
        if number % 1000 == 0:
            moments += [Event(number / 1000, EventKind.NOTE, "one"), Event(1, EventKind.NOTE, "b")]
    return tuple(moments)


def test_many_rows_lie_in_a_file_of_their_own_and_come_back_equal() -> None:
    timeline = long()
    value = plain(timeline, 0)
    io = record(value["io"])
    assert io["rows"] == INLINE_ROWS + 500
    assert len(loads(KEPT[str(io["ref"])])) == INLINE_ROWS + 500  # type: ignore[arg-type]
    found = from_timeline(value, get)
    assert len(found) == len(timeline)
    assert tuple(found) == timeline
    assert tuple(found[number] for number in range(-1, -len(timeline) - 1, -1)) == timeline[::-1]
    told = [run.pieces() for run in runs(found)]
    naive = [run.pieces() for run in runs(timeline)]
    assert list(chain(*told)) == list(chain(*naive))


def test_many_rows_with_kinds_lie_in_a_file_of_no_width() -> None:
    kinds = list(MessageKind)
    timeline = tuple(
        Chunk(number / 1000, Direction.SENT, b"%d" % number, kinds[number % len(kinds)])
        for number in range(INLINE_ROWS + 1)
    )
    value = plain(timeline, 0)
    io = record(value["io"])
    assert sorted(io) == ["ref", "rows", "size"]
    written = loads(KEPT[str(io["ref"])])
    assert isinstance(written, list)
    assert written[:2] == [
        [0, ">", {"at": 0, "size": 1}],
        [1, ">", {"at": 1, "size": 1}, "text"],
    ]
    assert tuple(from_timeline(value, get)) == timeline


def test_rows_in_a_file_of_no_width_are_read_as_well() -> None:
    timeline = long()
    value = plain(timeline, 0)
    record(value["io"]).pop("width")
    assert tuple(from_timeline(value, get)) == timeline


@pytest.mark.parametrize("gone", [("tape",), ("io",), ("tape", "io")])
def test_many_rows_whose_files_are_gone_are_told_in_their_place(gone: tuple[str, ...]) -> None:
    timeline = long()
    value = plain(timeline, 0)
    lost = {str(record(value[name])["ref"]) for name in gone}
    found = from_timeline(value, lambda ref, size: None if ref in lost else get(ref, size))
    gaps = [each for each in found if isinstance(each, Event) and each.kind is EventKind.DROPPED]
    assert [gap.facts["moments"] for gap in gaps] == [str(INLINE_ROWS + 500)]
    assert len(found) == 1 + sum(isinstance(each, Event) for each in timeline)


def test_events_keep_their_place_among_chunks() -> None:
    timeline = (
        Event(0.0, EventKind.CONNECTED, "connected", {"address": "a"}),
        Chunk(0.1, Direction.SENT, b"a"),
        Event(0.1, EventKind.NOTE, "one"),
        Event(0.1, EventKind.NOTE, "two"),
        Chunk(0.1, Direction.RECEIVED, b""),
        Event(0.2, EventKind.CLOSED, "closed"),
    )
    value = plain(timeline, 100)
    assert [event["after"] for event in value["events"]] == [0, 1, 1, 2]  # type: ignore[attr-defined]
    assert value["io"] == [[100, ">", {"text": "a"}], [100, "<", {"text": ""}]]
    assert from_timeline(value, get) == timeline


def test_an_unknown_event_is_a_note() -> None:
    value: Record = {"events": [{"kind": "dreamt", "ms": 1, "text": "t"}]}
    assert from_timeline(value, None) == (Event(0.001, EventKind.NOTE, "t"),)


def test_bytes_that_are_gone_are_told_in_their_place() -> None:
    timeline = (
        Event(0.0, EventKind.CONNECTED, "connected"),
        Chunk(0.1, Direction.SENT, b"12345"),
        Chunk(0.2, Direction.RECEIVED, b"67"),
        Event(0.3, EventKind.CLOSED, "closed"),
    )
    first, gap, last = from_timeline(plain(timeline, 0), None)
    assert (first, last) == (timeline[0], timeline[3])
    assert isinstance(gap, Event)
    assert gap.kind is EventKind.DROPPED
    assert gap.facts == {"bytes": "7", "moments": "2"}


@pytest.mark.parametrize(
    "value",
    [
        {"io": 7},
        {"io": [[1, ">"]]},
        {"io": [[1, "!", {"text": ""}]]},
        {"io": [["1", ">", {"text": ""}]]},
        {"io": [[1, ">", {}]]},
        {"io": [[1, ">", {"text": ""}, "song"]]},
        {"io": [[1, ">", {"text": ""}, ["text"]]]},
        {"io": [[1, ">", {"text": ""}, "text", 5]]},
        {"io": [[1, [">"], {"text": ""}]]},
        {"events": [{"kind": "note", "facts": [1]}]},
        {"events": [{"kind": "note", "after": -1}]},
        {"tape": {}, "io": []},
        {"tape": {"ref": "../x", "size": 1}, "io": []},
        {"tape": {"ref": "a" * 64, "size": 1}, "io": [[0, ">", {"at": 1, "size": 1}]]},
        {"tape": {"ref": "a" * 64, "size": 1}, "io": [[0, ">", {"at": -1, "size": 1}]]},
        {"tape": {"ref": "a" * 64, "size": 1}, "io": {"ref": "b" * 64, "size": 1, "width": "1"}},
    ],
)
def test_rows_of_the_wrong_shape_are_a_value_error(value: Record) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_timeline(value, None)


def test_a_tape_is_read_when_it_is_looked_at() -> None:
    data = bytes(range(256)) * 4096
    timeline = tuple(
        Chunk(0.0, Direction.SENT, data[at : at + 1000]) for at in range(0, len(data), 1000)
    )
    taped = from_timeline(plain(timeline, 0), get)
    assert isinstance(taped, Tape)
    assert taped[-1] == timeline[-1]
    assert taped[3] == timeline[3]
    assert taped == timeline
    assert taped != timeline[1:]
    assert (taped == 7) is False
    with pytest.raises(IndexError):
        taped[len(timeline)]


def test_many_rows_stand_in_the_line_where_nothing_lies_beside() -> None:
    chunks = tuple(Chunk(at / 1000, Direction.SENT, b"%d" % at) for at in range(INLINE_ROWS + 5))
    value = to_timeline(chunks, None, 10)
    assert isinstance(value["io"], list)
    assert len(value["io"]) == len(chunks)
    assert tuple(from_timeline(record(loads(dumps(value))), None)) == chunks
