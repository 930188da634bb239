"""Multicast and broadcast: sending to many, and joining them."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from ..errors import RequestError
from ..quoting import quoted
from ..session_request import SessionOptions

_HINT: Final = "`ip address` lists the interfaces and their addresses."


def is_group(host: str) -> bool:
    """Tell whether an address in numbers is a multicast group (RFC 5771, RFC 4291)."""
    with contextlib.suppress(ValueError):
        return ip_address(host.partition("%")[0]).is_multicast
    return False


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; the system's choice when both are empty.

    Attributes:
        index: As the system counts them; 0 for none.
        address: IPv4 address that it has; empty when it was not named by one.
    """

    index: int = 0
    address: str = ""

    @property
    def request(self) -> bytes:
        """Its part of `struct ip_mreqn` (ip(7))."""
        return socket.inet_aton(self.address or "0.0.0.0") + struct.pack("@i", self.index)  # noqa: S104


def interface(name: str, family: int, scope: int = 0) -> Interface:
    """Return an interface by its name, or for IPv4 by one of its addresses.

    Args:
        name: Empty for the system's choice.
        family: Of the group.
        scope: From the group's address, for IPv6.

    Raises:
        RequestError: There is none.
    """
    if not name:
        return Interface(scope)
    if family == socket.AF_INET:
        with contextlib.suppress(ValueError):
            return Interface(address=str(ip_address(name)))
    try:
        return Interface(socket.if_nametoindex(name))
    except OSError as error:
        text = f"There is no network interface {quoted(name)}."
        raise RequestError(text, hint=_HINT, phase="request") from error


def aim(sock: socket.socket, address: tuple[object, ...], options: SessionOptions) -> str:
    """Prepare a socket for sending to a group; returns the facts' text for the interface.

    Datagrams are heard on this machine too, so that what listens here is reached.
    """
    scope = address[3] if len(address) > 3 and isinstance(address[3], int) else 0
    through = interface(options.interface, sock.family, scope)
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, options.hops)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        if options.interface:
            request = socket.inet_aton("0.0.0.0") + through.request  # noqa: S104
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, options.hops)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
        if through.index:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, through.index)
    return options.interface


def join(sock: socket.socket, address: tuple[object, ...], name: str) -> None:
    """Have the datagrams of a group delivered to a bound socket.

    Raises:
        OSError: No interface has a way to the group.
    """
    group = str(address[0]).partition("%")[0]
    scope = address[3] if len(address) > 3 and isinstance(address[3], int) else 0
    through = interface(name, sock.family, scope)
    if sock.family == socket.AF_INET:
        request = socket.inet_aton(group) + through.request
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    else:
        request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", through.index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
