"""TCP: one client connection."""

from __future__ import annotations

import asyncio
import socket

from .base import LinkOwner
from .stream import StreamLink


class TcpLink(StreamLink):
    """A TCP connection."""

    def __init__(
        self,
        owner: LinkOwner,
        *,
        paused: bool = False,
        nodelay: bool = True,
    ) -> None:
        """Wait for a transport; `nodelay` sends small pieces at once."""
        super().__init__(owner, paused=paused)
        self._nodelay = nodelay

    def take(self, sock: socket.socket) -> None:
        # Nagle's wait for the delayed ACK makes steps of 40 ms. asyncio sets this by itself only on
        # sockets that name their protocol, and an accepted one does not.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self._nodelay)
        super().take(sock)


async def open_tcp(
    sock: socket.socket, owner: LinkOwner, *, paused: bool = False, nodelay: bool = True
) -> TcpLink:
    """Make a link of a connected socket, which it owns from then on."""
    link = TcpLink(owner, paused=paused, nodelay=nodelay)
    link.take(sock)
    await asyncio.get_running_loop().create_connection(lambda: link, sock=sock)
    return link
