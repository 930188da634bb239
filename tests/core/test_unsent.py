"""What is told when bytes that were sent are dropped: how many, and that it is not done."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.errors import SondeError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Event, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.listener import Listener
from tests.patience import PATIENCE
from tests.peers import Behaviour, Peer, silent, throwaway_tls
from tests.watching import first_client, until
from tests.web_sockets import accept, read_head

SCHEMES = ["tcp", "tls", "unix", "ws"]
PIECE = b"x" * 65_536


def deaf(peer: Peer, connection: socket.socket) -> None:
    """Speak WebSocket, and read nothing from then on."""
    connection.sendall(accept(read_head(connection)))
    silent(peer, connection)


@contextlib.contextmanager
def peer_of(scheme: str, folder: Path, behave: Behaviour) -> Iterator[Session]:
    """Yield a session, not open yet, with a peer that behaves so."""
    with contextlib.ExitStack() as stack:
        tls = trusted = None
        if scheme == "tls":
            tls, trusted = stack.enter_context(throwaway_tls())
        path = str(folder / "s") if scheme == "unix" else ""
        peer = stack.enter_context(Peer(behave, tls=tls, path=path))
        address = peer.address.replace("tcp", "ws") if scheme == "ws" else peer.address
        options = SessionOptions(ca_file=trusted or "", server_name="localhost" if tls else "")
        yield Session(SessionRequest(address, options))


async def fill(session: Session) -> asyncio.Task[None]:
    """Send until the peer's and our system take no more; returns what still sends."""

    async def pour() -> None:
        while True:
            await session.send(PIECE)

    await session.open()
    pouring = asyncio.create_task(pour())
    while not session.queued:
        await asyncio.wait({pouring}, timeout=0.01)
    await until(session, lambda: session.queued > 1 << 18)
    return pouring


async def stopped(pouring: asyncio.Task[None]) -> None:
    pouring.cancel()
    with contextlib.suppress(SondeError, asyncio.CancelledError):
        await pouring


def lost(session: Session) -> int:
    """Return how many bytes the record tells to have never left."""
    told = [each for each in session.exchange().events() if "unsent" in each.facts]
    assert len(told) <= 1
    return int(told[0].facts["unsent"]) if told else 0


def texts(session: Session) -> list[str]:
    return [each.text for each in session.exchange().events()]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_close_tells_what_a_peer_that_does_not_read_never_got(
    scheme: str, tmp_path: Path
) -> None:
    with peer_of(scheme, tmp_path, deaf if scheme == "ws" else silent) as session:
        await stopped(await fill(session))
        queued = session.queued
        await session.close(0.05)
    exchange = session.exchange()
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.problem is not None
    assert "did not take all that was sent within 0.05 s" in exchange.problem.text
    assert exchange.problem.hint
    assert lost(session) >= queued
    form = {"ws": " (as frames)", "tls": " (as TLS)"}.get(scheme, "")
    assert f"the last {lost(session):,} bytes{form} of what was sent never left" in texts(session)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("way", ["abort", "cancel"])
async def test_ending_at_once_tells_what_is_dropped(scheme: str, way: str, tmp_path: Path) -> None:
    with peer_of(scheme, tmp_path, deaf if scheme == "ws" else silent) as session:
        await stopped(await fill(session))
        queued = session.queued
        session.abort() if way == "abort" else session.cancel()
    assert session.outcome is (Outcome.CANCELLED if way == "cancel" else Outcome.CUT)
    assert lost(session) >= queued


async def test_closing_with_a_linger_of_0_tells_what_is_dropped() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address, SessionOptions(linger=0.0)))
        await stopped(await fill(session))
        await session.close()
    assert session.outcome is Outcome.CUT
    assert lost(session) > 1 << 18


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what it did not send")
@pytest.mark.parametrize("scheme", ["tcp", "unix"])
async def test_what_is_told_and_what_the_peer_got_are_all_that_was_sent(
    scheme: str, tmp_path: Path
) -> None:
    go, through = threading.Event(), threading.Event()
    heard = bytearray()

    def later(_peer: Peer, connection: socket.socket) -> None:
        go.wait(PATIENCE)
        with contextlib.suppress(OSError):
            while data := connection.recv(1 << 16):
                heard.extend(data)
        through.set()

    with peer_of(scheme, tmp_path, later) as session:
        await stopped(await fill(session))
        await session.close(0.05)
        for _ in range(3):  # turns, in which the loop closes the socket
            await asyncio.sleep(0)
        go.set()
        assert await asyncio.to_thread(through.wait, PATIENCE)
    assert len(heard) + lost(session) == session.recorder.sent


async def test_an_end_that_waits_behind_bytes_says_so() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await stopped(await fill(session))
        queued = session.queued
        await session.send_end()
        assert f"we sent our end, behind {queued:,} bytes that wait" in texts(session)
        assert session.state is State.LOCAL_END
        await session.close(0.05)
    assert session.outcome is Outcome.TIMED_OUT
    assert lost(session) >= queued


async def test_a_peer_that_reads_in_time_gets_all_and_it_is_done() -> None:
    def later(peer: Peer, connection: socket.socket) -> None:
        peer.stop.wait(0.1)
        while data := connection.recv(1 << 16):
            peer.heard += data

    with Peer(later) as peer:
        session = Session(SessionRequest(peer.address))
        await stopped(await fill(session))
        await session.close(PATIENCE)
        assert len(peer.heard) == session.recorder.sent
    assert session.outcome is Outcome.DONE
    assert not lost(session)


async def test_a_reset_while_bytes_wait_at_the_close_is_a_failure() -> None:
    go = threading.Event()

    def reset(_peer: Peer, connection: socket.socket) -> None:
        go.wait(PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with Peer(reset) as peer:
        session = Session(SessionRequest(peer.address))
        await stopped(await fill(session))
        closing = asyncio.create_task(session.close(PATIENCE))
        await until(session, lambda: session.closing)
        go.set()
        await closing
    assert session.outcome is Outcome.FAILED
    assert any("of what was sent may not have left" in text for text in texts(session))


async def test_a_cancelled_send_tells_how_far_it_was() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        sending = asyncio.create_task(session.send(bytes(50_000_000)))
        await until(session, lambda: session.queued > 1 << 18)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        note = next(each for each in events(session) if "sending was cancelled" in each.text)
        queued, sent = session.queued, session.recorder.sent
        assert note.facts == {"queued": str(queued), "kept": str(50_000_000 - sent)}
        assert note.text == (
            f"sending was cancelled: of 50,000,000 bytes {sent - queued:,} went to the system,"
            f" {queued:,} wait here, {50_000_000 - sent:,} are not sent"
        )
        session.cancel()


async def test_a_cancelled_message_that_waits_whole_says_so(tmp_path: Path) -> None:
    with peer_of("ws", tmp_path, deaf) as session:
        await stopped(await fill(session))
        assert any(
            "of 65,536 bytes 0 went to the system, 65,536 wait here" in text
            for text in texts(session)
        )
        session.cancel()


def events(session: Session) -> list[Event]:
    return list(session.exchange().events())


async def test_datagrams_that_wait_are_told_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as taker:
        taker.bind(str(path))
        session = Session(SessionRequest(f"unix-dgram:{path}"))
        await stopped(await fill_datagrams(session))
        await session.close(0.05)
    assert session.outcome is Outcome.TIMED_OUT
    assert lost(session) > 0


async def fill_datagrams(session: Session) -> asyncio.Task[None]:
    async def pour() -> None:
        while True:
            await session.send(b"y" * 4096)

    await session.open()
    pouring = asyncio.create_task(pour())
    while not session.queued:
        await asyncio.wait({pouring}, timeout=0.01)
    return pouring


async def test_a_listeners_client_that_does_not_read_is_told_of() -> None:
    listener = Listener(ListenRequest("tcp://127.0.0.1:0", greeting=bytes(30_000_000)))
    await listener.start()
    with socket.create_connection(("127.0.0.1", listener.bound.port)):
        record = await first_client(listener)
        await until(record, lambda: record.queued)
        await listener.close(0.05)
    assert record.outcome is Outcome.TIMED_OUT
    assert lost(record) > 0
