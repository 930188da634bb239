from __future__ import annotations

import asyncio

from sonde_core.expecting import Ended, Match
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.settings import Limits
from sonde_core.transport.stream import READ
from tests.peers import Peer, echo, endless


async def test_a_slow_reader_slows_the_peer() -> None:
    with Peer(endless) as peer:
        session = Session(SessionRequest(peer.address), limits=Limits(queue=200_000))
        incoming = session.incoming()
        await session.open()
        first = await anext(incoming)
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        assert len(first) <= session.recorder.received <= 200_000 + 2 * READ
        session.abort()


async def test_waiting_for_the_end_does_not_count_as_looking() -> None:
    with Peer(endless) as peer:
        session = Session(SessionRequest(peer.address), limits=Limits(queue=200_000))
        await session.open()
        waiting = asyncio.create_task(session.finished())
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        assert session.recorder.received <= 200_000 + 2 * READ
        session.cancel()
        await waiting


async def test_a_session_that_was_cancelled_says_so_to_who_waits() -> None:
    with Peer(endless) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        waiting = asyncio.create_task(session.expect(b"never", seconds=10))
        await session.changed(session.version)
        session.cancel()
        assert await waiting == Ended("the session is closed")


async def test_two_can_wait_for_the_same_bytes() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        waiting = [session.expect(b"once", seconds=5) for _ in range(2)]
        *both, _ = await asyncio.gather(*waiting, session.send(b"once"))
        assert both == [Match(b"once", 4)] * 2
        await session.close()
