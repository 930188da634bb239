from __future__ import annotations

import asyncio
import socket

import pytest

from sonde_core.errors import RequestError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Direction, EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.transport.listener import Listener


def closed_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


async def test_refused_datagrams_are_advice_and_the_session_stays_open() -> None:
    port = closed_udp_port()
    session = Session(SessionRequest(f"udp://127.0.0.1:{port}"))
    await session.open()
    await session.send(b"anybody?")
    async with asyncio.timeout(5):
        while not advice(session):
            await session.changed(session.version)
    assert session.state is State.OPEN
    assert "connection refused" in advice(session)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:  # the peer starts later
        late.bind(("127.0.0.1", port))
        late.settimeout(5)
        await session.send(b"now?")
        data, source = await asyncio.to_thread(late.recvfrom, 100)
        late.sendto(b"yes", source)
        assert data == b"now?"
        assert isinstance(await session.expect(b"yes", seconds=5), Match)
    await session.close()
    assert session.exchange().outcome is Outcome.DONE


def advice(session: Session) -> list[str]:
    return [e.text for e in session.exchange().events() if e.kind is EventKind.ERROR]


async def test_empty_datagrams_are_messages() -> None:
    listener = Listener(ListenRequest("udp://:0", echo=True))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    await session.send(b"")
    assert await session.expect(1, seconds=5) == Match(b"", 1)
    await session.send(b"full")
    assert await session.expect(2, seconds=5) == Match(b"", 2)
    received = [c.data for c in session.exchange().chunks() if c.direction is Direction.RECEIVED]
    assert received == [b"", b"full"]
    await session.close()
    await listener.close()


async def test_large_datagrams_come_whole_and_too_large_ones_are_refused() -> None:
    listener = Listener(ListenRequest("udp://:0", echo=True))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    await session.send(b"d" * 65_507)
    assert isinstance(await session.expect(1, seconds=5), Match)
    assert session.recorder.received == 65_507
    with pytest.raises(RequestError, match="65508 bytes is too large"):
        await session.send(b"d" * 65_508)
    assert session.state is State.OPEN
    assert session.recorder.sent == 65_507
    with pytest.raises(RequestError, match="no end"):
        await session.send_end()
    await session.close()
    await listener.close()


async def test_each_source_is_a_session_answered_from_the_same_socket() -> None:
    listener = Listener(ListenRequest("udp://:0", greeting=b"hi"))
    await listener.start()
    first, second = (Session(SessionRequest(str(listener.bound))) for _ in range(2))
    for session in (first, second):
        await session.open()
        await session.send(b"hello")
        assert isinstance(await session.expect(b"hi", seconds=5), Match)
    assert [s.peer for s in listener.sessions] == [first.local, second.local]
    await listener.sessions[1].send(b"only you")
    assert isinstance(await second.expect(b"only you", seconds=5), Match)
    assert first.recorder.received == 2
    await listener.close()
    assert {s.state for s in listener.sessions} == {State.CLOSED}
    for session in (first, second):
        await session.close()


async def test_silent_sources_expire() -> None:
    listener = Listener(ListenRequest("udp://:0", echo=True), udp_idle=0.1)
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    await session.send(b"one")
    assert isinstance(await session.expect(1, seconds=5), Match)
    async with asyncio.timeout(5):
        await listener.sessions[0].finished()
    await session.send(b"two")
    assert isinstance(await session.expect(2, seconds=5), Match)
    assert len(listener.sessions) == 2
    await session.close()
    await listener.close()
