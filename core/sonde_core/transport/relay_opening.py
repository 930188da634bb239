"""From a connection to a SOCKS5 proxy to datagrams through it (UDP ASSOCIATE; RFC 1928)."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from ..errors import ConnectError, ResolveError
from ..session_request import SessionOptions
from . import sockopts
from .base import LinkOwner
from .edge import address_text, explain
from .proxy import associate
from .relay import Control, RelayedLink
from .resolve import Address, resolve
from .sockopts import Source
from .socks5_address import Place
from .udp import prepare

if TYPE_CHECKING:
    from ..endpoint import Endpoint
    from .base import Log
    from .proxy_address import ProxyAddress
    from .stream import StreamLink


async def open_relay(
    control: StreamLink,
    owner: LinkOwner,
    proxy: ProxyAddress,
    target: Endpoint,
    log: Log,
    options: SessionOptions,
    source: Source,
) -> RelayedLink:
    """Ask a proxy for a relay, and connect a socket to it.

    Args:
        control: Connected to the proxy, and paused; it is closed with the link, or when it fails.
        owner: Hears what the target sends.
        proxy: Whom to ask.
        target: Where to.
        log: Takes PROXY events, and NOTEs of what is not let through.
        options: For the socket.
        source: Where it comes from.

    Raises:
        SondeError: The proxy refused, or its relay cannot be reached.
        OSError: The socket cannot come from the source.
    """
    try:
        bound = await associate(control, proxy, target, log)
        family, address = await _address(bound, control, proxy, source)
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            prepare(sock, options)
            sockopts.come_from(sock, source, reuse=options.reuse)
            _connect(sock, address)
            keeper = Control(control, proxy.address)
            link = RelayedLink(owner, sock, keeper, Place(target.host, target.port), log)
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: link, sock=sock)
        except BaseException:
            sock.close()
            raise
    except BaseException:
        control.abort()
        raise
    keeper.watch(link)
    return link


def _connect(sock: socket.socket, address: tuple[str, int] | tuple[str, int, int, int]) -> None:
    try:
        sock.connect(address)
    except OSError as error:
        raise explain(error, f"the proxy's relay {address_text(address)}", "connect") from error


async def _address(
    bound: Place, control: StreamLink, proxy: ProxyAddress, source: Source
) -> Address:
    """Return where a relay is; the proxy's own address stands for one that it does not say."""
    if not bound.port:
        raise ConnectError(
            f"The proxy {proxy.address} names no port for datagrams.",
            hint="Ask whoever runs the proxy, or take another one.",
            phase="connect",
        )
    host = bound.host
    if bound.is_unsaid:
        host = control.peer.rpartition(":")[0].strip("[]")
    try:
        found = await resolve(host, bound.port, socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        told = f"The proxy {proxy.address} names a host for datagrams that is not found."
        why = explain(error, host, "resolve").message
        hint = "Ask whoever runs the proxy, or take another one."
        raise ResolveError(f"{told} {why}", hint=hint, phase="resolve") from error
    for entry in found:
        if source.family in (0, entry[0]):
            return entry
    raise sockopts.wrong_family(source, f"the proxy's relay {host}")
