from __future__ import annotations

import asyncio
import socket

import pytest

from sonde_core.errors import ConnectError, DeadlineError, RequestError, ResolveError, SondeError
from sonde_core.expecting import Match
from sonde_core.model import EventKind, Outcome
from sonde_core.session import Session
from tests.peers import Behaviour, Peer, silent
from tests.proxies import SECRET, cancelled, refused, saying, through, told, url
from tests.relays import UNSAID, Relay, udp_echo

ASSOCIATE = 3


async def answered(session: Session) -> None:
    await session.open()
    await session.send(b"hi")
    assert isinstance(await session.expect(b"HI", seconds=5), Match)
    await session.close()


async def test_how_the_relay_came_about_is_recorded() -> None:
    relay = Relay(login=("me", SECRET))
    with udp_echo() as port, Peer(relay) as peer:
        target = f"udp://127.0.0.1:{port}"
        session = through(url(peer, who=f"me:{SECRET}@"), target, receive_buffer=10_000)
        await answered(session)
        proxy = f"127.0.0.1:{peer.port}"
    assert relay.requests == [(ASSOCIATE, "0.0.0.0", 0)]
    events = list(session.exchange().events())
    assert [(event.kind, event.text) for event in events][:4] == [
        (EventKind.CONNECTED, f"connected to the proxy {proxy}"),
        (EventKind.PROXY, f"asking socks5://***@{proxy} for datagrams to 127.0.0.1:{port}"),
        (EventKind.PROXY, f"{proxy}: logged in; the way is open"),
        (EventKind.CONNECTED, f"connected to the relay 127.0.0.1:{relay.port}"),
    ]
    assert events[3].facts["rcvbuf"] == events[0].facts["rcvbuf"]  # as was asked for
    assert session.exchange().proxy == f"socks5://***@{proxy}"
    assert not any(SECRET in text for text in told(session))


@pytest.mark.parametrize("says", [UNSAID, b"\4" + bytes(16), b"\3\0", b"\3\x09127.0.0.1"])
async def test_an_address_that_the_proxy_does_not_say_is_its_own(says: bytes) -> None:
    relay = Relay(says=says)
    with udp_echo() as port, Peer(relay) as peer:
        session = through(url(peer), f"udp://127.0.0.1:{port}")
        await answered(session)
    assert session.peer == f"127.0.0.1:{relay.port}"


async def test_a_relay_may_be_named() -> None:
    relay = Relay(says=b"\3\x09localhost")
    with udp_echo() as port, Peer(relay) as peer:
        session = through(url(peer), f"udp://127.0.0.1:{port}", source="127.0.0.1")
        await answered(session)
    assert session.peer == f"127.0.0.1:{relay.port}"


async def test_both_sockets_come_from_the_source() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.2", 0))
        number = free.getsockname()[1]
    relay = Relay()
    with udp_echo() as port, Peer(relay) as peer:
        source = f"127.0.0.2:{number}"
        session = through(url(peer), f"udp://127.0.0.1:{port}", source=source, reuse=True)
        await answered(session)
    assert relay.clients == [("127.0.0.2", number)]
    assert session.local == source


@pytest.mark.parametrize(
    ("proxy", "who", "words"),
    [
        (Relay(reply=7), "", "takes no datagrams for 127.0.0.1:9: the proxy does not know that"),
        (Relay(reply=2), "", "takes no datagrams for 127.0.0.1:9: the proxy's rules forbid it"),
        (Relay(login=("me", "other")), f"me:{SECRET}@", "refused the user name or password"),
        (Relay(login=("me", "other")), "", "wants a user name"),
        (Relay(port=0), "", "names no port for datagrams"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "", "does not speak SOCKS5"),
        (saying(b"\5\0"), "", "gave no answer"),
    ],
)
async def test_a_proxy_that_does_not_relay_is_told(proxy: Behaviour, who: str, words: str) -> None:
    with Peer(proxy) as peer:
        error = await refused(through(url(peer, who=who), "udp://127.0.0.1:9"))
        assert isinstance(error, ConnectError)
        assert words in error.message
        assert f"127.0.0.1:{peer.port}" in error.message
        assert error.advice
        if isinstance(proxy, Relay):
            assert await asyncio.to_thread(proxy.ended.wait, 5)


@pytest.mark.parametrize(
    ("says", "kind", "words"),
    [
        (b"\1\xff\xff\xff\xff", ConnectError, "the proxy's relay 255.255.255.255:"),
        (b"\3\x14no.such.name.invalid", ResolveError, "'no.such.name.invalid'"),
        (b"\3\x07a..b\xe9\xe9\xe9", ResolveError, "a..b"),
        (b"\4" + bytes(15) + b"\1", ConnectError, "the proxy's relay ::1 has only IPv6"),
    ],
)
async def test_a_relay_that_cannot_be_reached_is_told(
    says: bytes, kind: type[SondeError], words: str
) -> None:
    relay = Relay(says=says)
    with Peer(relay) as peer:
        session = through(url(peer), "udp://127.0.0.1:9", source="127.0.0.1")
        error = await refused(session)
        assert isinstance(error, kind)
        assert words in error.message
        assert "spelling" not in error.advice  # a person wrote no such name
        assert await asyncio.to_thread(relay.ended.wait, 5)


async def test_a_proxy_that_stalls_is_left_in_time() -> None:
    with Peer(silent) as peer:
        error = await refused(through(url(peer), "udp://127.0.0.1:9", connect_timeout=0.2))
        assert f"the proxy 127.0.0.1:{peer.port} within 0.2 s" in error.message
    assert isinstance(error, DeadlineError)


async def test_asking_for_a_relay_can_be_cancelled() -> None:
    with Peer(silent) as peer:
        session = through(url(peer), "udp://127.0.0.1:9")
        await cancelled(session)
    assert session.outcome is Outcome.CANCELLED


async def test_a_name_that_cannot_be_one_is_told() -> None:
    with Peer(Relay()) as peer:
        error = await refused(through(url(peer), f"udp://{'a' * 256}:9"))
    assert isinstance(error, ResolveError)


@pytest.mark.parametrize(
    ("proxy", "address", "words"),
    [
        ("http", "udp://127.0.0.1:9", "UDP does not go through an HTTP proxy"),
        ("socks5", "udp://239.1.2.3:9", "Multicast and broadcast do not go through a proxy"),
        ("socks5", "udp://[ff02::1%lo]:9", "Multicast and broadcast do not go through a proxy"),
        ("socks5h", "udp://255.255.255.255:9", "Multicast and broadcast do not go through"),
        ("socks5", "unix-dgram:/tmp/s", "A Unix socket does not go through a proxy"),
    ],
)
async def test_what_such_a_proxy_does_not_carry_is_refused_before_it_is_asked(
    proxy: str, address: str, words: str
) -> None:
    error = await refused(through(f"{proxy}://me:{SECRET}@127.0.0.1:1", address))
    assert isinstance(error, RequestError)
    assert words in error.message
    assert error.advice
