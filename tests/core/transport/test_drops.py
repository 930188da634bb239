from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sonde_core.listen_request import ListenRequest
from sonde_core.model import EventKind
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.drops import dropped
from sonde_core.transport.listener import Listener
from tests.watching import until

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/net/udp"), reason="only Linux counts dropped datagrams for us"
)
BURST = 500


@asynccontextmanager
async def flooded() -> AsyncIterator[Session]:
    """Yield a session with a small buffer, to which all is sent at once: nothing is read then."""
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{peer.getsockname()[1]}"
        session = Session(SessionRequest(address, SessionOptions(receive_buffer=4096)))
        await session.open()
        host, _, port = session.local.rpartition(":")
        for _ in range(BURST):
            peer.sendto(b"x" * 500, (host, int(port)))
        yield session


async def test_what_the_system_dropped_is_told_and_adds_up() -> None:
    async with flooded() as session:
        await session.expect(b"never", seconds=0.6)
        await session.close()
    told = [int(e.facts["dropped"]) for e in session.exchange().events() if "dropped" in e.facts]
    assert told
    assert session.recorder.reads + sum(told) == BURST


@pytest.mark.parametrize("ending", [Session.abort, Session.cancel])
async def test_it_is_told_before_a_session_ends(ending: Callable[[Session], None]) -> None:
    async with flooded() as session:
        await until(session, lambda: session.recorder.received)
        ending(session)
        await session.finished()
    *_, told, last = session.exchange().events()
    assert 0 < int(told.facts["dropped"]) < BURST
    assert last.kind is EventKind.CLOSED


async def test_a_listener_tells_it_in_its_own_record() -> None:
    options = SessionOptions(receive_buffer=4096)
    listener = Listener(ListenRequest("udp://:0", options=options))
    await listener.start()
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        for _ in range(BURST):
            peer.sendto(b"x" * 500, ("127.0.0.1", listener.bound.port))
    async with asyncio.timeout(5):
        while not (told := [e for e in events(listener) if "dropped by the system" in e]):
            await listener.changed(listener.version)
    assert len(told) == 1
    await listener.close()


def events(listener: Listener) -> list[str]:
    return [e.text for e in listener.exchange().events() if e.kind is EventKind.NOTE]


def test_nobody_counts_for_a_socket_that_is_closed() -> None:
    sock = socket.socket(type=socket.SOCK_DGRAM)
    assert dropped(sock) == 0
    sock.close()
    assert dropped(sock) == 0
