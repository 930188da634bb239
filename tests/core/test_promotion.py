from __future__ import annotations

import asyncio
import gzip
import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import HttpError, RequestError
from sonde_core.history.entry import Entry
from sonde_core.http.call import Call
from sonde_core.http_request import Field, HttpOptions, HttpRequest, RequestBody
from sonde_core.model import Chunk, Direction, Event, EventKind, Exchange, Outcome, State
from sonde_core.practice.server import PracticeServer
from sonde_core.promotion import http_of, other_place, raw_of, titles
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.steps import SendStep
from tests.watching import until

STARTED = datetime(2026, 11, 24, tzinfo=UTC)
GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def session(*said: bytes | str, role: str = "client", kind: str = "tcp") -> Exchange:
    """Return a session in which bytes were sent and text, as latin-1, came back."""
    timeline: list[Chunk | Event] = []
    for number, data in enumerate(said):
        way = Direction.SENT if isinstance(data, bytes) else Direction.RECEIVED
        raw = data if isinstance(data, bytes) else data.encode("latin-1")
        timeline.append(Chunk(float(number), way, raw))
    exchange = Exchange(
        SessionRequest(f"{kind}://example.org:8080"), STARTED, Outcome.DONE, kind, timeline=timeline
    )
    return replace(exchange, role=role)  # type: ignore[arg-type]  # one of both


def back(data: bytes) -> str:
    return data.decode("latin-1")


def bodies(found: tuple[Exchange, ...]) -> list[bytes | None]:
    return [each.response.body.read() if each.response else None for each in found]


def request(exchange: Exchange) -> HttpRequest:
    assert isinstance(exchange.request, HttpRequest)
    return exchange.request


# an HTTP entry as a raw session


async def perform(asked: HttpRequest) -> Entry:
    call = Call(asked)
    await call.run()
    return Entry("1", call.exchange())


def step(raw: SessionRequest) -> SendStep:
    first = raw.steps[0]
    assert isinstance(first, SendStep)
    return first


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_request_sent_raw_has_the_same_answer_and_comes_back_as_http(
    practice: PracticeServer, scheme: str
) -> None:
    base = practice.https if scheme == "https" else practice.http
    asked = HttpRequest(
        "PUT",
        f"{base}/anything/a?b=1",
        headers=(Field("X-Odd", "a  b"), Field("Connection", "close")),
        body=RequestBody("text", "text of it"),
        options=HttpOptions(ca_file=practice.ca_file),
    )
    before = await perform(asked)
    assert before.exchange.response is not None
    raw = raw_of(before)
    assert raw.address == base.replace("https", "tls").replace("http", "tcp")
    sent = b"".join(chunk.data for chunk in before.exchange.chunks() if chunk.direction == ">")
    assert step(raw).data == sent
    again = Session(SessionRequest(raw.address, raw.options))
    await again.open()
    await again.send(step(raw).data)
    await again.expect(len(b"HTTP/"), seconds=5)
    await until(again, lambda: again.state.over or again.state is State.PEER_END)
    await again.close()
    (found,) = await asyncio.to_thread(http_of, again.exchange())
    assert found.outcome is Outcome.DONE
    assert found.response is not None
    assert found.response.status == 200
    answers = [json.loads(each.body.read()) for each in (found.response, before.exchange.response)]
    for name in ("method", "path", "args", "headers", "body"):
        assert answers[0].get(name) == answers[1].get(name)
    assert request(found).method == "PUT"
    assert request(found).url == asked.url
    assert request(found).body.data.read() == b"text of it"
    assert [row.name for row in request(found).headers if row.name == "X-Odd"] == ["X-Odd"]
    assert found.response.url == asked.url


async def test_of_redirects_the_first_request_is_taken(practice: PracticeServer) -> None:
    entry = await perform(HttpRequest("GET", f"{practice.http}/redirect/2"))
    assert len(entry.exchange.hops) == 2
    assert step(raw_of(entry)).data.startswith(b"GET /redirect/2 HTTP/1.1\r\n")


def test_a_request_that_never_left_is_as_it_would_have_been() -> None:
    asked = HttpRequest("POST", "https://[::1]/x", body=RequestBody("text", "hi"))
    raw = raw_of(Entry("1", Exchange(asked, STARTED, Outcome.FAILED, "http")))
    assert raw.address == "tls://[::1]:443"
    assert step(raw).data.endswith(b"\r\n\r\nhi")
    assert raw.options.alpn == ("http/1.1",)


def test_a_request_that_our_listener_answered_is_sent_as_it_came() -> None:
    asked = HttpRequest("GET", "http://h:8080/a", headers=(Field("Host", "h:8080"),))
    head = b"GET /a HTTP/1.1\r\nhost:h:8080\r\n\r\n"
    timeline = [
        *(Chunk(0.1 * at, Direction.RECEIVED, head[at : at + 5]) for at in range(0, len(head), 5)),
        Chunk(9.0, Direction.SENT, OK),
    ]
    exchange = Exchange(
        asked, STARTED, Outcome.DONE, "http", role="server", timeline=timeline, received=len(head)
    )
    raw = raw_of(Entry("1", exchange))
    assert (raw.address, step(raw).data) == ("tcp://h:8080", head)


def test_the_proxy_that_was_asked_is_asked_again() -> None:
    for url, address, proxy in (
        ("http://h/x", "tcp://p:3128", ""),
        ("https://h/x", "tls://h:443", "http://p:3128"),
    ):
        exchange = Exchange(HttpRequest("GET", url), STARTED, Outcome.FAILED, "http")
        raw = raw_of(Entry("1", replace(exchange, proxy="http://p:3128")))
        assert (raw.address, raw.options.proxy) == (address, proxy)


def test_the_credentials_of_a_tunnel_are_kept() -> None:
    connect = (
        b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nProxy-Authorization: Basic bWU6cDp3\r\n\r\n"
    )
    timeline = [Chunk(0.1, Direction.SENT, connect), Chunk(0.2, Direction.SENT, GET)]
    exchange = Exchange(
        HttpRequest("GET", "https://h/a"),
        STARTED,
        Outcome.DONE,
        "http",
        timeline=timeline,
        proxy="http://p:3128",
    )
    raw = raw_of(Entry("1", exchange))
    assert raw.options.proxy == "http://me:p%3Aw@p:3128"
    assert step(raw).data == GET


def test_what_cannot_be_raw_is_explained() -> None:
    with pytest.raises(RequestError, match="already"):
        raw_of(Entry("1", session(b"x")))
    large = Exchange(HttpRequest(), STARTED, Outcome.DONE, "http", sent=1 << 30)
    with pytest.raises(RequestError, match="too many"):
        raw_of(Entry("1", large))


# a raw session as HTTP


def test_each_request_has_its_answer_however_they_were_cut() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n"
    chunked += b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: z\r\n\r\n"
    post = b"POST /b HTTP/1.1\r\nHost: other:81\r\nContent-Length: 4\r\n\r\nbody"
    head = b"HEAD /c HTTP/1.1\r\nHost: h\r\n\r\n"
    headed = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    early = b"HTTP/1.1 100 Continue\r\n\r\n"
    said = GET + post + head
    came = OK + early + chunked + headed
    for size in (1, 7, 1000):
        pieces = [said[at : at + size] for at in range(0, len(said), size)]
        answers = [back(came[at : at + size]) for at in range(0, len(came), size)]
        found = http_of(session(*pieces, *answers))
        assert bodies(found) == [b"hello", b"abcde", b""]
        assert titles(found) == [
            "GET http://h/a → 200 OK",
            "POST http://other:81/b → 200 OK",
            "HEAD http://h/c → 200 OK",
        ]
        assert found[1].response is not None
        assert found[1].response.trailers == (("T", "z"),)
        assert request(found[1]).body.data.read() == b"body"
        assert all(each.outcome is Outcome.DONE for each in found)


def test_a_client_of_our_listener_is_the_one_who_asks() -> None:
    (found,) = http_of(session(OK, back(GET), role="server"))
    assert request(found).url == "http://h/a"
    assert found.role == "server"
    assert bodies((found,)) == [b"hello"]


def test_times_are_told_from_the_bytes() -> None:
    (found,) = http_of(session(GET[:9], GET[9:], back(OK[:30]), back(OK[30:])))
    assert (found.timing.request, found.timing.wait, found.timing.receive) == (1.0, 1.0, 1.0)
    assert found.timing.total == 3.0


def test_codings_are_removed_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress(b"hello " * 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\n\r\n"
    (found,) = http_of(session(GET, back(head + data)))
    assert found.response is not None
    body = found.response.body
    assert body.read() == b"hello " * 1000
    assert (body.wire, body.coding, body.media_type) == (len(data), "gzip", "text/plain")
    monkeypatch.setattr("sonde_core.http.recorded.DECODED", 100)
    (cut,) = http_of(session(GET, back(head + data)))
    assert cut.response is not None
    assert cut.response.body.size == 100
    assert cut.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("came", "trouble", "body"),
    [
        (OK[:-2], "3 of 5 bytes", b"hel"),
        (b"HTTP/1.1 200 OK\r\nA: b", "head breaks off", b""),
        (b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 1\r\n\r\nx", "no colon", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "size of a chunk", b""),
        (b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nabc\n0\n\n", "another length", b"ab"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain", "not as", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: odd\r\n\r\nplain", "odd", b"plain"),
    ],
)
def test_broken_answers_are_read_as_far_as_they_go(came: bytes, trouble: str, body: bytes) -> None:
    (found,) = http_of(session(GET, back(came)))
    assert found.outcome is Outcome.FAILED
    assert found.problem is not None
    assert trouble in found.problem.text
    assert bodies((found,)) == [body]


def test_requests_without_an_answer_say_so() -> None:
    found = http_of(session(GET + GET + b"\x16\x03\x01 no more HTTP", back(OK)))
    assert bodies(found) == [b"hello", None]
    assert found[1].problem is not None
    assert "No answer" in found[1].problem.text


def test_what_follows_a_switch_is_no_answer() -> None:
    upgraded = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    found = http_of(session(GET, back(upgraded)))
    assert [each.response and each.response.status for each in found] == [101]
    tunnel = b"CONNECT h:443 HTTP/1.1\r\n\r\n"
    assert bodies(http_of(session(tunnel + GET, back(b"HTTP/1.1 200 OK\r\n\r\n" + OK)))) == [
        b"",
        None,
    ]


@pytest.mark.parametrize(
    ("line", "host", "url"),
    [
        (b"GET http://x.org/y HTTP/1.1", b"h", "http://x.org/y"),
        (b"GET /y?u=http://z HTTP/1.0", b"", "http://example.org:8080/y?u=http://z"),
        (b"OPTIONS * HTTP/1.1", b"h:80", "http://h/"),
        (b"BREW  /a b HTTP/1.1", b"h", "http://h/a b"),
    ],
)
def test_urls_are_put_together(line: bytes, host: bytes, url: str) -> None:
    (found,) = http_of(session(line + b"\r\nHost: " + host + b"\r\n\r\n", back(OK)))
    assert request(found).url == url


@pytest.mark.parametrize(
    ("target", "host", "told"),
    [
        ("tcp://example.org:8080", b"example.org:8080", False),
        ("tcp://example.org:8080", b"EXAMPLE.org:8080", False),
        ("tcp://example.org:80", b"example.org", False),
        ("tcp://127.0.0.1:8080", b"localhost:8080", False),
        ("tcp://example.org:8080", b"", False),
        ("tcp://example.org:8080", b"a", True),
        ("tcp://example.org:8080", b"example.org", True),
        ("tcp://example.org:8080", b"a b:x", True),
        ("unix:/tmp/socket", b"localhost", True),
    ],
)
def test_where_a_session_was_is_told_if_its_request_names_another(
    target: str, host: bytes, told: bool
) -> None:
    field = b"Host: " + host + b"\r\n" if host else b""
    said = session(b"GET / HTTP/1.1\r\n" + field + b"\r\n", back(OK))
    said = replace(said, request=SessionRequest(target))
    assert other_place(said, http_of(said)[0]) == (target if told else "")


@pytest.mark.parametrize(
    ("target", "told"),
    [("tcp://*:8080", False), ("tcp://0.0.0.0:8080", False), ("tcp://0.0.0.0:80", True)],
)
def test_a_listener_is_reached_by_any_name(target: str, told: bool) -> None:
    asked = GET.replace(b"Host: h", b"Host: name:8080")
    said = session(OK, back(asked), role="server")
    said = replace(said, request=SessionRequest(target))
    assert other_place(said, http_of(said)[0]) == (target if told else "")


def test_tls_makes_it_https() -> None:
    (found,) = http_of(session(GET, back(OK), kind="tls"))
    assert request(found).url == "https://h/a"


@pytest.mark.parametrize(
    "exchange",
    [
        session(b"HELO x\r\n", "250 ok\r\n"),
        session(),
        session(b"\xff" * 100_000, "x" * 100_000),
        session(GET, kind="udp"),
    ],
)
def test_what_is_no_http_says_so(exchange: Exchange) -> None:
    with pytest.raises(HttpError) as caught:
        http_of(exchange)
    assert caught.value.advice


def test_a_gap_ends_what_is_read() -> None:
    gap = Event(5.0, EventKind.DROPPED, "3 bytes in 1 moments were not kept")
    before = session(GET, back(OK[:-2]))
    exchange = replace(
        before, timeline=(*before.timeline, gap, Chunk(6.0, Direction.RECEIVED, b"lo"))
    )
    (found,) = http_of(exchange)
    assert bodies((found,)) == [b"hel"]
    assert found.outcome is Outcome.FAILED


def test_hostile_bytes_are_read_in_bounded_time() -> None:
    began = time.process_time()
    for data in (
        b"GET " + b" " * 300_000 + b"\r\n",
        b"GET /" + b" HTTP/1." * 30_000,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 60_000,
        b"\r\n" * 200_000,
    ):
        for exchange in (
            session(data, back(data)),
            session(*(data[at : at + 1] for at in range(0, 60_000))),
        ):
            try:
                http_of(exchange)
            except HttpError:
                continue
    assert time.process_time() - began < 20.0


def test_a_large_body_goes_to_a_file() -> None:
    data = os.urandom(3 << 20)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data)
    pieces = [back(data[at : at + 65536]) for at in range(0, len(data), 65536)]
    (found,) = http_of(session(GET, back(head), *pieces))
    assert found.response is not None
    assert found.response.body.path is not None
    assert found.response.body.sha256 == Body.of(data).sha256


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_are_too_odd(said: bytes, came: bytes) -> None:
    found = http_of(session(GET + said, back(OK + came)))
    assert found[0].response is not None
    assert found[0].response.body.read() == b"hello"
