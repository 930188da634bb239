"""A real SOCKS5 relay of datagrams on loopback, and a target that it may reach."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator

from .patience import PATIENCE
from .peers import Peer
from .proxies import let_in, read_request

LOOPBACK = b"\1\x7f\0\0\1"
UNSAID = b"\1\0\0\0\0"


class Relay:
    """Serves UDP ASSOCIATE (RFC 1928, section 7), as a behaviour of a `Peer`.

    Attributes:
        heard: Datagrams of clients as they came, with their headers.
        requests: Command, host and port of each request.
        logins: How many clients logged in or did not have to.
        clients: Where datagrams came from.
        port: Where the last client's datagrams are taken.
        ended: Set when a client's association is over.
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        reply: int = 0,
        says: bytes = LOOPBACK,
        port: int | None = None,
        names: dict[str, str] | None = None,
        source: bytes = b"",
        before: tuple[bytes, ...] = (),
        chatter: bytes = b"",
        ends_after: int = 0,
        resets: bool = False,
        hesitates: float = 0.0,
        deaf: bool = False,
    ) -> None:
        """Choose how to behave.

        Args:
            login: User and password to want (RFC 1929).
            reply: What to answer to the request; 0 relays.
            says: Kind and address that are told of the relay.
            port: The port that is told; None for the true one.
            names: Addresses of names that only this proxy knows.
            source: Kind, address and port in headers of answers; empty for the true ones.
            before: Sent to the client before each answer, as they are.
            chatter: Said on the connection behind the reply.
            ends_after: End after so many answers; 0 never.
            resets: End with a reset.
            hesitates: Seconds to look whether the client ends before anything is passed on.
            deaf: Take no datagrams.
        """
        self.heard: list[bytes] = []
        self.requests: list[tuple[int, str, int]] = []
        self.clients: list[tuple[str, int]] = []
        self.logins = 0
        self.port = 0
        self.ended = threading.Event()
        self._login, self._reply, self._says, self._told_port = login, reply, says, port
        self._names, self._source, self._before = names or {}, source, before
        self._chatter, self._ends_after, self._resets = chatter, ends_after, resets
        self._hesitates, self._deaf = hesitates, deaf

    def __call__(self, peer: Peer, connection: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(self.ended.set)
            near = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            far = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            near.bind(("127.0.0.1", 0))
            near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            if not let_in(connection, connection.sendall, self._login):
                return
            self.logins += 1
            self.requests.append(read_request(connection))
            self.port = near.getsockname()[1]
            told = self.port if self._told_port is None else self._told_port
            if self._deaf:
                near.close()
            head = bytes((5, self._reply, 0)) + self._says
            connection.sendall(head + told.to_bytes(2, "big") + self._chatter)
            if not self._reply:
                self._relay(peer, connection, near, far)
            if self._resets:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()

    def _relay(
        self, peer: Peer, connection: socket.socket, near: socket.socket, far: socket.socket
    ) -> None:
        answers = 0
        waiting = [connection, far] if self._deaf else [connection, near, far]
        while not peer.stop.is_set():
            ready, _, _ = select.select(waiting, [], [], 0.05)
            if connection in ready and not connection.recv(100):
                return
            if near in ready:
                data, client = near.recvfrom(1 << 16)
                if self._hesitates and select.select([connection], [], [], self._hesitates)[0]:
                    return
                self.heard.append(data)
                self.clients.append(client)
                payload, place = self._opened(data)
                far.sendto(payload, place)
            if far in ready:
                data, source = far.recvfrom(1 << 16)
                for each in self._before:
                    near.sendto(each, self.clients[-1])
                near.sendto(bytes(3) + (self._source or packed(source)) + data, self.clients[-1])
                answers += 1
                if answers == self._ends_after:
                    return

    def _opened(self, data: bytes) -> tuple[bytes, tuple[str, int]]:
        assert data[:3] == bytes(3)
        size, start = (4, 4) if data[3] == 1 else (data[4], 5)
        host, end = data[start : start + size], start + size + 2
        name = socket.inet_ntoa(host) if data[3] == 1 else self._names[host.decode()]
        return data[end:], (name, int.from_bytes(data[end - 2 : end], "big"))


def packed(source: tuple[str, int]) -> bytes:
    """Write an IPv4 address and a port as SOCKS5 does."""
    return b"\1" + socket.inet_aton(source[0]) + source[1].to_bytes(2, "big")


@contextlib.contextmanager
def udp_echo() -> Iterator[int]:
    """Answer each datagram with itself, in capitals; yields the port, on 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        stop = threading.Event()

        def answer() -> None:
            while not stop.is_set():
                if select.select([server], [], [], 0.05)[0]:
                    data, source = server.recvfrom(1 << 16)
                    server.sendto(data.upper(), source)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            thread.join(PATIENCE)
