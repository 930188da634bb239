from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
import uuid
from pathlib import Path

import pytest

from sonde_core.errors import ConnectError, RequestError, SondeError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Direction, EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.listener import Listener

needs_abstract = pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")


def server(path: Path | str) -> socket.socket:
    """Return a datagram socket bound to a path."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    sock.settimeout(5)
    return sock


def session_to(path: Path | str, options: SessionOptions | None = None) -> Session:
    return Session(SessionRequest(f"unix-dgram:{path}", options or SessionOptions()))


def received(session: Session) -> list[bytes]:
    return [c.data for c in session.exchange().chunks() if c.direction is Direction.RECEIVED]


def errors(session: Session) -> list[str]:
    return [e.text for e in session.exchange().events() if e.kind is EventKind.ERROR]


async def test_a_client_has_a_name_that_is_answered_and_removed(tmp_path: Path) -> None:
    with server(tmp_path / "s") as peer:
        session = session_to(tmp_path / "s")
        await session.open()
        assert session.peer == str(tmp_path / "s")
        name = Path(session.local)
        assert name.name in os.listdir(name.parent)
        await session.send(b"ping")
        await session.send(b"")
        data, source = await asyncio.to_thread(peer.recvfrom, 100)
        assert (data, source) == (b"ping", session.local)
        assert await asyncio.to_thread(peer.recv, 100) == b""
        peer.sendto(b"", source)
        peer.sendto(b"pong", source)
        assert await session.expect(2, seconds=5) == Match(b"", 2)
        assert received(session) == [b"", b"pong"]
        await session.close()
    assert session.exchange().outcome is Outcome.DONE
    assert session.exchange().is_message
    assert not name.parent.exists()


async def test_only_the_peer_can_write_to_a_client(tmp_path: Path) -> None:
    with server(tmp_path / "s"), server(tmp_path / "other") as other:
        session = session_to(tmp_path / "s")
        await session.open()
        with pytest.raises(PermissionError):
            other.sendto(b"forged", session.local)
        await session.close()


@needs_abstract
async def test_abstract_names_on_both_sides() -> None:
    name = f"@sonde-{uuid.uuid4()}"
    listener = Listener(ListenRequest(f"unix-dgram:{name}", echo=True))
    await listener.start()
    session = session_to(name)
    await session.open()
    assert session.local.startswith("@")
    await session.send(b"abstract")
    assert isinstance(await session.expect(b"abstract", seconds=5), Match)
    assert listener.sessions[0].peer == session.local
    again = Listener(ListenRequest(f"unix-dgram:{name}"))
    with pytest.raises(SondeError, match=rf"in use by .*process {os.getpid()}"):
        await again.start()
    await session.close()
    await listener.close()


async def test_each_client_is_a_session(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(ListenRequest(f"unix-dgram:{path}", greeting=b"hi"))
    await listener.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first, second = session_to(path), session_to(path)
    for session in (first, second):
        await session.open()
        await session.send(b"hello")
        assert isinstance(await session.expect(b"hi", seconds=5), Match)
    assert [each.peer for each in listener.sessions] == [first.local, second.local]
    for session in (first, second):
        await session.close()
    await listener.close()
    assert not path.exists()


async def test_a_client_without_a_name_is_heard_and_cannot_be_answered(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(ListenRequest(f"unix-dgram:{path}"))
    await listener.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as nameless:
        nameless.sendto(b"psst", str(path))
    async with asyncio.timeout(5):
        while not listener.sessions:
            await listener.changed(listener.version)
    session = listener.sessions[0]
    assert isinstance(await session.expect(b"psst", seconds=5), Match)
    assert "without a name" in session.peer
    with pytest.raises(RequestError, match="cannot be answered"):
        await session.send(b"who?")
    assert session.recorder.sent == 0
    await listener.close()


async def test_a_client_that_is_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(ListenRequest(f"unix-dgram:{path}", greeting=b"hi"))
    await listener.start()
    session = session_to(path)
    await session.open()
    await session.send(b"hello")
    assert isinstance(await session.expect(b"hi", seconds=5), Match)
    await session.close()
    served = listener.sessions[0]
    with pytest.raises(ConnectError):
        await served.send(b"still there?")
    assert "no such path" in errors(served)[0]
    assert served.recorder.sent == 2
    await listener.close()


async def test_a_server_that_is_gone_is_told_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "s"
    peer = server(path)
    session = session_to(path)
    await session.open()
    peer.close()
    path.unlink()
    with pytest.raises(ConnectError, match="no such path"):
        await session.send(b"lost")
    assert session.state is State.OPEN
    assert len(errors(session)) == 1
    with server(path) as peer:
        await session.send(b"again")
        assert await asyncio.to_thread(peer.recv, 100) == b"again"
        await session.close()
    assert session.recorder.sent == 5


async def test_a_client_that_does_not_read_is_waited_for_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = Listener(ListenRequest(f"unix-dgram:{path}"))
    await listener.start()
    with server(tmp_path / "c") as client:
        client.sendto(b"hello", str(path))
        async with asyncio.timeout(5):
            while not listener.sessions:
                await listener.changed(listener.version)
        served = listener.sessions[0]
        sending = asyncio.ensure_future(send_many(served))
        async with asyncio.timeout(5):
            while served.queued < 1 << 18:  # so much is queued at most, but for one datagram
                await asyncio.wait([sending], timeout=0.01)
        assert not sending.done()
        assert served.queued < (1 << 18) + 2000
        came = await asyncio.to_thread(lambda: [client.recv(2000)[:4] for _ in range(500)])
        assert came == [b"%04d" % number for number in range(500)]
        await sending
    await listener.close()


async def test_a_server_that_does_not_read_is_waited_for(tmp_path: Path) -> None:
    with server(tmp_path / "s") as peer:
        session = session_to(tmp_path / "s")
        await session.open()
        sending = asyncio.ensure_future(send_many(session))
        async with asyncio.timeout(5):
            while session.queued < 1 << 18:
                await asyncio.wait([sending], timeout=0.01)
        assert not sending.done()
        came = await asyncio.to_thread(lambda: [peer.recv(2000)[:4] for _ in range(500)])
        assert came == [b"%04d" % number for number in range(500)]
        await sending
        await session.close()


async def test_an_empty_datagram_is_never_lost_in_silence(tmp_path: Path) -> None:
    with server(tmp_path / "s"):
        session = session_to(tmp_path / "s")
        await session.open()
        while not session.queued:
            await session.send(b"x")
        sends = session.recorder.sends
        with pytest.raises(ConnectError, match="does not read"):
            await session.send(b"")
        assert session.recorder.sends == sends
        session.abort()


async def send_many(session: Session) -> None:
    for number in range(500):
        await session.send(b"%04d" % number + b"x" * 1496)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "no such path"),
        (lambda path: path.write_text("x"), "no socket"),
        (lambda path: server(path).close(), "connection refused"),
        (lambda path: bind_stream(path), "another kind"),
    ],
)
async def test_what_cannot_be_reached_is_told(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "s"
    kept = make(path)  # type: ignore[operator]
    session = session_to(path)
    with pytest.raises(ConnectError, match=words) as caught:
        await session.open()
    assert caught.value.advice
    if isinstance(kept, socket.socket):
        kept.close()


def bind_stream(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    sock.listen()
    return sock


async def test_a_datagram_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with server(tmp_path / "s"):
        session = session_to(tmp_path / "s", SessionOptions(send_buffer=8192))
        await session.open()
        with pytest.raises(RequestError, match="60000 bytes is too large") as caught:
            await session.send(b"x" * 60_000)
        assert "send buffer" in caught.value.advice
        with pytest.raises(RequestError, match="no end"):
            await session.send_end()
        await session.close()
