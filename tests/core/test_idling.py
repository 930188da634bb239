from __future__ import annotations

import asyncio
import socket

import pytest

from sonde_core.clock import SystemClock
from sonde_core.errors import PeerClosedError
from sonde_core.idling import last_bytes
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Direction, EventKind, Outcome, State
from sonde_core.recording.recorder import Recorder
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.settings import Limits
from sonde_core.transport.listener import Listener
from tests.peers import Peer, endless, silent
from tests.web_sockets import accept, read_head


class Hand(SystemClock):
    """A clock that is moved by hand."""

    at = 0.0

    def monotonic(self) -> float:
        return self.at


def idle(address: str, seconds: float, limits: Limits | None = None) -> Session:
    return Session(SessionRequest(address, SessionOptions(idle_timeout=seconds)), limits=limits)


async def test_silence_ends_a_session_and_says_so() -> None:
    with Peer(silent) as peer:
        session = idle(peer.address, 0.05)
        await session.open()
        async with asyncio.timeout(5):
            await session.finished()
    exchange = session.exchange()
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.problem is not None
    assert exchange.problem.text == "No byte came or went for 0.05 s."
    assert exchange.problem.hint
    with pytest.raises(PeerClosedError, match="No byte"):
        await session.send(b"too late")


async def test_bytes_either_way_keep_it_open() -> None:
    """Seconds of silence are counted from the last byte, not from the start."""

    def drip(peer: Peer, connection: socket.socket) -> None:
        for _ in range(10):
            connection.sendall(b"x")
            peer.stop.wait(0.1)
        peer.stop.wait(10)

    with Peer(drip) as peer:
        session = idle(peer.address, 0.6)
        await session.open()
        async with asyncio.timeout(10):
            await session.finished()
    assert session.recorder.received == 10
    assert session.recorder.elapsed >= 0.9 + 0.6


async def test_a_peer_that_is_held_back_is_not_idle() -> None:
    with Peer(endless) as peer:
        session = idle(peer.address, 0.1, Limits(queue=1 << 16))
        await session.open()
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        await asyncio.wait([asyncio.ensure_future(session.finished())], timeout=0.4)
        assert session.holds_back
        assert session.state is State.OPEN
        session.abort()


async def test_a_peer_that_takes_nothing_is_idle() -> None:
    with Peer(silent) as peer:
        session = idle(peer.address, 0.2)
        await session.open()
        with pytest.raises(PeerClosedError, match="No byte"):
            await asyncio.wait_for(session.send(b"x" * (64 << 20)), 10)
    assert session.outcome is Outcome.TIMED_OUT


async def test_clients_of_a_listener_are_let_go() -> None:
    listener = Listener(ListenRequest("tcp://:0", idle_timeout=0.05))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    async with asyncio.timeout(5):
        await session.peer_ended()
        await listener.sessions[0].finished()
    assert listener.sessions[0].outcome is Outcome.TIMED_OUT
    await session.close()
    await listener.close()


def test_the_last_byte_is_found_behind_events() -> None:
    clock = Hand()
    recorder = Recorder(clock)
    assert last_bytes(recorder) == 0.0
    for at, direction in ((1.0, Direction.SENT), (2.0, Direction.RECEIVED)):
        clock.at = at
        recorder.chunk(direction, b"x")
    clock.at = 3.0
    recorder.event(EventKind.NOTE, "quiet")
    assert last_bytes(recorder) == 2.0
    for _ in range(200):
        recorder.event(EventKind.NOTE, "quiet")
    assert last_bytes(recorder) == 3.0  # so far back nobody looks


async def test_bytes_of_a_message_that_is_not_whole_keep_it_open() -> None:
    def drip(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + b"\x82\x0a")
        for _ in range(10):
            peer.stop.wait(0.1)
            connection.sendall(b"x")
        peer.stop.wait(10)

    with Peer(drip) as peer:
        session = idle(f"ws://127.0.0.1:{peer.port}/", 0.6)
        await session.open()
        async with asyncio.timeout(10):
            await session.finished()
    assert session.recorder.received == 10
    assert session.recorder.elapsed >= 0.9 + 0.6
