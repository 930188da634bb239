"""What is answered to frames, after the cases of the Autobahn test suite, for both roles.

Compression is tried against a peer whose deflate is zlib's.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import zlib

import pytest

from sonde_core.errors import PeerClosedError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, Outcome
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.listener import Listener
from tests.peers import Peer
from tests.web_socket_cases import BYE, CASES, CODE, FRAMES, KINDS, LAST, LONG, Case, fine
from tests.web_sockets import (
    BINARY,
    CLOSE,
    KEY,
    PING,
    PONG,
    TEXT,
    accept,
    frame,
    read_head,
)

MASK = b"\x11\x22\x33\x44"


def perform(case: Case, connection: socket.socket, mask: bytes, cut: int) -> FRAMES:
    """Be the peer behind its handshake, up to the end; returns what came back."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = b"".join(frame(first, said, mask=mask) for first, said in case.sends)
    back = bytearray()
    with contextlib.suppress(OSError):  # it has heard enough
        for at in range(0, len(data), cut):
            connection.sendall(data[at : at + cut])
    if not case.closes:
        while len(frames(back)) < len(case.gets) and (piece := connection.recv(1 << 16)):
            back += piece
        connection.sendall(frame(*BYE, mask=mask))
    with contextlib.suppress(OSError):
        while CLOSE not in [first for first, _ in frames(back)]:
            piece = connection.recv(1 << 16)
            if not piece:
                break
            back += piece
    return frames(back)


def frames(data: bytes | bytearray) -> FRAMES:
    """Read the whole frames of either side."""
    found, at = [], 0
    while len(data) - at >= 2:
        size, start = data[at + 1] & 127, at + 2
        if size > 125:
            more = 2 if size == 126 else 8
            size, start = int.from_bytes(data[start : start + more]), start + more
        mask = data[start : start + 4] if data[at + 1] & 128 else b""
        start += len(mask)
        if len(data) < start + size:
            break
        said = bytes(data[start : start + size])
        if mask:
            said = bytes(byte ^ mask[i % 4] for i, byte in enumerate(said))
        found.append((data[at], said))
        at = start + size
    return found


def handshake(client: socket.socket, *more: bytes) -> bytes:
    """Open WebSocket, with more header lines; returns the answer."""
    lines = (
        *(b"GET / HTTP/1.1", b"Host: a", b"Upgrade: websocket", b"Connection: Upgrade"),
        *(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY, *more, b"", b""),
    )
    client.sendall(b"\r\n".join(lines))
    return read_head(client)


async def to_our_listener(case: Case, cut: int) -> tuple[Session, FRAMES]:
    """Be a client of a listener that echoes."""
    listener = Listener(ListenRequest("ws://:0", echo=True, compression=False))
    await listener.start()

    def talk() -> FRAMES:
        with socket.create_connection(("127.0.0.1", listener.bound.port), timeout=10) as client:
            handshake(client)
            return perform(case, client, MASK, cut)

    back = await asyncio.to_thread(talk)
    (session,) = listener.sessions
    await asyncio.wait_for(session.finished(), 10)
    await listener.close()
    return session, back


async def from_a_server(case: Case, cut: int) -> tuple[Session, FRAMES]:
    """Be the server of a session that echoes."""
    back: FRAMES = []

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(accept(read_head(connection)))
        back.extend(perform(case, connection, b"", cut))

    with Peer(behave) as peer:
        options = SessionOptions(compression=False)
        session = Session(SessionRequest(f"ws://127.0.0.1:{peer.port}/", options))
        incoming = session.incoming()
        await session.open()
        with contextlib.suppress(PeerClosedError):
            async for data in incoming:
                await session.send(data)
        await asyncio.wait_for(session.finished(), 10)
    return session, back


ROLES = {"listener": to_our_listener, "client": from_a_server}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", CASES)
async def test_a_case_of_autobahn(name: str, role: str) -> None:
    await check(CASES[name], role, 1 << 20)


SMALL = [name for name, case in CASES.items() if sum(len(data) for _, data in case.sends) < 99]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", SMALL)
async def test_a_case_of_autobahn_byte_by_byte(name: str, role: str) -> None:
    await check(CASES[name], role, 1)


async def test_a_large_message_in_odd_pieces_is_whole() -> None:
    await check(fine((TEXT, b"*" * 65_536)), "listener", 997)  # 1.1.8


async def check(case: Case, role: str, cut: int) -> None:
    session, back = await ROLES[role](case, cut)
    *before, last = back
    closing = b"" if case.code == 1005 else CODE.pack(case.code)
    assert (last[0], last[1][:2]) == (CLOSE, closing)
    if not case.closes:
        assert before == case.gets
    else:
        assert all(each in case.gets for each in before)
    heard = [(chunk.kind.value, chunk.data) for chunk in received(session)]
    for first, data in case.gets:
        if first in (TEXT, BINARY):
            assert (KINDS[first], data) in heard
    if case.words:
        assert session.outcome is Outcome.FAILED
        assert session.problem is not None
        assert case.words in session.problem.text
    elif case.code in (1000, 1001, 1005):
        assert session.outcome is Outcome.DONE
    else:  # the peer began, with the code of an error
        assert session.outcome is Outcome.FAILED
        assert session.problem is not None
        assert session.problem.text.startswith(f"The peer closed with {case.code}")


def received(session: Session) -> list[Chunk]:
    return [each for each in session.exchange().chunks() if each.direction is Direction.RECEIVED]


# Chapters 12 and 13: permessage-deflate, whose parameters are those of RFC 7692, section 7.1.
TAIL = b"\x00\x00\xff\xff"
OFFERS = {
    b"permessage-deflate": b"permessage-deflate",
    b"permessage-deflate; server_no_context_takeover": b"server_no_context_takeover",
    b"permessage-deflate; client_no_context_takeover": b"permessage-deflate",
    b"permessage-deflate; server_max_window_bits=9": b"server_max_window_bits=9",
    b"permessage-deflate; client_max_window_bits=9": b"permessage-deflate",
    b"permessage-deflate; client_max_window_bits": b"permessage-deflate",
    b"permessage-deflate; server_max_window_bits=16, permessage-deflate": b"permessage-deflate",
    b"permessage-deflate; server_max_window_bits=9; server_no_context_takeover": (
        b"server_no_context_takeover"
    ),
    b"x-unknown; a=b, permessage-deflate": b"permessage-deflate",
}


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-9)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def with_deflate(offer: bytes, sends: bytes, *, echoes: int) -> tuple[bytes, FRAMES, Session]:
    """Be a client that compresses; returns the answer, and frames up to the close frame."""
    listener = Listener(ListenRequest("ws://:0", echo=True))
    await listener.start()

    def talk() -> tuple[bytes, FRAMES]:
        with socket.create_connection(("127.0.0.1", listener.bound.port), timeout=10) as client:
            answer = handshake(client, b"Sec-WebSocket-Extensions: " + offer)
            client.sendall(sends)
            back = b""
            while len(frames(back)) < echoes and (piece := client.recv(1 << 16)):
                back += piece
            return answer, frames(back)

    answer, back = await asyncio.to_thread(talk)
    (session,) = listener.sessions
    await asyncio.wait_for(session.finished(), 10)
    await listener.close()
    return answer, back, session


@pytest.mark.parametrize("offer", OFFERS)
async def test_compressed_messages_are_read_and_answered_as_agreed(offer: bytes) -> None:
    messages = [b"", b"a", b"Hello Hello Hello", LONG, LONG[:300], b"Hello Hello Hello"]
    sends = b"".join(frame(0xC1, packed(each) or TAIL[:1], mask=MASK) for each in messages)
    answer, back, _ = await with_deflate(offer, sends, echoes=len(messages))
    agreed = answer.partition(b"Sec-WebSocket-Extensions: ")[2].partition(b"\r\n")[0]
    assert OFFERS[offer] in agreed
    bits = 9 if b"server_max_window_bits=9" in agreed else 15
    unpacker, said = zlib.decompressobj(-bits), []
    for first, data in back:
        if b"server_no_context_takeover" in agreed:
            unpacker = zlib.decompressobj(-bits)
        assert first in (0xC1, TEXT)
        said.append(unpacker.decompress(data + TAIL) if first == 0xC1 else data)
    assert said == messages


HALVES = packed(LONG)[:50], packed(LONG)[50:]
BROKEN = {
    "a continuation that says it is compressed": (
        frame(0x41, HALVES[0], mask=MASK) + frame(0xC0, HALVES[1], mask=MASK),
        "continuation frame",
    ),
    "a compressed ping": (frame(0xC9, packed(b"p"), mask=MASK), "reserved bits"),
    "no deflate": (frame(0xC1, b"\xff\xff\xff", mask=MASK), "cannot be decompressed"),
    "text that is none once it is decompressed": (frame(0xC1, packed(b"\xff"), mask=MASK), "UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_compression_that_breaks_the_rules_is_told(name: str) -> None:
    sends, words = BROKEN[name]
    _, back, session = await with_deflate(b"permessage-deflate", sends, echoes=1)
    assert back[-1][0] == CLOSE
    assert session.problem is not None
    assert words in session.problem.text


async def test_a_compressed_message_may_come_in_fragments_with_plain_ones_between() -> None:
    sends = (
        *(frame(0x41, HALVES[0], mask=MASK), frame(PING, b"p", mask=MASK)),
        *(frame(LAST, HALVES[1], mask=MASK), frame(TEXT, b"plain", mask=MASK)),
    )
    _, back, session = await with_deflate(b"permessage-deflate", b"".join(sends), echoes=3)
    assert [chunk.data for chunk in received(session)] == [b"p", LONG, b"plain"]
    assert back[0] == (PONG, b"p")
