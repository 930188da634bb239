from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from dataclasses import replace as changed
from pathlib import Path

import httpx
import pytest

from sonde_core.body import Body
from sonde_core.errors import SondeError
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, EventKind, Exchange, Outcome
from sonde_core.recording.record_file import Piece, RecordFile
from sonde_core.replay import replay
from sonde_core.serving import capture
from sonde_core.serving.rule import HttpAnswer
from sonde_core.session import Session
from sonde_core.settings import Limits
from sonde_core.transport.listener import Listener
from tests.clients import as_client, read_to_end, read_until, serving

ANSWER = HttpAnswer(201, (("X-Mine", "yes"),), Body.of(b'{"a": 1}'))


def captured(answer: HttpAnswer = ANSWER, address: str = "tcp://:0") -> ListenRequest:
    return ListenRequest(address, http=answer)


def asked(exchange: Exchange) -> HttpRequest:
    assert isinstance(exchange.request, HttpRequest)
    return exchange.request


def wire(exchange: Exchange, direction: Direction) -> bytes:
    return b"".join(each.data for each in exchange.chunks() if each.direction is direction)


def sends(*parts: bytes, half_close: bool = True) -> Callable[[socket.socket], bytes]:
    def talk(sock: socket.socket) -> bytes:
        for part in parts:
            sock.sendall(part)
        if half_close:
            sock.shutdown(socket.SHUT_WR)
        return read_to_end(sock)

    return talk


async def test_pipelined_requests_are_exchanges_of_their_own_with_their_own_bytes() -> None:
    one = b"POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nContent-Length: 3\r\n\r\nabc"
    two = b"put /d HTTP/1.1\r\nHost: x:1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
    told: list[Exchange] = []

    def talk(sock: socket.socket) -> bytes:
        sock.sendall(one + two[:40])
        heard = read_until(sock, b'{"a": 1}')
        sock.sendall(two[40:] + one)
        sock.shutdown(socket.SHUT_WR)
        return heard + read_to_end(sock)

    async with serving(captured(), told) as listener:
        heard = await as_client(listener, talk)
    assert heard.count(b"HTTP/1.1 201 Created\r\nX-Mine: yes\r\n") == 3
    assert [wire(each, Direction.RECEIVED) for each in told] == [one, two, one]
    assert b"".join(wire(each, Direction.SENT) for each in told) == heard
    assert [asked(each).url for each in told] == [
        "http://x:1/a?b=c",
        "http://x:1/d",
        "http://x:1/a?b=c",
    ]
    assert [asked(each).body.data.read() for each in told] == [b"abc", b"de", b"abc"]
    assert {each.role for each in told} == {"server"}
    response = told[1].response
    assert response is not None
    assert (response.status, response.body.read()) == (201, b'{"a": 1}')
    assert response.header("content-type") == response.body.media_type == "application/json"


@pytest.mark.parametrize(
    ("request_", "told_", "kept"),
    [
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"Content-Length: 8\r\n", b""),
        (b"GET / HTTP/1.0\r\n\r\n", b"Connection: close\r\n", b'{"a": 1}'),
    ],
)
async def test_head_and_old_clients(request_: bytes, told_: bytes, kept: bytes) -> None:
    async with serving(captured()) as listener:
        heard = await as_client(listener, sends(request_))
    head, _, body = heard.partition(b"\r\n\r\n")
    assert told_ in head + b"\r\n"
    assert body == kept


async def test_a_client_that_waits_is_told_to_go_on() -> None:
    def talk(sock: socket.socket) -> bytes:
        sock.sendall(
            b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert read_until(sock, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"body")
        return read_until(sock, b"}")

    told: list[Exchange] = []
    async with serving(captured(), told) as listener:
        assert (await as_client(listener, talk)).startswith(b"HTTP/1.1 201")
    assert [each.direction.value for each in told[0].chunks()] == ["<", ">", "<", ">"]


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"y" * 300_000,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n",
        b"\x16\x03\x01\x00\xff" + bytes(100),
    ],
)
async def test_what_is_no_request_is_refused_and_stays_with_the_session(bad: bytes) -> None:
    told: list[Exchange] = []
    async with serving(captured(), told) as listener:
        heard = await as_client(listener, sends(bad))
        await listener.attended(listener.sessions[0])
        exchange = listener.sessions[0].exchange()
    assert told == []
    assert heard.startswith(b"HTTP/1.1 4")
    assert exchange.received == len(bad)
    assert any(each.kind is EventKind.NOTE for each in exchange.events())


async def test_what_is_wrong_is_told_without_words_of_python() -> None:
    async with serving(captured()) as listener:
        heard = await as_client(listener, sends(b"GARBAGE\xff\r\n\r\n"))
        await listener.attended(listener.sessions[0])
        exchange = listener.sessions[0].exchange()
    told = "illegal request line: 'GARBAGE\\xff'"
    assert heard.endswith(b"\r\n\r\n" + told.encode() + b"\n")
    notes = [each.text for each in exchange.events() if each.kind is EventKind.NOTE]
    assert f"no HTTP request: {told}" in notes


async def test_a_slow_head_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "HEAD_SECONDS", 0.3)

    def talk(sock: socket.socket) -> bytes:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        sock.settimeout(0.05)
        heard = b""
        while not heard:
            sock.sendall(b"X-A: b\r\n")
            try:
                heard = sock.recv(100)
            except TimeoutError:
                continue
        return heard

    async with serving(captured()) as listener:
        assert (await as_client(listener, talk)).startswith(b"HTTP/1.1 408")


async def test_a_silent_client_is_let_go_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "IDLE", 0.1)
    async with serving(captured()) as listener:
        assert await as_client(listener, read_to_end) == b""


async def test_own_headers_win_even_when_they_are_not_true() -> None:
    answer = HttpAnswer(200, (("Content-Length", "99"), ("Content-Type", "x/y")), Body.of(b"abc"))
    async with serving(captured(answer)) as listener:
        heard = await as_client(
            listener, sends(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", half_close=False)
        )
    assert heard.count(b"Content-Length") == heard.count(b"Content-Type") == 1
    assert heard.endswith(b"\r\n\r\nabc")


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(100),
        HttpAnswer(200, (("A b", "c"),)),
        HttpAnswer(200, (("A", "b\r\nC: d"),)),
        HttpAnswer(204, (), Body.of(b"x")),
        HttpAnswer(304, (), Body.of(b"x")),
    ],
)
async def test_an_answer_that_cannot_be_sent_is_refused(answer: HttpAnswer) -> None:
    with pytest.raises(SondeError) as caught:
        await Listener(captured(answer)).start()
    assert caught.value.advice


async def test_http_needs_a_stream() -> None:
    with pytest.raises(SondeError, match="not answered"):
        await Listener(captured(address="udp://:0")).start()


async def test_a_large_upload_and_a_large_answer(tmp_path: Path) -> None:
    body = Body.of(bytes(3_000_000))
    told: list[Exchange] = []
    async with serving(captured(HttpAnswer(200, (), body)), told) as listener:
        url = f"http://127.0.0.1:{listener.bound.port}/up"
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(url, content=b"u" * 5_000_000)
    assert len(answer.content) == 3_000_000
    assert asked(told[0]).body.data.size == 5_000_000
    assert told[0].received > 5_000_000


async def test_a_body_beyond_the_limit_is_refused() -> None:
    told: list[Exchange] = []
    limits = changed(Limits(), body_kept=1000)

    async def tell(_: Session, exchange: Exchange) -> None:
        told.append(exchange)

    listener = Listener(captured(), on_exchange=tell, limits=limits)
    await listener.start()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
    heard = await as_client(listener, sends(head, bytes(5_000_000)))
    await listener.close()
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert told[0].outcome is Outcome.CUT
    assert asked(told[0]).body.data.cut == "limit"


async def test_requests_are_entries_and_can_be_replayed(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    history.open()
    exchanger = Exchanger(history)
    parts: list[str] = []
    listener = exchanger.listener(captured(), on_part=lambda entry: parts.append(entry.id))
    await listener.start()
    host = f"127.0.0.1:{listener.bound.port}"
    request = f"GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    await as_client(listener, sends(request, request))
    session = listener.sessions[0]
    async with asyncio.timeout(10):
        last = await exchanger.recorded(session)
    assert [each.kind for each in history.summaries()] == ["http", "http"]
    assert parts == [each.id for each in reversed(history.summaries())]
    assert session.answered == 2
    assert last.exchange.target == f"http://{host}/x"
    entry = await history.get(last.id)
    done = await replay(exchanger, entry)
    assert done.difference.same, done.difference.summary
    await as_client(listener, sends(request, b"more"))
    async with asyncio.timeout(10):
        entry = await exchanger.recorded(listener.sessions[-1])
    assert entry.exchange.kind == "tcp"  # it holds what is no request
    await exchanger.close()


async def test_a_client_that_resets_in_the_answer_is_told_as_failed() -> None:
    told: list[Exchange] = []

    def talk(sock: socket.socket) -> None:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        sock.recv(100)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with serving(captured(HttpAnswer(200, (), Body.of(bytes(50_000_000)))), told) as listener:
        await as_client(listener, talk)
        await listener.attended(listener.sessions[0])
    assert [each.outcome for each in told] == [Outcome.FAILED]


@pytest.mark.parametrize("size", [1, 7])
async def test_a_request_a_few_bytes_at_a_time(size: int) -> None:
    data = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    told: list[Exchange] = []
    async with serving(captured(), told) as listener:
        await as_client(listener, sends(*parts))
    assert wire(told[0], Direction.RECEIVED) == data
    assert isinstance(told[0].timeline[-2], Chunk)


async def test_a_request_is_answered_when_its_bytes_cannot_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_file: RecordFile, _pieces: list[Piece]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RecordFile, "put", full)
    size = 8 << 20
    head = b"POST /a HTTP/1.1\r\nHost: x:1\r\nContent-Length: %d\r\n\r\n" % size
    told: list[Exchange] = []
    async with serving(captured(), told) as listener:
        answer = await as_client(listener, sends(head, bytes(size)))
    assert answer.startswith(b"HTTP/1.1 201 Created")
    (exchange,) = told
    assert asked(exchange).body.data.size == size
    errors = [event.text for event in exchange.events() if event.kind is EventKind.ERROR]
    assert errors == ["part of the record is not kept: there is no room left"]


async def test_the_target_of_connect_stays_as_it_is() -> None:
    told: list[Exchange] = []
    request = sends(b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n")
    async with serving(captured(), told) as listener:
        await as_client(listener, request)
    assert [(asked(each).method, each.target) for each in told] == [("CONNECT", "a:1")]
    assert any(event.text == "CONNECT a:1" for event in told[0].events())
