from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import SondeError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, Event, EventKind, Outcome, State
from sonde_core.serving import forward
from sonde_core.serving.faults import Faults
from sonde_core.serving.forward import Forward
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport import stream
from sonde_core.transport.listener import Listener
from tests.patience import PATIENCE
from tests.peers import Peer, echo, endless, late, resetting, silent, throwaway_tls
from tests.relays import Relay, udp_echo
from tests.watching import first_client, until

FLOOD = 4000  # datagrams
CLOSED = 7  # what TCP_INFO says of a connection that was reset
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@asynccontextmanager
async def forwarding(plan: Forward, address: str = "tcp://127.0.0.1:0") -> AsyncIterator[Listener]:
    listener = Listener(ListenRequest(address, forward=plan))
    await listener.start()
    try:
        yield listener
    finally:
        await listener.close(1.0)


@asynccontextmanager
async def client(listener: Listener, **options: object) -> AsyncIterator[Session]:
    chosen = SessionOptions(**options)  # type: ignore[arg-type]  # named by the tests
    session = Session(SessionRequest(str(listener.bound), chosen))
    await session.open()
    try:
        yield session
    finally:
        session.abort()


def said(session: Session, direction: Direction) -> bytes:
    chunks = (moment for moment in session.recorder if isinstance(moment, Chunk))
    return b"".join(chunk.data for chunk in chunks if chunk.direction is direction)


async def test_bytes_pass_both_ways_and_are_recorded_as_one_session() -> None:
    with Peer(echo) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            await session.send(b"to and fro")
            assert await session.expect(b"to and fro", seconds=5) == Match(b"to and fro", 10)
            record = await first_client(listener)
            assert said(record, Direction.RECEIVED) == said(record, Direction.SENT) == b"to and fro"
            texts = [event.text for event in record.exchange().events()]
            assert f"forwarding to {peer.address}" in texts
            await session.send_end()
            await asyncio.wait_for(record.finished(), 5)
            assert record.outcome is Outcome.DONE


async def test_an_end_goes_through_and_the_late_answer_comes_back() -> None:
    with Peer(late) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            await session.send(b"the last of it")
            await session.send_end()
            await asyncio.wait_for(session.finished(), 5)
            assert session.outcome is Outcome.DONE
            assert peer.heard == b"the last of it"
            assert session.recorder.received


async def test_tls_ends_on_either_side() -> None:
    with throwaway_tls() as (context, ca_file), Peer(echo, tls=context) as peer:
        plan = Forward(peer.address, SessionOptions(ca_file=ca_file))
        async with forwarding(plan) as plain, client(plain) as session:
            await session.send(b"plain here")
            assert isinstance(await session.expect(b"plain here", seconds=5), Match)
    with Peer(echo) as peer:
        async with (
            forwarding(Forward(peer.address), "tls://127.0.0.1:0") as secure,
            client(secure, ca_file=secure.certificate) as session,
        ):
            await session.send(b"plain there")
            assert isinstance(await session.expect(b"plain there", seconds=5), Match)


async def test_a_unix_socket_is_passed_on_to_tcp(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with (
            forwarding(Forward(peer.address), f"unix:{tmp_path}/s") as listener,
            client(listener) as session,
        ):
            await session.send(b"by file")
            assert isinstance(await session.expect(b"by file", seconds=5), Match)


async def test_datagrams_stay_whole() -> None:
    async with forwarding_udp() as (far, listener), client(listener) as session:
        for data in (b"one", b"", b"three"):
            await session.send(data)
        got = [await asyncio.to_thread(far.recvfrom, 100) for _ in range(3)]
        assert [data for data, _ in got] == [b"one", b"", b"three"]
        far.sendto(b"answer", got[0][1])
        assert isinstance(await session.expect(1, seconds=5), Match)
        assert said(session, Direction.RECEIVED) == b"answer"


@asynccontextmanager
async def forwarding_udp() -> AsyncIterator[tuple[socket.socket, Listener]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(5)
        plan = Forward(f"udp://127.0.0.1:{far.getsockname()[1]}")
        async with forwarding(plan, "udp://127.0.0.1:0") as listener:
            yield far, listener


async def test_the_far_side_of_datagrams_may_be_behind_a_proxy() -> None:
    relay = Relay()
    with udp_echo() as port, Peer(relay) as proxy:
        far = SessionOptions(proxy=f"socks5://127.0.0.1:{proxy.port}")
        plan = Forward(f"udp://127.0.0.1:{port}", far)
        async with forwarding(plan, "udp://127.0.0.1:0") as listener, client(listener) as session:
            for at, data in enumerate((b"one", b"", b"three"), 1):
                await session.send(data)
                assert isinstance(await session.expect(at, seconds=5), Match)
            assert said(session, Direction.RECEIVED) == b"ONETHREE"
            record = await first_client(listener)
    texts = [event.text for event in record.exchange().events()]
    assert f"connected to the relay 127.0.0.1:{relay.port}" in texts


@contextmanager
def deaf(path: Path) -> Iterator[socket.socket]:
    """Bind a datagram socket that reads only what the test asks for."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.bind(str(path))
        yield sock


def flood(sock: socket.socket, target: str) -> None:
    for _ in range(FLOOD):
        sock.sendto(bytes(1000), target)


async def noted(listener: Listener, key: str, least: int) -> None:
    """Wait until so many datagrams were told to be it."""
    record = await first_client(listener)

    def told() -> int:
        return sum(int(event.facts.get(key, 0)) for event in record.exchange().events())

    await until(record, lambda: told() >= least)


async def test_datagrams_that_a_far_side_does_not_take_do_not_pile_up(tmp_path: Path) -> None:
    with deaf(tmp_path / "far") as far, deaf(tmp_path / "client") as client:
        plan = Forward(f"unix-dgram:{far.getsockname()}")
        async with forwarding(plan, f"unix-dgram:{tmp_path / 'near'}") as listener:
            await asyncio.to_thread(flood, client, str(tmp_path / "near"))
            await noted(listener, "unheard", FLOOD - 2000)
            record = await first_client(listener)
            await until(record, lambda: record.recorder.received == FLOOD * 1000)


async def test_datagrams_that_a_client_does_not_take_do_not_pile_up(tmp_path: Path) -> None:
    with deaf(tmp_path / "far") as far, deaf(tmp_path / "client") as client:
        plan = Forward(f"unix-dgram:{far.getsockname()}")
        async with forwarding(plan, f"unix-dgram:{tmp_path / 'near'}") as listener:
            client.sendto(b"hello", str(tmp_path / "near"))
            _, there = await asyncio.to_thread(far.recvfrom, 100)
            await asyncio.to_thread(flood, far, there)
            await noted(listener, "dropped", FLOOD - 2000)


async def test_a_megabyte_arrives_unchanged_each_way() -> None:
    data = hashlib.sha256(b"seed").digest() * (1 << 15)
    with Peer(echo) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            sending = asyncio.create_task(session.send(data))
            assert isinstance(await session.expect(len(data), seconds=20), Match)
            await sending
            assert said(session, Direction.RECEIVED) == data
            assert bytes(peer.heard) == data


async def test_a_far_side_that_refuses_is_told_in_the_record(closed_port: int) -> None:
    plan = Forward(f"tcp://127.0.0.1:{closed_port}")
    async with forwarding(plan) as listener, client(listener) as session:
        record = await first_client(listener)
        await asyncio.wait_for(record.finished(), 5)
        assert record.problem is not None
        assert "Could not reach" in record.problem.text
        await asyncio.wait_for(session.peer_ended(), 5)


@pytest.mark.parametrize("near_scheme", ["tcp", "ws"])
async def test_a_far_side_without_tls_is_noted_and_is_not_what_the_client_said(
    near_scheme: str,
) -> None:
    def plain(peer: Peer, client: socket.socket) -> None:
        client.sendall(b"SSH-2.0-plain\r\n")
        silent(peer, client)

    with Peer(plain) as peer:
        far_scheme = {"tcp": "tls", "ws": "wss"}[near_scheme]
        plan = Forward(f"{far_scheme}://127.0.0.1:{peer.port}")
        async with forwarding(plan, f"{near_scheme}://127.0.0.1:0") as listener:
            host, port = listener.bound.host, listener.bound.port
            reader, writer = await asyncio.open_connection(host, port)
            if near_scheme == "ws":
                writer.write(HANDSHAKE)
            record = await first_client(listener)
            async with asyncio.timeout(5):
                while (data := await reader.read(4096)) and b"\x88" not in data:
                    pass  # to the end, or the close frame that is WebSocket's
                writer.close()
                await record.finished()
    assert record.problem is not None
    assert record.tls is None
    assert record.recorder.received == 0
    assert said(record, Direction.RECEIVED) == b""
    notes = [each.text for each in record.recorder if isinstance(each, Event)]
    assert any("in place of TLS" in text and "SSH-2.0-plain" in text for text in notes)


async def test_a_reset_goes_through_to_the_client() -> None:
    with Peer(resetting(b"before")) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            await session.send(b"hello")
            await asyncio.wait_for(session.finished(), 5)
            assert session.state is State.FAILED
            record = await first_client(listener)
            assert record.problem is not None


async def test_a_client_that_is_reset_lets_the_far_side_go() -> None:
    with Peer(silent) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            await session.send(b"hello")
            record = await first_client(listener)
            assert isinstance(await record.expect(b"hello", seconds=5), Match)
            session.abort()
            await asyncio.wait_for(record.finished(), 5)
        # The listener's tasks are over: `close` would have waited for them otherwise.


async def test_a_client_that_does_not_read_slows_the_far_side() -> None:
    with Peer(endless) as peer:
        async with forwarding(Forward(peer.address)) as listener:
            with socket.create_connection(("127.0.0.1", listener.bound.port)):
                assert await asyncio.to_thread(peer.stuck.wait, 20)
                record = await first_client(listener)
                assert record.recorder.sent < 64 << 20


class Ending:
    """How a peer sees its connection end: `end` or `reset`."""

    def __init__(self) -> None:
        self.seen = ""
        self.heard = b""
        self.first = threading.Event()
        self._told = threading.Event()

    def watch(self, _peer: Peer, connection: socket.socket) -> None:
        try:
            while data := connection.recv(1 << 16):
                self.heard += data
                self.first.set()
            self.seen = "end"
            if isinstance(connection, ssl.SSLSocket):  # it tells no end from a reset
                state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
                self.seen = "reset" if state == CLOSED else "end"
        except ConnectionResetError:
            self.seen = "reset"
        self._told.set()

    async def told(self) -> str:
        assert await asyncio.to_thread(self._told.wait, PATIENCE)
        return self.seen


def cut_off(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize("near", ["tcp", "tls", "unix"])
@pytest.mark.parametrize("scheme", ["tcp", "tls", "unix"])
async def test_a_clients_reset_is_none_of_its_ends_for_the_far_side(
    near: str, scheme: str, tmp_path: Path
) -> None:
    ending = Ending()
    with throwaway_tls() as (context, ca_file):
        far_tls = context if scheme == "tls" else None
        path = str(tmp_path / "far") if scheme == "unix" else ""
        with Peer(ending.watch, tls=far_tls, path=path) as peer:
            options = SessionOptions(ca_file=ca_file, server_name="localhost")
            plan = Forward(peer.address, options if far_tls else SessionOptions())
            address = f"unix:{tmp_path}/near" if near == "unix" else f"{near}://127.0.0.1:0"
            async with forwarding(plan, address) as listener:
                async with client(listener, verify=near != "tls") as session:
                    record = await first_client(listener)
                    await session.send(b"part of a mess")
                    assert await asyncio.to_thread(ending.first.wait, PATIENCE)
                    if near == "unix":  # what is closed with something unread has a reset, too
                        session._link.pause()  # type: ignore[union-attr]
                        await record.send(b"unread")
                    session.abort()
                assert await ending.told() == ("end" if scheme == "unix" else "reset")
                await asyncio.wait_for(listener.attended(record), PATIENCE)
    assert ending.heard == b"part of a mess"
    assert record.outcome is Outcome.FAILED
    notes = [each.text for each in record.exchange().events() if "far side: " in each.text]
    how = "it sees an end, for Unix sockets have no reset" if scheme == "unix" else "reset"
    assert notes == [f"far side: {how}: the client is gone before its end"]


async def test_a_clients_end_is_one_for_the_far_side() -> None:
    ending = Ending()
    with Peer(ending.watch) as peer:
        async with forwarding(Forward(peer.address)) as listener:
            async with client(listener) as session:
                await session.send(b"all of it")
                await session.close()
            assert await ending.told() == "end"
    assert ending.heard == b"all of it"


@pytest.mark.parametrize("scheme", ["tcp", "tls", "unix"])
async def test_a_far_sides_reset_is_one_for_the_client(scheme: str, tmp_path: Path) -> None:
    seen = Ending()

    def unread(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        connection.close()

    def reset(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(1)
        cut_off(connection)

    with throwaway_tls() as (context, ca_file):
        far_tls = context if scheme == "tls" else None
        path = str(tmp_path / "far") if scheme == "unix" else ""
        with Peer(unread if path else reset, tls=far_tls, path=path) as peer:
            options = SessionOptions(ca_file=ca_file, server_name="localhost")
            plan = Forward(peer.address, options if far_tls else SessionOptions())
            async with forwarding(plan) as listener:
                address = ("127.0.0.1", listener.bound.port)
                with await asyncio.to_thread(socket.create_connection, address, PATIENCE) as sock:
                    record = await first_client(listener)
                    await asyncio.to_thread(sock.sendall, b"hello")
                    await asyncio.to_thread(seen.watch, peer, sock)
    assert seen.seen == "reset"
    assert record.outcome is Outcome.FAILED
    assert record.problem is not None
    assert "reset" in record.problem.text


async def test_a_reset_of_a_far_side_that_had_ended_is_one_for_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "GLANCE", 0.02)
    monkeypatch.setattr(forward, "LEAVE", 0.1)
    go = threading.Event()

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"all")
        connection.shutdown(socket.SHUT_WR)
        go.wait(PATIENCE)
        cut_off(connection)

    with Peer(behave) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            record = await first_client(listener)
            await asyncio.wait_for(session.peer_ended(), PATIENCE)
            go.set()
            await asyncio.wait_for(record.finished(), PATIENCE)
            await asyncio.wait_for(session.finished(), PATIENCE)
    assert record.outcome is Outcome.FAILED
    assert said(session, Direction.RECEIVED) == b"all"


async def test_a_far_side_that_does_not_end_is_left_when_the_client_is_gone_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def deaf(peer: Peer, connection: socket.socket) -> None:
        while data := connection.recv(100):
            peer.heard += data
        peer.stop.wait(PATIENCE)

    monkeypatch.setattr(forward, "GRACE", 0.1)
    with Peer(deaf) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            await session.send(b"all of it")
            record = await first_client(listener)
            await session.send_end()
            await record.peer_ended()
            await record.close()
            async with asyncio.timeout(PATIENCE):
                await listener.attended(record)
    assert peer.heard == b"all of it"
    assert record.outcome is Outcome.DONE


async def test_a_stop_of_the_listener_is_no_failure_of_what_passes() -> None:
    with Peer(echo) as peer:
        async with forwarding(Forward(peer.address)) as listener, client(listener) as session:
            record = await first_client(listener)
            stop = asyncio.Event()
            talking = asyncio.create_task(chatter(session, stop))
            await until(record, lambda: record.recorder.sent > 1000)
            await listener.close(PATIENCE)
            stop.set()
            await talking
    assert record.outcome is Outcome.DONE
    assert record.has_peer_end


async def chatter(session: Session, stop: asyncio.Event) -> None:
    """Say more and more, to the peer's end and a little beyond; then end."""
    async for _ in _ticks(session, stop):
        await session.send(b"x" * 100)
    for _ in range(10):
        await session.send(b"and more")
    await session.send_end()


async def _ticks(session: Session, stop: asyncio.Event) -> AsyncIterator[None]:
    while not (session.has_peer_end or stop.is_set()):
        yield
        await asyncio.sleep(0)


async def test_a_cut_resets_both_after_so_many_bytes() -> None:
    with Peer(echo) as peer:
        plan = Forward(peer.address, back=Faults(cut=4))
        async with forwarding(plan) as listener, client(listener) as session:
            await session.send(b"123456789")
            await asyncio.wait_for(session.finished(), 5)
            assert said(session, Direction.RECEIVED) == b"1234"
            record = await first_client(listener)
            texts = [event.text for event in record.exchange().events()]
            assert "cut here, as asked for" in texts


async def test_what_is_on_its_way_is_let_go_in_order() -> None:
    """Of generators that are left to the collector, one may be closed while another closes it."""
    loop, faults = asyncio.get_running_loop(), list[str]()
    loop.set_exception_handler(lambda _, told: faults.append(str(told)))
    with Peer(resetting(b"before")) as peer:
        plan = Forward(peer.address, there=Faults(delay=0.001), back=Faults(delay=5.0))
        async with forwarding(plan) as listener, client(listener) as session:
            with contextlib.suppress(SondeError):  # the reset is under way, so sending meets it
                while not session.state.over:
                    await session.send(b"hello")
                    await asyncio.sleep(0.001)
    gc.collect()
    for _ in range(20):  # turns, in which the loop closes them
        await asyncio.sleep(0)
    gc.collect()
    assert not faults


async def test_a_delay_is_felt_by_the_client() -> None:
    with Peer(echo) as peer:
        plan = Forward(peer.address, there=Faults(delay=0.1), back=Faults(delay=0.1))
        async with forwarding(plan) as listener, client(listener) as session:
            start = session.recorder.elapsed
            await session.send(b"slow")
            assert isinstance(await session.expect(b"slow", seconds=5), Match)
            assert session.recorder.elapsed - start >= 0.2


@pytest.mark.parametrize(
    ("near_address", "far_address"),
    [
        ("tcp://127.0.0.1:1", "http://h/"),
        ("tcp://127.0.0.1:1", "udp://h:1"),
        ("udp://127.0.0.1:1", "tcp://h:1"),
        ("tcp://127.0.0.1:1", "ws://h/"),
        ("ws://127.0.0.1:1", "tcp://h:1"),
    ],
)
def test_what_does_not_go_together_is_refused(near_address: str, far_address: str) -> None:
    with pytest.raises(SondeError) as caught:
        Forward(far_address).endpoint(parse(near_address, listening=True))
    assert caught.value.advice


def test_messages_are_not_sliced() -> None:
    near = parse("ws://127.0.0.1:1", listening=True)
    assert Forward("wss://h/").endpoint(near) == parse("wss://h/")
    with pytest.raises(SondeError, match="stay whole"):
        Forward("ws://h/", back=Faults(slice=1)).endpoint(near)


async def test_a_plan_that_cannot_be_is_told_when_it_is_bound() -> None:
    listener = Listener(ListenRequest("tcp://127.0.0.1:0", forward=Forward("nonsense://x")))
    with pytest.raises(SondeError):
        await listener.start()
    assert listener.state is State.FAILED
    assert [event.kind for event in listener.exchange().events()] == [EventKind.ERROR]
