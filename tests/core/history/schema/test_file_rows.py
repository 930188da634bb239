from __future__ import annotations

import json
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.history.schema.file_rows import FileRows, write
from sonde_core.history.schema.values import from_ms, to_ms
from sonde_core.recording.marks import RECEIVED, SENT, Marks

rows = st.tuples(
    st.integers(0, 10**12).map(lambda us: round(us / 1e6, 6)),
    st.sampled_from([SENT, RECEIVED]),
    st.integers(0, 10**6),
)


def marks_of(values: list[tuple[float, int, int]]) -> Marks:
    marks, place = Marks(), 0
    for at, way, size in values:
        marks.add(at, way, place, size)
        place += size
    return marks


@given(st.lists(rows, min_size=1, max_size=50), st.data())
def test_any_rows_are_read_without_the_others(
    values: list[tuple[float, int, int]], data: st.DataObject
) -> None:
    marks = marks_of(values)
    body, width = write(marks)
    found = FileRows(body, len(values), width, 10**9)
    assert len(found) == len(values)
    first = data.draw(st.integers(0, len(values) - 1))
    last = data.draw(st.integers(first + 1, len(values)))
    assert found.span(first, last) == marks.span(first, last)


def test_the_file_is_json_of_one_row_a_line() -> None:
    body, width = write(marks_of([(0.012345, SENT, 10), (12.0, RECEIVED, 5)]))
    text = body.read().decode()
    assert json.loads(text) == [
        [12.345, ">", {"at": 0, "size": 10}],
        [12000.0, "<", {"at": 10, "size": 5}],
    ]
    assert text.splitlines()[1] == '[   12.345,">",{"at": 0,"size":10}],'
    assert width == len(text.splitlines()[1]) + 1


def test_rows_may_fill_the_tape_to_its_end() -> None:
    body, width = write(marks_of([(0.5, SENT, 10), (1.0, RECEIVED, 5)]))
    assert list(FileRows(body, 2, width, 15).span(0, 2).places) == [0, 10]
    with pytest.raises(BodyError, match="damaged"):
        FileRows(body, 2, width, 14).span(0, 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'">"', b'"!"'),
        (b'">"', b'"-"'),
        (b"   12.345", b"   12..45"),
        (b"   12.345", b"  12,3450"),
        (b"at", b"to"),
        (b'"size":10', b'"size":99'),
        (b'"at": 0', b'"at":-1'),
    ],
)
def test_damaged_rows_are_told(old: bytes, new: bytes) -> None:
    body, width = write(marks_of([(0.012345, SENT, 10), (12.0, RECEIVED, 5)]))
    damaged = FileRows(Body.of(body.read().replace(old, new, 1)), 2, width, 15)
    with pytest.raises(BodyError, match="damaged"):
        damaged.span(0, 2)


def test_a_file_of_another_size_is_none_of_ours() -> None:
    body, width = write(marks_of([(0.0, SENT, 10)]))
    with pytest.raises(ValueError, match="size"):
        FileRows(body, 2, width, 10)
    with pytest.raises(ValueError, match="size"):
        FileRows(body, 1, width - 1, 10)
    with pytest.raises(ValueError, match="size"):
        FileRows(Body.of(b"[\n]\n"), 1 << 60, 0, 10)


def test_times_that_are_none_are_written_as_those_in_the_line_are() -> None:
    ats = [nan, 1e300, -1e300, 5.0]
    body, width = write(marks_of([(at, SENT, 1) for at in ats]))
    span = FileRows(body, 4, width, 4).span(0, 4)
    assert list(span.ats) == [from_ms(to_ms(at)) for at in ats] == [0.0, 0.0, 0.0, 5.0]
