"""IP packets that were never on a wire: headers for bytes that a recording has.

IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293) and UDP (RFC 768), each with its checksum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_LARGEST: Final = 0xFFFF  # what the length fields of IP hold
_TCP: Final = 6
_UDP: Final = 17
_HOPS: Final = 64
_UNBROKEN: Final = 0x4000  # the flag that forbids fragments
_WINDOW: Final = 0xFFFF
# What both sides offer in their SYN: the segment size, filled in, and a window of 1 GiB (RFC 7323).
_OFFER: Final = struct.Struct("!BBHBBBB")
_WINDOW_SCALE: Final = 14


class Flag(IntFlag):
    """The flags of a TCP segment that are used here."""

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16


@dataclass(frozen=True, slots=True)
class Place:
    """An address with a port."""

    address: Address
    port: int


def place_of(text: str, instead: Place) -> Place:
    """Read `host:port` as an exchange has it, without a zone; what is no address is `instead`."""
    host, _, port = text.rpartition(":")
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
        number = int(port)
    except ValueError:
        return instead
    return Place(address, number) if 0 < number <= _LARGEST else instead


class Wire:
    """Writes packets from one place to another; where one is IPv6, both are.

    Attributes:
        segment: The most bytes that a TCP segment carries.
        datagram: The most bytes that a UDP datagram carries.
    """

    def __init__(self, source: Place, target: Place) -> None:
        old = source.address.version == target.address.version == 4
        addresses = [_packed(place.address, old=old) for place in (source, target)]
        self._between = b"".join(addresses)
        self._ports = struct.pack("!HH", source.port, target.port)
        self._old = old
        room = _LARGEST - (20 if old else 0)
        self.segment = room - 20
        self.datagram = room - 8

    def tcp(self, flags: Flag, sequence: int, acknowledged: int, data: bytes = b"") -> bytes:
        """Write a segment; one with SYN has the options of an opening."""
        options = b""
        if Flag.SYN in flags:
            options = _OFFER.pack(2, 4, self.segment, 1, 3, 3, _WINDOW_SCALE)
        offset = (20 + len(options)) // 4 << 4
        numbers = struct.pack(
            "!IIBBH", sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, offset, flags, _WINDOW
        )
        head = self._ports + numbers
        checksum = self._checksum(_TCP, head + b"\0\0\0\0" + options, data)
        return self._ip(_TCP, head + struct.pack("!HH", checksum, 0) + options, data)

    def udp(self, data: bytes) -> bytes:
        """Write a datagram with as much of the bytes as it can carry."""
        data = data[: self.datagram]
        head = self._ports + struct.pack("!H", 8 + len(data))
        checksum = self._checksum(_UDP, head + b"\0\0", data) or 0xFFFF
        return self._ip(_UDP, head + struct.pack("!H", checksum), data)

    def _checksum(self, protocol: int, head: bytes, data: bytes) -> int:
        size = len(head) + len(data)
        pseudo = self._between + struct.pack("!IHH", size, 0, protocol)
        return _checksum(b"".join((pseudo, head, data, b"\0" * (size % 2))))

    def _ip(self, protocol: int, head: bytes, data: bytes) -> bytes:
        size = len(head) + len(data)
        if not self._old:
            before = struct.pack("!IHBB", 6 << 28, size, protocol, _HOPS)
            return b"".join((before, self._between, head, data))
        before = struct.pack("!BBHHHBB", 0x45, 0, 20 + size, 0, _UNBROKEN, _HOPS, protocol)
        checksum = struct.pack("!H", _checksum(before + self._between))
        return b"".join((before, checksum, self._between, head, data))


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of an even number of bytes.

    A sum of 16-bit words whose carries are added again is the rest of a division by 65,535.
    """
    return -int.from_bytes(data, "big") % _LARGEST


def _packed(address: Address, *, old: bool) -> bytes:
    if old or address.version == 6:
        return address.packed
    return bytes(10) + b"\xff\xff" + address.packed  # RFC 4291, section 2.5.5.2
