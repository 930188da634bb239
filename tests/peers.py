"""Real peers on loopback: each is a thread with blocking sockets, so it shares nothing with us."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from sonde_core.certificates import throwaway
from sonde_core.tls_contexts import server_context

from .patience import PATIENCE

Behaviour: TypeAlias = Callable[["Peer", socket.socket], None]


class Peer:
    """A server that behaves in one way towards every client.

    Attributes:
        port: On 127.0.0.1; 0 for a Unix socket.
        heard: All that clients sent, in order of arrival.
        stop: Set when the test is over.
        stuck: Set when a client did not read for a while.
        clients: How many came.
    """

    def __init__(
        self, behave: Behaviour, *, tls: ssl.SSLContext | None = None, path: str = ""
    ) -> None:
        self.heard = bytearray()
        self.stop = threading.Event()
        self.stuck = threading.Event()
        self.clients = 0
        self._behave = behave
        self._tls = tls
        self._path = path
        if path:
            self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._server.bind(path)
        else:
            self._server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._server.bind(("127.0.0.1", 0))
        self._server.listen(512)
        self.port: int = 0 if path else self._server.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []

    @property
    def address(self) -> str:
        """Where it listens, as an endpoint."""
        if self._path:
            return f"unix:{self._path}"
        return f"{'tls' if self._tls else 'tcp'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Peer:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def hears(self, wanted: bytes) -> bool:
        """Wait until as much came as is wanted, and tell whether it is that; call in a thread."""
        for _ in range(500):
            if len(self.heard) >= len(wanted):
                break
            self.stop.wait(0.01)
        return bytes(self.heard) == wanted

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stop.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.clients += 1
            connection.settimeout(PATIENCE)
            self._connections.append(connection)
            if self.stop.is_set():  # it came while the others were let go
                connection.close()
                return
            self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            self._behave(self, connection)


def echo(peer: Peer, connection: socket.socket) -> None:
    """Send back what comes, to its end."""
    while data := connection.recv(1 << 16):
        peer.heard += data
        connection.sendall(data)


def greeter(greeting: bytes) -> Behaviour:
    """Greet and close at once, like the tutorial's server.py."""

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(greeting)

    return behave


def silent(peer: Peer, _connection: socket.socket) -> None:
    """Take the connection, read nothing and say nothing."""
    peer.stop.wait(PATIENCE)


def slow(peer: Peer, connection: socket.socket) -> None:
    """Say `slow` a letter at a time."""
    for letter in (b"s", b"l", b"o", b"w"):
        peer.stop.wait(0.03)
        connection.sendall(letter)


def endless(peer: Peer, connection: socket.socket) -> None:
    """Send for ever; `stuck` tells that nobody reads."""
    connection.settimeout(0.4)
    while not peer.stop.is_set():
        try:
            connection.sendall(b"x" * 65536)
        except TimeoutError:
            peer.stuck.set()
            peer.stop.wait(PATIENCE)


def late(peer: Peer, connection: socket.socket) -> None:
    """Answer only after the client's end, in pieces."""
    while data := connection.recv(1 << 16):
        peer.heard += data
    for _ in range(3):
        connection.sendall(b"late " * 10_000)
    if isinstance(connection, ssl.SSLSocket):
        end_tls(connection)


def ends_first(peer: Peer, connection: socket.socket) -> None:
    """Send `bye`, then our end, and read on."""
    connection.sendall(b"bye")
    if isinstance(connection, ssl.SSLSocket):
        end_tls(connection)
    else:
        connection.shutdown(socket.SHUT_WR)
    while data := connection.recv(1 << 16):
        peer.heard += data


def end_tls(connection: ssl.SSLSocket) -> None:
    """Send close_notify without waiting for the other's: `unwrap` alone would."""
    connection.settimeout(0)
    with contextlib.suppress(ssl.SSLWantReadError):
        connection._sslobj.shutdown()  # type: ignore[attr-defined]
    connection.settimeout(PATIENCE)


def resetting(before: bytes) -> Behaviour:
    """Wait for some bytes, answer, then reset the connection."""

    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(before)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return behave


@contextlib.contextmanager
def throwaway_tls(version: ssl.TLSVersion | None = None) -> Iterator[tuple[ssl.SSLContext, str]]:
    """Yield a server's context, of one TLS version if named, and the file that trusts it."""
    file = throwaway()
    context = server_context(str(file.path))
    if version:
        context.minimum_version = context.maximum_version = version
    yield context, str(file.path)
    file.close()
