"""Unix datagram sockets: datagrams to one path or abstract name."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import tempfile
from pathlib import Path

from ..session_request import SessionOptions
from . import sockopts
from .base import LinkOwner
from .datagram_link import DatagramLink
from .edge import address_text
from .unix import address, connect_path


class UnixDatagramLink(DatagramLink):
    """A connected Unix datagram socket with a name of its own, so that it can be answered."""

    def __init__(self, owner: LinkOwner, sock: socket.socket, path: str, own: Path | None) -> None:
        super().__init__(owner, sock, path)
        self._path = path
        self._own = own

    def write(self, data: bytes) -> None:
        """Send one datagram; a server that was started anew is found again.

        Raises:
            OSError: The server is gone; it is in the record as well.
        """
        try:
            super().write(data)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise
            self.owner.on_advice(error)
            raise

    def _send(self, data: bytes) -> None:
        try:
            self._socket.send(data)
        except OSError as error:
            if error.errno not in (errno.ECONNREFUSED, errno.ENOTCONN, errno.ECONNRESET):
                raise
            self._socket.connect(address(self._path))
            self._socket.send(data)

    def connection_lost(self, exc: Exception | None) -> None:
        _forget(self._own)
        super().connection_lost(exc)


async def open_unix_datagram(
    path: str, owner: LinkOwner, options: SessionOptions
) -> UnixDatagramLink:
    """Connect to a socket path, or to an abstract name.

    Raises:
        OSError: There is none, or nobody has it open.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    own: Path | None = None
    try:
        sock.setblocking(False)
        sockopts.apply(sock, options)
        await connect_path(sock, path)
        own = _name(sock, path)
        link = UnixDatagramLink(owner, sock, address_text(sock.getpeername()), own)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: link, sock=sock)
    except BaseException:
        sock.close()
        _forget(own)
        raise
    return link


def _name(sock: socket.socket, path: str) -> Path | None:
    """Give a connected socket a name to be answered at; returns the path to be removed.

    Anybody may write to it, since the server may run as somebody else; the system lets only the
    peer that it is connected to (unix(7)), which is why it is connected first.
    """
    if path.startswith("@"):
        sock.bind("")  # Linux chooses an abstract name
        return None
    own = Path(tempfile.mkdtemp(prefix="sonde-")) / "client"
    try:
        sock.bind(str(own))
        own.parent.chmod(0o711)
        own.chmod(0o666)
    except BaseException:
        _forget(own)
        raise
    return own


def _forget(own: Path | None) -> None:
    if own is not None:
        with contextlib.suppress(OSError):
            own.unlink(missing_ok=True)
            os.rmdir(own.parent)
