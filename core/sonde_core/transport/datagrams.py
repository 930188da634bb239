"""A UDP socket that answers many: each source address is a link of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, cast

from .edge import address_text

if TYPE_CHECKING:
    from .base import LinkOwner

Source: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


class SourceLink:
    """What comes from one address; answers leave from the socket that was written to.

    Attributes:
        heard: When the last datagram came or went, in the loop's time.
    """

    is_message = True
    can_half_close = False

    def __init__(self, hub: DatagramHub, source: Source, owner: LinkOwner) -> None:
        self.owner = owner
        self.local = hub.local
        self.peer = address_text(source)
        self.queued = 0
        self._hub = hub
        self._source = source
        self._closed = False
        self.heard = asyncio.get_running_loop().time()

    def write(self, data: bytes) -> None:
        """Send one datagram.

        Raises:
            OSError: The kernel does not take it, such as one that is too large.
        """
        if not self._closed:
            self.heard = asyncio.get_running_loop().time()
            self._hub.send(data, self._source)

    async def drain(self) -> None:
        """Return at once."""

    def write_end(self) -> None:
        """Do nothing: UDP has no end."""

    def pause(self) -> None:
        """Do nothing: UDP has no back-pressure."""

    def resume(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        self._end()

    def abort(self) -> None:
        self._end()

    def _end(self) -> None:
        if not self._closed:
            self._closed = True
            self._hub.forget(self._source)
            asyncio.get_running_loop().call_soon(self.owner.on_lost, None)


class DatagramHub(asyncio.DatagramProtocol):
    """One bound UDP socket.

    Attributes:
        links: By source address.
    """

    def __init__(self, sock: socket.socket, meet: Callable[[Source], SourceLink | None]) -> None:
        """Wait for a transport.

        Args:
            sock: Bound.
            meet: Makes the link for a new address; None refuses it.
        """
        self.local = address_text(sock.getsockname())
        self.links: dict[Source, SourceLink] = {}
        self._socket = sock
        self._meet = meet
        self._transport: asyncio.DatagramTransport | None = None

    def send(self, data: bytes, source: Source) -> None:
        """Send one datagram, also an empty one: the transport would swallow it."""
        try:
            self._socket.sendto(data, source)
        except BlockingIOError:
            if self._transport:
                self._transport.sendto(data, source)

    def forget(self, source: Source) -> None:
        """Let a new datagram from there begin a new session."""
        self.links.pop(source, None)

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        source = cast("Source", addr)
        link = self.links.get(source)
        if link is None:
            link = self._meet(source)
            if link is None:
                return
            self.links[source] = link
        link.heard = asyncio.get_running_loop().time()
        link.owner.on_data(bytes(data))

    def error_received(self, exc: Exception) -> None:
        """Ignore it: an unconnected socket is not told whose datagram was refused."""
