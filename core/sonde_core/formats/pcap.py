"""An entry as a capture file of the older kind, for programs that do not read pcapng.

The packets are the same; what pcapng says of them in comments has no place in it
(draft-ietf-opsawg-pcap).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ..history.entry import Entry
from .pcapng import as_pcapng

_NANOSECONDS: Final = 0xA1B23C4D  # what such a file begins with, for times to the nanosecond
_LARGEST: Final = 1 << 18  # bytes of a packet
_RAW_IP: Final = 101
_PACKET: Final = struct.Struct("<I4xIIIII")  # its kind, and behind the interface time and sizes
_SECOND: Final = 1_000_000_000
_LATEST: Final = (1 << 32) - 1  # seconds, in 2106


def as_pcap(entry: Entry, *, reveal: bool = False) -> Iterator[bytes]:
    """Yield the parts of a capture file; as `as_pcapng`, which raises the same."""
    head = struct.pack("<IHHiIII", _NANOSECONDS, 2, 4, 0, 0, _LARGEST, _RAW_IP)
    return chain([head], _packets(as_pcapng(entry, reveal=reveal)))


def _packets(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        if len(block) < _PACKET.size + 4 or block[:4] != b"\x06\0\0\0":
            continue
        _, _, high, low, kept, size = _PACKET.unpack_from(block)
        seconds, rest = divmod(high << 32 | low, _SECOND)
        start, seconds = _PACKET.size, min(seconds, _LATEST)
        yield struct.pack("<IIII", seconds, rest, kept, size) + block[start : start + kept]
