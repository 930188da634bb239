"""UDP: datagrams to one peer, to a group, or to all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..model import EventKind
from ..session_request import SessionOptions
from . import groups, sockopts
from .base import LinkOwner
from .datagram_link import DatagramLink
from .drops import Drops
from .edge import address_text, reason
from .resolve import Address
from .sockopts import Source, SourceError

if TYPE_CHECKING:
    from .base import Log

# A burst is lost beyond what the kernel holds for us: of 2,000 datagrams 92 were kept by default.
RECEIVE_BUFFER: Final = 1 << 20


class UdpLink(DatagramLink):
    """A UDP socket that is connected to one peer, and tells what the system dropped."""

    def __init__(self, owner: LinkOwner, sock: socket.socket, peer: str, log: Log) -> None:
        super().__init__(owner, sock, peer)
        self._drops = Drops(sock, log)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.send(data)
        except ConnectionError as error:  # what became of an earlier one; this one did not leave
            self.owner.on_advice(error)
            with contextlib.suppress(ConnectionError):
                self._socket.send(data)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._drops.look()
        super().datagram_received(data, addr)

    def give_rest(self) -> None:
        self._drops.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.give_rest()
        super().connection_lost(exc)


class GroupLink(UdpLink):
    """A UDP socket that sends to a group or to all: anybody may answer, and it is told who did.

    Before a datagram from another source than the last one's there is a NOTE with its `source`.
    """

    def __init__(
        self, owner: LinkOwner, sock: socket.socket, address: tuple[object, ...], log: Log
    ) -> None:
        super().__init__(owner, sock, address_text(address), log)
        self._address = address
        self._to = address
        self._log = log
        self._source: object = None

    def _send(self, data: bytes) -> None:
        self._socket.sendto(data, self._to)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if addr != self._source:
            self._source = addr
            source = address_text(addr)
            self._log(EventKind.NOTE, f"from {source}", source=source)
        super().datagram_received(data, addr)


async def open_udp(
    addresses: Sequence[Address],
    owner: LinkOwner,
    log: Log,
    options: SessionOptions,
    source: Source,
) -> UdpLink:
    """Connect to the first address that this machine has a way to.

    Raises:
        OSError: It has a way to none.
        RequestError: There is no such interface.
    """
    errors: list[OSError] = []
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            prepare(sock, options)
            sockopts.come_from(sock, source, reuse=options.reuse)
            return await _open(sock, address, owner, log, options)
        except SourceError:
            sock.close()
            raise
        except OSError as error:
            sock.close()
            where = address_text(address)
            log(EventKind.TRIED, f"{where}: {reason(error)}", address=where, error=reason(error))
            errors.append(error)
        except BaseException:
            sock.close()
            raise
    raise errors[0]


def prepare(sock: socket.socket, options: SessionOptions) -> None:
    """Set what was asked for, and for datagrams room for a burst."""
    sock.setblocking(False)
    if sock.type == socket.SOCK_DGRAM and not options.receive_buffer:
        with contextlib.suppress(OSError):  # more than the system allows: then what it allows
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sockopts.apply(sock, options)


async def _open(
    sock: socket.socket,
    address: tuple[str, int] | tuple[str, int, int, int],
    owner: LinkOwner,
    log: Log,
    options: SessionOptions,
) -> UdpLink:
    link: UdpLink
    if groups.is_group(address[0]):
        address = groups.scoped(address, options.interface)
        groups.aim(sock, address, options)
        link = _to_many(sock, address, owner, log)
        link.facts |= {"multicast": "yes", "hops": str(min(options.hops, 255))}
        link.facts |= {"interface": options.interface} if options.interface else {}
    else:
        try:
            sock.connect(address)
            link = UdpLink(owner, sock, address_text(sock.getpeername()), log)
        except PermissionError:  # it goes to all (ip(7)): only the system knows such addresses
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            link = _to_many(sock, address, owner, log)
            link.facts["broadcast"] = "yes"
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: link, sock=sock)
    return link


def _to_many(
    sock: socket.socket, address: tuple[object, ...], owner: LinkOwner, log: Log
) -> GroupLink:
    with contextlib.suppress(OSError):  # it has its source by now
        sock.bind(("", 0))
    return GroupLink(owner, sock, address, log)
