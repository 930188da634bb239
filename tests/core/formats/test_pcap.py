from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.errors import BodyError
from sonde_core.formats.pcap import as_pcap
from sonde_core.formats.pcapng import as_pcapng
from sonde_core.history.entry import Entry
from sonde_core.model import Event, EventKind

from .capturing import needs_tshark, read, tshark
from .conftest import received, sent, session_entry

FACTS = {"peer": "192.168.1.2:7", "local": "192.168.1.1:40000"}


def talk() -> Entry:
    said = (sent(b"ping", 1.0), received(b"pong" * 50_000, 2.5), Event(3.0, EventKind.CLOSED, "x"))
    entry = session_entry("tcp://h:7", Event(0.5, EventKind.CONNECTED, "connected", FACTS), *said)
    return replace(entry, exchange=replace(entry.exchange, peer=FACTS["peer"]))


def packets(data: bytes) -> list[tuple[int, bytes]]:
    """Read a file: when each packet was, in nanoseconds, and its bytes."""
    assert data[:24] == struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 101)
    found, at = [], 24
    while at < len(data):
        seconds, rest, kept, size = struct.unpack_from("<IIII", data, at)
        assert kept == size
        found.append((seconds * 10**9 + rest, data[at + 16 : at + 16 + kept]))
        at += 16 + kept
    assert at == len(data)
    return found


def test_the_packets_are_those_of_pcapng() -> None:
    entry = talk()
    found = packets(b"".join(as_pcap(entry, reveal=True)))
    other = read(b"".join(as_pcapng(entry, reveal=True)))
    assert [at for at, _ in found] == [packet.at for packet in other.packets]
    for (_, data), packet in zip(found, other.packets, strict=True):
        assert data[40:].endswith(packet.data)
        assert data[0] == 0x45


def test_without_a_connection_there_is_none() -> None:
    entry = session_entry("tcp://h:7")
    with pytest.raises(BodyError, match="no packets"):
        as_pcap(replace(entry, exchange=replace(entry.exchange, peer="")))


@needs_tshark
def test_wireshark_opens_it(tmp_path: Path) -> None:
    data = b"".join(as_pcap(talk(), reveal=True))
    assert len(tshark(data, tmp_path, "-Y", "tcp.flags.syn == 1")) == 2
