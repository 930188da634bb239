"""Unix stream sockets: one client connection."""

from __future__ import annotations

import asyncio
import socket

from .base import LinkOwner
from .stream import StreamLink


class UnixLink(StreamLink):
    """A connection over a Unix socket; its addresses are paths, a client's is empty."""

    def take(self, sock: socket.socket) -> None:
        super().take(sock)
        if not self.local:
            self.local = "unix client"
        if not self.peer:
            self.peer = "unix client"


def address(path: str) -> str:
    """Return what `connect` and `bind` take; `@name` is abstract (unix(7))."""
    return "\0" + path[1:] if path.startswith("@") else path


async def open_unix(path: str, owner: LinkOwner) -> UnixLink:
    """Connect to a socket path.

    Raises:
        OSError: There is none, or nobody listens there.
    """
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address(path))
        link = UnixLink(owner)
        link.take(sock)
        await loop.create_unix_connection(lambda: link, sock=sock)
    except BaseException:
        sock.close()
        raise
    return link
