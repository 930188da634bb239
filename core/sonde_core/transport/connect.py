"""From an endpoint to an open link: names, addresses, connections, proxies."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..endpoint import Endpoint
from ..model import EventKind, State
from ..session_request import SessionOptions
from . import sockopts
from .base import Link, LinkOwner, Log
from .edge import address_text, explain, reason
from .resolve import Address, interleave, resolve
from .sockopts import SourceError, parse_source
from .stream import StreamLink
from .tcp import TcpLink, open_tcp

if TYPE_CHECKING:
    from .datagram_link import DatagramLink
    from .proxy_address import ProxyAddress

STAGGER: Final = 0.25  # seconds before the next address is tried as well (RFC 8305, section 5)
# Something is put on top of these before anything may be read.
LAYERED: Final = frozenset({"tls", "https", "ws", "wss"})
# What connecting without a wait says (connect(2)).
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EALREADY, errno.EAGAIN, errno.EINTR})


async def connect(
    endpoint: Endpoint,
    owner: LinkOwner,
    log: Log,
    *,
    options: SessionOptions,
    enter: Callable[[State], None],
) -> Link:
    """Resolve and connect, through a proxy where one is asked for; the link's bytes are plain.

    For `tls`, `https`, `ws` and `wss` the link comes paused, so that nothing is read past the
    handshake that follows.

    Args:
        endpoint: Where to.
        owner: Hears what arrives, from the first byte on.
        log: Takes RESOLVED, TRIED, CONNECTED and PROXY.
        options: `connect_timeout` is for all of it together.
        enter: Told of RESOLVING, CONNECTING and PROXY.

    Raises:
        SondeError: It could not be reached; `phase` is `request`, `resolve` or `connect`.
    """
    way = _Way(endpoint, log, options, enter)
    try:
        async with asyncio.timeout(options.connect_timeout):
            return await way.open(owner)
    except SourceError as error:
        raise sockopts.explain_source(error, way.source) from error
    except (OSError, UnicodeError) as error:
        raise explain(error, way.towards, way.phase, options.connect_timeout) from error


class _Way:
    """One attempt to reach an endpoint.

    Attributes:
        source: Where from.
        towards: What is being reached now: the endpoint, or the proxy before it.
        phase: `resolve` or `connect`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        log: Log,
        options: SessionOptions,
        enter: Callable[[State], None],
    ) -> None:
        """Read the options; raises RequestError for those that cannot be."""
        self.source = parse_source(options.source)
        self.towards: str | Endpoint = _plain(endpoint)
        self.phase = "resolve"
        self._endpoint = endpoint
        self._log = log
        self._options = options
        self._enter = enter
        self._proxy = _proxy(endpoint, options)

    async def open(self, owner: LinkOwner) -> Link:
        """Take all the steps to an open link."""
        if self._endpoint.is_unix:
            self._enter(State.CONNECTING)
            self.phase = "connect"
            link: StreamLink | DatagramLink = await self._open_unix(owner)
        elif self._proxy:
            return await self._open_proxied(owner, self._proxy)
        elif self._endpoint.scheme == "udp":
            link = await self._open_udp(owner)
        else:
            return await self._open_tcp(owner)
        self._connected(link)
        return link

    def _connected(self, link: StreamLink | DatagramLink, who: str = "") -> None:
        text = f"connected to {who}{link.peer}"
        self._log(EventKind.CONNECTED, text, peer=link.peer, local=link.local, **link.facts)

    async def _open_unix(self, owner: LinkOwner) -> StreamLink | DatagramLink:
        if self._endpoint.is_message:
            from .unix_datagram import open_unix_datagram

            return await open_unix_datagram(self._endpoint.path, owner, self._options)
        from .unix import open_unix

        return await open_unix(self._endpoint.path, owner, self._options)

    async def _open_udp(self, owner: LinkOwner) -> DatagramLink:
        from .udp import open_udp

        addresses = await self._addresses(self._endpoint, socket.SOCK_DGRAM)
        return await open_udp(addresses, owner, self._log, self._options, self.source)

    async def _open_tcp(self, owner: LinkOwner) -> TcpLink:
        addresses = await self._addresses(self._endpoint, socket.SOCK_STREAM)
        paused = self._endpoint.scheme in LAYERED
        return await self._connect_tcp(addresses, owner, paused=paused)

    async def _open_proxied(self, owner: LinkOwner, proxy: ProxyAddress) -> Link:
        self.towards = proxy.host  # for a name without an address
        near = Endpoint("tcp", proxy.host, proxy.port)
        addresses = await self._addresses(near, socket.SOCK_STREAM)
        self.towards = f"the proxy {proxy.address}"
        link = await self._connect_tcp(addresses, owner, paused=True, who="the proxy ")
        self._enter(State.PROXY)
        if self._endpoint.scheme == "udp":
            return await self._relayed(link, owner, proxy)
        from .proxy import pass_through

        await pass_through(link, owner, proxy, self._endpoint, self._log)
        if self._endpoint.scheme not in LAYERED:
            link.resume()
        return link

    async def _relayed(self, control: TcpLink, owner: LinkOwner, proxy: ProxyAddress) -> Link:
        from .relay_opening import open_relay

        relayed = await open_relay(
            control, owner, proxy, self._endpoint, self._log, self._options, self.source
        )
        self._connected(relayed, "the relay ")
        return relayed

    async def _connect_tcp(
        self, addresses: Sequence[Address], owner: LinkOwner, *, paused: bool, who: str = ""
    ) -> TcpLink:
        sock = await self._first(addresses)
        try:
            link = await open_tcp(sock, owner, paused=paused, nodelay=self._options.nodelay)
            self._connected(link, who)
        except BaseException:
            sock.close()
            raise
        return link

    async def _addresses(self, near: Endpoint, kind: socket.SocketKind) -> list[Address]:
        self._enter(State.RESOLVING)
        found = await resolve(near.host, near.port, kind)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        if kind is socket.SOCK_DGRAM:
            found = _ipv4_first(found)
        text = ", ".join(dict.fromkeys(str(address[1][0]) for address in found))
        if text != near.host:
            self._log(EventKind.RESOLVED, f"{near.host} is {text}", host=near.host, addresses=text)
        family = self.source.family
        fitting = [entry for entry in found if family in (0, entry[0])]
        if not fitting:
            raise sockopts.wrong_family(self.source, near.host)
        self.phase = "connect"
        self._enter(State.CONNECTING)
        return interleave(fitting)

    async def _first(self, addresses: Sequence[Address]) -> socket.socket:
        """Connect to the address that answers first (RFC 8305); raise the first error of all."""
        if len(addresses) == 1:
            return await self._only(addresses[0])
        waiting = list(addresses)
        running: dict[asyncio.Task[socket.socket], Address] = {}
        errors: list[OSError] = []
        loop = asyncio.get_running_loop()
        # Two sockets cannot come from one port at the same time.
        stagger = None if self.source.port else STAGGER
        try:
            while waiting or running:
                if waiting:
                    address = waiting.pop(0)
                    running[loop.create_task(self._connect(address))] = address
                done, _ = await asyncio.wait(
                    running, timeout=stagger if waiting else None, return_when="FIRST_COMPLETED"
                )
                won = [task for task in done if task.exception() is None]
                for task in done.difference(won):
                    errors.append(self._failed(task.exception(), running.pop(task)))
                if won:
                    del running[won[0]]
                    return won[0].result()
        finally:
            _drop(running)
        raise errors[0]

    async def _only(self, address: Address) -> socket.socket:
        """Connect to the one address that there is: nothing runs beside it."""
        try:
            return await self._connect(address)
        except OSError as error:
            self._failed(error, address)
            raise

    def _failed(self, error: BaseException | None, address: Address) -> OSError:
        if not isinstance(error, OSError):
            raise AssertionError(f"{error!r}") from error
        if isinstance(error, SourceError):  # it says nothing about the address
            return error
        where = address_text(address[1])
        self._log(EventKind.TRIED, f"{where}: {reason(error)}", address=where, error=reason(error))
        return error

    async def _connect(self, address: Address) -> socket.socket:
        sock = socket.socket(address[0], socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sockopts.apply(sock, self._options)
            sockopts.come_from(sock, self.source, reuse=self._options.reuse)
            if not _at_once(sock, address):
                await asyncio.get_running_loop().sock_connect(sock, address[1])
        except BaseException:
            sock.close()
            raise
        return sock


def _proxy(endpoint: Endpoint, options: SessionOptions) -> ProxyAddress | None:
    if not options.proxy:
        return None
    from .proxy import check_target
    from .proxy_address import parse_proxy

    proxy = parse_proxy(options.proxy)
    check_target(endpoint, proxy)
    return proxy


def _plain(endpoint: Endpoint) -> Endpoint:
    """Leave path and query out: an error about an address is not about a page."""
    return replace(endpoint, path="") if endpoint.path and not endpoint.is_unix else endpoint


def _ipv4_first(found: list[Address]) -> list[Address]:
    """Put 127.0.0.1 before ::1: a datagram goes nowhere at first, so no address can be tried."""
    from ipaddress import ip_address

    if not all(ip_address(str(entry[1][0]).partition("%")[0]).is_loopback for entry in found):
        return found
    return sorted(found, key=lambda entry: entry[0] != socket.AF_INET)


def _at_once(sock: socket.socket, address: Address) -> bool:
    """Begin to connect, and tell whether that is done: most peers on this machine need no wait.

    The second call asks how the first one went. Raises OSError where it failed.
    """
    for _ in range(2):
        code = sock.connect_ex(address[1])
        if code in (0, errno.EISCONN):
            return True
        if code not in _UNDER_WAY:
            raise OSError(code, os.strerror(code))
    return False


def _drop(running: Iterable[asyncio.Task[socket.socket]]) -> None:
    """End the attempts that were not the first.

    Nobody waits for that: a wait for tasks that are cancelled would take our own end for theirs.
    """
    for task in running:
        task.add_done_callback(_close)
        task.cancel()


def _close(task: asyncio.Task[socket.socket]) -> None:
    """Close what was connected meanwhile."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
