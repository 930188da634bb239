"""Lists in pieces, cut into their records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.filtering.forms import Form
from sonde_core.filtering.records import Record, records


def cut(data: bytes, form: Form, codec: str = "utf-8", *, size: int = 0) -> list[Record]:
    cutter = records(form, codec)
    found: list[Record] = []
    for start in range(0, len(data), size or len(data)):
        found += cutter.feed(data[start : start + (size or len(data))])
    return [*found, *cutter.feed(b"", last=True)]


EVENTS = (
    b"\xef\xbb\xbf: hello\n\nevent: a\nid: 1\ndata: one\ndata:two\n\n\n"
    b"data: three\r\n\r\ndata\r\rretry: 5\n\nid: 7\ndata: cut"
)


def test_events_are_read_as_the_standard_says() -> None:
    found = cut(EVENTS, "events")
    assert [(event.head, event.data) for event in found] == [
        (b"event: a\nid: 1", b"one\ntwo"),
        (b"", b"three"),
        (b"", b""),
        (b"id: 7", b"cut"),
    ]


@given(size=st.integers(1, 40))
def test_events_are_the_same_in_any_pieces(size: int) -> None:
    assert cut(EVENTS, "events", size=size) == cut(EVENTS, "events")


@given(
    lines=st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8")), max_size=8),
    codec=st.sampled_from(["utf-8", "utf-16-le", "utf-32-be"]),
    size=st.integers(1, 9),
)
def test_lines_are_the_same_in_any_pieces_and_charset(
    lines: list[str], codec: str, size: int
) -> None:
    wanted = [line.encode() for line in lines if line and not line.encode().isspace()]
    wanted = [line for line in wanted if line]
    found = cut("\n".join(lines).encode(codec), "lines", codec, size=size)
    if not lines or not lines[0].startswith("\ufeff"):
        assert [record.data for record in found] == wanted


@pytest.mark.parametrize("form", ["lines", "events"])
def test_a_record_is_there_as_soon_as_its_end_is(form: Form) -> None:
    cutter = records(form, "utf-8")
    assert [record.data for record in cutter.feed(b"data: 1\n\n")][-1:]
    assert [record.data for record in cutter.feed(b"data: 2\r\n\r\n")][-1:]


def test_records_of_a_sequence_may_have_lines() -> None:
    cutter = records("sequence", "utf-8")
    assert [record.data for record in cutter.feed(b'\x1e{"a":\n1}\n')] == [b'{"a":\n1}\n']
    assert not cutter.feed(b'\x1e{"a":\n')
    assert [record.data for record in cutter.feed(b"2}\n\x1e[")] == [b'{"a":\n2}\n']
    assert [record.data for record in cutter.feed(b"3]", last=True)] == [b"[3]"]


def test_a_line_without_end_is_joined_only_once() -> None:
    cutter = records("lines", "utf-8")
    for _ in range(2000):
        assert not cutter.feed(b"x" * (1 << 15))
    assert len(cutter.feed(b"\n")[0].data) == 2000 << 15
