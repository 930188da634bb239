from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import DeadlineError
from sonde_core.model import EventKind
from sonde_core.serving.far import FarSide
from sonde_core.session_request import SessionOptions
from tests.peers import Peer, silent
from tests.proxies import socks5, url


async def test_what_a_far_side_does_not_take_in_time_is_dropped_and_noted() -> None:
    def deaf(peer: Peer, connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)
        silent(peer, connection)

    notes: list[str] = []

    def log(kind: EventKind, text: str, **_: str) -> None:
        if kind is EventKind.NOTE:
            notes.append(text)

    with Peer(deaf) as peer:
        far = FarSide(log)
        await far.open(parse(peer.address), SessionOptions(send_buffer=4096))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await far.send(bytes(64 << 20))
        await far.send_end()
        await far.close(0.1)
    assert len(notes) == 1
    assert "bytes were not taken within 0.1 s, and are dropped" in notes[0]
    assert await far.ended() is None


async def test_the_time_that_a_proxy_took_is_not_given_to_the_far_sides_tls_again() -> None:
    def wait(_host: str, _port: int) -> None:
        threading.Event().wait(1.2)

    with Peer(socks5(asked=wait)) as proxy, Peer(silent) as peer:
        options = SessionOptions(proxy=url(proxy), connect_timeout=2.0)
        far = FarSide(lambda *_, **__: None)
        start = asyncio.get_running_loop().time()
        with pytest.raises(DeadlineError):
            await far.open(parse(f"tls://127.0.0.1:{peer.port}"), options)
        assert asyncio.get_running_loop().time() - start < 3.1
