"""Sockets to listen on, with an error that says what is in the way."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from dataclasses import replace
from typing import Final

from ..endpoint import DATAGRAM_SCHEMES, Endpoint
from ..errors import BindError, SondeError
from ..session_request import SessionOptions
from . import groups
from .bind_path import BACKLOG, bind_path
from .bound import Bound
from .edge import explain, reason
from .holder import holder
from .resolve import Address, resolve
from .udp import prepare

TRIES: Final = 5
PRIVILEGED: Final = 1024
_USUAL: Final = SessionOptions()


async def bind(endpoint: Endpoint, options: SessionOptions = _USUAL) -> Bound:
    """Bind an endpoint and listen; a multicast group is joined.

    Args:
        endpoint: Where.
        options: Of the sockets, and of those that they accept.

    Raises:
        SondeError: It is taken, not allowed, or not an address of this machine.
    """
    if endpoint.is_unix:
        return await bind_path(endpoint, options)
    kind = _kind(endpoint)
    try:
        addresses = await resolve(endpoint.host, endpoint.port, kind)
        return _bind_all(endpoint, addresses, kind, options)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise await _taken(endpoint) from error
        if error.errno == errno.EACCES and 0 < endpoint.port < PRIVILEGED:
            raise privileged(endpoint.port) from error
        raise explain(error, endpoint, "bind") from error
    except UnicodeError as error:
        raise explain(error, endpoint, "bind") from error


def _kind(endpoint: Endpoint) -> socket.SocketKind:
    return socket.SOCK_DGRAM if endpoint.scheme in DATAGRAM_SCHEMES else socket.SOCK_STREAM


def privileged(port: int) -> BindError:
    """Say that a port is kept for those with more rights."""
    return BindError(
        f"Port {port} is below {PRIVILEGED}: this process may not listen there.",
        hint=f"Choose a port from {PRIVILEGED} on, or give it the right (CAP_NET_BIND_SERVICE).",
        phase="bind",
    )


def _bind_all(
    endpoint: Endpoint,
    addresses: list[Address],
    kind: socket.SocketKind,
    options: SessionOptions,
) -> Bound:
    """Bind every address of the name to one port.

    Port 0 gives each socket a port of its own, so the others take the first one's; when that is
    taken there, we begin anew.
    """
    for attempt in range(TRIES):
        try:
            return _bind_once(endpoint, addresses, kind, options)
        except OSError as error:
            if endpoint.port or error.errno != errno.EADDRINUSE or attempt == TRIES - 1:
                raise
    raise AssertionError


def _bind_once(
    endpoint: Endpoint,
    addresses: list[Address],
    kind: socket.SocketKind,
    options: SessionOptions,
) -> Bound:
    port = endpoint.port
    sockets: list[socket.socket] = []
    errors: list[OSError] = []
    skipped: list[str] = []
    for family, address in addresses:
        host = address[0]
        place = (host, port) if len(address) == 2 else (host, port, address[2], address[3])
        try:
            sock = _socket(family, kind, place, options)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                _close(sockets)
                raise
            errors.append(error)
            skipped.append(f"{host}: {reason(error)}")
            continue
        except SondeError:
            _close(sockets)
            raise
        sockets.append(sock)
        port = sock.getsockname()[1]
    if not sockets:
        raise errors[0] if errors else OSError(errno.EADDRNOTAVAIL, "no address")
    return Bound(replace(endpoint, port=port), tuple(sockets), tuple(skipped))


def _socket(
    family: int,
    kind: socket.SocketKind,
    where: tuple[str, int] | tuple[str, int, int, int],
    options: SessionOptions,
) -> socket.socket:
    group = kind is socket.SOCK_DGRAM and groups.is_group(where[0])
    sock = socket.socket(family, kind)
    try:
        if kind is socket.SOCK_STREAM or group:
            # Else the port is taken for a minute after our own close. Not for UDP: there it lets
            # two processes share a port and steal each other's datagrams without a word. Those of
            # a group go to all.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        prepare(sock, options)
        if family == socket.AF_INET6:
            # `::` alone takes IPv4 as well; beside an IPv4 socket it would be in its way.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, where[0] != "::")
        if group:
            where = groups.scoped(where, options.interface)
        sock.bind(where)
        if group:
            groups.join(sock, where, options.interface)
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
    kind = _kind(endpoint)
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    host = "127.0.0.1" if endpoint.host == "localhost" else endpoint.host
    for port in range(endpoint.port + 1, min(endpoint.port + 20, 65536)):
        with contextlib.suppress(OSError):
            _socket(family, kind, (host, port), _USUAL).close()
            return port
    return 0
