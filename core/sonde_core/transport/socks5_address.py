"""Addresses as SOCKS5 writes them, and the header of its datagrams (RFC 1928, sections 5 and 7)."""

from __future__ import annotations

import contextlib
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from ..endpoint import join_host
from ..payload import escape

IPV4: Final = 1
NAME: Final = 3
IPV6: Final = 4
SIZES: Final = {IPV4: 4, IPV6: 16}
_RESERVED: Final = 2  # bytes before the number of the fragment
_LONGEST_NAME: Final = 255


class Place(NamedTuple):
    """A host and a port.

    Attributes:
        host: An address in numbers, or a name with what is no text escaped.
    """

    host: str
    port: int

    @property
    def is_unsaid(self) -> bool:
        """Whether the address is empty or all zeros: who hears it knows it, or has to guess."""
        if not self.host:
            return True
        with contextlib.suppress(ValueError):
            return ip_address(self.host).is_unspecified
        return False

    def __str__(self) -> str:
        return join_host(self.host, self.port)


def pack(host: str, port: int) -> bytes:
    """Write a host and a port; names are left to the proxy, zones of IPv6 to ourselves.

    Raises:
        UnicodeError: The host cannot be a name.
    """
    with contextlib.suppress(ValueError):
        address = ip_address(host.partition("%")[0])
        kind = IPV4 if address.version == 4 else IPV6
        return bytes((kind,)) + address.packed + port.to_bytes(2, "big")
    name = host.encode("ascii" if host.isascii() else "idna")
    if len(name) > _LONGEST_NAME:
        raise UnicodeError(f"a name has {_LONGEST_NAME} bytes at most")
    return bytes((NAME, len(name))) + name + port.to_bytes(2, "big")


def unpack(kind: int, data: bytes) -> Place:
    """Read a host, without the length of a name, and the two bytes of a port."""
    port = int.from_bytes(data[-2:], "big")
    if kind == NAME:
        return Place(escape(data[:-2]), port)
    address = ip_address(data[:-2])
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address  # as a dual-stack proxy sees it
    return Place(str(address), port)


class HeaderError(ValueError):
    """A datagram that cannot be taken; in words that go on after `dropped: `."""


def header(host: str, port: int) -> bytes:
    """Return what stands before a whole datagram to a place; raises UnicodeError as `pack` does."""
    return bytes(_RESERVED + 1) + pack(host, port)


def read_header(data: bytes) -> tuple[Place, int]:
    """Return where a datagram is from, and the size of its header in bytes.

    Raises:
        HeaderError: It is a fragment, or has no header.
    """
    if len(data) < _RESERVED + 2:
        raise HeaderError("without a SOCKS5 header")
    if data[_RESERVED]:
        raise HeaderError("in fragments, which are not put together")
    kind = data[_RESERVED + 1]
    start = _RESERVED + 2
    size = SIZES.get(kind, 0)
    if kind == NAME and len(data) > start:
        size, start = data[start], start + 1
    end = start + size + 2
    if not size or len(data) < end:
        raise HeaderError("without a SOCKS5 header")
    return unpack(kind, data[start:end]), end
