"""Real proxies on loopback, as behaviours of a `Peer`, and sessions that go through them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable

import pytest

from sonde_core.errors import ConnectError, SondeError
from sonde_core.model import State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest

from .patience import PATIENCE
from .peers import Behaviour, Peer

SECRET = "hunter2"  # no session may tell it
# Asked for: host, port. Told: the connection to it, or the reply that refuses it.
Asked = Callable[[str, int], None]


def url(peer: Peer, scheme: str = "socks5", who: str = "") -> str:
    """Return the address of a proxy, with credentials and their @ before the host."""
    return f"{scheme}://{who}127.0.0.1:{peer.port}"


def through(proxy: str, address: str, **options: object) -> Session:
    """Make a session that goes through a proxy."""
    chosen = SessionOptions(proxy=proxy, **options)  # type: ignore[arg-type]  # named by the tests
    return Session(SessionRequest(address, chosen))


def told(session: Session) -> list[str]:
    """Return all that a session tells of itself."""
    events = session.exchange().events()
    texts = [f"{event.text} {dict(event.facts)}" for event in events]
    return [*texts, str(session.problem), session.exchange().proxy]


async def refused(session: Session) -> SondeError:
    """Open a session and return why that failed; it is not to tell the secret."""
    with pytest.raises(SondeError) as caught:
        await session.open()
    assert session.state is State.FAILED
    assert not any(SECRET in text for text in told(session))
    return caught.value


async def cancelled(session: Session) -> None:
    """Begin to open a session, and cancel it while the proxy is asked."""
    opening = asyncio.ensure_future(session.open())
    async with asyncio.timeout(PATIENCE):
        while session.state is not State.PROXY:
            await session.changed(session.version)
    session.cancel()
    with pytest.raises(ConnectError, match="cancelled"):
        await opening


def socks5(
    *,
    login: tuple[str, str] | None = None,
    reply: int = 0,
    asked: Asked | None = None,
    names: dict[str, str] | None = None,
    byte_by_byte: bool = False,
    early: bytes = b"",
) -> Behaviour:
    """Serve SOCKS5 (RFC 1928).

    Args:
        login: User and password to want (RFC 1929).
        reply: What to answer to the request; 0 connects.
        asked: Told of each request.
        names: Addresses of names that only this proxy knows.
        byte_by_byte: Answer in pieces of one byte.
        early: Sent in one segment with the answer, in the target's name.
    """

    def behave(peer: Peer, connection: socket.socket) -> None:
        def say(data: bytes) -> None:
            for piece in [data[i : i + 1] for i in range(len(data))] if byte_by_byte else [data]:
                connection.sendall(piece)
                peer.stop.wait(0.002 if byte_by_byte else 0)

        if not let_in(connection, say, login):
            return
        _, host, port = read_request(connection)
        if asked:
            asked(host, port)
        if reply:
            say(bytes((5, reply, 0, 1)) + bytes(6))
            return
        with socket.create_connection(((names or {}).get(host, host), port), PATIENCE) as far:
            say(b"\5\0\0\3\4name\0\1" + early)
            relay(peer, connection, far)

    return behave


def let_in(
    connection: socket.socket, say: Callable[[bytes], None], login: tuple[str, str] | None
) -> bool:
    """Settle the login (RFC 1928, section 3; RFC 1929)."""
    _, count = read(connection, 2)
    methods = read(connection, count)
    if login is None:
        say(b"\5\0")
        return True
    if 2 not in methods:
        say(b"\5\xff")
        return False
    say(b"\5\2")
    user = read(connection, read(connection, 2)[1]).decode()
    password = read(connection, read(connection, 1)[0]).decode()
    say(b"\1\0" if (user, password) == login else b"\1\1")
    return (user, password) == login


def read_request(connection: socket.socket) -> tuple[int, str, int]:
    """Read command, host and port of a request (RFC 1928, section 4)."""
    _, command, _, kind = read(connection, 4)
    if kind == 3:
        host = read(connection, read(connection, 1)[0]).decode()
    elif kind == 1:
        host = socket.inet_ntop(socket.AF_INET, read(connection, 4))
    else:
        host = socket.inet_ntop(socket.AF_INET6, read(connection, 16))
    return command, host, int.from_bytes(read(connection, 2), "big")


def http_connect(
    *,
    head: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n",
    requests: list[bytes] | None = None,
    early: bytes = b"",
) -> Behaviour:
    """Answer CONNECT with a head; one of 2xx connects."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += read(connection, 1)
        if requests is not None:
            requests.append(request)
        host, _, port = request.split()[1].decode().rpartition(":")
        if b" 2" not in head.partition(b"\r\n")[0]:
            connection.sendall(head)
            return
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as far:
            connection.sendall(head + early)
            relay(peer, connection, far)

    return behave


def saying(data: bytes) -> Behaviour:
    """Say one thing, whatever is asked, and end."""

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(data)

    return behave


def chattering(begin: bytes, data: bytes) -> Behaviour:
    """Begin an answer and repeat a part of it for ever."""

    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(begin)
        while not peer.stop.is_set():
            connection.sendall(data)
            peer.heard += data

    return behave


def read(connection: socket.socket, size: int) -> bytes:
    """Read exactly so much."""
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionAbortedError
        data += piece
    return data


def relay(peer: Peer, one: socket.socket, other: socket.socket) -> None:
    """Pass bytes and ends both ways."""
    back = threading.Thread(target=_pass, args=(other, one), daemon=True)
    back.start()
    _pass(one, other, peer.heard)
    back.join(PATIENCE)


def _pass(source: socket.socket, target: socket.socket, heard: bytearray | None = None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            if heard is not None:
                heard += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
