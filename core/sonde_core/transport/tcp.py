"""TCP: one client connection."""

from __future__ import annotations

import asyncio
import socket

from .base import LinkOwner
from .stream import StreamLink


class TcpLink(StreamLink):
    """A TCP connection."""

    def take(self, sock: socket.socket) -> None:
        super().take(sock)
        # Nagle's wait for the delayed ACK makes steps of 40 ms. asyncio sets this by itself only on
        # sockets that name their protocol, and an accepted one does not.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def open_tcp(sock: socket.socket, owner: LinkOwner, *, paused: bool = False) -> TcpLink:
    """Make a link of a connected socket, which it owns from then on."""
    link = TcpLink(owner, paused=paused)
    link.take(sock)
    await asyncio.get_running_loop().create_connection(lambda: link, sock=sock)
    return link
