from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from .conftest import Command


@pytest.fixture
def udp_echo() -> Iterator[str]:
    """Run a UDP server that sends back what comes, empty datagrams too; yield its address."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        stop = threading.Event()
        sock.settimeout(0.1)

        def serve() -> None:
            while not stop.is_set():
                try:
                    data, source = sock.recvfrom(2000)
                except TimeoutError:
                    continue
                sock.sendto(data, source)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"udp://127.0.0.1:{sock.getsockname()[1]}"
        stop.set()
        thread.join()


def test_an_empty_datagram_has_a_row(sonde: Command, udp_echo: str) -> None:
    result = sonde("talk", udp_echo, "--send", "", "--send", "a", "--wait", "0.3", "--hex")
    rows = [row.split("  ")[0] for row in result.stdout.decode().splitlines()]
    assert sorted(rows) == sorted(["> (empty)", "< (empty)", "> 00000000", "< 00000000"])


def test_who_answers_a_broadcast_is_told(sonde: Command, udp_echo: str) -> None:
    port = udp_echo.rpartition(":")[2]
    result = sonde("talk", f"udp://127.255.255.255:{port}", "--send", "x", "--wait", "0.5")
    if not result.stdout:
        pytest.skip("no broadcast over loopback here")
    assert result.stdout == b"x"
    assert f"note: from 127.0.0.1:{port}" in result.stderr.decode()
