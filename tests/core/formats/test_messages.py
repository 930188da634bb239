from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.formats.masking import masked
from sonde_core.formats.messages import (
    answer_versions,
    is_gapped,
    joined_bytes,
    sent_headers,
    sent_requests,
    split_requests,
    whole,
)
from sonde_core.http_request import HttpRequest, RequestBody
from sonde_core.model import Direction, Event, EventKind
from sonde_core.recording.recorder import Recorder

from .conftest import http_entry, received, sent, session_entry

GAP = Event(1.0, EventKind.DROPPED, "9 bytes in 3 moments were not kept")


def test_a_request_begins_with_its_line_in_a_piece_of_its_own() -> None:
    pieces = [b"POST / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1", b"more", b"GET /2 HTTP/1.0\r\n\r\n"]
    assert split_requests(pieces) == [pieces[:3], pieces[3:]]
    assert split_requests([]) == []
    assert split_requests([b"no request"]) == [[b"no request"]]


def test_every_request_of_a_chain_is_found() -> None:
    first, body, second = b"POST / HTTP/1.1\r\n\r\n", b"a=b", b"GET /2 HTTP/1.1\r\n\r\n"
    entry = http_entry(HttpRequest("POST"), sent(first), sent(body), received(b"302"), sent(second))
    assert sent_requests(entry.exchange) == [first + body, second]


def test_what_was_said_to_a_proxy_is_no_request_of_ours() -> None:
    tunnel, request = b"CONNECT h:443 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"
    timeline = (sent(tunnel), received(b"200"), sent(request))
    assert sent_requests(http_entry(HttpRequest(), *timeline).exchange) == [request]
    asked = http_entry(HttpRequest("CONNECT"), *timeline).exchange
    assert sent_requests(asked) == [tunnel, request]


@pytest.mark.parametrize("method", ["GET", "CONNECT"])
def test_headers_are_found_behind_what_a_proxy_was_told(method: str) -> None:
    tunnel, head = b"CONNECT h:443 HTTP/1.1\r\nA: 1\r\n\r\n", b"POST / HTTP/1.1\r\nA: 2\r\n"
    timeline = (sent(b"?"), sent(tunnel), received(b"200"), sent(head), sent(b"\r\nB: no"))
    entry = http_entry(HttpRequest(method), *timeline)
    assert sent_headers(entry.exchange) == (("A", "1" if method == "CONNECT" else "2"),)
    server = replace(entry.exchange, role="server", timeline=(received(head), received(b"\r\n")))
    assert sent_headers(server) == (("A", "2"),)
    assert sent_headers(replace(entry.exchange, timeline=(sent(b"no request"),))) == ()


def test_the_body_is_not_read_for_the_headers() -> None:
    recorder = Recorder()
    recorder.chunk(Direction.SENT, b"POST / HTTP/1.1\r\nA: 1\r\n\r\n")
    for _ in range(320):
        recorder.chunk(Direction.SENT, bytes(1 << 16))
    exchange = replace(http_entry(HttpRequest("POST")).exchange, timeline=recorder)
    tracemalloc.start()
    try:
        assert sent_headers(exchange) == (("A", "1"),)
        assert tracemalloc.get_traced_memory()[1] < 9 << 20
    finally:
        tracemalloc.stop()


def test_what_was_received_is_joined_only_when_all_is_there() -> None:
    entry = session_entry("tcp://h:1", received(b"a"), sent(b"x"), received(b"\xff"))
    assert joined_bytes(entry.exchange, Direction.RECEIVED) == b"a\xff"
    assert joined_bytes(entry.exchange, Direction.SENT) == b"x"
    gapped = replace(entry.exchange, timeline=(*entry.exchange.timeline, GAP))
    assert is_gapped(gapped)
    with pytest.raises(BodyError, match="not kept"):
        joined_bytes(gapped, Direction.RECEIVED)


def test_a_body_is_whole_or_refused() -> None:
    assert whole(Body.of(b"all")) == b"all"
    with pytest.raises(BodyError, match="5 bytes of this body are not kept"):
        whole(Body.lost(5, "0" * 64))
    with pytest.raises(BodyError, match="first 3 of 9 bytes"):
        whole(replace(Body.of(b"all"), size=9, _stored=3))
    with pytest.raises(BodyError, match="too many"):
        whole(Body.of(b"all"), limit=2)


def test_the_headers_that_went_out_are_those_of_the_first_request() -> None:
    first = sent(b"GET / HTTP/1.1\r\nHost: h\r\nX-Odd:caf\xe9 \r\n\r\nbody: x")
    entry = http_entry(HttpRequest(), first, sent(b"GET /b HTTP/1.1\r\nA: b\r\n\r\n"))
    assert sent_headers(entry.exchange) == (("Host", "h"), ("X-Odd", "caf\udce9"))
    assert sent_headers(http_entry(HttpRequest()).exchange) == ()


def test_each_request_has_the_version_of_its_answer() -> None:
    get = sent(b"GET / HTTP/1.1\r\n\r\n")
    entry = http_entry(
        HttpRequest(),
        *(sent(b"CONNECT h:1 HTTP/1.1\r\n\r\n"), received(b"HTTP/1.1 200 OK\r\n\r\n")),
        *(get, sent(b"more"), received(b"HTTP/1.0 302 Found\r\n"), received(b"HTTP/9.9 ")),
        *(get, received(b"220 no HTTP"), get),
    )
    assert answer_versions(entry.exchange) == ["HTTP/1.0", "", ""]
    assert len(sent_requests(entry.exchange)) == 3


def test_what_our_listener_answered_came_in() -> None:
    pieces = (b"PO", b"ST / HTTP/1.1\r\nHost: h\r\n\r\npassword=", b"hush")
    entry = http_entry(
        HttpRequest("POST", body=RequestBody("form")),
        *map(received, pieces),
        sent(b"HTTP/1.0 200 OK\r\n\r\n"),
        sent(b"HTTP/1.1 no head"),
    )
    entry = replace(entry, exchange=replace(entry.exchange, role="server"))
    assert sent_requests(entry.exchange) == [b"".join(pieces)]
    assert answer_versions(entry.exchange) == ["HTTP/1.0"]
    assert sent_headers(entry.exchange) == (("Host", "h"),)
    said = b"".join(chunk.data for chunk in masked(entry).exchange.chunks())
    assert b"password=****" in said
