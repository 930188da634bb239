from __future__ import annotations

from dataclasses import replace

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.history.schema.file_rows import FileRows, write
from sonde_core.history.schema.tape import Tape
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.marks import RECEIVED, SENT, Marks

DATA = b"abcdefghij"
EVENTS = [
    (0, Event(0.0, EventKind.RESOLVED, "first")),
    (0, Event(0.1, EventKind.CONNECTED, "second")),
    (2, Event(0.9, EventKind.NOTE, "between")),
    (9, Event(2.0, EventKind.CLOSED, "last")),
]


def tape(*rows: tuple[int, int], data: bytes = DATA) -> Tape:
    """Return a tape whose rows have these places and sizes, sent and received in turn."""
    marks = Marks()
    for number, (place, size) in enumerate(rows):
        marks.add(number / 4, (SENT, RECEIVED)[number % 2], place, size)
    body, width = write(marks)
    return Tape(FileRows(body, len(rows), width, len(DATA)), EVENTS, Body.of(data))


USUAL = ((0, 4), (4, 1), (5, 5))


def test_moments_and_runs_are_the_same_from_any_place() -> None:
    found = tape(*USUAL)
    texts = [each.text if isinstance(each, Event) else each.data for each in found]
    assert texts == ["first", "second", b"abcd", b"e", "between", b"fghij", "last"]
    assert found[1:3] == [found[-6], found[-5]]
    joined: list[object] = []
    first = 0
    while first < len(found):
        run = found.run(first)
        joined += [
            None if size < 0 else piece for size, piece in zip(run.sizes, run.pieces(), strict=True)
        ]
        first += len(run)
    assert joined == [None if isinstance(each, str) else each for each in texts]
    for index in (7, -8):
        with pytest.raises(IndexError):
            found[index]


def test_a_run_ends_at_an_event_and_where_its_room_does() -> None:
    found = tape(*USUAL)
    assert len(found.run(0)) == 2
    assert len(found.run(0, most=1)) == 1
    assert found.run(2, room=4).data == b"abcd"
    assert found.run(2, room=5).data == b"abcde"
    assert found.run(2, room=1).data == b"abcd"  # one at least
    assert found.run(5).data == b"fghij"


def test_a_run_without_data_reads_none_of_the_tape() -> None:
    found = tape(*USUAL, data=b"")
    run = found.run(2, with_data=False)
    assert (list(run.sizes), run.data) == ([4, 1], b"")
    assert list(found.events()) == [event for _, event in EVENTS]


def test_rows_in_an_order_of_another_program_are_read_as_far_as_they_follow() -> None:
    found = tape((5, 2), (7, 1), (0, 5))
    assert found.run(2).data == b"fgh"
    assert found.run(5).data == b"abcde"
    apart = tape((5, 2), (0, 5), (7, 1))
    assert apart.run(2).data == b"fg"
    assert apart.run(3).data == b"abcde"


def test_a_tape_that_is_shorter_than_it_was_is_told() -> None:
    found = tape(*USUAL, data=DATA[:7])
    assert found.run(2).data == b"abcde"
    with pytest.raises(BodyError, match="shorter than it was"):
        found.run(5)
    with pytest.raises(BodyError, match="shorter than it was"):
        found[5]


def test_it_is_equal_to_the_same_moments_and_to_nothing_else() -> None:
    found = tape(*USUAL)
    same: tuple[Moment, ...] = tuple(found)
    assert found == same
    assert found != same[:-1]
    assert found != (*same[:-1], replace(EVENTS[0][1], text="other"))
    assert found != 7
    chunk = found[3]
    assert chunk == Chunk(0.25, Direction.RECEIVED, b"e")
