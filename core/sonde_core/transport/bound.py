"""What a listener has bound."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from ..endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Bound:
    """What is bound.

    Attributes:
        endpoint: With the real port.
        sockets: One for each address family, on the same port.
        skipped: Addresses of the name that this machine does not have, with the reason.
        release: Removes what the sockets left behind; call it after closing them.
    """

    endpoint: Endpoint
    sockets: tuple[socket.socket, ...]
    skipped: tuple[str, ...] = ()
    release: Callable[[], None] = lambda: None

    @property
    def is_private(self) -> bool:
        """Whether only this machine can connect."""
        hosts = [sock.getsockname()[0] for sock in self.sockets if sock.family != socket.AF_UNIX]
        return all(ip_address(host.partition("%")[0]).is_loopback for host in hosts)
