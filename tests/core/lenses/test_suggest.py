from __future__ import annotations

import pytest

from sonde_core.lenses.suggest import suggest


@pytest.mark.parametrize(
    ("address", "heads", "name"),
    [
        ("udp://127.0.0.1:53", (b"", b""), "dns"),
        ("tcp://h:53", (b"\0\x1d\x12\x34", b""), "dns"),
        ("tcp://h:9", (b"GET / HTTP/1.1\r\n\r\n", b""), "http"),
        ("tcp://h:9", (b"", b"HTTP/1.1 200 OK\r\n\r\n"), "http"),
        ("tcp://h:9", (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n", b""), "websocket"),
        ("tcp://h:9", (b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"), "sse"),
        ("tcp://h:9", (b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"), "resp"),
        ("tcp://h:6379", (b"", b""), "resp"),
        ("tcp://h:6379", (b"\x16\x03\x01\x02\x00\x01\x00", b""), "tls"),
        ("tcp://h:9", (b'{"a": 1}\n{"a": 2}\n', b""), "jsonl"),
        ("tcp://h:9", (b"{no json}\n", b""), "lines"),
        ("tcp://h:9", (b"hello\r\nworld\r\n", b""), "lines"),
        ("tcp://h:80", (b"\x00\x01\x02", b""), ""),
        ("no address at all", (b"\x00\x01", b""), ""),
    ],
)
def test_what_fits(address: str, heads: tuple[bytes, bytes], name: str) -> None:
    assert suggest(address, *heads) == name
