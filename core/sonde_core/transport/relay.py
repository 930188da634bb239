"""Datagrams through a SOCKS5 proxy, once it relays them (RFC 1928, section 7)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from ..errors import PeerClosedError, RequestError, SondeError
from ..model import EventKind
from .base import LinkOwner
from .edge import address_text
from .proxy import ProxyOwner
from .socks5_address import HeaderError, Place, header, read_header
from .strays import Strays
from .udp import UdpLink

if TYPE_CHECKING:
    from .base import Log
    from .stream import StreamLink

# What one datagram of UDP over IPv4 carries, the header for the proxy included.
LARGEST: Final = 65_507
# Seconds between our last datagram and the end of the connection that keeps the relay: it may drop
# what it has not passed on by then.
LAST: Final = 0.1
# Datagrams read at most when the relay is gone: a receive queue of the usual size holds fewer.
RESCUE: Final = 4096


class RelayedLink(UdpLink):
    """A UDP socket that is connected to a proxy's relay, for datagrams to and from one target.

    As on a connected socket, what others than the target send is not let through, and a NOTE says
    so. Where the target was named, whoever answers from its port is the target, since only the
    proxy knows its addresses; before a datagram of another one a NOTE has its `source`.
    """

    def __init__(
        self, owner: LinkOwner, sock: socket.socket, control: Control, target: Place, log: Log
    ) -> None:
        """Take over both sockets; raises UnicodeError for a target that cannot be a name."""
        super().__init__(owner, sock, address_text(sock.getpeername()), log)
        self._control = control
        self._target = target
        self._is_named = not _in_numbers(target.host)
        self._head = header(*target)
        self._expected = self._head
        self._log = log
        self._strays = Strays(log)
        self._wrote_at = 0.0
        self._ending: asyncio.TimerHandle | None = None
        self._broken: SondeError | None = None

    def write(self, data: bytes) -> None:
        """Send one datagram, also an empty one.

        Raises:
            RequestError: It is too large.
            PeerClosedError: The proxy ended the relay.
            OSError: The kernel does not take it.
        """
        if self._broken:
            raise self._broken
        most = LARGEST - len(self._head)
        if len(data) > most:
            raise RequestError(
                f"A datagram of {len(data)} bytes is too large.",
                hint=f"Through this proxy one carries {most:,} bytes at most.",
                phase="send",
            )
        super().write(self._head + data)
        self._wrote_at = asyncio.get_running_loop().time()

    def give_rest(self) -> None:
        super().give_rest()
        self._strays.close()

    def close(self) -> None:
        """Close once the relay had time to pass on what was sent last."""
        loop = asyncio.get_running_loop()
        left = self._wrote_at + LAST - loop.time()
        if left <= 0:
            super().close()
        elif self._ending is None:
            self._ending = loop.call_later(left, super().close)

    def broke(self, words: str) -> None:
        """End it, since the relay is gone; what it sent before is read."""
        if self._broken or self._transport is None or self._transport.is_closing():
            return
        with contextlib.suppress(OSError):
            for _ in range(RESCUE):
                self.datagram_received(self._socket.recv(1 << 16), None)
        self._broken = PeerClosedError(
            f"The proxy {self._control.name} relays no more datagrams: {words}.",
            hint="Open it again; a proxy may end what is idle for long.",
            phase="receive",
        )
        self.abort()

    # asyncio's side

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data.startswith(self._expected) or self._is_welcome(data):
            super().datagram_received(data[len(self._expected) :], addr)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ending:
            self._ending.cancel()
        self._control.close()
        super().connection_lost(self._broken or exc)

    def _is_welcome(self, data: bytes) -> bool:
        """Whether a datagram is from the target; its header is expected from then on."""
        try:
            source, size = read_header(data)
        except HeaderError as error:
            self._strays.add(str(error))
            return False
        if not self._is_target(source):
            self._strays.add("from {source}, which was not asked", str(source))
            return False
        self._expected = data[:size]
        if self._is_named:
            self._log(EventKind.NOTE, f"from {source}", source=str(source))
        return True

    def _is_target(self, source: Place) -> bool:
        if source.is_unsaid:  # a proxy that does not say whose it is
            return True
        known = self._is_named or _in_numbers(source.host) == _in_numbers(self._target.host)
        return known and source.port == self._target.port


class Control(ProxyOwner):
    """The connection over which the relay was asked for: it is there as long as this is."""

    def __init__(self, link: StreamLink, name: str) -> None:
        """Take a link over, which is paused; `name` is the proxy's address."""
        self.name = name
        self.relayed: RelayedLink | None = None
        self._link = link

    def watch(self, relayed: RelayedLink) -> None:
        """End the relayed link when this connection ends."""
        self.relayed = relayed
        self._link.owner = self
        self._link.resume()

    def close(self) -> None:
        self._link.close()

    def on_data(self, data: bytes) -> None:
        """Ignore it: nothing is said there any more."""

    def gone(self, words: str) -> None:
        if self.relayed:
            self.relayed.broke(words)


def _in_numbers(host: str) -> object:
    """Return an address without its zone, as a value; None for a name."""
    with contextlib.suppress(ValueError):
        address = ip_address(host.partition("%")[0])
        return (address.version == 6 and address.ipv4_mapped) or address
    return None
