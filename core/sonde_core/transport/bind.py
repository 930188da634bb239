"""Sockets to listen on: bound, with an error that says what is in the way."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from ..endpoint import Endpoint
from ..errors import BindError
from .edge import explain, reason
from .holder import holder
from .resolve import Address, resolve
from .udp import RECEIVE_BUFFER
from .unix import address

BACKLOG: Final = 512
TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Bound:
    """What is bound.

    Attributes:
        endpoint: With the real port.
        sockets: One for each address family, on the same port.
        skipped: Addresses of the name that this machine does not have, with the reason.
        release: Removes what the sockets left behind; call it after closing them.
    """

    endpoint: Endpoint
    sockets: tuple[socket.socket, ...]
    skipped: tuple[str, ...] = ()
    release: Callable[[], None] = lambda: None

    @property
    def is_private(self) -> bool:
        """Whether only this machine can connect."""
        hosts = [sock.getsockname()[0] for sock in self.sockets if sock.family != socket.AF_UNIX]
        return all(ip_address(host.partition("%")[0]).is_loopback for host in hosts)


async def bind(endpoint: Endpoint) -> Bound:
    """Bind an endpoint and listen.

    Raises:
        SondeError: It is taken, not allowed, or not an address of this machine.
    """
    try:
        if endpoint.scheme == "unix":
            return _bind_unix(endpoint)
        kind = socket.SOCK_DGRAM if endpoint.scheme == "udp" else socket.SOCK_STREAM
        addresses = await resolve(endpoint.host, endpoint.port, kind)
        return _bind_all(endpoint, addresses, kind)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise await _taken(endpoint) from error
        raise explain(error, endpoint, "bind") from error
    except UnicodeError as error:
        raise explain(error, endpoint, "bind") from error


def _bind_all(endpoint: Endpoint, addresses: list[Address], kind: socket.SocketKind) -> Bound:
    """Bind every address of the name to one port.

    Port 0 gives each socket a port of its own, so the others take the first one's; when that is
    taken there, we begin anew.
    """
    for attempt in range(TRIES):
        try:
            return _bind_once(endpoint, addresses, kind)
        except OSError as error:
            if endpoint.port or error.errno != errno.EADDRINUSE or attempt == TRIES - 1:
                raise
    raise AssertionError


def _bind_once(endpoint: Endpoint, addresses: list[Address], kind: socket.SocketKind) -> Bound:
    port = endpoint.port
    sockets: list[socket.socket] = []
    errors: list[OSError] = []
    skipped: list[str] = []
    for family, (host, _, *rest) in addresses:
        try:
            sock = _socket(family, kind, (host, port, *rest))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                _close(sockets)
                raise
            errors.append(error)
            skipped.append(f"{host}: {reason(error)}")
            continue
        sockets.append(sock)
        port = sock.getsockname()[1]
    if not sockets:
        raise errors[0] if errors else OSError(errno.EADDRNOTAVAIL, "no address")
    return Bound(replace(endpoint, port=port), tuple(sockets), tuple(skipped))


def _socket(family: int, kind: socket.SocketKind, where: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if kind is socket.SOCK_STREAM:
            # Else the port is taken for a minute after our own close. Not for UDP: there it lets
            # two processes share a port and steal each other's datagrams without a word.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            # `::` alone takes IPv4 as well; beside an IPv4 socket it would be in its way.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, where[0] != "::")
        sock.bind(where)
        if kind is socket.SOCK_STREAM:
            sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _close(sockets: list[socket.socket]) -> None:
    for sock in sockets:
        sock.close()


async def _taken(endpoint: Endpoint) -> BindError:
    kind = "udp" if endpoint.scheme == "udp" else "tcp"
    who = await asyncio.to_thread(holder, endpoint.port, kind)
    by = f", taken by {who}" if who else ""
    free = _next_free(endpoint)
    # A connection whose server ended first holds the port for a minute (RFC 9293, TIME-WAIT).
    hint = f"Choose another port, such as {free}; 0 takes any free one." if free else ""
    hint = hint if who else f"{hint} A program that just ended may hold it for a minute.".strip()
    text = f"Port {endpoint.port} on {endpoint.host} is in use already{by}."
    return BindError(text, hint=hint, phase="bind")


def _next_free(endpoint: Endpoint) -> int:
    kind = socket.SOCK_DGRAM if endpoint.scheme == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    host = "127.0.0.1" if endpoint.host == "localhost" else endpoint.host
    for port in range(endpoint.port + 1, min(endpoint.port + 20, 65536)):
        with contextlib.suppress(OSError):
            _socket(family, kind, (host, port)).close()
            return port
    return 0


def _bind_unix(endpoint: Endpoint) -> Bound:
    path = Path(endpoint.path)
    abstract = endpoint.path.startswith("@")
    if not abstract:
        _clear_stale(endpoint, path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        os.fchmod(sock.fileno(), 0o600)  # Linux makes the file with it: open to others at no time
        sock.bind(address(endpoint.path))
        if not abstract:
            path.chmod(0o600)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:  # it came between our look and our bind
            raise _live(endpoint) from error
        raise
    if abstract:
        return Bound(endpoint, (sock,))
    mine = path.lstat()
    return Bound(endpoint, (sock,), release=lambda: _remove(path, mine))


def _clear_stale(endpoint: Endpoint, path: Path) -> None:
    """Remove a socket that nobody listens on; asyncio's own way removes live ones as well."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise BindError(
            f"{endpoint.path} is there already and is no socket.",
            hint="Choose another path; a file is never removed for you.",
            phase="bind",
        )
    if _answers(endpoint.path):
        raise _live(endpoint)
    _remove(path, found)


def _answers(path: str) -> bool:
    """Tell whether somebody listens on a socket path; if in doubt, somebody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError as error:
            # A datagram socket refuses a stream; a full queue would block. Both are alive.
            if error.errno in (errno.EPROTOTYPE, errno.EAGAIN):
                return True
            raise
    return True


def _live(endpoint: Endpoint) -> BindError:
    return BindError(
        f"{endpoint.path} is in use by a server that runs.",
        hint="Choose another path, or stop that server.",
        phase="bind",
    )


def _remove(path: Path, known: os.stat_result) -> None:
    """Remove a socket file if it is still the one we know."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        if (found.st_ino, found.st_dev) == (known.st_ino, known.st_dev):
            path.unlink()
