"""Unix stream sockets: one client connection."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path
from typing import Final

from ..session_request import SessionOptions
from . import sockopts
from .base import LinkOwner
from .stream import StreamLink

RETRY: Final = 0.05  # seconds before a server with a full queue is asked again


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


async def open_unix(path: str, owner: LinkOwner, options: SessionOptions) -> UnixLink:
    """Connect to a socket path.

    Raises:
        OSError: There is none, or nobody listens there.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sockopts.apply(sock, options)
        await connect_path(sock, path)
        link = UnixLink(owner)
        link.take(sock)
        await asyncio.get_running_loop().create_unix_connection(lambda: link, sock=sock)
    except BaseException:
        sock.close()
        raise
    return link


async def connect_path(sock: socket.socket, path: str) -> None:
    """Connect a socket that does not block.

    Raises:
        OSError: It cannot be; ENOTSOCK when something else has that path.
    """
    while True:
        try:
            sock.connect(address(path))
        except BlockingIOError:
            # The queue of clients is full. The loop's `sock_connect` waits for such a socket to
            # be writable, which it is at once, and takes it for connected.
            await asyncio.sleep(RETRY)
        except ConnectionRefusedError as error:  # also what a plain file answers
            if not path.startswith("@") and not _is_socket(path):
                raise OSError(errno.ENOTSOCK, "no socket") from error
            raise
        else:
            return


def _is_socket(path: str) -> bool:
    return Path(path).is_socket()
