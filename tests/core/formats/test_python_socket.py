from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.errors import BodyError, RequestError
from sonde_core.formats.python_socket import as_socket_script
from sonde_core.history.entry import Entry
from sonde_core.model import Event, EventKind, Exchange
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import HalfCloseStep, SendStep
from tests.peers import Behaviour, Peer, echo, end_tls, ends_first, greeter, late, throwaway_tls

from .conftest import in_python, received, sent, session_entry

EVERY_BYTE = bytes(range(256))


def dialogue(peer: Peer, connection: socket.socket) -> None:
    """Greet, then answer each line, and hear to the end."""
    connection.sendall(b"220 hello\r\n")
    while data := connection.recv(1 << 16):
        peer.heard += data
        for _ in range(data.count(b"\n")):
            connection.sendall(b"250 ok\r\n")


async def talk(session: Session, *says: bytes, waits: Callable[[int], int]) -> Exchange:
    """Say something after as many bytes as `waits` tells for each turn, and close."""
    await session.open()
    for turn, data in enumerate(says):
        await session.expect(waits(turn), seconds=5)
        await session.send(data)
    await session.expect(waits(len(says)), seconds=5)
    await session.close()
    return session.exchange()


def script(exchange: Exchange) -> str:
    return as_socket_script(Entry("1", exchange), reveal=True)


def heard(exchange: Exchange) -> bytes:
    return b"".join(chunk.data for chunk in exchange.chunks() if chunk.direction == "<")


async def rerun(peer: Peer, exchange: Exchange, folder: Path) -> tuple[bytes, bytes]:
    """Run an exchange's script; return what the peer heard of it and what it printed."""
    said = b"".join(chunk.data for chunk in exchange.chunks() if chunk.direction == ">")
    assert await asyncio.to_thread(peer.hears, said)
    peer.heard.clear()
    printed = await asyncio.to_thread(in_python, script(exchange), folder)
    assert await asyncio.to_thread(peer.hears, said)
    return bytes(peer.heard), printed


@pytest.fixture(params=["tcp", "tls", "unix"])
def serve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Behaviour], Peer]]:
    """Return a way to start a peer of each kind."""
    with contextlib.ExitStack() as stack:
        tls: ssl.SSLContext | None = None
        if request.param == "tls":
            tls, _ = stack.enter_context(throwaway_tls())
        path = str(tmp_path / "s") if request.param == "unix" else ""
        yield lambda behave: stack.enter_context(Peer(behave, tls=tls, path=path))


def client(peer: Peer) -> Session:
    return Session(SessionRequest(peer.address, SessionOptions(verify=False)))


async def test_the_same_is_said_in_the_same_turns(
    serve: Callable[[Behaviour], Peer], tmp_path: Path
) -> None:
    peer = serve(dialogue)
    lines = (b"HELO it's \xff\n", EVERY_BYTE, b"QUIT\n")
    # Every byte holds one line feed, too.
    exchange = await talk(client(peer), *lines, waits=lambda turn: 11 + turn * 8)
    assert await rerun(peer, exchange, tmp_path) == (b"".join(lines), heard(exchange))


async def test_what_comes_after_our_end_is_read(
    serve: Callable[[Behaviour], Peer], tmp_path: Path
) -> None:
    peer = serve(late)
    session = client(peer)
    await session.open()
    await session.send(b"please")
    await session.send_end()
    await session.finished()
    exchange = session.exchange()
    assert len(heard(exchange)) == 150_000
    assert await rerun(peer, exchange, tmp_path) == (b"please", heard(exchange))


async def test_a_peer_that_ends_first_is_heard_to_its_end(
    serve: Callable[[Behaviour], Peer], tmp_path: Path
) -> None:
    peer = serve(ends_first)
    session = client(peer)
    await session.open()
    await session.expect(3, seconds=5)
    while session.state.value != "peer end":
        await session.changed(session.version)
    await session.send(b"still here")
    await session.close()
    exchange = session.exchange()
    assert await rerun(peer, exchange, tmp_path) == (b"still here", b"bye")


async def test_a_certificate_is_verified_where_it_was(tmp_path: Path) -> None:
    with throwaway_tls() as (context, file), Peer(echo, tls=context) as peer:
        options = SessionOptions(ca_file=file, server_name="localhost")
        session = Session(SessionRequest(peer.address, options))
        exchange = await talk(session, b"ping", waits=lambda turn: turn * 4)
        assert exchange.tls is not None
        assert exchange.tls.verified
        assert await rerun(peer, exchange, tmp_path) == (b"ping", b"ping")
        assert "CERT_NONE" not in script(exchange)


def test_what_came_before_our_tls_end_is_not_lost(tmp_path: Path) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"early ")
        while data := connection.recv(1 << 16):
            peer.heard += data
        connection.sendall(b"late" * 50_000)
        assert isinstance(connection, ssl.SSLSocket)
        end_tls(connection)

    with throwaway_tls() as (context, _), Peer(behave, tls=context) as peer:
        entry = session_entry(
            peer.address,
            *(sent(b"x"), Event(0.1, EventKind.HALF_CLOSED, ""), received(b"early ")),
            Event(0.2, EventKind.PEER_END, ""),
            kind="tls",
        )
        request = SessionRequest(peer.address, SessionOptions(verify=False))
        exchange = replace(entry.exchange, request=request)
        assert in_python(script(exchange), tmp_path) == b"early " + b"late" * 50_000
        assert peer.hears(b"x")


async def test_the_greeting_of_the_tutorial(tmp_path: Path) -> None:
    with Peer(greeter(b"Hello, client!")) as peer:
        exchange = await talk(client(peer), waits=lambda _: 14)
        assert await rerun(peer, exchange, tmp_path) == (b"", b"Hello, client!")


async def test_datagrams_stay_apart(tmp_path: Path) -> None:
    got: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)

        def answer() -> None:
            with contextlib.suppress(OSError):
                for _ in range(6):
                    data, address = server.recvfrom(65535)
                    got.append(data)
                    server.sendto(data.upper(), address)

        thread = threading.Thread(target=answer)
        thread.start()
        session = Session(SessionRequest(f"udp://127.0.0.1:{server.getsockname()[1]}"))
        exchange = await talk(session, b"one", b"", b"three", waits=lambda turn: turn)
        printed = await asyncio.to_thread(in_python, script(exchange), tmp_path)
        await asyncio.to_thread(thread.join)
    assert printed == b"ONETHREE"
    assert got == [b"one", b"", b"three"] * 2


def test_steps_that_were_never_sent_are_written() -> None:
    request = SessionRequest(
        "tcp://127.0.0.1:1", steps=(SendStep(b"a"), SendStep(b"b", after=3), HalfCloseStep())
    )
    exchange = replace(session_entry("").exchange, request=request)
    text = script(exchange)
    assert [line.strip() for line in text.splitlines()][-4:] == [
        'connection.sendall(b"a")',
        "receive(3)",
        'connection.sendall(b"b")',
        "connection.shutdown(socket.SHUT_WR)  # our end; we go on receiving",
    ]
    compile(text, "script", "exec")


def test_a_session_in_which_nothing_was_said_is_a_script_too(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        assert in_python(script(session_entry(peer.address).exchange), tmp_path) == b""
        assert peer.hears(b"")


def test_secrets_are_masked_and_the_script_says_so() -> None:
    head = b"GET / HTTP/1.1\r\nCookie: sid=hush\r\n\r\n"
    entry = session_entry("tcp://h:1", sent(head[:30]), sent(head[30:]), received(b"x"))
    text = as_socket_script(entry)
    assert "hush" not in text
    assert "# Secrets are masked" in text
    assert "Secrets" not in as_socket_script(entry, reveal=True)
    assert "Secrets" not in as_socket_script(session_entry("tcp://h:1", sent(b"hello")))


def test_what_cannot_be_repeated_is_explained() -> None:
    gap = Event(1.0, EventKind.DROPPED, "9 bytes in 3 moments were not kept")
    with pytest.raises(RequestError):
        as_socket_script(session_entry("tcp://h:1", sent(b"a"), gap))
    entry = session_entry("tcp://127.0.0.1:1", sent(b"a"))
    for exchange in (
        replace(entry.exchange, role="server"),
        replace(entry.exchange, kind="listen"),
        replace(entry.exchange, sent=1 << 30),
    ):
        with pytest.raises(BodyError):
            script(exchange)


def test_a_hostile_address_stays_a_comment() -> None:
    entry = session_entry("unix:/tmp/a\nimport os\r\x1b", sent(b"x"), kind="unix")
    text = as_socket_script(entry)
    assert "import os" not in text.split("\n")
    assert "\x1b" not in text
    compile(text, "script", "exec")
