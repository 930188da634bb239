from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import ConnectError, DeadlineError, PeerClosedError, TlsError
from sonde_core.http.wire import GoneError, Stream
from sonde_core.http_request import HttpOptions
from sonde_core.model import Direction, EventKind, State, TlsFacts
from sonde_core.transport.base import Link
from tests.peers import Peer, echo, endless, resetting, silent, throwaway_tls


class Ear:
    """Hears what a stream tells."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.kinds: list[EventKind] = []
        self.bytes = {Direction.SENT: b"", Direction.RECEIVED: b""}
        self.peer = ""
        self.tls: TlsFacts | None = None

    def log(self, kind: EventKind, text: str, **facts: str) -> None:
        self.kinds.append(kind)

    def enter(self, state: State) -> None:
        self.states.append(state)

    def reached(self, link: Link) -> None:
        self.peer = link.peer

    def secured(self, facts: TlsFacts) -> None:
        self.tls = facts

    def chunk(self, direction: Direction, data: bytes) -> None:
        self.bytes[direction] += data


Open = Callable[..., Awaitable[tuple[Stream, Ear]]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Return a way to open a stream to a peer; it is dropped after the test."""
    streams: list[Stream] = []

    async def connect(peer: Peer, options: HttpOptions | None = None) -> tuple[Stream, Ear]:
        stream, ear = await open_to(peer, options)
        streams.append(stream)
        return stream, ear

    yield connect
    for stream in streams:
        stream.abort()
    await asyncio.sleep(0)  # the loop closes what was aborted


async def open_to(peer: Peer, options: HttpOptions | None) -> tuple[Stream, Ear]:
    ear = Ear()
    stream = Stream(ear, options or HttpOptions())
    scheme = "https" if peer.address.startswith("tls") else "http"
    await stream.open(parse(f"{scheme}://127.0.0.1:{peer.port}/"))
    return stream, ear


async def test_bytes_are_recorded_both_ways(opened: Open) -> None:
    with Peer(echo) as peer:
        stream, ear = await opened(peer)
        await stream.write(b"hello")
        assert await stream.read(3) == b"hel"
        assert stream.left_over == 2
        assert await stream.read(10) == b"lo"
        stream.close()
    assert ear.bytes == {Direction.SENT: b"hello", Direction.RECEIVED: b"hello"}
    assert ear.peer == f"127.0.0.1:{peer.port}"
    assert ear.states == [State.RESOLVING, State.CONNECTING]


async def test_the_peers_end_reads_as_empty(opened: Open) -> None:
    with Peer(lambda _, connection: connection.sendall(b"bye")) as peer:
        stream, ear = await opened(peer)
        assert await stream.read(10) == b"bye"
        assert await stream.read(10) == b""
        assert EventKind.PEER_END in ear.kinds
        stream.close()


async def test_what_came_before_a_reset_is_read_first(opened: Open) -> None:
    with Peer(resetting(b"before")) as peer:
        stream, _ = await opened(peer)
        await stream.write(b"x")
        assert await stream.read(10) == b"before"
        with pytest.raises(PeerClosedError):
            await stream.read(10)


async def test_silence_is_a_time_out(opened: Open) -> None:
    with Peer(silent) as peer:
        stream, _ = await opened(peer, HttpOptions(idle_timeout=0.05))
        with pytest.raises(DeadlineError, match="No byte came"):
            await stream.read(1)
        stream.abort()


async def test_a_peer_that_takes_nothing_is_a_time_out(opened: Open) -> None:
    with Peer(silent) as peer:
        stream, _ = await opened(peer, HttpOptions(idle_timeout=0.05))
        with pytest.raises(DeadlineError, match="took no byte"):
            await stream.write(bytes(64 << 20))
        stream.abort()


async def test_writing_to_a_peer_that_is_gone(opened: Open) -> None:
    with Peer(resetting(b"")) as peer:
        stream, _ = await opened(peer)
        await stream.write(b"x")
        with pytest.raises(GoneError):
            await write_on(stream)


async def write_on(stream: Stream) -> None:
    while True:
        await stream.write(bytes(1 << 20))
        await asyncio.sleep(0)


async def test_a_peer_that_sends_for_ever_is_held_up(opened: Open) -> None:
    with Peer(endless) as peer:
        stream, ear = await opened(peer)
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        assert len(ear.bytes[Direction.RECEIVED]) < 16 << 20
        stream.abort()


async def test_tls_is_put_on_it_and_its_plain_bytes_are_recorded(opened: Open) -> None:
    with throwaway_tls() as (context, ca_file), Peer(echo, tls=context) as peer:
        stream, ear = await opened(peer, HttpOptions(ca_file=ca_file))
        await stream.secure("localhost")
        await stream.write(b"secret")
        assert await stream.read(10) == b"secret"
        assert ear.bytes[Direction.SENT] == b"secret"
        assert ear.tls is not None
        assert ear.tls.verified is True
        assert ear.states[-2:] == [State.TLS, State.OPEN]
        stream.close()


async def test_a_certificate_that_is_refused_is_shown_all_the_same(opened: Open) -> None:
    with throwaway_tls() as (context, _), Peer(echo, tls=context) as peer:
        stream, ear = await opened(peer)
        with pytest.raises(TlsError):
            await stream.secure("localhost")
        assert ear.tls is not None
        assert ear.tls.certificate is not None
        stream.close()


async def test_an_end_without_closing_tls_is_remembered(opened: Open) -> None:
    def cut(_: Peer, connection: socket.socket) -> None:
        connection.sendall(b"half")
        connection.shutdown(socket.SHUT_RDWR)

    with throwaway_tls() as (context, ca_file), Peer(cut, tls=context) as peer:
        stream, ear = await opened(peer, HttpOptions(ca_file=ca_file))
        await stream.secure("localhost")
        assert await stream.read(10) == b"half"
        assert await stream.read(10) == b""
        assert stream.ragged
        assert EventKind.NOTE in ear.kinds
        stream.close()


async def test_a_closed_port_is_told(closed_port: int) -> None:
    stream = Stream(Ear(), HttpOptions())
    with pytest.raises(ConnectError, match="refused"):
        await stream.open(parse(f"http://127.0.0.1:{closed_port}/"))
    stream.close()
