from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import BindError
from sonde_core.session_request import SessionOptions
from sonde_core.transport.bind import bind, privileged


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="needs Linux's /proc")
@pytest.mark.parametrize("scheme", ["tcp", "udp"])
async def test_a_port_that_is_taken_says_by_whom_and_offers_another(scheme: str) -> None:
    first = await bind(parse(f"{scheme}://:0", listening=True))
    with pytest.raises(BindError, match=rf"taken by .*\(process {os.getpid()}\)") as caught:
        await bind(first.endpoint)
    assert "such as" in caught.value.advice
    first.sockets[0].close()


@pytest.mark.skipif(
    os.geteuid() == 0 or not Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").exists(),
    reason="root may listen on any port",
)
async def test_a_privileged_port_is_told() -> None:
    with pytest.raises(BindError, match="Port 1 is below 1024"):
        await bind(parse("tcp://:1", listening=True))


def test_a_privileged_port_has_a_hint() -> None:
    error = privileged(80)
    assert "Port 80" in error.message
    assert "1024" in error.advice


async def test_buffers_are_set_before_anybody_connects() -> None:
    options = SessionOptions(receive_buffer=10_000, keepalive=True)
    place = await bind(parse("tcp://:0", listening=True), options)
    sock = place.sockets[0]
    assert 10_000 <= sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 40_000
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    sock.close()


async def test_only_groups_share_a_port() -> None:
    place = await bind(parse("udp://:0", listening=True))
    assert not place.sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    place.sockets[0].close()
