"""Peers that speak WebSocket byte by byte, so that they can also break its rules."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator

from websockets.sync.server import Server, ServerConnection, serve

from tests.peers import Behaviour, Peer

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A


def frame(first: int, data: bytes = b"", *, mask: bytes = b"") -> bytes:
    """Write a frame; with a mask as a client does."""
    flag = 0x80 if mask else 0
    if len(data) < 126:
        head = struct.pack("!BB", first, flag | len(data))
    elif len(data) < 1 << 16:
        head = struct.pack("!BBH", first, flag | 126, len(data))
    else:
        head = struct.pack("!BBQ", first, flag | 127, len(data))
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)) if mask else data
    return head + mask + masked


def close(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def read_head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            break
        data += piece
    return data


def accept(head: bytes, *more: bytes) -> bytes:
    """Answer a client's handshake, with more header lines."""
    found = re.search(rb"Sec-WebSocket-Key: (\S+)", head)
    assert found
    proof = base64.b64encode(hashlib.sha1(found[1] + GUID, usedforsecurity=False).digest())
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + proof,
        *more,
    ]
    return b"\r\n".join([*lines, b"", b""])


def saying(*frames: bytes, headers: tuple[bytes, ...] = ()) -> Behaviour:
    """Accept, send frames at once with the answer, then read to the client's end."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        head = read_head(connection)
        connection.sendall(accept(head, *headers) + b"".join(frames))
        while data := connection.recv(1 << 16):
            peer.heard += data

    return behave


def answering(answer: bytes | Callable[[bytes], bytes]) -> Behaviour:
    """Answer a handshake with these bytes, and end."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        head = read_head(connection)
        peer.heard += head
        connection.sendall(answer if isinstance(answer, bytes) else answer(head))

    return behave


def unmasked(data: bytes) -> list[tuple[int, bytes]]:
    """Read a client's frames: first byte and data of each."""
    found = []
    while data:
        first, size = data[0], data[1] & 127
        at = 2
        if size == 126:
            size, at = struct.unpack("!H", data[2:4])[0], 4
        elif size == 127:
            size, at = struct.unpack("!Q", data[2:10])[0], 10
        mask = data[at : at + 4]
        body = data[at + 4 : at + 4 + size]
        found.append((first, bytes(byte ^ mask[i % 4] for i, byte in enumerate(body))))
        data = data[at + 4 + size :]
    return found


@contextlib.contextmanager
def echo_server(compression: str | None = "deflate") -> Iterator[str]:
    """Yield the address of an echo that others wrote."""

    def echo(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, compression=compression, max_size=None) as server:
        assert isinstance(server, Server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        server.shutdown()
        thread.join()
