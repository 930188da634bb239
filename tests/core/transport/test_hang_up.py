from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
import struct
import sys
import threading
from pathlib import Path

import pytest

from sonde_core.listen_request import ListenRequest
from sonde_core.model import Outcome, State
from sonde_core.serving import forward
from sonde_core.serving.forward import Forward
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport import stream
from sonde_core.transport.hang_up import error_of, hung_up, unsent
from sonde_core.transport.listener import Listener
from tests.clients import read_to_end
from tests.peers import Behaviour, Peer, silent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def half_closed(address: str, **options: object) -> tuple[Listener, socket.socket]:
    """Return a listener that waits for a person to answer its one client, which sent its end."""
    listener = Listener(ListenRequest(address, **options))  # type: ignore[arg-type]
    listener.is_attended = lambda _: True
    await listener.start()
    bound = listener.bound
    family = socket.AF_UNIX if bound.is_unix else socket.AF_INET
    client = socket.socket(family, socket.SOCK_STREAM)
    client.connect(bound.path if bound.is_unix else ("127.0.0.1", bound.port))
    client.sendall(b"all I say")
    client.shutdown(socket.SHUT_WR)
    async with asyncio.timeout(5):
        while not listener.sessions or not listener.sessions[0].has_peer_end:
            await listener.changed(listener.version)
            await asyncio.sleep(0)
    return listener, client


async def over(session: Session) -> str:
    async with asyncio.timeout(5):
        await session.finished()
    return " ".join(event.text for event in session.exchange().events())


def test_a_half_close_is_no_hang_up() -> None:
    for ours, theirs in (socket.socketpair(), tcp_pair()):
        with ours, theirs:
            theirs.shutdown(socket.SHUT_WR)
            assert ours.recv(1) == b""
            assert not hung_up(ours)
            ours.sendall(b"late")
            assert theirs.recv(4) == b"late"


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        return server.accept()[0], theirs


def test_a_unix_peer_that_left_unread_bytes_broke_it() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(b"nobody reads this")
        theirs.close()
        assert hung_up(ours)
        assert isinstance(error_of(ours), ConnectionResetError)
    assert not hung_up(ours)  # closed by now


async def test_a_client_that_resets_after_its_end_is_seen_to_have_left() -> None:
    listener, client = await half_closed("tcp://127.0.0.1:0", greeting=b"hello")
    session = listener.sessions[0]
    assert session.state is State.PEER_END
    reset(client)
    assert "the peer reset the connection" in await over(session)
    assert session.outcome is Outcome.FAILED
    await listener.close()


async def test_who_was_told_nothing_may_reset_after_its_end() -> None:
    listener, client = await half_closed("tcp://127.0.0.1:0")
    reset(client)
    told = await over(listener.sessions[0])
    assert "after the peer's end: the peer reset the connection" in told
    assert listener.sessions[0].outcome is Outcome.DONE
    await listener.close()


async def test_a_unix_client_that_closed_is_not_waited_for(tmp_path: Path) -> None:
    listener, client = await half_closed(f"unix:{tmp_path / 's'}")
    client.close()
    await over(listener.sessions[0])
    assert listener.sessions[0].outcome is Outcome.DONE
    await listener.close()


async def test_a_forward_ends_when_its_half_closed_client_resets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "GLANCE", 0.02)
    with Peer(silent) as far:
        listener, client = await half_closed("tcp://127.0.0.1:0", forward=Forward(far.address))
        reset(client)
        await over(listener.sessions[0])
        far.stop.set()  # so that it ends too, and is not waited for
        await listener.close()


def hangs_up(*, resets: bool) -> Behaviour:
    """Answer and end, then leave in a moment, with what was said to it unread or read."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"all I say")
        connection.shutdown(socket.SHUT_WR)
        peer.stuck.wait(5)
        if resets:
            reset(connection)
        else:
            connection.close()

    return behave


@pytest.mark.parametrize("resets", [True, False])
async def test_a_silent_client_does_not_wait_for_a_far_side_that_hung_up(
    resets: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stream, "GLANCE", 0.02)
    monkeypatch.setattr(forward, "LEAVE", 0.1)
    path = "" if resets else str(tmp_path / "far")  # TCP cannot tell of a close in order
    with Peer(hangs_up(resets=resets), path=path) as far:
        options = SessionOptions(linger=0.1)  # how long the client's end is waited for
        request = ListenRequest("tcp://127.0.0.1:0", options=options, forward=Forward(far.address))
        listener = Listener(request)
        await listener.start()
        with socket.create_connection(("127.0.0.1", listener.bound.port), 5) as client:
            client.sendall(b"?")
            assert await asyncio.to_thread(read_to_end, client) == b"all I say"
            assert not listener.sessions[0].state.over
            far.stuck.set()
            told = await over(listener.sessions[0])
        session = listener.sessions[0]
        assert session.outcome is (Outcome.FAILED if resets else Outcome.DONE)
        assert ("the peer reset the connection" if resets else "the far side closed") in told
        await listener.close()


async def test_a_client_that_leaves_with_a_far_side_that_hung_up_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = asyncio.Event()

    def look(sock: socket.socket) -> bool:
        if hung_up(sock):
            looked.set()
        return hung_up(sock)

    monkeypatch.setattr(stream, "GLANCE", 0.02)
    monkeypatch.setattr(stream, "hung_up", look)
    with Peer(hangs_up(resets=True)) as far:
        listener = Listener(ListenRequest("tcp://127.0.0.1:0", forward=Forward(far.address)))
        await listener.start()
        with socket.create_connection(("127.0.0.1", listener.bound.port), 5) as client:
            client.sendall(b"?")
            assert await asyncio.to_thread(read_to_end, client) == b"all I say"
            far.stuck.set()
            await asyncio.wait_for(looked.wait(), 5)
        await over(listener.sessions[0])
        assert listener.sessions[0].outcome is Outcome.DONE
        await listener.close()


async def test_a_far_side_that_is_through_did_not_hang_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, many = 0, asyncio.Event()  # at the client; the far side's end is there by then

    def look(sock: socket.socket) -> bool:
        nonlocal looks
        looks += 1
        if looks == 25:
            many.set()
        return hung_up(sock)

    monkeypatch.setattr(stream, "GLANCE", 0.02)
    monkeypatch.setattr(stream, "hung_up", look)
    size = 800_000  # more than the buffers below hold, less than what is read ahead

    def answer(_: Peer, connection: socket.socket) -> None:
        while connection.recv(100):
            pass
        connection.sendall(b"a" * size)

    with Peer(answer) as far:
        options = SessionOptions(send_buffer=4096)
        request = ListenRequest("tcp://127.0.0.1:0", options=options, forward=Forward(far.address))
        listener = Listener(request)
        await listener.start()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(10)
            client.connect(("127.0.0.1", listener.bound.port))
            client.sendall(b"?")
            client.shutdown(socket.SHUT_WR)
            await asyncio.wait_for(many.wait(), 10)

            def rest() -> int:
                total = 0
                while data := client.recv(1 << 16):
                    total += len(data)
                return total

            assert await asyncio.to_thread(rest) == size
        await over(listener.sessions[0])
        assert listener.sessions[0].outcome is Outcome.DONE
        await listener.close()


async def test_a_tls_client_that_never_reads_and_leaves_is_done() -> None:
    """Its tickets lie unread, so its close resets the connection (RFC 8446, section 4.6.1)."""
    listener = Listener(ListenRequest("tls://127.0.0.1:0"), half_open=0)
    await listener.start()
    context = ssl.create_default_context(cafile=listener.certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    heard = threading.Event()  # else the reset might come before its end was read

    def client() -> None:
        address = ("127.0.0.1", listener.bound.port)
        with (
            socket.create_connection(address, 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(b"all I say")
            select.select([secure], [], [], 5)  # the tickets are there, and stay unread
            secure.shutdown(socket.SHUT_WR)  # as ncat does
            heard.wait(5)

    leaving = asyncio.ensure_future(asyncio.to_thread(client))
    async with asyncio.timeout(5):
        while not listener.sessions:
            await listener.changed(listener.version)
        session = listener.sessions[0]
        await session.peer_ended()
    heard.set()
    await leaving
    await over(session)
    assert (session.outcome, session.recorder.received) == (Outcome.DONE, 9)
    await listener.close()


async def test_the_client_of_a_server_that_half_closes_and_resets_hears_of_it() -> None:
    def behave(_: Peer, connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        reset(connection)

    with Peer(behave) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"?")
        assert "reset" in await over(session)
        assert session.recorder.received in (0, 3)
        assert session.outcome is Outcome.FAILED


async def test_what_the_system_did_not_send_is_counted() -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    with near, far:
        near.sendall(b"x")
        assert unsent(near) == 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        taken, _ = server.accept()
        with client, taken:
            assert unsent(client) == 0
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    client.send(b"x" * 65_536)
            assert unsent(client) > 0
        assert unsent(client) == 0
