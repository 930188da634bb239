"""From an endpoint to an open link: names, addresses, connections, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..endpoint import Endpoint
from ..model import EventKind, State
from ..session_request import SessionOptions
from .base import Link, LinkOwner, Log
from .edge import address_text, explain, reason
from .resolve import Address, interleave, resolve
from .tcp import open_tcp

if TYPE_CHECKING:
    pass

STAGGER: Final = 0.25  # seconds before the next address is tried as well (RFC 8305, section 5)
TLS_OVER: Final = frozenset({"tls", "https"})


async def connect(
    endpoint: Endpoint,
    owner: LinkOwner,
    log: Log,
    *,
    options: SessionOptions,
    enter: Callable[[State], None],
) -> Link:
    """Resolve and connect; the link's bytes are plain, `secure` puts TLS on it.

    For `tls` and `https` the link comes paused, so that nothing is read past the handshake.

    Args:
        endpoint: Where to.
        owner: Hears what arrives, from the first byte on.
        log: Takes RESOLVED, TRIED and CONNECTED.
        options: `connect_timeout` is for all of it together.
        enter: Told of RESOLVING and CONNECTING.

    Raises:
        SondeError: It could not be reached; `phase` is `resolve` or `connect`.
    """
    phase = "connect" if endpoint.scheme == "unix" else "resolve"
    try:
        async with asyncio.timeout(options.connect_timeout):
            if endpoint.scheme == "unix":
                from .unix import open_unix

                enter(State.CONNECTING)
                link: Link = await open_unix(endpoint.path, owner)
            else:
                enter(State.RESOLVING)
                addresses = await _addresses(endpoint, log)
                phase = "connect"
                enter(State.CONNECTING)
                link = await _open(endpoint, addresses, owner, log)
    except (OSError, UnicodeError) as error:
        raise explain(error, _plain(endpoint), phase, options.connect_timeout) from error
    log(EventKind.CONNECTED, f"connected to {link.peer}", peer=link.peer, local=link.local)
    return link


def _plain(endpoint: Endpoint) -> Endpoint:
    """Leave path and query out: an error about an address is not about a page."""
    return replace(endpoint, path="") if endpoint.is_http else endpoint


async def _addresses(endpoint: Endpoint, log: Log) -> list[Address]:
    kind = socket.SOCK_DGRAM if endpoint.scheme == "udp" else socket.SOCK_STREAM
    found = await resolve(endpoint.host, endpoint.port, kind)
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    if kind is socket.SOCK_DGRAM:
        found = _ipv4_first(found)
    text = ", ".join(dict.fromkeys(str(address[1][0]) for address in found))
    if text != endpoint.host:
        log(EventKind.RESOLVED, f"{endpoint.host} is {text}", host=endpoint.host, addresses=text)
    return interleave(found)


def _ipv4_first(found: list[Address]) -> list[Address]:
    """Put 127.0.0.1 before ::1: a datagram goes nowhere at first, so no address can be tried."""
    from ipaddress import ip_address

    if not all(ip_address(str(entry[1][0]).partition("%")[0]).is_loopback for entry in found):
        return found
    return sorted(found, key=lambda entry: entry[0] != socket.AF_INET)


async def _open(endpoint: Endpoint, addresses: list[Address], owner: LinkOwner, log: Log) -> Link:
    if endpoint.scheme == "udp":
        from .udp import open_udp

        return await open_udp(addresses, owner, log)
    sock = await _first(addresses, log)
    try:
        return await open_tcp(sock, owner, paused=endpoint.scheme in TLS_OVER)
    except BaseException:
        sock.close()
        raise


async def _first(addresses: Sequence[Address], log: Log) -> socket.socket:
    """Connect to the address that answers first (RFC 8305); raise the first error of all."""
    waiting = list(addresses)
    running: dict[asyncio.Task[socket.socket], Address] = {}
    errors: list[OSError] = []
    loop = asyncio.get_running_loop()
    try:
        while waiting or running:
            if waiting:
                address = waiting.pop(0)
                running[loop.create_task(_connect(address))] = address
            done, _ = await asyncio.wait(
                running, timeout=STAGGER if waiting else None, return_when="FIRST_COMPLETED"
            )
            won = [task for task in done if task.exception() is None]
            for task in done.difference(won):
                errors.append(_failed(task, running.pop(task), log))
            if won:
                del running[won[0]]
                return won[0].result()
    finally:
        await _drop(running)
    raise errors[0]


def _failed(task: asyncio.Task[socket.socket], address: Address, log: Log) -> OSError:
    error = task.exception()
    if not isinstance(error, OSError):
        raise AssertionError(f"{error!r}") from error
    where = address_text(address[1])
    log(EventKind.TRIED, f"{where}: {reason(error)}", address=where, error=reason(error))
    return error


async def _drop(running: dict[asyncio.Task[socket.socket], Address]) -> None:
    """End the attempts that were not the first; one may have connected meanwhile."""
    for task in running:
        task.cancel()
    for task in running:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            (await task).close()


async def _connect(address: Address) -> socket.socket:
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address[1])
    except BaseException:
        sock.close()
        raise
    return sock
