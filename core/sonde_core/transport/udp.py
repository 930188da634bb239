"""UDP: datagrams to one peer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from ..model import EventKind
from .base import LinkOwner
from .edge import address_text, reason
from .resolve import Address

if TYPE_CHECKING:
    from .base import Log

# A burst is lost beyond what the kernel holds for us: of 2,000 datagrams 92 were kept by default.
RECEIVE_BUFFER: Final = 1 << 20


class UdpLink(asyncio.DatagramProtocol):
    """A connected UDP socket: only a connected one hears that its datagrams were refused."""

    is_message = True
    can_half_close = False

    def __init__(self, owner: LinkOwner, sock: socket.socket) -> None:
        self.owner = owner
        self.local = address_text(sock.getsockname())
        self.peer = address_text(sock.getpeername())
        self.queued = 0
        self._socket = sock
        self._transport: asyncio.DatagramTransport | None = None

    def write(self, data: bytes) -> None:
        """Send one datagram, also an empty one: the transport would swallow it.

        Raises:
            OSError: The kernel does not take it, such as one that is too large.
        """
        if self._transport is None or self._transport.is_closing():
            return
        try:
            self._socket.send(data)
        except BlockingIOError:
            self._transport.sendto(data)
        except ConnectionError as error:  # what became of an earlier one; this one did not leave
            self.owner.on_advice(error)
            with contextlib.suppress(ConnectionError):
                self._socket.send(data)

    async def drain(self) -> None:
        """Return at once: a datagram that the kernel does not take is its sender's loss."""

    def write_end(self) -> None:
        """Do nothing: UDP has no end."""

    def pause(self) -> None:
        """Do nothing: UDP has no back-pressure; the record is bounded by itself."""

    def resume(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.owner.on_data(bytes(data))

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self.owner.on_advice(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.owner.on_lost(exc)


async def open_udp(addresses: Sequence[Address], owner: LinkOwner, log: Log) -> UdpLink:
    """Connect to the first address that this machine has a way to.

    Raises:
        OSError: It has a way to none.
    """
    errors: list[OSError] = []
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            return await _open(sock, address, owner)
        except OSError as error:
            sock.close()
            where = address_text(address)
            log(EventKind.TRIED, f"{where}: {reason(error)}", address=where, error=reason(error))
            errors.append(error)
        except BaseException:
            sock.close()
            raise
    raise errors[0]


async def _open(sock: socket.socket, address: object, owner: LinkOwner) -> UdpLink:
    sock.setblocking(False)
    with contextlib.suppress(OSError):  # more than the system allows: then what it allows
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.connect(cast("tuple[str, int]", address))
    link = UdpLink(owner, sock)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: link, sock=sock)
    return link
