from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import connect

from sonde_core.errors import DeadlineError, PeerClosedError, RequestError, SondeError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.listener import Listener
from sonde_core.words import session_line
from tests.peers import Peer, greeter, silent, throwaway_tls
from tests.proxies import http_connect, socks5
from tests.strategies import examples
from tests.web_sockets import KEY, accept, answering, close, frame, read_head


def session_to(peer: Peer, options: SessionOptions | None = None, path: str = "/") -> Session:
    address = f"ws://127.0.0.1:{peer.port}{path}"
    return Session(SessionRequest(address, options or SessionOptions()))


def facts(session: Session, kind: EventKind) -> dict[str, str]:
    found = next(event for event in session.exchange().events() if event.kind is kind)
    return dict(found.facts)


async def refused(peer: Peer, kind: type[SondeError], words: str) -> Session:
    session = session_to(peer)
    with pytest.raises(kind, match=words):
        await session.open()
    assert session.state is State.FAILED
    assert session.problem is not None
    assert re.search(words, session.problem.text)
    return session


async def test_the_handshake_is_recorded_with_its_headers_and_no_secret_is_shown() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection), b"Server: odd") + close(1000))
        connection.recv(100)

    options = SessionOptions(headers=(("Authorization", "Bearer hush"),))
    with Peer(behave) as peer:
        session = session_to(peer, options, "/chat?token=hush&a=b")
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    asked, answered = facts(session, EventKind.REQUEST), facts(session, EventKind.RESPONSE)
    assert asked["target"] == "/chat?token=hush&a=b"
    assert "Authorization: Bearer hush" in asked["headers"].splitlines()
    assert answered["status"] == "101"
    assert "Server: odd" in answered["headers"].splitlines()
    texts = [event.text for event in session.exchange().events()]
    assert "GET /chat?token=***&a=b HTTP/1.1" in texts
    assert not any("hush" in text for text in texts)


REFUSALS = {
    b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nkeep out!": "refused WebSocket: 403 No",
    b"HTTP/1.1 404 Not Found\r\n\r\n": "404 Not Found",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n": "200 OK",
    b"HTTP/1.1 301 Moved\r\nLocation: https://me:hush@h/x\r\n\r\n": r"redirects to https://\*\*\*@h/x",
    b"HTTP/1.1 101 Sure\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n": "Accept",
    b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n": "500 Oh",
    b"SSH-2.0-OpenSSH_9.6\r\n": "is no HTTP; it begins with 'SSH-2.0-OpenSSH_9.6",
    b"\x15\x03\x01\x00\x02\x02\x16": "no HTTP",
    b"HTTP/1.1 101 Swi": "ended before",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000: "headers are too long",
    b"HTTP/1.1 banana\r\n\r\n": "is no HTTP",
    b"HTTP/1.1 302 " + b"r" * 9000 + b"\r\nLocation: /" + b"l" * 9000 + b"\r\n\r\n": "/lll+…",
}


@pytest.mark.parametrize("answer", REFUSALS)
async def test_an_answer_that_opens_nothing_is_told_with_its_reason(answer: bytes) -> None:
    with Peer(answering(answer)) as peer:
        session = await refused(peer, SondeError, REFUSALS[answer])
    assert session.problem is not None
    assert session.problem.hint
    assert len(session.problem.text) < 500
    if b"keep out" in answer:
        assert facts(session, EventKind.RESPONSE)["body"] == "keep out!"


async def test_an_answer_that_is_no_http_is_told_before_it_ends() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"220 mail ESMTP\r\n")
        peer.stop.wait(10)

    with Peer(behave) as peer:
        await refused(peer, SondeError, "begins with '220 mail ESMTP")


async def test_a_peer_that_ends_or_says_nothing_is_told() -> None:
    with Peer(greeter(b"")) as peer:
        await refused(peer, PeerClosedError, "closed|broke|reset")
    with Peer(silent) as peer:
        session = session_to(peer, SessionOptions(connect_timeout=0.2))
        with pytest.raises(DeadlineError, match=r"handshake within 0.2 s"):
            await session.open()
        assert session.exchange().outcome is Outcome.TIMED_OUT


async def test_a_body_that_does_not_end_is_not_waited_for() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 900000\r\n\r\n" + b"z" * 9000)
        peer.stop.wait(10)

    with Peer(behave) as peer:
        session = await refused(peer, SondeError, "403 No")
    assert facts(session, EventKind.RESPONSE)["body"] == "z" * 4096


async def test_a_handshake_can_be_cancelled() -> None:
    with Peer(silent) as peer:
        session = session_to(peer)
        opening = asyncio.ensure_future(session.open())
        while not any(each.kind is EventKind.REQUEST for each in session.exchange().events()):
            await session.changed(session.version)
        session.cancel()
        with pytest.raises(SondeError):
            await opening
        assert session.exchange().outcome is Outcome.CANCELLED


async def test_a_header_that_cannot_be_sent_is_told_before_it_is() -> None:
    with Peer(silent) as peer:
        session = session_to(peer, SessionOptions(headers=(("Bad Name", "x"),)))
        with pytest.raises(RequestError, match="cannot be sent"):
            await session.open()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener(ListenRequest("ws://:0", echo=True, subprotocols=("chat",)))
    await made.start()
    yield made
    await made.close(0.1)


def ask(listener: Listener, data: bytes) -> bytes:
    with socket.create_connection((listener.bound.host, listener.bound.port), 10) as client:
        client.sendall(data)
        answer = b""
        while piece := client.recv(1 << 16):
            answer += piece
        return answer


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        (b"GET /page HTTP/1.1\r\nHost: h\r\n\r\n", 426, b"speaks WebSocket"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n", 426, b"WebSocket"),
        (
            b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: no\r\n\r\n",
            400,
            b"16 bytes",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            426,
            b"version 13",
        ),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, b"no HTTP"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, 400, b"no HTTP"),
    ],
)
async def test_a_client_that_asks_for_something_else_gets_a_sentence(
    listener: Listener, request_: bytes, status: int, words: bytes
) -> None:
    answer = await asyncio.to_thread(ask, listener, request_)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert words in answer
    session = listener.sessions[0]
    await asyncio.wait_for(session.finished(), 10)
    assert session.exchange().outcome is Outcome.FAILED
    assert session.problem is not None
    assert session.problem.kind == "protocol"
    assert words == b"no HTTP" or words.decode() in session.problem.text  # here and there the same


async def test_a_client_that_others_wrote_is_served(listener: Listener) -> None:
    def talk() -> tuple[str | None, list[str | bytes]]:
        address = f"{listener.bound}/room?x=1"
        with connect(address, subprotocols=["other", "chat"]) as client:  # type: ignore[list-item]
            heard = []
            for message in ("text", b"\0\1", "x" * 200_000):
                client.send(message)
                heard.append(client.recv())
            assert client.ping().wait(10)
            return client.subprotocol, heard

    assert await asyncio.to_thread(talk) == ("chat", ["text", b"\0\1", "x" * 200_000])
    session = listener.sessions[0]
    await asyncio.wait_for(session.finished(), 10)
    assert facts(session, EventKind.REQUEST)["target"] == "/room?x=1"
    assert facts(session, EventKind.PEER_END)["code"] == "1000"
    assert session.exchange().outcome is Outcome.DONE


async def test_wss_goes_over_tls_and_offers_http11() -> None:
    with throwaway_tls() as (context, ca_file):
        context.set_alpn_protocols(["h2", "http/1.1"])

        def behave(peer: Peer, connection: socket.socket) -> None:
            assert isinstance(connection, ssl.SSLSocket)
            connection.sendall(accept(read_head(connection)) + frame(0x81, b"safe") + close(1001))
            connection.recv(100)

        with Peer(behave, tls=context) as peer:
            request = SessionRequest(
                f"wss://127.0.0.1:{peer.port}/", SessionOptions(ca_file=ca_file)
            )
            session = Session(request)
            await session.open()
            await asyncio.wait_for(session.finished(), 10)
    assert session.tls is not None
    assert (session.tls.alpn, session.tls.verified) == ("http/1.1", True)
    assert session.recorder.received == 4
    assert facts(session, EventKind.PEER_END)["code"] == "1001"


async def test_a_listener_speaks_wss() -> None:
    listener = Listener(ListenRequest("wss://:0", echo=True))
    await listener.start()
    options = SessionOptions(ca_file=listener.certificate)
    session = Session(SessionRequest(str(listener.bound), options))
    await session.open()
    await session.send(b"hello")
    assert await session.expect(b"hello", seconds=10)
    await session.close()
    assert session.exchange().outcome is Outcome.DONE
    assert session.tls is not None
    await listener.close(0.1)


LINES = st.lists(
    st.sampled_from(
        [
            b"Host: h",
            b"Upgrade: websocket",
            b"Upgrade: h2c, websocket",
            b"Connection: upgrade",
            b"Connection: close",
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: " + KEY,
            b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9",
            b"Sec-WebSocket-Protocol: , ,a",
            b"Content-Length: 5",
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
        ]
    )
    | st.binary(max_size=20),
    max_size=9,
)
HEADS = st.builds(
    lambda method, version, lines: b"\r\n".join(
        [method + b" /x HTTP/" + version, *lines, b"", b""]
    ),
    st.sampled_from([b"GET", b"POST", b"CONNECT", b"HEAD"]),
    st.sampled_from([b"1.1", b"1.0", b"2.0"]),
    LINES,
)
GOOD = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\n\r\n"
)


@examples(0.3)
@given(st.just(GOOD) | HEADS | st.just(b""), st.binary(max_size=300))
async def test_any_bytes_to_a_listener_end_in_a_session_that_is_over(
    head: bytes, data: bytes
) -> None:
    broken: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: broken.append(context))
    listener = Listener(ListenRequest("ws://:0", echo=True))
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
    writer.write(head + data)
    writer.write_eof()
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        while not listener.sessions:
            await listener.changed(listener.version)
        await listener.sessions[0].finished()
    await listener.close(0)
    gc.collect()  # a task that failed tells so when it is let go
    assert not broken


async def test_what_follows_a_refusal_is_not_kept(listener: Listener) -> None:
    def flood() -> int:
        sent = 0
        with socket.create_connection((listener.bound.host, listener.bound.port), 10) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000000\r\n\r\n")
            with contextlib.suppress(OSError):
                while sent < 200_000_000:
                    client.sendall(bytes(1 << 20))
                    sent += 1 << 20
        return sent

    tracemalloc.start()
    sent = await asyncio.to_thread(flood)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent > 20_000_000
    assert peak < 10_000_000


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("kind", ["socks5", "http"])
async def test_it_goes_through_a_proxy(scheme: str, kind: str) -> None:
    listener = Listener(ListenRequest(f"{scheme}://:0", greeting=b"hi", echo=True))
    await listener.start()
    with Peer(socks5() if kind == "socks5" else http_connect()) as proxy:
        options = SessionOptions(verify=False, proxy=f"{kind}://127.0.0.1:{proxy.port}")
        session = Session(SessionRequest(f"{listener.bound}/x", options))
        await session.open()
        await session.send(b"there")
        assert await session.expect(b"hithere", seconds=10)
        await session.close()
        await asyncio.wait_for(listener.sessions[0].finished(), 10)
        await listener.close(0.1)
    assert session.exchange().outcome is Outcome.DONE
    assert EventKind.PROXY in [event.kind for event in session.exchange().events()]


async def test_a_password_in_the_address_is_in_no_sentence(closed_port: int) -> None:
    address = f"ws://me:hush@127.0.0.1:{closed_port}/?token=hush"
    session = Session(SessionRequest(address))
    assert "hush" not in session_line(session)
    with pytest.raises(SondeError) as caught:
        await session.open()
    assert "hush" not in str(caught.value)
    with Peer(silent) as peer:
        session = Session(SessionRequest(f"ws://me:hush@127.0.0.1:{peer.port}/"))
        opening = asyncio.ensure_future(session.open())
        await session.changed(session.version)
        session.cancel()
        with pytest.raises(SondeError) as caught:
            await opening
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "asked", "outcome"),
    [
        ("/chat", "/chat?user=ann", Outcome.DONE),
        ("/chat", "/other", Outcome.FAILED),
        ("/chat", "", Outcome.FAILED),
        ("/", "/anything", Outcome.DONE),
        ("", "/anything", Outcome.DONE),
    ],
)
async def test_a_listener_at_a_path_is_only_there(path: str, asked: str, outcome: Outcome) -> None:
    listener = Listener(ListenRequest(f"ws://127.0.0.1:0{path}"))
    await listener.start()
    session = Session(SessionRequest(f"ws://127.0.0.1:{listener.bound.port}{asked}"))
    try:
        if outcome is Outcome.DONE:
            await session.open()
            await session.close()
        else:
            with pytest.raises(SondeError, match="404"):
                await session.open()
        served = listener.sessions[0]
        await asyncio.wait_for(served.finished(), 10)
        assert served.exchange().outcome is outcome
    finally:
        await listener.close(0.1)
