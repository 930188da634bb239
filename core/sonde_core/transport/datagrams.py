"""A datagram socket that answers many: each source address is a link of its own."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from ..errors import RequestError
from . import sockopts
from .drops import Drops
from .edge import address_text

if TYPE_CHECKING:
    from .base import LinkOwner, Log

# Of UDP, of IPv6, a path, an abstract name; None for a Unix socket without a name.
Source: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | str | bytes | None

HIGH_WATER: Final = 1 << 18
# Seconds before a socket that took nothing is asked again; twice as long each time. No poll tells
# when a Unix client has room again, unless the socket is connected to it (unix(7)).
SOON: Final = 0.001
LATEST: Final = 0.064


class SourceLink:
    """What comes from one address; answers leave from the socket that was written to.

    Attributes:
        heard: When the last datagram came or went, in the loop's time.
        queued: Bytes that the system does not take yet: a Unix client may not read.
    """

    is_message = True
    can_half_close = False

    def __init__(self, hub: DatagramHub, source: Source, owner: LinkOwner) -> None:
        self.owner = owner
        self.local = hub.local
        self.peer = address_text(source) or "unix clients without a name"
        self.queued = 0
        self._hub = hub
        self._source = source
        self._closed = False
        self._late: deque[bytes] = deque()
        self._retry: asyncio.TimerHandle | None = None
        self._pause = SOON
        self._room = asyncio.Event()
        self._room.set()
        self.heard = asyncio.get_running_loop().time()

    @property
    def unsent(self) -> int:
        return self.queued

    def write(self, data: bytes) -> None:
        """Send one datagram.

        Raises:
            OSError: The kernel does not take it: it is too large, or a Unix client is gone.
            RequestError: The client has no name.
        """
        if self._closed:
            return
        if not self._source:
            raise RequestError(
                "A client without a name cannot be answered.",
                hint="It has to bind its socket before it sends.",
                phase="send",
            )
        self.heard = asyncio.get_running_loop().time()
        try:
            if self._late:  # the order stays
                raise BlockingIOError
            self._hub.send(data, self._source)
        except BlockingIOError:
            self._keep(data)
        except (ConnectionError, FileNotFoundError) as error:
            self.owner.on_advice(error)
            raise

    def _keep(self, data: bytes) -> None:
        self._late.append(data)
        self.queued += len(data)
        if self.queued > HIGH_WATER:
            self._room.clear()
        if self._retry is None:
            self._try_later(SOON)

    def _try_later(self, pause: float) -> None:
        self._pause = pause
        self._retry = asyncio.get_running_loop().call_later(pause, self._send_late)

    def _send_late(self) -> None:
        self._retry = None
        waiting = len(self._late)
        try:
            while self._late:
                self._hub.send(self._late[0], self._source)
                self.queued -= len(self._late.popleft())
        except BlockingIOError:
            stuck = len(self._late) == waiting
            self._try_later(min(self._pause * 2, LATEST) if stuck else SOON)
        except OSError as error:
            self._drop_late()
            self.owner.on_advice(error)
        if self.queued <= HIGH_WATER:
            self._room.set()

    def _drop_late(self) -> None:
        self._late.clear()
        self.queued = 0
        self._room.set()
        if self._retry:
            self._retry.cancel()
            self._retry = None

    async def drain(self) -> None:
        """Wait while the system takes no more."""
        await self._room.wait()

    def write_end(self) -> None:
        """Do nothing: datagrams have no end."""

    def pause(self) -> None:
        """Do nothing: the socket serves others too, and the record is bounded by itself."""

    def resume(self) -> None:
        """Do nothing."""

    def give_rest(self) -> None:
        """Do nothing: the listener is told of what the system dropped."""

    def close(self) -> None:
        self._end()

    def abort(self) -> None:
        self._end()

    def _end(self) -> None:
        if not self._closed:
            self._closed = True
            self._drop_late()
            self._hub.forget(self._source)
            asyncio.get_running_loop().call_soon(self.owner.on_lost, None)


class DatagramHub(asyncio.DatagramProtocol):
    """One bound datagram socket.

    Attributes:
        links: By source address.
        facts: The socket's options, read back.
    """

    def __init__(
        self, sock: socket.socket, meet: Callable[[Source], SourceLink | None], log: Log
    ) -> None:
        """Wait for a transport.

        Args:
            sock: Bound.
            meet: Makes the link for a new address; None refuses it.
            log: Told of what the system dropped.
        """
        self.local = address_text(sock.getsockname())
        self.links: dict[Source, SourceLink] = {}
        self.facts = sockopts.facts(sock)
        self._socket = sock
        self._meet = meet
        self._drops = Drops(sock, log)
        self._transport: asyncio.DatagramTransport | None = None

    def send(self, data: bytes, source: Source) -> None:
        """Send one datagram, also an empty one: the transport would swallow it.

        Raises:
            OSError: The system does not take it; BlockingIOError when it may later.
        """
        self._socket.sendto(data, cast("tuple[str, int] | str | bytes", source))

    def forget(self, source: Source) -> None:
        """Let a new datagram from there begin a new session."""
        self.links.pop(source, None)

    def shut(self) -> None:
        """Let nobody in who is not there yet."""
        self._meet = lambda _: None

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._drops.look()
        source = cast("Source", addr) or None
        link = self.links.get(source)
        if link is None:
            link = self._meet(source)
            if link is None:
                return
            self.links[source] = link
        link.heard = asyncio.get_running_loop().time()
        link.owner.on_data(bytes(data))

    def error_received(self, exc: Exception) -> None:
        """Ignore it: an unconnected socket is not told whose datagram was refused."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._drops.close()
