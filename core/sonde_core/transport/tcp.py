"""TCP: one client connection."""

from __future__ import annotations

import asyncio
import socket

from .base import LinkOwner
from .stream import StreamLink


class TcpLink(StreamLink):
    """A TCP connection; asyncio sets TCP_NODELAY, so small writes leave at once."""


async def open_tcp(sock: socket.socket, owner: LinkOwner, *, paused: bool = False) -> TcpLink:
    """Make a link of a connected socket, which it owns from then on."""
    link = TcpLink(owner, paused=paused)
    link.take(sock)
    await asyncio.get_running_loop().create_connection(lambda: link, sock=sock)
    return link
