"""Multicast and broadcast: sending to many, and joining them."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import Final

from ..errors import RequestError
from ..quoting import quoted
from ..session_request import SessionOptions

_ANY: Final = bytes(4)
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
        address = socket.inet_aton(self.address) if self.address else _ANY
        return address + struct.pack("@i", self.index)


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
            return Interface(address=str(IPv4Address(name)))
    try:
        return Interface(socket.if_nametoindex(name))
    except (OSError, ValueError) as error:
        text = f"There is no network interface {quoted(name)}."
        raise RequestError(text, hint=_HINT, phase="request") from error


def scoped(
    address: tuple[str, int] | tuple[str, int, int, int], name: str
) -> tuple[str, int] | tuple[str, int, int, int]:
    """Return a group's address with the interface as its scope, where IPv6 needs one (RFC 4007).

    Raises:
        RequestError: There is no such interface.
    """
    if len(address) == 2 or address[3] or not name:
        return address
    return (*address[:3], interface(name, socket.AF_INET6).index)


def aim(sock: socket.socket, address: tuple[object, ...], options: SessionOptions) -> None:
    """Prepare a socket for sending to a group.

    Datagrams are heard on this machine too, so that what listens here is reached.

    Raises:
        RequestError: There is no such interface.
        OSError: The interface cannot be used for it.
    """
    through = interface(options.interface, sock.family, _scope(address))
    hops = min(options.hops, 255)
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        if options.interface:
            request = _ANY + through.request
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
        if through.index:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, through.index)


def join(sock: socket.socket, address: tuple[object, ...], name: str) -> None:
    """Have the datagrams of a group delivered to a bound socket.

    Raises:
        RequestError: There is no such interface.
        OSError: No interface has a way to the group.
    """
    group = str(address[0]).partition("%")[0]
    through = interface(name, sock.family, _scope(address))
    if sock.family == socket.AF_INET:
        request = socket.inet_aton(group) + through.request
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    else:
        request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", through.index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)


def _scope(address: tuple[object, ...]) -> int:
    return address[3] if len(address) > 3 and isinstance(address[3], int) else 0
