from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Literal

import pytest

from sonde_core.errors import SondeError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import EventKind, Exchange
from sonde_core.script.derive import server_steps_of
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.steps import CloseStep, ExpectStep, SendStep, Step
from sonde_core.transport.listener import Listener
from tests.clients import as_client, read_to_end, read_until, serving
from tests.peers import Peer

SCRIPT: tuple[Step, ...] = (
    SendStep(b"220 hi\r\n"),
    ExpectStep("equal", b"HELO me\r\n"),
    SendStep(b"250 ok\r\n", at=0.3),
    ExpectStep("equal", b"QUIT\r\n"),
    SendStep(b"221 bye\r\n", at=0.6),
    CloseStep(at=0.6),
)


def says(*parts: bytes) -> Callable[[socket.socket], list[bytes]]:
    """Say each part once an answer to the one before has come, then read to the end."""

    def talk(sock: socket.socket) -> list[bytes]:
        heard = [sock.recv(100)]
        for part in parts[:-1]:
            sock.sendall(part)
            heard.append(read_until(sock, b"\r\n"))
        sock.sendall(parts[-1])
        return [*heard, read_to_end(sock)]

    return talk


def notes(session: Session) -> str:
    kinds = (EventKind.NOTE, EventKind.ERROR)
    return "\n".join(each.text for each in session.exchange().events() if each.kind in kinds)


async def gone(listener: Listener, number: int) -> Session:
    async with asyncio.timeout(10):
        while len(listener.sessions) <= number:
            await listener.changed(listener.version)
        await listener.attended(listener.sessions[number])
    return listener.sessions[number]


async def test_a_recording_is_played_to_each_client() -> None:
    async with serving(ListenRequest("tcp://:0", script=SCRIPT)) as listener:
        assert listener.answers == "playing 6 steps to each client"
        for number in range(2):
            heard = await as_client(listener, says(b"HELO me\r\n", b"QUIT\r\n"))
            assert heard == [b"220 hi\r\n", b"250 ok\r\n", b"221 bye\r\n"]
            assert "6 of 6 steps as expected" in notes(await gone(listener, number))


@pytest.mark.parametrize("hello", [b"HELO x\r\n", b"HELO somebody else\r\n"])
async def test_what_is_otherwise_is_noted_and_it_goes_on(hello: bytes) -> None:
    async with serving(ListenRequest("tcp://:0", script=SCRIPT)) as listener:
        heard = await as_client(listener, says(hello, b"QUIT\r\n"))
        assert heard == [b"220 hi\r\n", b"250 ok\r\n", b"221 bye\r\n"]
        assert "step 2: differs: at byte 5" in notes(await gone(listener, 0))


async def test_strict_lets_go_of_who_says_something_else() -> None:
    request = ListenRequest("tcp://:0", script=SCRIPT, script_strict=True)
    async with serving(request) as listener:
        heard = await as_client(listener, says(b"HELO you!\r\n"))
        assert heard == [b"220 hi\r\n", b""]


@pytest.mark.parametrize(("pace", "least"), [("fast", 0.0), ("recorded", 0.55)])
async def test_the_pace_of_the_recording(pace: Literal["fast", "recorded"], least: float) -> None:
    request = ListenRequest("tcp://:0", script=SCRIPT, script_pace=pace)
    async with serving(request) as listener:
        start = time.monotonic()
        await as_client(listener, says(b"HELO me\r\n", b"QUIT\r\n"))
        assert time.monotonic() - start >= least


async def test_a_session_of_ours_is_played_as_its_server_was() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"who?")
        name = connection.recv(100)
        connection.sendall(b"hello " + name)

    async def perform(address: str) -> Exchange:
        session = Session(SessionRequest(address))
        await session.open()
        await session.expect(b"who?", seconds=5)
        await session.send(b"me")
        await session.peer_ended()
        await session.close()
        return session.exchange()

    with Peer(behave) as peer:
        before = await perform(peer.address)
    async with serving(ListenRequest("tcp://:0", script=server_steps_of(before))) as listener:
        after = await perform(str(listener.bound))
        notes(await gone(listener, 0))
    assert [each.data for each in after.chunks()] == [each.data for each in before.chunks()]


async def test_a_flood_and_a_reset_end_it() -> None:
    async with serving(ListenRequest("tcp://:0", script=SCRIPT)) as listener:

        def flood(sock: socket.socket) -> None:
            sock.sendall(b"x" * 3_000_000)

        await as_client(listener, flood)
        assert "differs" in notes(await gone(listener, 0))


async def test_a_pattern_that_cannot_be_used_is_told_when_it_is_bound() -> None:
    with pytest.raises(SondeError):
        await Listener(ListenRequest("tcp://:0", script=(ExpectStep("regex", b"("),))).start()
