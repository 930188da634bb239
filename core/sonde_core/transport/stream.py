"""Byte streams: what TCP and Unix sockets have in common, on an asyncio transport."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from typing import Final, cast

from . import sockopts
from .base import LinkOwner
from .edge import address_text
from .hang_up import error_of, hung_up, unsent

READ: Final = 1 << 18  # also what asyncio reads at most where it makes the room itself
# Below this a read is short: one that is kept costs its own size only where it is copied.
_LONG: Final = 1 << 16
HIGH_WATER: Final = 1 << 18
# A receive queue is bounded by net.ipv4.tcp_rmem; what a reset left in it is read up to this.
RESCUE: Final = 1 << 25
GLANCE: Final = 1.0  # seconds from one look at a half-closed socket to the next


class _Scratch(threading.local):
    """One buffer for all links of a thread's loop: it is filled and emptied in one step."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(READ))


_SCRATCH: Final = _Scratch()


class StreamLink(asyncio.BufferedProtocol):
    """A connected stream socket.

    Reads go to one buffer, and what came is copied: a chunk that is kept costs its own size. While
    they are long it is read in the other way, see `_Long`.

    Attributes:
        facts: The socket's options, read back.
    """

    is_message = False
    can_half_close = True

    def __init__(self, owner: LinkOwner, *, paused: bool = False) -> None:
        """Wait for a transport.

        Args:
            owner: Hears what arrives.
            paused: Read nothing until `resume`: what comes belongs to a layer to be put on top.
        """
        self.owner = owner
        self.local = ""
        self.peer = ""
        self.facts: dict[str, str] = {}
        self._view = _SCRATCH.view
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._start_paused = paused
        self._ended = False
        self._end_wanted = False
        self._end_sent = False
        self._writing_paused = False
        self._lost = False
        self._error: BaseException | None = None
        self._broke: OSError | None = None  # found by looking, after the peer's end
        self._looking: asyncio.TimerHandle | None = None
        self._given_back = b""
        self._waiters: set[asyncio.Future[None]] = set()

    def take(self, sock: socket.socket) -> None:
        """Remember the socket behind the transport; called before the transport is made."""
        self._socket = sock
        self.facts = sockopts.facts(sock)
        self.local = address_text(sock.getsockname())
        self.peer = address_text(sock.getpeername())

    @property
    def queued(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport and not self._lost else 0

    @property
    def unsent(self) -> int:
        if self._socket is None or self._lost:
            return 0
        return self.queued + max(unsent(self._socket) - self._end_sent, 0)  # FIN counts as a byte

    def write(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing() and not self._end_wanted:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the transport takes more.

        Raises:
            OSError: The link was lost meanwhile.
        """
        if self._writing_paused and not self._lost:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
        if self._lost:
            if isinstance(self._error, OSError):
                raise self._error
            raise ConnectionAbortedError(103, "the connection is closed")

    def write_end(self) -> None:
        """Send FIN once all that is queued was taken.

        The transport's own `write_eof` calls `shutdown` unguarded when its buffer runs empty, and
        a reset by then ends in the loop's exception handler; so we shut down ourselves.
        """
        if self._transport is None or self._lost or self._end_wanted:
            return
        self._end_wanted = True
        self._transport.set_write_buffer_limits(high=0)
        if not self.queued:
            self._shut_down()

    def pause(self) -> None:
        if self._transport and not self._lost and not self._ended:
            self._transport.pause_reading()
        self._start_paused = True

    def resume(self) -> None:
        self._start_paused = False
        if self._transport and not self._lost and not self._ended:
            self._transport.resume_reading()
        if self._given_back:
            data, self._given_back = self._given_back, b""
            self.owner.on_data(data)

    def give_back(self, data: bytes) -> None:
        """Take bytes that were read and belong to the next owner: `resume` hands them over first.

        The link is paused.
        """
        self._given_back = data

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        if self._transport and not self._lost:
            self._reset_on_close()
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        if self._start_paused:
            self._transport.pause_reading()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        if nbytes == READ and self._transport:
            self._transport.set_protocol(_Long(self, self._transport))
        self.owner.on_data(bytes(self._view[:nbytes]))

    def eof_received(self) -> bool:
        if not self._ended:
            self._ended = True
            self._look_later()
            self.owner.on_end()
        return True  # anything else closes the transport, and a late answer is lost

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._wake()
        if self._end_wanted:
            self._shut_down()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and not self._ended:
            self._rescue()
        if self._looking:
            self._looking.cancel()
        self._lost = True
        self._error = exc or self._broke
        self._wake()
        self.owner.on_lost(self._error)

    def _look_later(self) -> None:
        self._looking = asyncio.get_running_loop().call_later(GLANCE, self._look)

    def _look(self) -> None:
        if self._transport is None or self._socket is None or self._transport.is_closing():
            return
        if self._end_sent:
            return  # both ends are through, and so it is hung up: who owns it closes it
        if hung_up(self._socket):
            self._broke = error_of(self._socket)
            self._transport.abort()
        else:
            self._look_later()

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _shut_down(self) -> None:
        if self._end_sent or self._socket is None:
            return
        self._end_sent = True
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            return  # reset by now; `connection_lost` tells

    def _reset_on_close(self) -> None:
        """Make the coming close a reset (RFC 9293, section 3.10.5)."""
        if self._socket is not None and self._socket.family != socket.AF_UNIX:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _rescue(self) -> None:
        """Deliver what arrived before a reset that a write ran into first.

        The kernel still has it, and the transport closes the socket when we return.
        """
        taken = 0
        while self._socket is not None and taken < RESCUE:
            try:
                data = self._socket.recv(READ)
            except OSError:
                return
            if not data:
                return
            taken += len(data)
            self.owner.on_data(data)


class _Long(asyncio.Protocol):
    """Reads for a link while much comes: each read is kept as it came, uncopied."""

    def __init__(self, link: StreamLink, transport: asyncio.Transport) -> None:
        self._link = link
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if len(data) < _LONG:
            self._transport.set_protocol(self._link)
            data = bytes(memoryview(data))
        self._link.owner.on_data(data)

    def eof_received(self) -> bool:
        return self._link.eof_received()

    def pause_writing(self) -> None:
        self._link.pause_writing()

    def resume_writing(self) -> None:
        self._link.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.connection_lost(exc)
