from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction, Event, EventKind
from sonde_core.recording.marks import EVENT, SENT, WAYS, WAYS_OF, Marks, chunk_of, way_of
from sonde_core.steps import MessageKind

NOTE = Event(1.5, EventKind.NOTE, "note")


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 40), st.integers(0, 60))
def test_marks_within_a_room_are_as_many_as_fit(sizes: list[int], first: int, room: int) -> None:
    marks, place = Marks(), 0
    for size in sizes:
        marks.add(0.0, SENT, place, size)
        place += size
    if first >= len(sizes):
        return
    last = marks.within(first, len(sizes), room)
    taken = sum(sizes[first:last])
    assert taken <= room or last == first + 1
    assert last == len(sizes) or taken + sizes[last] > room


def test_the_oldest_are_forgotten_in_order_with_their_events() -> None:
    marks = Marks()
    number = 20_000
    for each in range(number):
        marks.add(each, SENT, each * 2, 2)
        if each % 100 == 0:
            marks.add_event(NOTE, each * 2 + 2)
    for each in range(number - 1):
        assert marks.forget() == (each, 2, None)
        if each % 100 == 0:
            assert marks.forget() == (1.5, -1, NOTE)
    assert len(marks) == 1
    assert marks.mark(0) == (number - 1, SENT, (number - 1) * 2, 2)
    marks.add_event(NOTE, 0)
    assert marks.event(1) is NOTE
    assert marks.span(0, 2).ways == bytes([SENT, EVENT])
    with pytest.raises(KeyError):
        marks.event(0)


def test_each_direction_and_kind_has_a_byte_of_its_own() -> None:
    pairs = [(direction, kind) for direction in Direction for kind in MessageKind]
    ways = [way_of(*pair) for pair in pairs]
    assert len({*ways, EVENT}) == len(pairs) + 1
    assert [WAYS[way] for way in ways] == pairs
    for (direction, kind), way in zip(pairs, ways, strict=True):
        assert chunk_of(1.0, way, b"a") == Chunk(1.0, direction, b"a", kind)
        assert [side for side in Direction if way in WAYS_OF[side]] == [direction]


def test_the_ways_of_what_is_forgotten_are_not_told() -> None:
    marks = Marks()
    marks.add(0.0, way_of(Direction.SENT, MessageKind.PING), 0, 1)
    marks.add(0.0, SENT, 1, 1)
    marks.forget()
    assert marks.ways() == {SENT}
