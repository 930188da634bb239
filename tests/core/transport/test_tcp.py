from __future__ import annotations

import asyncio
import os
import socket
import threading
import time

import pytest

from sonde_core.errors import ConnectError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import State
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.tls_contexts import client_context
from sonde_core.transport.listener import Listener
from tests.patience import PATIENCE
from tests.peers import Peer, echo, silent


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_small_messages_do_not_wait_for_each_other() -> None:
    listener = Listener(ListenRequest("tcp://:0", echo=True))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    rounds = []
    for number in range(1, 21):  # two writes each: Nagle would hold the second for 40 ms
        begun = time.monotonic()
        await session.send(b"a")
        await session.send(b"b")
        assert isinstance(await session.expect(2 * number, seconds=PATIENCE), Match)
        rounds.append(time.monotonic() - begun)
    assert sorted(rounds)[5] < 0.03  # some take longer where others use the machine, too
    await session.close()
    await listener.close()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_ipv6_in_brackets() -> None:
    listener = Listener(ListenRequest("tcp://[::1]:0", echo=True))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    assert session.peer == f"[::1]:{listener.bound.port}"
    await session.close()
    await listener.close()


async def test_cancelled_handshakes_leave_no_files_open() -> None:
    client_context()  # else it is loaded meanwhile
    before = open_files()
    with Peer(silent) as peer:
        address = peer.address.replace("tcp", "tls")
        sessions = [Session(SessionRequest(address)) for _ in range(20)]
        opening = [asyncio.create_task(session.open()) for session in sessions]
        for session in sessions:
            while session.state in (State.NEW, State.RESOLVING, State.CONNECTING):
                await session.changed(session.version)
            session.cancel()
        results = await asyncio.gather(*opening, return_exceptions=True)
        assert all(isinstance(result, ConnectError) for result in results)
    assert open_files() <= before  # what earlier tests left may go meanwhile


async def test_abort_resets_the_peer() -> None:
    told: list[BaseException] = []
    heard = threading.Event()

    def wait(_peer: Peer, connection: socket.socket) -> None:
        try:
            connection.recv(1)
            connection.recv(1)
        except OSError as error:
            told.append(error)
            heard.set()

    with Peer(wait) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"x")
        session.abort()
        assert await asyncio.to_thread(heard.wait, 5)
    assert isinstance(told[0], ConnectionResetError)


async def test_ten_clients_of_one_peer() -> None:
    with Peer(echo) as peer:
        sessions = [Session(SessionRequest(peer.address)) for _ in range(10)]
        await asyncio.gather(*(session.open() for session in sessions))
        await asyncio.gather(*(session.close() for session in sessions))
    assert {session.state for session in sessions} == {State.CLOSED}
