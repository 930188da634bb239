"""Datagrams that came faster than they were read, and that the system dropped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from typing import Final

from ..model import EventKind
from .base import Log

# Linux counts them for each socket (sock_diag(7)): the last of nine numbers.
_MEMINFO: Final = 55
_NUMBERS: Final = "9I"
_DROPS: Final = 8

EVERY: Final = 0.25  # seconds: so often it is told at most


class Drops:
    """Tells how many the system dropped, where it counts them."""

    def __init__(self, sock: socket.socket, log: Log) -> None:
        self._socket = sock
        self._log = log
        self._seen = 0
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look soon: some datagrams came."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._check)

    def close(self) -> None:
        """Tell what is not told yet; the socket is still open."""
        if self._timer is not None:
            self._timer.cancel()
            self._check()

    def _check(self) -> None:
        self._timer = None
        count = dropped(self._socket)
        new = (count - self._seen) % (1 << 32)
        if new:
            self._seen = count
            what = "1 datagram was" if new == 1 else f"{new} datagrams were"
            text = f"{what} dropped by the system: they came faster than they were read"
            self._log(EventKind.NOTE, text, dropped=str(new))


def dropped(sock: socket.socket) -> int:
    """Return how many datagrams for this socket were dropped; 0 where nobody counts."""
    if sys.platform != "linux":
        return 0
    with contextlib.suppress(OSError, struct.error):
        raw = sock.getsockopt(socket.SOL_SOCKET, _MEMINFO, struct.calcsize(_NUMBERS))
        return int(struct.unpack(_NUMBERS, raw)[_DROPS])
    return 0
