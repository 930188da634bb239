from __future__ import annotations

import asyncio
import gc
import socket
import threading
import weakref

import pytest

from sonde_core.expecting import Ended, Match, TimedOut
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk
from sonde_core.recording.record_file import MOST, Piece, RecordFile
from sonde_core.serving.rule_text import read_rules
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind
from sonde_core.transport.listener import Listener
from sonde_core.transport.stream import READ
from tests.patience import PATIENCE
from tests.peers import Peer, echo, endless, greeter
from tests.watching import until


async def test_a_slow_reader_slows_the_peer() -> None:
    with Peer(endless) as peer:
        session = Session(SessionRequest(peer.address), limits=Limits(queue=200_000))
        incoming = session.incoming()
        await session.open()
        first = await anext(incoming)
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        assert len(first) <= session.recorder.received <= 200_000 + 2 * READ
        session.abort()


async def test_who_begins_to_read_late_is_not_held_up_by_what_came_before() -> None:
    with Peer(endless) as peer:
        session = Session(SessionRequest(peer.address), limits=Limits(queue=200_000))
        await session.open()
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        assert session.holds_back
        async with asyncio.timeout(PATIENCE):
            assert await anext(session.incoming())
        session.abort()


async def test_another_reader_ends_the_one_before_and_is_not_ended_by_it() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        first = session.incoming()
        await session.open()
        await session.send(b"one")
        assert await anext(first) == b"one"
        second = session.incoming()
        await first.aclose()
        await session.send(b"two")
        async with asyncio.timeout(PATIENCE):
            assert await anext(second) == b"two"
        session.abort()


async def test_what_nobody_reads_any_more_is_dropped() -> None:
    with Peer(greeter(b"never read")) as peer:
        session = Session(SessionRequest(peer.address))
        incoming = session.incoming()
        await session.open()
        await session.peer_ended()
        session.unheed()
        assert [data async for data in incoming] == []
        assert not session.is_behind
        await session.close()


async def test_pings_do_not_hold_up_who_reads_messages() -> None:
    rules = read_rules("hello=there")
    listener = Listener(ListenRequest("ws://127.0.0.1:0", rules=rules), limits=Limits(queue=20_000))
    await listener.start()
    client = Session(SessionRequest(str(listener.bound)))
    await client.open()
    for _ in range(2000):
        await client.send(b"x" * 40, MessageKind.PING)
    await client.send(b"hello")
    assert isinstance(await client.expect(b"there", seconds=PATIENCE), Match)
    await client.close()
    await listener.close()


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


MIB = 1 << 20
LONG = 40  # MiB: more than may wait for the disk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that takes nothing of a recording until it is set."""
    taking, put = threading.Event(), RecordFile.put

    def late(self: RecordFile, pieces: list[Piece]) -> None:
        assert taking.wait(20)
        put(self, pieces)

    monkeypatch.setattr(RecordFile, "put", late)
    return taking


def sender(peer: Peer, connection: socket.socket) -> None:
    for number in range(LONG):
        connection.sendall(bytes([number]) * MIB)
    connection.shutdown(socket.SHUT_WR)
    peer.heard += connection.recv(1)


def taker(_: Peer, connection: socket.socket) -> None:
    while connection.recv(MIB):
        pass


def recorded(session: Session) -> bytes:
    return b"".join(each.data for each in session.recorder if isinstance(each, Chunk))


async def test_a_disk_that_is_behind_slows_the_peer_and_no_byte_is_lost(
    disk: threading.Event,
) -> None:
    with Peer(sender) as peer:
        session = Session(SessionRequest(peer.address), limits=Limits(record_in_memory=0))
        incoming = session.incoming()
        await session.open()

        async def take() -> int:
            return sum([len(data) async for data in incoming])

        taking = asyncio.create_task(take())
        await until(session, lambda: session.holds_back)
        assert session.recorder.received <= MOST
        disk.set()
        assert await taking == LONG * MIB
        assert not session.holds_back
        await session.close()
        assert recorded(session) == b"".join(bytes([number]) * MIB for number in range(LONG))


async def test_a_disk_that_is_behind_slows_who_sends(disk: threading.Event) -> None:
    with Peer(taker) as peer:
        session = Session(SessionRequest(peer.address), limits=Limits(record_in_memory=0))
        await session.open()
        data = b"".join(bytes([number]) * MIB for number in range(LONG))
        sending = asyncio.create_task(session.send(data))
        await until(session, lambda: session.recorder.is_behind)
        assert session.recorder.sent <= MOST
        assert not sending.done()
        disk.set()
        await sending
        await session.close()
        assert recorded(session) == data


async def test_waits_of_different_lengths_end_in_their_own_time() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        begun = asyncio.get_running_loop().time()

        async def until_late(seconds: float) -> float:
            assert await session.expect(b"never", seconds=seconds) == TimedOut(seconds)
            return asyncio.get_running_loop().time() - begun

        await session.send(b"x")
        assert await session.expect(b"x", seconds=60) == Match(b"x", 1)
        short, long, between = await asyncio.gather(*map(until_late, (0.05, 0.4, 0.2)))
        assert 0.05 <= short <= between <= long
        assert (between, long) >= (0.2, 0.4)
        assert long < 60
        await session.close()


async def test_no_timer_stays_behind_a_session() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"x")
        await session.expect(b"x", seconds=3600)
        await session.close()
        gone = weakref.ref(session)
        del session
        gc.collect()
        assert gone() is None
