from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import ssl
import struct
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate

from sonde_core.errors import PeerClosedError, RequestError, SondeError, WebSocketError
from sonde_core.expecting import Ended, Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, Event, EventKind, Outcome, Problem, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind
from sonde_core.transport import web_socket
from sonde_core.transport.base import LinkOwner
from sonde_core.transport.listener import Listener
from sonde_core.transport.web_socket_handshake import Settled
from sonde_core.transport.web_socket_messages import LARGEST, MOST_FRAGMENTS
from tests.holding import lets_go_on
from tests.peers import Peer, end_tls, silent, throwaway_tls
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

DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate"
PLAIN = SessionOptions(compression=False)


def session_to(
    peer: Peer, options: SessionOptions = PLAIN, limits: Limits | None = None
) -> Session:
    request = SessionRequest(f"ws://127.0.0.1:{peer.port}/", options)
    return Session(request, limits=limits)


def said(session: Session, direction: Direction = Direction.RECEIVED) -> list[tuple[str, bytes]]:
    return [
        (moment.kind.value, moment.data)
        for moment in session.recorder
        if isinstance(moment, Chunk) and moment.direction is direction
    ]


def event(session: Session, kind: EventKind) -> Event:
    return next(each for each in session.exchange().events() if each.kind is kind)


def facts(session: Session, kind: EventKind) -> dict[str, str]:
    return dict(event(session, kind).facts)


@pytest.fixture(params=["deflate", None])
def echo_address(request: pytest.FixtureRequest) -> Iterator[str]:
    with echo_server(request.param) as address:
        yield address


async def test_messages_of_each_kind_go_both_ways(echo_address: str) -> None:
    session = Session(SessionRequest(echo_address))
    await session.open()
    await session.send("grüße".encode())
    await session.send(b"\xff\xfe")
    await session.send(b"text", MessageKind.BINARY)
    await session.send(b"")
    await session.send(b"x" * 300_000)
    await session.send(b"are you there", MessageKind.PING)
    assert await session.expect(5, seconds=10) == Match(b"", 5)
    while not any(kind == "pong" for kind, _ in said(session)):
        await session.changed(session.version)
    await session.close()
    messages = [
        ("text", "grüße".encode()),
        ("binary", b"\xff\xfe"),
        ("binary", b"text"),
        ("text", b""),
        ("text", b"x" * 300_000),
    ]
    assert [each for each in said(session) if each[0] != "pong"] == messages
    assert said(session, Direction.SENT) == [*messages, ("ping", b"are you there")]
    assert float(facts(session, EventKind.NOTE)["ms"]) > 0
    assert session.exchange().outcome is Outcome.DONE
    assert facts(session, EventKind.PEER_END)["code"] == "1000"
    assert (session.recorder.sends, session.recorder.reads) == (5, 5)


async def test_fragments_are_joined_and_pings_between_are_answered() -> None:
    frames = (frame(0x01, b"one "), frame(PING, b"p"), frame(0x00, b"two "), frame(0x80, b"three"))
    with Peer(saying(*frames, frame(BINARY, b"next"), close(1000))) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.peer_ended(), 10)
        await session.close()
    assert said(session) == [("ping", b"p"), ("text", b"one two three"), ("binary", b"next")]
    assert said(session, Direction.SENT) == [("pong", b"p")]
    assert unmasked(bytes(peer.heard)) == [(PONG, b"p"), (CLOSE, struct.pack("!H", 1000))]


async def test_the_peers_close_is_answered_and_told() -> None:
    with Peer(saying(frame(TEXT, b"bye"), close(4321, b"had enough"))) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.peer_ended(), 10)
        with pytest.raises(PeerClosedError):
            await session.send(b"more")
        await session.close()
    told = event(session, EventKind.PEER_END)
    assert told.text == "the peer closed with 4321: had enough"
    assert told.facts == {"code": "4321", "reason": "had enough"}
    assert unmasked(bytes(peer.heard)) == [(CLOSE, struct.pack("!H", 4321) + b"had enough")]


ILL = {
    1011: ("1011 (internal error)", WebSocketError.hint),
    1009: ("1009 (too large)", "Send smaller messages."),
    4321: ("4321", WebSocketError.hint),
}


@pytest.mark.parametrize("code", ILL)
async def test_a_peer_that_closes_with_an_error_makes_the_session_fail(code: int) -> None:
    named, hint = ILL[code]
    with Peer(saying(frame(TEXT, b"bye"), close(code, b"had enough"))) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    exchange = session.exchange()
    assert (exchange.outcome, session.state) == (Outcome.FAILED, State.FAILED)
    text = f"The peer closed with {named}: 'had enough'."
    assert exchange.problem == Problem("receive", "protocol", text, hint)
    assert not session.broke
    assert said(session) == [("text", b"bye")]
    with pytest.raises(PeerClosedError, match=re.escape(named)):
        await session.send(b"more")


@pytest.mark.parametrize("last", [close(1000), close(1001, b"leaving"), frame(CLOSE)])
async def test_a_peer_that_closes_without_an_error_is_done(last: bytes) -> None:
    with Peer(saying(last)) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert (session.outcome, session.problem) == (Outcome.DONE, None)


async def test_a_close_of_ours_that_is_answered_with_an_error_is_done() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        peer.heard += connection.recv(100)
        connection.sendall(close(1011))

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        await session.send_end()
        await asyncio.wait_for(session.finished(), 10)
    assert facts(session, EventKind.PEER_END)["code"] == "1011"
    assert (session.outcome, session.problem) == (Outcome.DONE, None)


async def test_a_client_that_closes_with_an_error_fails_in_its_listener() -> None:
    listener = Listener(ListenRequest("ws://127.0.0.1:0", echo=True))
    await listener.start()
    session = Session(SessionRequest(f"ws://127.0.0.1:{listener.bound.port}/", PLAIN))
    await session.open()
    await session.send(b"a")
    assert await session.expect(1, seconds=10) == Match(b"", 1)
    await session.send_end(4000, "enough")
    await asyncio.wait_for(session.finished(), 10)
    (record,) = listener.sessions
    await asyncio.wait_for(record.finished(), 10)
    await listener.close(1.0)
    assert session.outcome is Outcome.DONE
    assert record.outcome is Outcome.FAILED
    assert record.problem is not None
    assert record.problem.text == "The peer closed with 4000: 'enough'."


@pytest.mark.parametrize(
    ("number", "what"), [(1, "it was answered"), (20, "its last 20 messages were answered")]
)
async def test_messages_that_a_close_keeps_from_being_answered_are_counted(
    number: int, what: str
) -> None:
    listener = Listener(ListenRequest("ws://127.0.0.1:0", echo=True))
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
    lines = (
        *(b"GET / HTTP/1.1", b"Host: here", b"Upgrade: websocket", b"Connection: Upgrade"),
        *(b"Sec-WebSocket-Key: " + KEY, b"Sec-WebSocket-Version: 13", b"", b""),
    )
    writer.write(b"\r\n".join(lines))
    await reader.readuntil(b"\r\n\r\n")
    mask = b"mask"
    end = frame(CLOSE, struct.pack("!H", 1000), mask=mask)
    writer.write(frame(TEXT, b"a", mask=mask) * number + end)  # in one read
    assert await asyncio.wait_for(reader.read(), 10) == close(1000)
    writer.close()
    (record,) = listener.sessions
    await asyncio.wait_for(record.finished(), 10)
    await listener.close(1.0)
    assert event(record, EventKind.NOTE).text == f"the client closed before {what}"


async def test_a_close_of_ours_says_why_and_hears_what_still_comes() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        peer.heard += connection.recv(100)
        connection.sendall(frame(TEXT, b"late") + close(1000))

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        await session.send_end(4000, "enough")
        assert session.state is State.LOCAL_END
        with pytest.raises(SondeError, match="Our end was sent"):
            await session.send(b"more")
        await asyncio.wait_for(session.finished(), 10)
    assert unmasked(bytes(peer.heard)) == [(CLOSE, struct.pack("!H", 4000) + b"enough")]
    assert said(session) == [("text", b"late")]
    assert facts(session, EventKind.HALF_CLOSED) == {"code": "4000", "reason": "enough"}
    assert session.exchange().outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("code", "reason"), [(1006, ""), (7, ""), (1005, "why"), (1000, "x" * 124)]
)
async def test_what_no_close_frame_may_carry_is_not_sent(code: int, reason: str) -> None:
    with Peer(saying()) as peer:
        session = session_to(peer)
        await session.open()
        with pytest.raises(RequestError):
            await session.send_end(code, reason)
        assert session.state is State.OPEN
        with pytest.raises(RequestError, match="too large"):
            await session.send(b"x" * 126, MessageKind.PING)
        session.abort()


BAD = {
    "text that is no UTF-8": (frame(TEXT, b"\xc3\x28"), 1007, "no UTF-8"),
    "a masked frame of a server": (frame(TEXT, b"a", mask=b"abcd"), 1002, "that is masked"),
    "a reserved bit": (frame(0xC1, b"a"), 1002, "reserved bits"),
    "an unknown opcode": (frame(0x83, b"a"), 1002, "opcode"),
    "a long ping": (frame(PING, b"a" * 126), 1002, "control frame too long"),
    "a ping in fragments": (frame(0x09, b"a"), 1002, "fragmented control"),
    "a continuation of nothing": (frame(0x80, b"a"), 1002, "unexpected continuation"),
    "a message within a message": (frame(0x01, b"a") + frame(TEXT, b"b"), 1002, "continuation"),
    "a code that is none": (close(999), 1002, "code that is none"),
    "a reason that is no UTF-8": (close(1000, b"\xff"), 1007, "no UTF-8"),
    "a huge frame": (b"\x82\x7f" + struct.pack("!Q", 1 << 40), 1009, "larger than 64 MiB"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_peer_that_breaks_the_rules_is_told_so_and_so_are_we(name: str) -> None:
    data, code, words = BAD[name]
    with Peer(saying(frame(BINARY, b"before"), data)) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
        assert session.exchange().outcome is Outcome.FAILED
        assert session.problem is not None
        assert session.problem.kind == "protocol"
        assert words in session.problem.text
        assert facts(session, EventKind.HALF_CLOSED)["code"] == str(code)
        assert said(session)[0] == ("binary", b"before")
    assert unmasked(bytes(peer.heard))[-1][1][:2] == struct.pack("!H", code)


async def test_text_that_is_no_utf8_is_recorded_all_the_same() -> None:
    with Peer(saying(frame(TEXT, b"\xff"))) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert said(session) == [("text", b"\xff")]


async def test_an_end_without_a_close_frame_is_a_failure() -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + frame(TEXT, b"a") + b"\x81\x05he")

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert said(session) == [("text", b"a"), ("part", b"he")]
    assert facts(session, EventKind.PEER_END) == {"code": "1006"}
    assert session.problem is not None
    assert "1006" in session.problem.text


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


LONG = bytes(range(256)) * 40
UNFINISHED = {
    "fragments": (frame(0x01, b"SECOND") + frame(0x00, b"PART"), b"SECONDPART", "10 bytes of it"),
    "a frame": (b"\x82\x64abcd", b"abcd", "binary message .* its last frame has 4 of 100 bytes"),
    "a large frame": (b"\x81\x7f" + struct.pack("!Q", 1 << 20) + LONG, LONG, "of 1,048,576 bytes"),
    "both": (frame(0x01, b"one ") + b"\x80\x7e\xff\xfftwo", b"one two", "text message .* 7 bytes"),
    "compressed": (frame(0x41, packed(LONG))[:-1], LONG, "text message"),
    "no deflate": (frame(0xC1, b"\xff" * 9)[:-1], b"", "cannot be decompressed"),
    "a ping": (b"\x89\x05he", b"he", "a ping was not finished: it has 2 of 5 bytes"),
    "a head": (b"\x81\x7f\x00", b"", "a frame was not finished: it has 3 bytes of its head"),
}


@pytest.mark.parametrize("name", UNFINISHED)
async def test_what_came_of_a_message_that_is_not_finished_is_recorded(name: str) -> None:
    data, part, words = UNFINISHED[name]

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection), DEFLATE) + frame(TEXT, b"whole") + data)

    with Peer(behave) as peer:
        session = session_to(peer, SessionOptions())
        reading = session.incoming()
        await session.open()
        heard = [bytes(each) async for each in reading]
        await asyncio.wait_for(session.finished(), 10)
    assert heard == [b"whole"]
    (whole, *parts), recorder = said(session), session.recorder
    assert whole == ("text", b"whole")
    came = b"".join(data for _, data in parts)
    assert part.startswith(came)
    assert len(part) - len(came) < 200  # deflate holds some back
    assert all(kind == "part" for kind, _ in parts)
    assert (recorder.reads, recorder.received) == (1, 5 + len(came))
    assert re.search(words, event(session, EventKind.NOTE).text)


UNMASKED = b"\x81\x64abcd"


@pytest.mark.parametrize("way", ["close", "abort", "cancel", "idle", "reset"])
async def test_it_is_recorded_however_the_session_ends(way: str) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + UNMASKED)
        if way == "reset":
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        peer.stop.wait(10)

    with Peer(behave) as peer:
        options = SessionOptions(idle_timeout=0.2 if way == "idle" else None, compression=False)
        session = session_to(peer, options)
        await session.open()
        assert await lets_go_on(lambda: session.heard_at > 0)
        if way == "close":
            await session.close(0.05)
        elif way == "reset":
            await session.send(b"now")
        elif way != "idle":
            getattr(session, way)()
        await asyncio.wait_for(session.finished(), 10)
    assert said(session) == [("part", b"abcd")]
    assert session.recorder.reads == 0
    assert any("4 of 100 bytes" in each.text for each in session.exchange().events())


async def test_half_of_a_message_is_no_answer() -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + frame(0x01, b"secret"))

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        assert isinstance(await session.expect(b"secret", seconds=10), Ended)
        assert isinstance(await session.expect(1, seconds=10), Ended)
        await asyncio.wait_for(session.finished(), 10)
    assert said(session) == [("part", b"secret")]


async def test_fragments_are_recorded_when_a_close_frame_cuts_them_off() -> None:
    with Peer(saying(frame(0x01, b"half"), close(1000))) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert said(session) == [("part", b"half")]
    assert session.outcome is Outcome.DONE


LATE = b"\x82\x7f" + struct.pack("!Q", 1 << 40)
RAW = {
    "reserved bits": (frame(0xC1, b"ab"), frame(0xC1, b"ab"), "its head: 4 bytes"),
    "with a mask": (frame(TEXT, b"ab", mask=b"mask"), frame(TEXT, b"ab", mask=b"mask"), "8 bytes"),
    "a long control frame": (frame(PING, b"p" * 126), frame(PING, b"p" * 126), "130 bytes"),
    "a close frame": (close(999, b"why it is"), close(999, b"why it is"), "13 bytes"),
    "what follows is not of it": (frame(0x83, b"a") + frame(TEXT, b"b"), frame(0x83, b"a"), "3 by"),
    "not all of it": (b"\x83\x09abc", b"\x83\x09abc", "5 of 11 bytes"),
    "a huge one": (LATE + b"abc", LATE + b"abc", "13 of 1,099,511,627,786 bytes"),
    "long": (frame(0xF2, LONG), frame(0xF2, LONG)[:4096], "4,096 of 10,244 bytes"),
    "in fragments": (frame(0x01, b"half") + frame(0x02, b"b"), frame(0x02, b"b"), "3 bytes"),
}


@pytest.mark.parametrize("name", RAW)
async def test_the_frame_that_breaks_the_rules_is_recorded_as_it_came(name: str) -> None:
    data, raw, words = RAW[name]
    with Peer(saying(frame(TEXT, b"whole"), data)) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert said(session)[0] == ("text", b"whole")
    assert said(session)[-1] == ("part", raw)
    notes = [each.text for each in session.exchange().events() if each.kind is EventKind.NOTE]
    assert notes[-1].startswith("the frame that broke the rules")
    assert words in notes[-1]


LATE = frame(TEXT, b"more") + frame(BINARY, b"and more")


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("late", [LATE, frame(BINARY, bytes(9000))])
async def test_what_comes_after_the_close_frame_is_told_and_kept_in_part(
    late: bytes, at_once: bool
) -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        end = frame(TEXT, b"whole") + close(1000) + (late if at_once else b"")
        connection.sendall(accept(read_head(connection)) + end)
        connection.recv(100)  # our close frame
        if not at_once:
            connection.sendall(late)

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert session.outcome is Outcome.DONE
    assert said(session) == [("text", b"whole"), ("part", late[:4096])]
    size = "4,096 of 9,004 bytes" if len(late) > 4096 else f"{len(late)} bytes"
    notes = [each.text for each in session.exchange().events() if each.kind is EventKind.NOTE]
    assert notes[-1] == f"what came after the close frame, as it came, with its heads: {size}"


async def test_what_a_client_says_after_its_close_frame_is_told_though_it_is_cancelled() -> None:
    listener = Listener(ListenRequest("ws://127.0.0.1:0"))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound), SessionOptions(compression=False)))
    await session.open()
    record = listener.sessions[0]
    link = session._link
    assert isinstance(link, web_socket.WebSocketLink)
    link._send(frame(CLOSE, mask=b"mask") + frame(TEXT, b"late", mask=b"mask"))
    while not record.has_peer_end:
        await record.changed(record.version)
    record.cancel()
    await asyncio.wait_for(record.finished(), 10)
    assert said(record) == [("part", frame(TEXT, b"late", mask=b"mask"))]
    await session.close()
    await listener.close()


@pytest.mark.parametrize("way", ["close", "abort", "cancel", "send"])
async def test_broken_rules_are_what_came_of_it_whatever_is_done_then(way: str) -> None:
    """The peer neither answers our close frame nor ends."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)) + frame(TEXT, b"a", mask=b"abcd"))
        peer.stop.wait(10)

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        while session.state is State.OPEN:
            await session.changed(session.version)
        assert not session.state.over
        if way == "send":
            with pytest.raises(PeerClosedError, match="broke the rules"):
                await session.send(b"more")
            session.fail(SondeError("It could not be sent."))
        elif way == "close":
            await session.close(0.05)
        else:
            getattr(session, way)()
        await asyncio.wait_for(session.finished(), 10)
    assert session.outcome is Outcome.FAILED
    assert session.problem is not None
    assert session.problem.kind == "protocol"
    assert "a frame that is masked" in session.problem.text


async def test_rules_broken_after_our_close_frame_fail_too() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        connection.recv(100)
        connection.sendall(frame(0xC1, b"a"))
        peer.stop.wait(10)

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        await session.close(5)
    assert session.outcome is Outcome.FAILED
    assert session.problem is not None
    assert "reserved bits" in session.problem.text


async def test_what_a_client_did_wrong_is_told_though_an_echo_failed_first() -> None:
    listener = Listener(ListenRequest("ws://:0", echo=True))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    await session.send(b"\xff", MessageKind.TEXT)
    await asyncio.wait_for(session.finished(), 10)
    served = listener.sessions[0]
    await asyncio.wait_for(served.finished(), 10)
    assert served.outcome is Outcome.FAILED
    assert served.problem is not None
    assert "text that is no UTF-8" in served.problem.text
    await listener.close()


async def test_messages_before_the_end_of_tls_are_all_read() -> None:
    """TLS tells of the end at once, also to who has not read all before it."""
    number = 20_000
    with throwaway_tls() as (context, file):

        def behave(_peer: Peer, connection: socket.socket) -> None:
            connection.sendall(accept(read_head(connection)) + frame(TEXT) * number + close(1000))
            assert isinstance(connection, ssl.SSLSocket)
            end_tls(connection)

        with Peer(behave, tls=context) as peer:
            options = SessionOptions(compression=False, ca_file=file)
            session = Session(SessionRequest(f"wss://127.0.0.1:{peer.port}/", options))
            await session.open()
            await session.peer_ended()
            await asyncio.wait_for(session.finished(), 20)
    assert session.recorder.reads == number
    assert facts(session, EventKind.PEER_END)["code"] == "1000"
    assert session.outcome is Outcome.DONE


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(0xC2, data[:-4])


async def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    data = bomb(LARGEST * 4)
    assert len(data) < 1 << 19
    with Peer(saying(data, headers=(DEFLATE,))) as peer:
        session = session_to(peer, SessionOptions())
        tracemalloc.start()
        await session.open()
        await asyncio.wait_for(session.finished(), 30)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert session.problem is not None
    assert "larger than 64 MiB" in session.problem.text
    assert peak < LARGEST * 2.5


async def test_many_small_bombs_wait_for_a_reader() -> None:
    number = 40
    with Peer(saying(*[bomb(1 << 20)] * number, headers=(DEFLATE,))) as peer:
        limits = Limits(queue=1 << 20)
        session = session_to(peer, SessionOptions(), limits)
        await session.open()
        await lets_go_on(lambda: session.recorder.received >= limits.queue)
        for _ in range(100):
            await asyncio.sleep(0)
        seen = session.recorder.reads
        assert seen < number // 2
        assert await session.expect(number, seconds=20) == Match(b"", number)
        session.abort()


@pytest.mark.parametrize("packed", [False, True])
async def test_a_flood_of_empty_messages_lets_others_go_on(packed: bool) -> None:
    number = 100_000
    headers = (DEFLATE,) if packed else ()
    with Peer(saying(frame(TEXT) * number + close(1000), headers=headers)) as peer:
        session = session_to(peer, SessionOptions(compression=packed))
        await session.open()
        hearing = asyncio.ensure_future(session.expect(number, seconds=50))
        assert await lets_go_on(hearing.done)
        assert await hearing == Match(b"", number)
        await session.close()


async def test_a_step_of_a_flood_takes_few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, "_TURN", 1e-5)  # a step in each turn
    number = 20_000
    with Peer(saying(frame(TEXT) * number + close(1000))) as peer:
        session = session_to(peer)
        reading = session.incoming()
        await session.open()
        hearing = asyncio.ensure_future(anext(reading))
        seen = most = 0
        while seen < number:
            await asyncio.sleep(0)
            if hearing.done():
                hearing = asyncio.ensure_future(anext(reading, b""))
            most, seen = max(most, session.recorder.reads - seen), session.recorder.reads
        hearing.cancel()
        await asyncio.wait({hearing})
        await session.close()
    assert most <= 2 * 512


async def test_a_peer_that_takes_nothing_makes_who_sends_wait() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        peer.stop.wait(20)

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        data = bytes(1 << 20)

        async def send() -> None:
            while True:
                await session.send(data)

        sending = asyncio.ensure_future(send())
        assert await lets_go_on(lambda: session.queued > 1 << 18)
        seen = -1
        while seen != session.recorder.sent:
            seen = session.recorder.sent
            await asyncio.wait({sending}, timeout=0.3)
        assert session.queued
        sending.cancel()
        await asyncio.wait({sending})
        await session.close(grace=0.1)
        assert session.state.over


async def test_a_peer_that_is_gone_with_its_answer_is_told() -> None:
    with Peer(answering(accept)) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 10)
    assert facts(session, EventKind.PEER_END) == {"code": "1006"}
    assert session.exchange().outcome is Outcome.FAILED


async def test_text_of_ours_that_is_no_utf8_is_sent_when_it_is_asked_for() -> None:
    with Peer(saying()) as peer:
        session = session_to(peer)
        await session.open()
        await session.send(b"\xff", MessageKind.TEXT)
        await session.send_end()
        session.abort()
        assert said(session, Direction.SENT) == [("text", b"\xff")]


async def test_a_flood_of_fragments_ends() -> None:
    flood = frame(0x01, b"a") + frame(0x00) * (MOST_FRAGMENTS + 1)
    with Peer(saying(flood)) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 30)
    assert session.problem is not None
    assert "fragments" in session.problem.text
    assert facts(session, EventKind.HALF_CLOSED)["code"] == "1009"


async def test_a_message_of_many_frames_is_limited_as_a_whole() -> None:
    piece = bytes(1 << 20)
    number = LARGEST // len(piece)
    flood = [frame(0x02, piece), *[frame(0x00, piece)] * number]
    with Peer(saying(*flood)) as peer:
        session = session_to(peer)
        await session.open()
        await asyncio.wait_for(session.finished(), 30)
    assert facts(session, EventKind.HALF_CLOSED)["code"] == "1009"


async def test_pings_of_a_peer_that_reads_no_answers_are_not_read_for_ever() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        connection.settimeout(0.5)
        while not peer.stop.is_set():
            try:
                connection.sendall(frame(PING, b"p" * 125) * 500)
            except TimeoutError:
                peer.stuck.set()
                peer.stop.wait(10)

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        watching = asyncio.ensure_future(session.expect(b"never", seconds=30))
        assert await asyncio.to_thread(peer.stuck.wait, 20)
        assert session.queued < 4 << 20
        session.abort()
        await watching


async def test_closing_does_not_wait_for_what_is_not_read() -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        connection.settimeout(0.3)
        heard = b""
        while b"\x88" not in heard:
            try:
                connection.sendall(frame(BINARY, bytes(60_000)))
            except TimeoutError:
                peer.stuck.set()
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                heard += connection.recv(100)
            connection.settimeout(0.3)
        connection.settimeout(10)
        connection.sendall(close(1000))

    with Peer(behave) as peer:
        session = session_to(peer)
        await session.open()
        assert await asyncio.to_thread(peer.stuck.wait, 20)
        before = asyncio.get_running_loop().time()
        await session.close()
        assert asyncio.get_running_loop().time() - before < 8
    assert session.exchange().outcome is Outcome.DONE


async def test_a_kind_belongs_to_websocket() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        with pytest.raises(RequestError, match="Only WebSocket"):
            await session.send(b"a", MessageKind.PING)
        session.abort()


PIECES = st.one_of(
    st.binary(max_size=30),
    st.tuples(
        st.sampled_from([TEXT, BINARY, PING, PONG, CLOSE, 0x01, 0x00, 0x80, 0xC1, 0x83]),
        st.binary(max_size=140),
        st.sampled_from([b"", b"mask"]),
    ).map(lambda parts: frame(parts[0], parts[1], mask=parts[2])),
)


class Wire:
    """A link without a socket: keeps what is written."""

    is_message = False
    can_half_close = True
    local = peer = "there"
    queued = unsent = 0

    def __init__(self) -> None:
        self.owner: LinkOwner = Owner()
        self.written = b""
        self.ended = False

    def write(self, data: bytes) -> None:
        assert not self.ended
        self.written += data

    async def drain(self) -> None: ...
    def write_end(self) -> None:
        self.ended = True

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class Owner:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def on_data(self, data: bytes) -> None:
        raise AssertionError("bytes without a kind")

    def on_message(self, data: bytes, kind: MessageKind) -> None:
        assert isinstance(data, bytes)
        self.heard.append((data, kind))

    def on_answer(self, data: bytes) -> None:
        self.heard.append((data, "answer"))

    def on_wire(self) -> None: ...
    def on_part(self, data: bytes, text: str, *, carried: bool = False) -> None:
        self.heard.append((data, text))

    def on_fault(self, error: SondeError) -> None:
        self.heard.append(error.message)

    def on_end(self, text: str = "", **facts: str) -> None:
        self.heard.append(("end", facts["code"]))

    def on_own_end(self, text: str, **facts: str) -> None:
        self.heard.append(("own end", facts["code"]))

    def on_lost(self, error: BaseException | None) -> None:
        self.heard.append("lost")

    def on_advice(self, error: OSError) -> None: ...


@given(
    st.lists(PIECES, max_size=8).map(b"".join),
    st.integers(1, 50),
    st.booleans(),
    st.booleans(),
)
async def test_any_bytes_are_read_alike_however_they_are_cut(
    data: bytes, size: int, server_side: bool, packed: bool
) -> None:
    heard = []
    for cut in (size, len(data) or 1):
        extensions = [PerMessageDeflate(False, False, 15, 15)] if packed else []
        wire, owner = Wire(), Owner()
        link = web_socket.WebSocketLink(
            wire,
            owner,
            lambda *_, **__: None,
            server_side=server_side,
            settled=Settled(extensions=tuple(extensions)),
        )
        link.begin()
        for at in range(0, len(data), cut):
            link.on_data(data[at : at + cut])
        link.on_end()
        link.on_lost(None)
        assert owner.heard[-1] == "lost"
        heard.append(owner.heard)
    assert list(map(_alike, heard[0])) == list(map(_alike, heard[1]))


def _alike(heard: object) -> object:
    """Leave out how much of a frame that breaks the rules was there by then."""
    is_broken = isinstance(heard, tuple) and str(heard[1]).startswith("the frame that broke")
    return "broken" if is_broken else heard


async def test_a_listener_echoes_each_kind_and_chooses_a_subprotocol() -> None:
    request = ListenRequest("ws://:0", greeting=b"hi", echo=True, subprotocols=("b", "a"))
    listener = Listener(request)
    await listener.start()
    session = Session(
        SessionRequest(f"{listener.bound}/x", SessionOptions(subprotocols=("a", "c")))
    )
    await session.open()
    await session.send(b"valid text", MessageKind.BINARY)
    await session.send(b"words")
    assert await session.expect(3, seconds=10) == Match(b"", 3)
    await session.close()
    assert said(session) == [("text", b"hi"), ("binary", b"valid text"), ("text", b"words")]
    assert facts(session, EventKind.RESPONSE)["subprotocol"] == "a"
    served = listener.sessions[0]
    await asyncio.wait_for(served.finished(), 10)
    assert facts(served, EventKind.REQUEST)["target"] == "/x"
    assert served.exchange().outcome is Outcome.DONE
    await listener.close()


async def test_many_sessions_leave_nothing_behind() -> None:
    listener = Listener(ListenRequest("ws://:0", echo=True))
    await listener.start()
    usual, files = len(asyncio.all_tasks()), len(os.listdir("/dev/fd"))

    async def talk() -> None:
        session = Session(SessionRequest(str(listener.bound)))
        await session.open()
        await session.send(b"a")
        assert await session.expect(b"a", seconds=20)
        await session.close()
        assert session.exchange().outcome is Outcome.DONE

    for _ in range(3):
        await asyncio.gather(*(talk() for _ in range(20)))
    for session in listener.sessions:
        await asyncio.wait_for(session.finished(), 10)
    assert await lets_go_on(lambda: len(asyncio.all_tasks()) <= usual)
    assert await lets_go_on(lambda: len(os.listdir("/dev/fd")) <= files + 2)
    await listener.close(0.1)


async def test_a_session_knows_before_it_is_open_what_it_speaks() -> None:
    session = Session(SessionRequest("wss://h/"))
    assert session.is_web_socket
    with pytest.raises(SondeError, match="not open yet"):
        await session.send(b"", MessageKind.PING)
