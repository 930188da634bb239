from __future__ import annotations

import asyncio
import threading

import pytest

from sonde_core.errors import ConnectError, DeadlineError, RequestError, ResolveError
from sonde_core.expecting import Match
from sonde_core.model import EventKind, Outcome
from tests.peers import Behaviour, Peer, echo, greeter, silent, throwaway_tls
from tests.proxies import (
    SECRET,
    cancelled,
    chattering,
    http_connect,
    refused,
    saying,
    socks5,
    through,
    told,
    url,
)


@pytest.mark.parametrize(("scheme", "proxy"), [("socks5", socks5()), ("http", http_connect())])
async def test_bytes_go_both_ways_and_the_handshake_is_recorded(
    scheme: str, proxy: Behaviour
) -> None:
    with Peer(echo) as target, Peer(proxy) as peer:
        session = through(url(peer, scheme), target.address)
        await session.open()
        await session.send(b"ping")
        assert await session.expect(b"ping", seconds=5) == Match(b"ping", 4)
        await session.close()
    exchange = session.exchange()
    assert exchange.outcome is Outcome.DONE
    assert exchange.proxy == url(peer, scheme)
    assert (exchange.sent, exchange.received) == (4, 4)
    assert [event.text for event in exchange.events()][:2] == [
        f"connected to the proxy 127.0.0.1:{peer.port}",
        f"asking {exchange.proxy} for 127.0.0.1:{target.port}",
    ]
    assert [event.kind for event in exchange.events()][:3] == [
        EventKind.CONNECTED,
        EventKind.PROXY,
        EventKind.PROXY,
    ]


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_tls_goes_through(scheme: str) -> None:
    proxy = socks5() if scheme == "socks5" else http_connect()
    with (
        throwaway_tls() as (context, trust),
        Peer(echo, tls=context) as target,
        Peer(proxy) as peer,
    ):
        session = through(url(peer, scheme), target.address, ca_file=trust)
        await session.open()
        await session.send(b"inside")
        assert isinstance(await session.expect(b"inside", seconds=5), Match)
        await session.close()
        assert peer.heard
        assert b"inside" not in peer.heard
    assert session.tls is not None
    assert session.tls.verified


async def test_names_are_looked_up_by_the_proxy() -> None:
    asked: list[tuple[str, int]] = []
    proxy = socks5(asked=lambda *what: asked.append(what), names={"inner.test": "127.0.0.1"})
    with Peer(greeter(b"hi")) as target, Peer(proxy) as peer:
        session = through(url(peer), f"tcp://inner.test:{target.port}")
        await session.open()
        assert isinstance(await session.expect(b"hi", seconds=5), Match)
        await session.close()
    assert asked == [("inner.test", target.port)]


@pytest.mark.parametrize("byte_by_byte", [False, True])
async def test_a_proxy_that_wants_a_login_gets_it(byte_by_byte: bool) -> None:
    proxy = socks5(login=("me", SECRET), byte_by_byte=byte_by_byte)
    with Peer(greeter(b"hi")) as target, Peer(proxy) as peer:
        session = through(url(peer, who=f"me:{SECRET}@"), target.address)
        await session.open()
        assert isinstance(await session.expect(b"hi", seconds=5), Match)
        await session.close()
    assert session.exchange().proxy == f"socks5://***@127.0.0.1:{peer.port}"
    assert not any(SECRET in text for text in told(session))


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_bytes_that_come_with_the_answer_are_the_first(scheme: str) -> None:
    early = b"e" * 100
    proxy = socks5(early=early) if scheme == "socks5" else http_connect(early=early)
    with Peer(greeter(b"then")) as target, Peer(proxy) as peer:
        session = through(url(peer, scheme), target.address)
        incoming = session.incoming()
        await session.open()
        came = b""
        async with asyncio.timeout(5):
            async for data in incoming:
                came += data
        await session.close()
    assert came == early + b"then"


@pytest.mark.parametrize(
    ("proxy", "scheme", "who", "words"),
    [
        (socks5(login=("me", "other")), "socks5", f"me:{SECRET}@", "refused the user name"),
        (socks5(login=("me", "other")), "socks5", "", "wants a user name"),
        (socks5(reply=5), "socks5", "", "connection refused"),
        (socks5(reply=2), "socks5", "", "rules forbid"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "socks5", "", "does not speak SOCKS5"),
        (saying(b""), "socks5", "", "gave no answer"),
        (saying(b"\5\0"), "socks5", "", "gave no answer"),
        (saying(b"\5\xff"), "http", "", "does not answer as an HTTP proxy"),
        (
            http_connect(head=b"HTTP/1.1 407 No\r\n\r\n"),
            "http",
            f"me:{SECRET}@",
            "refused the user",
        ),
        (http_connect(head=b"HTTP/1.1 503 Busy\r\n\r\n"), "http", "", "503 Busy"),
    ],
)
async def test_a_proxy_that_does_not_help_is_told(
    proxy: Behaviour, scheme: str, who: str, words: str
) -> None:
    with Peer(proxy) as peer:
        error = await refused(through(url(peer, scheme, who), "tcp://127.0.0.1:9"))
    assert isinstance(error, ConnectError)
    assert words in error.message
    assert f"127.0.0.1:{peer.port}" in error.message


@pytest.mark.parametrize(
    ("begin", "rest"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 61 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"z" * 64),
    ],
)
async def test_a_proxy_that_talks_for_ever_is_left(begin: bytes, rest: bytes) -> None:
    with Peer(chattering(begin, rest * 100)) as peer:
        error = await refused(through(url(peer, "http"), "tcp://127.0.0.1:9"))
        assert isinstance(error, ConnectError)
        assert len(peer.heard) < 32 << 20


async def test_a_proxy_that_stalls_is_left_in_time() -> None:
    with Peer(silent) as peer:
        error = await refused(through(url(peer), "tcp://127.0.0.1:9", connect_timeout=0.2))
    assert isinstance(error, DeadlineError)
    assert f"the proxy 127.0.0.1:{peer.port} within 0.2 s" in error.message


async def test_the_time_that_a_proxy_took_is_not_given_to_tls_again() -> None:
    def wait(_host: str, _port: int) -> None:
        threading.Event().wait(1.2)

    with Peer(socks5(asked=wait)) as peer, Peer(silent) as target:
        session = through(url(peer), f"tls://127.0.0.1:{target.port}", connect_timeout=2.0)
        error = await refused(session)
    assert isinstance(error, DeadlineError)
    assert error.phase == "tls"
    assert session.exchange().timing.total < 3.1


async def test_a_proxy_that_is_not_there_is_named(closed_port: int) -> None:
    error = await refused(through(f"http://127.0.0.1:{closed_port}", "tcp://127.0.0.1:9"))
    assert isinstance(error, ConnectError)
    assert f"the proxy 127.0.0.1:{closed_port}: connection refused" in error.message


async def test_a_proxy_without_an_address_is_named() -> None:
    error = await refused(through(f"http://me:{SECRET}@no.such.name.invalid:1", "tcp://h:9"))
    assert isinstance(error, ResolveError)
    assert "no.such.name.invalid" in error.message


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("unix:/tmp/s", "A Unix socket does not go through a proxy"),
        ("unix-dgram:/tmp/s", "A Unix socket does not go through a proxy"),
    ],
)
async def test_what_no_proxy_carries_is_refused(address: str, words: str) -> None:
    error = await refused(through("socks5://127.0.0.1:1", address))
    assert isinstance(error, RequestError)
    assert words in error.message


async def test_opening_through_a_proxy_can_be_cancelled() -> None:
    with Peer(silent) as peer:
        session = through(url(peer), "tcp://127.0.0.1:9")
        await cancelled(session)
    assert session.outcome is Outcome.CANCELLED
