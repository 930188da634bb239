"""WebSocket passed on as messages, between peers that others wrote and bytes made by hand."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sonde_core.errors import SondeError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, EventKind, Outcome
from sonde_core.serving.faults import Faults
from sonde_core.serving.forward import Forward
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import MessageKind
from sonde_core.transport.listener import Listener
from tests.peers import Peer, throwaway_tls
from tests.watching import until
from tests.web_sockets import (
    BINARY,
    CLOSE,
    KEY,
    PING,
    PONG,
    TEXT,
    accept,
    answering,
    close,
    echo_server,
    frame,
    read_head,
    saying,
    unmasked,
)

PLAIN = SessionOptions(compression=False)


@asynccontextmanager
async def passing(
    plan: Forward, address: str = "ws://127.0.0.1:0", **more: object
) -> AsyncIterator[Listener]:
    listener = Listener(ListenRequest(address, forward=plan, **more))  # type: ignore[arg-type]
    await listener.start()
    try:
        yield listener
    finally:
        await listener.close(1.0)


async def through(plan: Forward, path: str = "/", **options: object) -> tuple[Session, Session]:
    """Say nothing and hear a far side to its end; returns the client's session and the record."""
    async with passing(plan) as listener:
        session = client(listener, path, **options)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
        record = listener.sessions[0]
        await asyncio.wait_for(record.finished(), 10)
        return session, record


def client(listener: Listener, path: str = "/", **options: object) -> Session:
    chosen = SessionOptions(**{"compression": False, **options})  # type: ignore[arg-type]
    return Session(SessionRequest(f"ws://127.0.0.1:{listener.bound.port}{path}", chosen))


def far(peer: Peer, **faults: Faults) -> Forward:
    return Forward(f"ws://127.0.0.1:{peer.port}", PLAIN, **faults)


def said(session: Session, direction: Direction) -> list[tuple[str, bytes]]:
    chunks = (moment for moment in session.recorder if isinstance(moment, Chunk))
    return [(each.kind.value, each.data) for each in chunks if each.direction is direction]


def ending(session: Session) -> dict[str, str]:
    kinds = (EventKind.PEER_END, EventKind.HALF_CLOSED)
    found = [each for each in session.exchange().events() if each.kind in kinds]
    return dict(found[0].facts)


def notes(session: Session) -> str:
    events = session.exchange().events()
    return "\n".join(each.text for each in events if each.kind is EventKind.NOTE)


async def test_messages_of_each_kind_pass_both_ways_and_are_recorded() -> None:
    with echo_server() as address:
        async with passing(Forward(address)) as listener:
            session = client(listener, compression=True)
            await session.open()
            messages = [
                ("text", "grüße".encode()),
                ("binary", b"valid text"),
                ("binary", b"\xff"),
                ("text", b""),
                ("text", b"x" * 300_000),
            ]
            for kind, data in messages:
                await session.send(data, MessageKind(kind))
            assert await session.expect(5, seconds=10) == Match(b"", 5)
            await session.close()
            record = listener.sessions[0]
            await asyncio.wait_for(record.finished(), 10)
    assert said(session, Direction.RECEIVED) == messages
    assert said(record, Direction.RECEIVED) == said(record, Direction.SENT) == messages
    assert record.outcome is Outcome.DONE
    assert f"forwarding to {address}" in notes(record)


async def test_path_headers_and_subprotocol_are_those_that_the_two_ends_settle() -> None:
    heads = []

    def behave(peer: Peer, connection: socket.socket) -> None:
        heads.append(read_head(connection))
        lines = (b"Sec-WebSocket-Protocol: v1", b"Set-Cookie: a=b")
        connection.sendall(accept(heads[0], *lines) + close(1000))
        peer.heard += connection.recv(100)

    with Peer(behave) as peer:
        session, record = await through(
            far(peer), "/chat?a=b", subprotocols=("v2", "v1"), headers=(("Cookie", "c=d"),)
        )
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /chat?a=b HTTP/1.1"
    assert f"Host: 127.0.0.1:{peer.port}" in lines
    assert "Cookie: c=d" in lines
    assert "Sec-WebSocket-Protocol: v2, v1" in lines
    assert len([line for line in lines if line.startswith("Sec-WebSocket-Key")]) == 1
    response = next(each for each in session.exchange().events() if each.kind is EventKind.RESPONSE)
    assert response.facts["subprotocol"] == "v1"
    assert "Set-Cookie: a=b" in response.facts["headers"].split("\n")
    requests = [each for each in record.exchange().events() if each.kind is EventKind.REQUEST]
    assert len(requests) == 1
    assert "far side: GET /chat?a=b HTTP/1.1" in notes(record)


async def test_a_path_of_the_far_side_is_taken_in_place_of_the_clients() -> None:
    heads = []

    def behave(_peer: Peer, connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(accept(heads[0]) + close(1000))
        connection.recv(100)

    with Peer(behave) as peer:
        await through(Forward(f"ws://127.0.0.1:{peer.port}/there", PLAIN), "/here")
    assert heads[0].startswith(b"GET /there HTTP/1.1\r\n")


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (4321, "had enough"), (1005, "")])
async def test_the_far_sides_close_reaches_the_client(code: int, reason: str) -> None:
    data = frame(CLOSE) if code == 1005 else close(code, reason.encode())
    with Peer(saying(frame(TEXT, b"bye"), data)) as peer:
        session, record = await through(far(peer))
    assert said(session, Direction.RECEIVED) == [("text", b"bye")]
    facts = {"code": str(code)} | ({"reason": reason} if reason else {})
    assert ending(session) == facts
    assert ending(record) == facts
    ill = code == 4321  # for the client; in the record it is we who closed
    assert session.outcome is (Outcome.FAILED if ill else Outcome.DONE)
    assert record.outcome is Outcome.DONE


@pytest.mark.parametrize("code", [1000, 4000, 1005])
async def test_the_clients_close_reaches_the_far_side(code: int) -> None:
    with Peer(saying()) as peer:
        async with passing(far(peer)) as listener:
            session = client(listener)
            await session.open()
            await session.send(b"all of it")
            reason = "" if code == 1005 else "why"
            await session.send_end(code, reason)
            record = listener.sessions[0]
            await asyncio.wait_for(record.finished(), 10)
            carried = b"" if code == 1005 else struct.pack("!H", code) + b"why"
            wanted = [(TEXT, b"all of it"), (CLOSE, carried)]
            assert await asyncio.to_thread(
                hears, peer, lambda: unmasked(bytes(peer.heard)) == wanted
            )
        assert record.outcome is (Outcome.FAILED if code == 4000 else Outcome.DONE)
        assert "reset" not in notes(record)


def hears(peer: Peer, is_there: Callable[[], bool]) -> bool:
    for _ in range(500):
        if is_there():
            return True
        peer.stop.wait(0.01)
    return False


async def test_pings_are_passed_on_and_nobody_gets_a_pong_twice() -> None:
    """Each side answers at once; what passes besides is the ping, and a pong of its own accord."""
    with Peer(saying(frame(PING, b"of there"), frame(PONG, b"of itself"))) as peer:
        async with passing(far(peer)) as listener:
            session = client(listener)
            await session.open()
            await session.send(b"of here", MessageKind.PING)
            await until(session, lambda: len(said(session, Direction.RECEIVED)) >= 3)
            wanted = [(PONG, b"of there"), (PING, b"of here")]

            def heard() -> bool:
                return sorted(unmasked(bytes(peer.heard))) == sorted(wanted)

            assert await asyncio.to_thread(hears, peer, heard)
            await session.close()
            record = listener.sessions[0]
            await asyncio.wait_for(record.finished(), 10)
    came = [("ping", b"of there"), ("pong", b"of here"), ("pong", b"of itself")]
    assert sorted(said(session, Direction.RECEIVED)) == came
    assert ("ping", b"of here") in said(record, Direction.RECEIVED)
    assert ("ping", b"of there") in said(record, Direction.SENT)


async def test_a_client_whose_far_side_refuses_is_refused(closed_port: int) -> None:
    with Peer(answering(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")) as peer:
        for plan, words in (
            (far(peer), "refused WebSocket: 403 No"),
            (Forward(f"ws://127.0.0.1:{closed_port}"), "Could not reach"),
        ):
            async with passing(plan) as listener:
                session = client(listener)
                with pytest.raises(SondeError, match="502 Bad Gateway"):
                    await session.open()
                record = listener.sessions[0]
                await asyncio.wait_for(record.finished(), 10)
            assert record.problem is not None
            assert words in record.problem.text


async def test_a_far_side_that_is_gone_without_a_word_is_so_for_the_client() -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + frame(BINARY, b"a"))

    with Peer(behave) as peer:
        session, record = await through(far(peer))
    assert session.outcome is Outcome.FAILED
    assert said(session, Direction.RECEIVED) == [("binary", b"a")]
    assert record.problem is not None
    assert "1006" in record.problem.text


async def test_a_far_side_that_breaks_the_rules_is_told_in_the_record() -> None:
    with Peer(saying(frame(TEXT, b"a"), frame(0xF3, b"b"))) as peer:
        _, record = await through(far(peer))
    assert record.problem is not None
    assert "broke the rules" in record.problem.text
    assert "far side: the frame that broke the rules" in notes(record)


@pytest.mark.parametrize(
    ("last", "kept", "words"),
    [
        (frame(0x01, b"half a") + frame(0x00, b" text"), b"half a text", "11 bytes of it came"),
        (frame(BINARY, b"cut off")[:-4], b"cut", "its last frame has 3 of 7 bytes"),
        (frame(0xF3, b"odd"), frame(0xF3, b"odd"), "the frame that broke the rules"),
        (close(1000) + frame(TEXT, b"b"), frame(TEXT, b"b"), "what came after the close frame"),
    ],
)
async def test_what_the_far_side_said_and_is_no_message_is_kept(
    last: bytes, kept: bytes, words: str
) -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        with_end = getattr(socket, "MSG_MORE", 0)
        connection.sendall(accept(read_head(connection)) + frame(TEXT, b"a") + last, with_end)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 16):
            pass

    with Peer(behave) as peer:
        session, record = await through(far(peer))
    assert said(record, Direction.RECEIVED) == []
    assert record.recorder.received == 0
    assert sorted(said(record, Direction.SENT)) == [("part", kept), ("text", b"a")]
    assert said(session, Direction.RECEIVED) == [("text", b"a")]
    told = next(each for each in notes(record).split("\n") if words in each)
    assert told.startswith("far side: ")
    assert told.endswith("; not passed on")


async def test_a_client_that_is_gone_lets_the_far_side_go() -> None:
    with Peer(saying()) as peer:
        async with passing(far(peer)) as listener:
            session = client(listener)
            await session.open()
            session.abort()
            record = listener.sessions[0]
            await asyncio.wait_for(record.finished(), 10)
            await asyncio.wait_for(listener.attended(record), 10)
        assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("last", [b"", frame(0x01, b"half", mask=b"mask"), frame(0xF1, b"x")])
async def test_a_client_that_ends_without_a_close_frame_ends_so_for_the_far_side(
    last: bytes,
) -> None:
    with Peer(saying()) as peer:
        async with passing(far(peer)) as listener:
            raw = await asyncio.to_thread(opened, listener.bound.port)
            with raw:
                await asyncio.to_thread(raw.sendall, frame(TEXT, b"a", mask=b"mask") + last)
            while not listener.sessions:
                await listener.changed(-1)
            record = listener.sessions[0]
            await asyncio.wait_for(record.finished(), 10)
            await asyncio.wait_for(listener.attended(record), 10)
        assert record.outcome is Outcome.FAILED
        assert CLOSE not in [first for first, _ in unmasked(bytes(peer.heard))]


def opened(port: int) -> socket.socket:
    """Open WebSocket as a client that goes on by hand."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    lines = (
        *(b"GET / HTTP/1.1", b"Host: a", b"Upgrade: websocket", b"Connection: Upgrade"),
        *(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY, b"", b""),
    )
    raw.sendall(b"\r\n".join(lines))
    read_head(raw)
    return raw


async def test_a_far_side_that_floods_waits_for_a_client_that_does_not_read() -> None:
    message = frame(BINARY, bytes(60_000))
    sent, stopped = list[int](), threading.Event()

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        connection.settimeout(1.0)
        with contextlib.suppress(TimeoutError):
            for _ in range(2000):
                connection.sendall(message)
                sent.append(len(message))
        stopped.set()

    with Peer(behave) as peer:
        async with passing(far(peer)) as listener:
            raw = await asyncio.to_thread(opened, listener.bound.port)
            with raw:
                assert await asyncio.to_thread(stopped.wait, 30)
    assert sum(sent) < 40 << 20


async def test_many_clients_pass_and_leave_nothing_behind() -> None:
    with echo_server() as address:
        async with passing(Forward(address)) as listener:

            async def talk() -> None:
                session = client(listener)
                await session.open()
                await session.send(b"to and fro")
                assert await session.expect(1, seconds=20) == Match(b"", 1)
                await session.close()

            await asyncio.gather(*(talk() for _ in range(40)))
            for record in listener.sessions:
                await asyncio.wait_for(record.finished(), 10)
                await asyncio.wait_for(listener.attended(record), 10)
            assert {record.outcome for record in listener.sessions} == {Outcome.DONE}
        assert len(asyncio.all_tasks()) == 1


async def test_it_goes_from_wss_to_wss() -> None:
    with throwaway_tls() as (context, ca_file), Peer(saying(close(1000)), tls=context) as peer:
        plan = Forward(
            f"wss://127.0.0.1:{peer.port}/", SessionOptions(ca_file=ca_file, compression=False)
        )
        async with passing(plan, "wss://127.0.0.1:0") as listener:
            options = SessionOptions(ca_file=listener.certificate)
            address = f"wss://127.0.0.1:{listener.bound.port}/"
            session = Session(SessionRequest(address, options))
            await session.open()
            await asyncio.wait_for(session.finished(), 10)
    assert session.outcome is Outcome.DONE


async def test_faults_leave_messages_whole() -> None:
    with Peer(saying(frame(TEXT, b"12345"), frame(TEXT, b"67890"), close(1000))) as peer:
        session, _ = await through(far(peer, back=Faults(delay=0.05, rate=1000)))
        assert said(session, Direction.RECEIVED) == [("text", b"12345"), ("text", b"67890")]
        session, record = await through(far(peer, back=Faults(cut=7)))
        assert said(session, Direction.RECEIVED) == [("text", b"12345")]
        assert "cut here, as asked for" in notes(record)


def watching(seen: list[str], over: threading.Event) -> Callable[[Peer, socket.socket], None]:
    """Speak WebSocket, read to the end, and tell whether that is an end or a reset."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        try:
            while data := connection.recv(1 << 16):
                peer.heard += data
            seen.append("end")
        except ConnectionResetError:
            seen.append("reset")
        over.set()

    return behave


async def test_a_connection_that_a_client_cuts_is_no_close_for_the_far_side() -> None:
    seen, over = list[str](), threading.Event()
    with Peer(watching(seen, over)) as peer:
        async with passing(far(peer)) as listener:
            raw = await asyncio.to_thread(opened, listener.bound.port)
            await asyncio.to_thread(raw.sendall, frame(TEXT, b"part", mask=b"mask"))
            assert await asyncio.to_thread(hears, peer, lambda: TEXT in firsts(peer))
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.close()
            record = listener.sessions[0]
            await asyncio.wait_for(listener.attended(record), 10)
            assert await asyncio.to_thread(over.wait, 10)
    assert seen == ["reset"]
    assert CLOSE not in firsts(peer)
    assert record.outcome is Outcome.FAILED
    assert "far side: reset: the client is gone before its end" in notes(record)


def firsts(peer: Peer) -> list[int]:
    return [first for first, _ in unmasked(bytes(peer.heard))]


async def test_a_connection_that_the_far_side_cuts_is_no_close_for_the_client() -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + frame(TEXT, b"part"))
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def talk(port: int) -> bytes:
        heard = b""
        with opened(port) as raw, contextlib.suppress(ConnectionResetError):
            raw.sendall(frame(TEXT, b"go", mask=b"mask"))
            while piece := raw.recv(1 << 16):
                heard += piece
            return heard + b" and an end"
        return heard

    with Peer(behave) as peer:
        async with passing(far(peer)) as listener:
            heard = await asyncio.to_thread(talk, listener.bound.port)
            record = listener.sessions[0]
            await asyncio.wait_for(record.finished(), 10)
    assert not heard.endswith(b"end")
    assert CLOSE not in [first for first, _ in unmasked(heard)]
    assert record.outcome is Outcome.FAILED
    assert record.problem is not None
    assert "reset" in record.problem.text
