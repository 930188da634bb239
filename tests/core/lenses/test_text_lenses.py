from __future__ import annotations

import pytest

from sonde_core.errors import LensError
from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split


def read(name: str, data: bytes) -> list[tuple[str, str]]:
    lens = lens_of(name)
    return [(found.title, found.error) for found in map(lens.read, split(lens, data))]


def parts(name: str, data: bytes) -> list[tuple[str, str, bytes]]:
    found = lens_of(name).read(data).parts
    return [(part.name, part.value, data[part.start : part.end]) for part in found]


def test_lines_end_at_every_kind_of_end() -> None:
    assert read("lines", b"a\r\nb\nc\rd") == [
        ("a  CRLF", ""),
        ("b  LF", ""),
        ("c  CR", ""),
        ("d", "no line end"),
    ]


def test_a_datagram_needs_no_line_end() -> None:
    assert lens_of("lines").read(b"abc", datagram=True).error == ""
    assert lens_of("jsonl").read(b"{}", datagram=True).error == ""
    assert lens_of("jsonl").read(b"{", datagram=True).error.startswith("no JSON")


def test_a_carriage_return_at_the_end_waits_for_its_line_feed() -> None:
    lens = lens_of("lines")
    assert lens.cut(b"ab\r", 0, ended=False) == 0
    assert lens.cut(b"ab\r", 0, ended=True) == 3


def test_json_lines_name_their_members_where_they_stand() -> None:
    data = b'{"a": 1, "b": "x", "c": {"d": 2}}\n'
    assert parts("jsonl", data) == [
        ("a", "1", b'"a": 1'),
        ("b", '"x"', b'"b": "x"'),
        ("c", '{"d": 2}', b'"c"'),
    ]
    assert read("jsonl", b"nonsense\n\n[1]\n")[0][1].startswith("no JSON: ")
    assert read("jsonl", b"[" * 100_000 + b"\n")[0][1]


def test_a_delimiter_is_given_in_hex() -> None:
    assert read("delimiter:00", b"ab\0cd\0e") == [
        ("ab", ""),
        ("cd", ""),
        ("e", "no delimiter at its end"),
    ]
    for wrong in ("delimiter", "delimiter:", "delimiter:xy", "delimiter:0"):
        with pytest.raises(LensError):
            lens_of(wrong)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_events_end_at_an_empty_line(end: str) -> None:
    data = end.join(["event: tick", "data: 1", "data: 2", "", ": hello", "", "data", "", ""])
    assert read("sse", data.encode()) == [
        ("tick: 1\n2", ""),
        ("comment: hello", ""),
        ("message", ""),
    ]


def test_a_line_of_an_event_is_no_event_by_itself() -> None:
    assert read("sse", b"event: a\r\ndata: b\r\n\r\n") == [("a: b", "")]


def test_events_in_http_chunks_are_found_behind_the_head() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    data = head + b"9\r\ndata: 1\n\n\r\nf\r\nid: 7\ndata: 22\n\n\r\n"
    assert [title for title, _ in read("sse", data)][:3] == [
        "HTTP/1.1 200 OK",
        "message: 1",
        "message: 22",
    ]
