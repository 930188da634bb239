from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import HttpError, PeerClosedError, RequestError
from sonde_core.http.http1 import Http1
from sonde_core.http.wire import Stream
from sonde_core.http_request import HttpOptions
from tests.core.http.test_wire import Ear
from tests.peers import Behaviour, Peer


async def nothing() -> AsyncIterator[bytes]:
    for _ in ():
        yield b""


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def saying(*answers: bytes) -> Behaviour:
    """Read a request's head once, then say something and close."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        peer.heard += connection.recv(1 << 16)
        for answer in answers:
            connection.sendall(answer)

    return behave


Speak = Callable[[Peer], Awaitable[Http1]]


@pytest.fixture
async def speaking() -> AsyncIterator[Speak]:
    """Return a way to connect to a peer; what is open is dropped after the test."""
    streams: list[Stream] = []

    async def connect(peer: Peer) -> Http1:
        stream = Stream(Ear(), HttpOptions(idle_timeout=5))
        streams.append(stream)
        await stream.open(parse(f"http://127.0.0.1:{peer.port}/"))
        return Http1(stream, headers=1 << 16)

    yield connect
    for stream in streams:
        stream.abort()
    await asyncio.sleep(0)


@pytest.fixture
def asked(speaking: Speak) -> Speak:
    """Return a way to connect to a peer and ask for /."""

    async def ask(peer: Peer) -> Http1:
        http = await speaking(peer)
        await http.send("GET", b"/", [(b"Host", b"a")], nothing())
        return http

    return ask


async def body_of(http: Http1) -> bytes:
    return b"".join([piece async for piece in http.body()])


async def whole(http: Http1) -> bytes:
    await http.head()
    return await body_of(http)


async def test_head_and_small_body_go_out_in_one_write(speaking: Speak) -> None:
    with Peer(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as peer:
        http = await speaking(peer)
        headers = [(b"Host", b"a"), (b"Content-Length", b"4")]
        await http.send("POST", b"/x?y", headers, pieces(b"ab", b"cd"))
        assert (await http.head()).status_code == 204
        assert (
            bytes(peer.heard) == b"POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"
        )


async def test_interim_answers_are_passed_over(asked: Speak) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with Peer(saying(interim * 3 + final)) as peer:
        http = await asked(peer)
        assert (await http.head()).status_code == 200
        assert await body_of(http) == b"ok"


async def test_interim_answers_do_not_go_on_for_ever(asked: Speak) -> None:
    with Peer(saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)) as peer:
        http = await asked(peer)
        with pytest.raises(HttpError, match="interim"):
            await http.head()


async def test_switching_protocols_is_the_answer(speaking: Speak) -> None:
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest"
    with Peer(saying(answer)) as peer:
        http = await speaking(peer)
        headers = [(b"Host", b"a"), (b"Upgrade", b"x"), (b"Connection", b"upgrade")]
        await http.send("GET", b"/", headers, nothing())
        assert (await http.head()).status_code == 101
        assert await body_of(http) == b""
        assert http.left_over == 4


async def test_trailers_and_what_is_left_over(asked: Speak) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: 1\r\n\r\nmore"
    )
    with Peer(saying(answer)) as peer:
        http = await asked(peer)
        await http.head()
        assert await body_of(http) == b"ok"
        assert http.trailers == (("X-A", "1"),)
        assert http.left_over == 4


async def test_a_server_may_refuse_a_body_early(speaking: Speak) -> None:
    def refuse(peer: Peer, connection: socket.socket) -> None:
        connection.recv(1 << 12)
        connection.sendall(b"HTTP/1.1 413 Too Much\r\nContent-Length: 3\r\n\r\nno!")
        connection.shutdown(socket.SHUT_WR)
        peer.stop.wait(0.2)  # what is on its way is not read: closing resets

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield bytes(1 << 16)

    with Peer(refuse) as peer:
        http = await speaking(peer)
        headers = [(b"Host", b"a"), (b"Transfer-Encoding", b"chunked")]
        await http.send("PUT", b"/", headers, endless())
        assert (await http.head()).status_code == 413


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, "too long"),
        (b"HTTP/1.1 200 OK\r\n", "ended before"),
    ],
)
async def test_a_head_that_is_none(asked: Speak, answer: bytes, words: str) -> None:
    with Peer(saying(answer)) as peer:
        http = await asked(peer)
        with pytest.raises(HttpError, match=words):
            await http.head()


async def test_nothing_at_all(asked: Speak) -> None:
    with Peer(saying()) as peer:
        http = await asked(peer)
        with pytest.raises(PeerClosedError, match="without an answer"):
            await http.head()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"Content-Length: 10\r\n\r\nfour", "4 of 10 bytes"),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nfo", "chunked"),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\nfo", "is no HTTP"),
    ],
)
async def test_a_body_that_breaks_off(asked: Speak, answer: bytes, words: str) -> None:
    with Peer(saying(b"HTTP/1.1 200 OK\r\n" + answer)) as peer:
        http = await asked(peer)
        await http.head()
        with pytest.raises(HttpError, match=words):
            await body_of(http)


async def test_a_request_that_is_no_http_is_refused(speaking: Speak) -> None:
    with Peer(saying()) as peer:
        http = await speaking(peer)
        with pytest.raises(RequestError, match="cannot be sent as HTTP"):
            await http.send("GET", b"/", [], nothing())


@pytest.mark.parametrize("value", [b"Bearer ", b"a\x0bb", b"a'\x0cb"])
async def test_what_h11_quotes_is_left_out(speaking: Speak, value: bytes) -> None:
    with Peer(saying()) as peer:
        http = await speaking(peer)
        with pytest.raises(RequestError) as caught:
            await http.send("GET", b"/", [(b"Host", b"a"), (b"X", value)], nothing())
        assert caught.value.message == "The request cannot be sent as HTTP: Illegal header value."


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-'\xff\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\xff\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz",
    ],
)
async def test_no_error_holds_bytes_as_python_writes_them(asked: Speak, answer: bytes) -> None:
    with Peer(saying(answer)) as peer:
        http = await asked(peer)
        with pytest.raises(HttpError, match=r"^What 127.0.0.1:\d+ sent is no HTTP: ") as caught:
            await whole(http)
        assert not re.search("b['\"]|bytearray", caught.value.message)
