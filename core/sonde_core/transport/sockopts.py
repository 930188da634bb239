"""What a person asks of a socket: where it comes from, and its options, set and read back."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from ..endpoint import join_host, parse
from ..errors import ConnectError, EndpointSyntaxError, RequestError
from ..quoting import quoted
from ..session_request import SessionOptions
from .edge import reason

_LINGER: Final = "ii"
_HINT: Final = "Write an address of this machine, address:port or :port; IPv6 in brackets."


class SourceError(OSError):
    """The socket cannot come from where it was asked to."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a socket comes from.

    Attributes:
        host: An address in numbers; empty for any of this machine.
        port: 0 for any.
    """

    host: str = ""
    port: int = 0

    @property
    def family(self) -> int:
        """The only family that it can reach; 0 for either."""
        if not self.host:
            return 0
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def __str__(self) -> str:
        return join_host(self.host or "any", self.port) if self.port else self.host


def parse_source(text: str) -> Source:
    """Read `address`, `address:port` or `:port`, an IPv6 address with brackets or without.

    Raises:
        RequestError: It is none of them.
    """
    text = text.strip()
    if not text:
        return Source()
    with contextlib.suppress(ValueError):
        bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        ip_address(bare if "]" in bare else bare.partition("%")[0])
        return Source(bare)
    host, colon, port = text.rpartition(":")
    try:
        endpoint = parse(f"tcp://{host or 'any'}{colon}{port}")
        if host or not colon:
            ip_address(endpoint.host.partition("%")[0])
    except (EndpointSyntaxError, ValueError) as error:
        what = f"{quoted(text)} is nothing that a session can come from."
        raise RequestError(what, hint=_HINT, phase="request") from error
    return Source(endpoint.host if host else "", endpoint.port)


def come_from(sock: socket.socket, source: Source, *, reuse: bool) -> None:
    """Bind a socket to its source, if it has one.

    Raises:
        SourceError: It cannot.
    """
    if reuse:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if source == Source():
        return
    host = source.host or ("::" if sock.family == socket.AF_INET6 else "0.0.0.0")  # noqa: S104
    try:
        found = socket.getaddrinfo(host, source.port, sock.family, flags=socket.AI_NUMERICHOST)
        sock.bind(found[0][4])
    except OSError as error:
        raise SourceError(error.errno, error.strerror) from error


def explain_source(error: SourceError, source: Source) -> ConnectError:
    """Say why a session cannot come from there."""
    hint = (
        "An old connection may hold that port for a minute, unless both have --reuse."
        " Choose another one, or wait."
    )
    if error.errno == errno.EACCES:
        hint = "Ports below 1024 need a right that this process lacks: choose one from 1024 on."
    elif not source.port:
        hint = "Choose an address that `ip address` lists, or none."
    text = f"The session cannot come from {source}: {reason(error)}."
    return ConnectError(text, hint=hint, phase="connect")


def wrong_family(source: Source, host: str) -> ConnectError:
    """Say that a source reaches none of a host's addresses."""
    ours, theirs = ("IPv6", "IPv4") if source.family == socket.AF_INET6 else ("IPv4", "IPv6")
    text = f"The session cannot come from {source}: that is {ours}, and {host} has only {theirs}."
    return ConnectError(text, hint="Choose a source of the same kind, or none.", phase="connect")


def apply(sock: socket.socket, options: SessionOptions) -> None:
    """Set what was asked for, before the socket is connected or bound.

    A size beyond what the system allows becomes what it allows; `facts` tells.
    """
    if options.send_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _size(options.send_buffer))
    if options.receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _size(options.receive_buffer))
    if options.keepalive:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Only zero: a close that waits would hold up the event loop, so the session waits itself.
    if options.linger == 0 and sock.type == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))


def _size(value: int) -> int:
    return min(value, (1 << 31) - 1)


def facts(sock: socket.socket) -> dict[str, str]:
    """Read back what holds, for the record; only what such a socket has."""
    found: dict[str, str] = {}
    if sock.type == socket.SOCK_STREAM and sock.family != socket.AF_UNIX:
        found["nodelay"] = _yes(sock, socket.IPPROTO_TCP, socket.TCP_NODELAY)
        found["keepalive"] = _yes(sock, socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR):
            found["reuse"] = "yes"
        size = struct.calcsize(_LINGER)
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, size)
        on, seconds = struct.unpack(_LINGER, raw)
        if on:
            found["linger"] = str(seconds)
    found["sndbuf"] = str(sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
    found["rcvbuf"] = str(sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
    return found


def _yes(sock: socket.socket, level: int, option: int) -> str:
    return "yes" if sock.getsockopt(level, option) else "no"
