from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.http.call import Call
from sonde_core.http_request import Field, HttpOptions, HttpRequest, RequestBody
from sonde_core.model import Chunk, Direction, EventKind, Exchange, Outcome, State
from sonde_core.practice.server import PracticeServer
from sonde_core.settings import Limits
from tests.peers import Behaviour, Peer
from tests.watching import until


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def get(url: str, options: HttpOptions | None = None, **more: object) -> Exchange:
    return await Call(HttpRequest(url=url, options=options or HttpOptions())).run()


def sent(exchange: Exchange) -> bytes:
    return b"".join(c.data for c in exchange.chunks() if c.direction is Direction.SENT)


def received(exchange: Exchange) -> bytes:
    return b"".join(c.data for c in exchange.chunks() if c.direction is Direction.RECEIVED)


def whole(heard: bytearray) -> bool:
    """Whether a request came with all of its body: a socket closed before that is reset."""
    head, end, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def saying(answer: bytes, *, hold: bool = False) -> Behaviour:
    """Read a request, send bytes, and close, or hold the connection open."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        while not whole(peer.heard):
            data = connection.recv(1 << 16)
            if not data:
                return
            peer.heard += data
        connection.sendall(answer)
        if hold:
            peer.stop.wait(10)

    return behave


@pytest.fixture
def web() -> Iterator[WebMaker]:
    maker = WebMaker()
    yield maker
    for peer in maker.peers:
        peer.__exit__(None, None, None)


class WebMaker:
    def __init__(self) -> None:
        self.peers: list[Peer] = []

    def __call__(self, behave: Behaviour) -> str:
        peer = Peer(behave).__enter__()
        self.peers.append(peer)
        return f"http://127.0.0.1:{peer.port}/"


async def test_the_wire_is_what_the_peer_heard(web: WebMaker) -> None:
    answer = b"HTTP/1.1 200 Fine\r\nX-Odd:   spaced \r\ncontent-LENGTH: 2\r\n\r\nok"
    exchange = await get(web(saying(answer)))
    assert exchange.outcome is Outcome.DONE
    assert sent(exchange) == bytes(web.peers[0].heard)
    assert received(exchange) == answer
    response = exchange.response
    assert response is not None
    assert (response.status, response.reason, response.version) == (200, "Fine", "HTTP/1.1")
    assert response.headers == (("X-Odd", "spaced"), ("content-LENGTH", "2"))
    assert response.body.read() == b"ok"
    assert response.body.complete is True


async def test_every_phase_is_measured(practice: PracticeServer) -> None:
    options = HttpOptions(ca_file=practice.ca_file)
    exchange = await get(f"{practice.https}/", options)
    names = [name for name, _ in exchange.timing.phases()]
    assert names == ["resolve", "connect", "tls", "request", "wait", "receive"]
    spent = sum(seconds for _, seconds in exchange.timing.phases())
    assert 0 < spent <= exchange.timing.total
    assert exchange.tls is not None
    assert exchange.tls.verified is True
    assert exchange.tls.certificate is not None
    assert exchange.peer == practice.https.partition("//")[2]
    kinds = [event.kind for event in exchange.events()]
    for kind in (EventKind.CONNECTED, EventKind.TLS, EventKind.REQUEST, EventKind.RESPONSE):
        assert kind in kinds


async def test_the_target_goes_out_as_it_was_written(web: WebMaker) -> None:
    url = web(saying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    await get(f"{url}a/../b/%7E?x={{1}}&y=a b")
    assert bytes(web.peers[0].heard).startswith(b"GET /a/../b/%7E?x={1}&y=a%20b HTTP/1.1\r\n")


async def test_a_body_is_sent_and_kept_as_it_was_sent(practice: PracticeServer) -> None:
    body = RequestBody("form", fields=(Field("a", "1"), Field("b", "2", on=False)))
    exchange = await Call(HttpRequest("POST", f"{practice.http}/anything", body=body)).run()
    assert exchange.response is not None
    assert json.loads(exchange.response.body.read())["text"] == "a=1"
    assert isinstance(exchange.request, HttpRequest)
    assert exchange.request.body.data.read() == b"a=1"
    assert exchange.request.body.fields == body.fields


async def test_a_large_upload_arrives_whole(practice: PracticeServer, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"0123456789abcdef" * (1 << 18))
    body = RequestBody("file", path=str(path))
    exchange = await Call(HttpRequest("PUT", f"{practice.http}/anything", body=body)).run()
    assert exchange.response is not None
    assert json.loads(exchange.response.body.read())["size"] == 1 << 22


@pytest.mark.parametrize("coding", ["gzip", "deflate", "brotli", "zstd"])
async def test_codings_are_removed(practice: PracticeServer, coding: str) -> None:
    exchange = await get(f"{practice.http}/{coding}")
    assert exchange.response is not None
    body = exchange.response.body
    assert json.loads(body.read())["method"] == "GET"
    assert body.coding
    assert body.wire != body.size


async def test_redirects_are_followed_and_each_is_kept(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/redirect/3")
    assert [hop.status for hop in exchange.hops] == [302, 302, 302]
    assert exchange.response is not None
    assert exchange.response.url.endswith("/anything/redirected")
    # Each hop has a connection of its own.
    assert sum(event.kind is EventKind.CONNECTED for event in exchange.events()) == 4


async def test_cookies_go_on_with_a_redirect(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/cookies/set?flavour=mint")
    assert b"flavour=mint" in sent(exchange)


async def test_cookies_stay_with_scheme_host_and_port(web: WebMaker) -> None:
    there = web(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    answer = b"HTTP/1.1 302 X\r\nLocation: %s\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    await get(web(saying(answer % there.encode())))
    assert b"GET / " in web.peers[0].heard
    assert b"Cookie" not in web.peers[0].heard


@pytest.mark.parametrize("cookie", [b"a=\xc3\xa9", b"a=\xe9", b'a="b, c"'])
async def test_cookies_go_back_byte_for_byte(web: WebMaker, cookie: bytes) -> None:
    head = b"HTTP/1.1 302 X\r\nLocation: /on\r\nSet-Cookie: %s\r\nContent-Length: 0\r\n\r\n"
    exchange = await get(web(saying(head % cookie)), HttpOptions(max_redirects=1))
    assert exchange.problem is not None
    assert "More than 1 redirects" in exchange.problem.text
    assert b"\r\nCookie: " + cookie + b"\r\n" in sent(exchange)


async def test_cookies_of_a_redirect_join_the_ones_that_were_typed(
    practice: PracticeServer,
) -> None:
    url = f"{practice.http}/cookies/set?flavour=mint"
    exchange = await Call(HttpRequest(url=url, headers=(Field("Cookie", "mine=1"),))).run()
    assert b"mine=1; flavour=mint" in sent(exchange)


@pytest.mark.parametrize("location", ["http://ex\u009bample/", "http://a:99999/", "file:///x"])
async def test_a_redirect_to_nowhere_is_the_servers_fault(web: WebMaker, location: str) -> None:
    answer = f"HTTP/1.1 302 X\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\nno"
    exchange = await get(web(saying(answer.encode())))
    assert exchange.problem is not None
    assert exchange.problem.kind == "protocol"
    assert exchange.response is not None
    assert exchange.response.body.read() == b"no"


async def test_redirects_are_shown_when_they_are_not_followed(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/redirect/1", HttpOptions(follow_redirects=False))
    assert exchange.response is not None
    assert (exchange.response.status, exchange.hops) == (302, ())


async def test_too_many_redirects_fail_with_the_last_answer(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/redirect/9", HttpOptions(max_redirects=2))
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert "More than 2 redirects" in exchange.problem.text
    assert exchange.response is not None
    assert exchange.response.status == 302
    assert (exchange.response.body.complete, exchange.response.body.cut) == (True, "")


@pytest.mark.parametrize("location", [b"mailto:a@b", b"http://[::1/", b"http://a:99999/"])
async def test_the_answer_of_a_bad_redirect_is_whole(web: WebMaker, location: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: %s\r\n" % location
    exchange = await get(web(saying(head + b"Content-Length: 5\r\n\r\nmoved")))
    assert exchange.outcome is Outcome.FAILED
    assert exchange.response is not None
    body = exchange.response.body
    assert (body.read(), body.complete, body.cut) == (b"moved", True, "")


async def test_a_bad_redirect_that_breaks_off_is_cut(web: WebMaker) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: mailto:a@b\r\nContent-Length: 9\r\n\r\n"
    exchange = await get(web(saying(head + b"moved")))
    assert exchange.response is not None
    body = exchange.response.body
    assert (body.read(), body.complete, body.cut) == (b"moved", False, "peer")


async def test_a_body_goes_to_another_origin_only_when_asked(web: WebMaker) -> None:
    there = web(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    answer = b"HTTP/1.1 307 X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % there.encode()
    for ask, status in ((False, 307), (True, 200)):
        here = web(saying(answer))
        options = HttpOptions(resend_body=ask)
        request = HttpRequest("POST", here, body=RequestBody("text", text="mine"), options=options)
        exchange = await Call(request).run()
        assert exchange.response is not None
        assert exchange.response.status == status
        assert bytes(web.peers[0].heard).endswith(b"mine") is ask
        assert (exchange.problem is None) is ask
        assert exchange.outcome is Outcome.DONE


async def test_trailers_are_kept(web: WebMaker) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"8\r\n\r\n0\r\na:b\r\n0\r\nX-Sum: 7\r\nX-End: \r\n\r\n"
    )
    exchange = await get(web(saying(answer)))
    assert exchange.response is not None
    assert exchange.response.body.read() == b"\r\n0\r\na:b"
    assert exchange.response.trailers == (("X-Sum", "7"), ("X-End", ""))


async def test_a_short_body_keeps_status_headers_and_bytes(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/broken/short")
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert "50 of 1000 bytes" in exchange.problem.text
    assert exchange.response is not None
    assert exchange.response.status == 200
    assert (exchange.response.body.size, exchange.response.body.cut) == (50, "peer")


async def test_a_reset_keeps_what_came(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/broken/reset")
    assert exchange.outcome is Outcome.FAILED
    assert exchange.response is not None
    assert exchange.response.body.cut == "reset"
    assert exchange.response.body.size > 0


async def test_the_bytes_of_an_answer_that_is_no_http_are_kept(web: WebMaker) -> None:
    for answer in (b"Hello, client!", b"220 mail.example ESMTP\r\n", b"\xff" * 300_000):
        exchange = await get(web(saying(answer)))
        assert exchange.outcome is Outcome.FAILED
        assert exchange.problem is not None
        assert exchange.problem.kind == "protocol"
        assert exchange.problem.hint
        assert received(exchange)[:1000] == answer[:1000]


async def test_a_peer_that_says_nothing_is_told(web: WebMaker) -> None:
    exchange = await get(web(saying(b"")))
    assert exchange.problem is not None
    assert "without an answer" in exchange.problem.text


async def test_a_closed_body_without_length_cannot_be_known_whole(web: WebMaker) -> None:
    exchange = await get(web(saying(b"HTTP/1.0 200 OK\r\n\r\nall?")))
    assert exchange.outcome is Outcome.DONE
    assert exchange.response is not None
    assert exchange.response.body.read() == b"all?"
    assert exchange.response.body.complete is None


async def test_a_second_answer_poisons_nothing(web: WebMaker) -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
    url = web(saying(one + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad", hold=True))
    for _ in range(2):
        exchange = await get(url)
        assert exchange.response is not None
        assert exchange.response.body.read() == b"one"
    assert web.peers[0].clients == 2


async def test_damaged_coding_fails_and_keeps_what_was_decoded(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/broken/gzip")
    assert exchange.outcome is Outcome.FAILED
    assert exchange.response is not None
    assert exchange.response.body.cut == "decode"
    assert exchange.response.body.size > 0


async def test_the_limit_cuts(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/bytes/10000000", HttpOptions(max_bytes=1000))
    assert exchange.outcome is Outcome.CUT
    assert exchange.response is not None
    assert (exchange.response.body.size, exchange.response.body.cut) == (1000, "limit")


async def test_a_large_body_goes_to_a_file(practice: PracticeServer) -> None:
    exchange = await get(f"{practice.http}/bytes/3000000")
    assert exchange.response is not None
    assert exchange.response.body.size == 3_000_000
    assert exchange.response.body.path is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (HttpOptions(total_timeout=0.5), "not done within 0.5 s"),
        (HttpOptions(idle_timeout=0.1), "No byte came"),
    ],
)
async def test_time_limits(practice: PracticeServer, options: HttpOptions, words: str) -> None:
    exchange = await get(f"{practice.http}/delay/20", options)
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.problem is not None
    assert words in exchange.problem.text
    assert exchange.problem.phase == "wait"


async def test_a_drip_ends_with_the_total_and_keeps_what_came(practice: PracticeServer) -> None:
    options = HttpOptions(total_timeout=1.0)
    exchange = await get(f"{practice.http}/drip?n=100&seconds=20", options)
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.response is not None
    assert exchange.response.body.cut == "timeout"
    assert exchange.response.body.size >= 1


@pytest.fixture
def short_total(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the usual total time be over soon."""
    monkeypatch.setattr("sonde_core.http.call.HttpOptions", lambda: HttpOptions(total_timeout=1.0))


async def test_a_total_of_ones_own_cuts_what_is_watched_too(web: WebMaker) -> None:
    call = Call(HttpRequest(url=web(dripping), options=HttpOptions(total_timeout=1.0)))
    call.watched = True
    assert (await call.run()).outcome is Outcome.TIMED_OUT


@pytest.mark.usefixtures("short_total")
async def test_the_usual_total_does_not_cut_what_is_watched(web: WebMaker) -> None:
    call = Call(HttpRequest(url=web(dripping), options=HttpOptions(total_timeout=1.0)))
    call.watched = True
    exchange = await call.run()
    assert exchange.outcome is Outcome.DONE
    assert exchange.timing.total > 1


@pytest.mark.usefixtures("short_total")
async def test_the_usual_total_cuts_what_nobody_watches(web: WebMaker) -> None:
    call = Call(HttpRequest(url=web(dripping), options=HttpOptions(total_timeout=1.0)))
    assert (await call.run()).outcome is Outcome.TIMED_OUT


@pytest.mark.usefixtures("short_total")
async def test_who_looks_away_leaves_a_stream_the_usual_total_from_then_on(web: WebMaker) -> None:
    call = Call(HttpRequest(url=web(endless), options=HttpOptions(total_timeout=1.0)))
    call.watched = True
    running = asyncio.ensure_future(call.run())
    await until(call, lambda: call.recorder.elapsed >= 1.1)
    assert not running.done()
    call.watched = False
    exchange = await running
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.timing.total > 2


_STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def dripping(peer: Peer, connection: socket.socket) -> None:
    """Send a stream for a second and a half."""
    connection.recv(1 << 16)
    connection.sendall(_STREAM)
    for _ in range(30):
        connection.sendall(b"1\r\nx\r\n")
        peer.stop.wait(0.05)
    connection.sendall(b"0\r\n\r\n")


def endless(peer: Peer, connection: socket.socket) -> None:
    """Send a stream until the other side has gone."""
    connection.recv(1 << 16)
    connection.sendall(_STREAM)
    with suppress(OSError):
        while not peer.stop.wait(0.02):
            connection.sendall(b"1\r\nx\r\n")


async def test_cancelling_keeps_what_came(practice: PracticeServer) -> None:
    call = Call(HttpRequest(url=f"{practice.http}/sse?n=100&interval=0.1"))
    running = asyncio.ensure_future(call.run())
    await until(call, lambda: call.body().size)
    assert call.head is not None
    assert call.state is State.RECEIVING
    call.cancel()
    exchange = await running
    assert exchange.outcome is Outcome.CANCELLED
    assert exchange.response is not None
    assert exchange.response.body.cut == "cancel"
    assert b"data:" in exchange.response.body.read()


async def test_cancelling_before_it_begins(practice: PracticeServer) -> None:
    call = Call(HttpRequest(url=practice.http))
    call.cancel()
    exchange = await call.run()
    assert exchange.outcome is Outcome.CANCELLED
    assert exchange.sent == 0


async def test_a_caller_that_is_cancelled_ends_the_call(practice: PracticeServer) -> None:
    call = Call(HttpRequest(url=f"{practice.http}/delay/20"))
    running = asyncio.ensure_future(call.run())
    await until(call, lambda: call.state is State.WAITING)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert call.outcome is Outcome.CANCELLED
    assert call.state.over


@pytest.mark.parametrize(
    "url", ["", "http://", "http://a:99999/", "gopher://a/", "http://a b/", "http://[::1/"]
)
async def test_a_url_that_is_none(url: str) -> None:
    exchange = await get(url)
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert (exchange.problem.kind, exchange.problem.phase) == ("syntax", "request")
    assert exchange.problem.hint
    assert isinstance(exchange.request, HttpRequest)
    assert exchange.request.url == url


async def test_a_closed_port_and_an_unknown_name(closed_port: int) -> None:
    exchange = await get(f"http://127.0.0.1:{closed_port}/")
    assert exchange.problem is not None
    assert "refused" in exchange.problem.text
    assert exchange.problem.phase == "connect"
    exchange = await get("http://nowhere.invalid/")
    assert exchange.problem is not None
    assert exchange.problem.kind == "resolve"


async def test_a_certificate_that_is_not_trusted(practice: PracticeServer) -> None:
    exchange = await get(practice.https)
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert exchange.problem.kind == "tls"
    assert exchange.tls is not None
    assert exchange.tls.certificate is not None
    accepted = await get(practice.https, HttpOptions(verify=False))
    assert accepted.outcome is Outcome.DONE
    assert accepted.tls is not None
    assert accepted.tls.verified is False


async def test_https_to_a_plain_server(web: WebMaker) -> None:
    url = web(saying(b"HTTP/1.1 200 OK\r\n\r\n"))
    web.peers[0].stop.set()
    exchange = await get(url.replace("http:", "https:"), HttpOptions(connect_timeout=0.5))
    assert exchange.problem is not None
    assert exchange.problem.kind in ("tls", "timeout")


async def test_headers_without_end_are_refused(web: WebMaker) -> None:
    exchange = await get(web(saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000)))
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert "too long" in exchange.problem.text


async def test_the_proxy_of_the_environment_is_used_and_shown(
    web: WebMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = web(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nvi"))
    monkeypatch.setenv("http_proxy", proxy.replace("//", "//user:hush@"))
    exchange = await get("http://far.invalid/path")
    assert exchange.outcome is Outcome.DONE
    heard = bytes(web.peers[0].heard)
    assert heard.startswith(b"GET http://far.invalid/path HTTP/1.1\r\n")
    assert exchange.proxy == proxy.rstrip("/")
    untouched = await get("http://far.invalid/path", HttpOptions(use_proxy=False))
    assert untouched.problem is not None
    assert untouched.problem.kind == "resolve"


async def test_https_goes_through_a_proxy_as_a_tunnel(
    practice: PracticeServer, web: WebMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _, port = practice.https.partition("//")[2].partition(":")

    def tunnel(peer: Peer, connection: socket.socket) -> None:
        while b"\r\n\r\n" not in peer.heard:
            peer.heard += connection.recv(1 << 16)
        with socket.create_connection((host, int(port))) as far:
            connection.sendall(b"HTTP/1.1 200 Established\r\n\r\n")

            def back() -> None:
                with suppress(OSError):
                    while data := far.recv(1 << 16):
                        connection.sendall(data)

            answering = threading.Thread(target=back, daemon=True)
            answering.start()
            while data := connection.recv(1 << 16):
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)
            answering.join(5)

    monkeypatch.setenv("https_proxy", web(tunnel))
    options = HttpOptions(ca_file=practice.ca_file)
    exchange = await get(f"{practice.https}/anything", options)
    assert exchange.outcome is Outcome.DONE, exchange.problem
    assert bytes(web.peers[0].heard).startswith(b"CONNECT 127.0.0.1:%s HTTP/1.1" % port.encode())
    assert [name for name, _ in exchange.timing.phases()][2:] == [
        "tls",
        "request",
        "wait",
        "receive",
    ]
    assert exchange.tls is not None


async def test_a_proxy_that_refuses_is_told(web: WebMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "https_proxy", web(saying(b"HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n"))
    )
    exchange = await get("https://far.invalid/")
    assert exchange.problem is not None
    assert "407" in exchange.problem.text
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    exchange = await get("https://far.invalid/")
    assert exchange.problem is not None
    assert "socks5" in exchange.problem.text


async def test_the_recording_keeps_to_its_limit(practice: PracticeServer) -> None:
    limits = Limits(record_in_memory=1 << 16, record_kept=1 << 18)
    call = Call(HttpRequest(url=f"{practice.http}/bytes/2000000"), limits=limits)
    exchange = await call.run()
    assert exchange.received > 2_000_000
    kept = sum(len(moment.data) for moment in exchange.timeline if isinstance(moment, Chunk))
    assert kept <= 1 << 18
    assert exchange.response is not None
    assert exchange.response.body.size == 2_000_000


async def test_a_pipe_that_nobody_writes_to_is_waited_for_in_vain(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    body = RequestBody("file", path=str(tmp_path / "pipe"))
    options = HttpOptions(total_timeout=0.05)
    request = HttpRequest("POST", "http://127.0.0.1:9/", body=body, options=options)
    exchange = await Call(request).run()
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.sent == 0
    call = Call(replace(request, options=HttpOptions()))
    running = asyncio.ensure_future(call.run())
    await asyncio.sleep(0)
    call.cancel()
    assert (await running).outcome is Outcome.CANCELLED
