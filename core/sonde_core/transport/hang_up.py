"""What only the system knows of a stream socket: whether its peer hung up, and what never left.

asyncio reads no more of a socket then, and hears of a reset only when it writes. A client that
half-closed, waited and was killed would look as if it still waited.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import sys
from typing import Final

# Elsewhere POLLHUP may mean a half-close, too.
_TELLS: Final = sys.platform == "linux"
_NOT_SENT: Final = 0x894B  # SIOCOUTQNSD of tcp(7): bytes of the send queue that were never sent


def hung_up(sock: socket.socket) -> bool:
    """Whether the peer, which sent its end, takes nothing more either: see poll(2), POLLHUP.

    TCP knows that of a reset only; a Unix socket also when the peer closed it.
    """
    if not _TELLS or sock.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(sock, 0)
    return bool(poll.poll(0))


def error_of(sock: socket.socket) -> OSError | None:
    """Return what broke a socket that hung up; None when the peer closed it in order."""
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if sock.family != socket.AF_UNIX and number in (0, errno.EPIPE):
        number = errno.ECONNRESET  # Linux says EPIPE for a reset after the peer's end
    return OSError(number, os.strerror(number)) if number else None


def unsent(sock: socket.socket) -> int:
    """Return how many bytes the system took and did not send; 0 where it does not tell.

    A Unix socket has none: what is sent is with the peer at once.
    """
    if not _TELLS or sock.fileno() < 0 or sock.family == socket.AF_UNIX:
        return 0
    try:
        told = fcntl.ioctl(sock, _NOT_SENT, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(told, sys.byteorder)
