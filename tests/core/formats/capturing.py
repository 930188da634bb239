"""Capture files read back: a small reader of our own, and tshark where there is one."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")

FLAGS = {1: "F", 2: "S", 4: "R", 8: "P", 16: "A"}


@dataclass(frozen=True)
class Read:
    """A packet as it stands in a file; times in nanoseconds, checksums checked."""

    at: int
    source: str
    target: str
    protocol: int
    flags: str
    sequence: int
    acknowledged: int
    data: bytes
    comment: str
    way: int
    whole: int

    @property
    def end(self) -> int:
        """The sequence number after this segment."""
        return self.sequence + len(self.data) + ("S" in self.flags) + ("F" in self.flags)


@dataclass(frozen=True)
class Capture:
    """A file, read."""

    comment: str
    packets: list[Read]
    names: dict[str, str]
    last_words: str

    def said(self, source: str) -> bytes:
        """Return what one side said, each byte at its sequence number."""
        joined: dict[int, bytes] = {}
        for packet in self.packets:
            if packet.source == source and packet.data:
                joined.setdefault(packet.sequence, packet.data)
        return b"".join(joined[place] for place in sorted(joined))


def read(data: bytes) -> Capture:
    """Read a capture file strictly: every length, option and checksum has to be right."""
    comment, last_words, packets, names = "", "", list[Read](), dict[str, str]()
    for number, (kind, body) in enumerate(_blocks(data)):
        if kind == 0x0A0D0D0A:
            assert number == 0
            order, major, minor, _ = struct.unpack_from("<IHHq", body)
            assert (order, major, minor) == (0x1A2B3C4D, 1, 0)
            comment = _options(body[16:])[1].decode()
        elif kind == 1:
            assert struct.unpack_from("<H", body) == (101,)
            assert _options(body[8:])[9] == b"\x09"
        elif kind == 4:
            code, size = struct.unpack_from("<HH", body)
            width = {1: 4, 2: 16}[code]
            address, name = body[4 : 4 + width], body[4 + width : 4 + size]
            names[str(ip_address(address))] = name.rstrip(b"\0").decode()
        elif kind == 5:
            last_words = _options(body[12:])[1].decode()
        elif kind == 6:
            packets.append(_packet(body))
    return Capture(comment, packets, names, last_words)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        kind, size = struct.unpack_from("<II", data, place)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, place + size - 4) == (size,)
        yield kind, data[place + 8 : place + size - 4]
        place += size
    assert place == len(data)


def _options(data: bytes) -> dict[int, bytes]:
    found, place = dict[int, bytes](), 0
    while True:
        code, size = struct.unpack_from("<HH", data, place)
        if not code:
            assert place + 4 == len(data)
            return found
        found[code] = data[place + 4 : place + 4 + size]
        place += 4 + size + -size % 4


def _packet(body: bytes) -> Read:
    _, high, low, kept, whole = struct.unpack_from("<IIIII", body)
    packet, options = body[20 : 20 + kept], _options(body[20 + kept + -kept % 4 :])
    if packet[0] >> 4 == 4:
        assert struct.unpack_from("!H", packet, 2) == (kept,)
        assert _sum(packet[:20]) == 0xFFFF
        protocol, between, rest = packet[9], packet[12:20], packet[20:]
    else:
        assert struct.unpack_from("!H", packet, 4) == (kept - 40,)
        protocol, between, rest = packet[6], packet[8:40], packet[40:]
    half = len(between) // 2
    assert _sum(between + struct.pack("!II", len(rest), protocol) + rest) == 0xFFFF
    ports = struct.unpack_from("!HH", rest)
    hosts = [ip_address(each) for each in (between[:half], between[half:])]
    source, target = (
        f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"
        for host, port in zip(hosts, ports, strict=True)
    )
    if protocol == 6:
        _, sequence, acknowledged, offset, bits = struct.unpack_from("!IIIBB", rest)
        flags = "".join(letter for bit, letter in FLAGS.items() if bits & bit)
        data = rest[(offset >> 4) * 4 :]
    else:
        assert struct.unpack_from("!H", rest, 4) == (len(rest),)
        sequence, acknowledged, flags, data = 0, 0, "", rest[8:]
    way = struct.unpack("<I", options[2])[0]
    comment = options.get(1, b"").decode()
    at = high << 32 | low
    return Read(
        at, source, target, protocol, flags, sequence, acknowledged, data, comment, way, whole
    )


def _sum(data: bytes) -> int:
    """Add 16-bit words as RFC 1071 writes it down."""
    total: int = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def tshark(data: bytes, folder: Path, *options: str) -> list[str]:
    """Return the rows that tshark prints of a capture."""
    assert TSHARK
    file = folder / "capture.pcapng"
    file.write_bytes(data)
    checks = [f"-o{name}.check_checksum:TRUE" for name in ("ip", "tcp", "udp")]
    result = subprocess.run(
        [TSHARK, "-n", "-r", str(file), *checks, *options],
        capture_output=True,
        timeout=60,
        check=False,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.decode().splitlines()


def nothing_is_wrong(data: bytes, folder: Path) -> None:
    """Let tshark look at a capture as an expert does."""
    wrong = (
        "_ws.malformed or tcp.analysis.flags or ip.checksum.status==0 or tcp.checksum.status==0"
        " or udp.checksum.status==0 or ip.bogus_ip_length"
    )
    assert tshark(data, folder, "-Y", wrong) == []
    assert tshark(data, folder)
