"""Datagrams to one place: what UDP and Unix datagram sockets have in common."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import TYPE_CHECKING, Final, Protocol, cast

from . import sockopts
from .edge import address_text

if TYPE_CHECKING:
    from .base import LinkOwner

HIGH_WATER: Final = 1 << 18


class _Paced(Protocol):
    """What asyncio's transport for datagrams can; its type says less."""

    def sendto(self, data: bytes, addr: object = None) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def set_write_buffer_limits(self, high: int) -> None: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class DatagramLink(asyncio.DatagramProtocol):
    """A connected datagram socket: only a connected one hears that its datagrams were refused.

    Attributes:
        facts: The socket's options, read back.
    """

    is_message = True
    can_half_close = False

    def __init__(self, owner: LinkOwner, sock: socket.socket, peer: str) -> None:
        self.owner = owner
        self.local = address_text(sock.getsockname())
        self.peer = peer
        self.facts = sockopts.facts(sock)
        self._socket = sock
        self._address: object = None  # None where it is connected
        self._transport: _Paced | None = None
        self._room = asyncio.Event()
        self._room.set()

    @property
    def queued(self) -> int:
        """Bytes that the system did not take yet; a peer that does not read fills its queue."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    @property
    def unsent(self) -> int:
        return self.queued

    def write(self, data: bytes) -> None:
        """Send one datagram, also an empty one: the transport would swallow it.

        Raises:
            OSError: The kernel does not take it, such as one that is too large, or an empty one
                while others wait.
        """
        if self._transport is None or self._transport.is_closing():
            return
        try:
            if self.queued:  # the order stays
                raise BlockingIOError(errno.EAGAIN, "others wait before it")
            self._send(data)
        except BlockingIOError:
            if not data:
                raise
            self._transport.sendto(data, self._address)

    def _send(self, data: bytes) -> None:
        self._socket.send(data)

    async def drain(self) -> None:
        """Wait while the system takes no more."""
        await self._room.wait()

    def write_end(self) -> None:
        """Do nothing: a datagram socket has no end."""

    def pause(self) -> None:
        """Do nothing: the record is bounded by itself."""

    def resume(self) -> None:
        """Do nothing."""

    def give_rest(self) -> None:
        """Tell of what came and was not told of: here there is nothing."""

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("_Paced", transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.owner.on_data(bytes(data))

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self.owner.on_advice(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.set()
        self.owner.on_lost(exc)
