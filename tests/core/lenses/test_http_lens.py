from __future__ import annotations

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split

LENS = lens_of("http")
HEAD = b"HTTP/1.1 200 OK\r\n"


def titles(data: bytes) -> list[str]:
    return [LENS.read(each).title for each in split(LENS, data)]


def test_requests_and_answers_are_cut_by_their_bodies() -> None:
    messages = [
        b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n",
        HEAD + b"content-length:  5\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"GET /c HTTP/1.0\n\n",
    ]
    assert split(LENS, b"".join(messages)) == messages
    assert all(not LENS.read(message).error for message in messages)


def test_headers_and_body_are_named_at_their_bytes() -> None:
    data = HEAD + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    parts = LENS.read(data).parts
    assert [(part.name, part.value) for part in parts] == [
        ("Host", "a"),
        ("Transfer-Encoding", "chunked"),
        ("body", "13 bytes: abc"),
    ]
    assert data[parts[0].start : parts[0].end] == b"Host: a\r\n"
    assert data[parts[2].start : parts[2].end] == b"3\r\nabc\r\n0\r\n\r\n"


def test_an_answer_to_head_has_no_body() -> None:
    first = HEAD + b"Content-Length: 500\r\n\r\n"
    assert split(LENS, first + HEAD + b"Content-Length: 0\r\n\r\n")[0] == first


def test_what_is_no_http_is_passed_over_to_the_next_head() -> None:
    assert titles(b"\x01\x02\x03junk\r\n" + HEAD + b"Content-Length: 0\r\n\r\n") == [
        "01 02 03 6a 75 6e 6b 0d 0a",
        "HTTP/1.1 200 OK",
    ]


def test_what_is_missing_is_said() -> None:
    assert LENS.read(HEAD + b"Host").error == "the head is not whole"
    assert LENS.read(HEAD + b"Content-Length: 9\r\n\r\nab").error == "7 bytes of the body not there"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nab"
    assert LENS.read(chunked).error == "the last chunk is not there"
    assert LENS.cut(chunked, 0, ended=False) == 0


def test_a_body_to_the_end_waits_for_it() -> None:
    data = HEAD + b"\r\nbody"
    assert LENS.cut(data, 0, ended=False) == 0
    assert split(LENS, data) == [data]
