from __future__ import annotations

import asyncio

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import PeerClosedError, RequestError
from sonde_core.expecting import Match
from sonde_core.model import Direction, EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions
from sonde_core.transport.connect import connect
from sonde_core.transport.relay import LARGEST, RelayedLink
from tests.peers import Peer
from tests.proxies import through, url
from tests.relays import Relay, packed, udp_echo

from .test_connect import Ears, Events

HEAD = 10  # bytes of a header with an IPv4 address


def to(port: int, peer: Peer, host: str = "127.0.0.1") -> Session:
    return through(url(peer), f"udp://{host}:{port}")


def received(session: Session) -> list[bytes]:
    chunks = session.exchange().chunks()
    return [chunk.data for chunk in chunks if chunk.direction is Direction.RECEIVED]


def texts(session: Session, kind: EventKind) -> list[str]:
    return [event.text for event in session.exchange().events() if event.kind is kind]


def notes(session: Session) -> list[str]:
    return texts(session, EventKind.NOTE)


async def asked(session: Session, times: int = 1) -> None:
    """Open a session, and ask so often for an answer."""
    await session.open()
    for at in range(1, times + 1):
        await session.send(b"hi")
        assert isinstance(await session.expect(at, seconds=5), Match)


async def over(session: Session) -> None:
    async with asyncio.timeout(5):
        await session.finished()


async def test_datagrams_go_both_ways_without_their_headers() -> None:
    relay = Relay()
    with udp_echo() as port, Peer(relay) as peer:
        session = to(port, peer)
        await session.open()
        for at, data in enumerate((b"one", b"", b"three"), 1):
            await session.send(data)
            assert isinstance(await session.expect(at, seconds=5), Match)
        assert session.peer == f"127.0.0.1:{relay.port}"
        await session.close()
        assert await asyncio.to_thread(relay.ended.wait, 5)
    assert received(session) == [b"ONE", b"", b"THREE"]
    assert notes(session) == []
    head = bytes(3) + packed(("127.0.0.1", port))
    assert relay.heard == [head + b"one", head, head + b"three"]
    exchange = session.exchange()
    assert exchange.outcome is Outcome.DONE
    assert (exchange.sent, exchange.received) == (8, 8)
    assert exchange.local == "{}:{}".format(*relay.clients[0])


async def test_a_name_is_left_to_the_proxy_and_who_answers_is_told() -> None:
    relay = Relay(names={"inner.test": "127.0.0.1"})
    with udp_echo() as port, Peer(relay) as peer:
        session = to(port, peer, "inner.test")
        await asked(session, 2)
        await session.close()
    assert relay.heard[0] == b"\0\0\0\3\x0ainner.test" + port.to_bytes(2, "big") + b"hi"
    assert notes(session) == [f"from 127.0.0.1:{port}"]


@pytest.mark.parametrize(
    "source", [b"\1\0\0\0\0\0\0", b"\4" + bytes(16) + b"\0\0", b"\4" + bytes(10) + b"\xff\xff"]
)
async def test_a_source_may_be_unsaid_or_written_as_ipv6(source: bytes) -> None:
    with udp_echo() as port:
        if len(source) < 19:
            source += b"\x7f\0\0\1" + port.to_bytes(2, "big") if source[0] == 4 else b""
        with Peer(Relay(source=source)) as peer:
            session = to(port, peer)
            await asked(session)
            await session.close()
    assert received(session) == [b"HI"]
    assert notes(session) == []


async def test_what_is_not_the_targets_is_dropped_and_told() -> None:
    with udp_echo() as port:
        true = packed(("127.0.0.1", port))
        other = packed(("127.0.0.1", port ^ 1))
        foreign = (
            b"\0\0\1" + true + b"first half",
            b"\0\0\x82" + true + b"second half",
            bytes(3) + other + b"forged",
            bytes(3) + b"\1\x7f\0\0\2" + true[-2:] + b"forged",
            bytes(3) + b"\3\4\x1b[0m" + true[-2:] + b"forged",
            b"\0\0\0\2" + true[1:] + b"junk",
            b"",
        )
        with Peer(Relay(before=foreign)) as peer:
            session = to(port, peer)
            await asked(session)
            await session.close()
    assert received(session) == [b"HI"]
    assert notes(session) == [
        "2 datagrams were dropped: in fragments, which are not put together",
        f"3 datagrams were dropped: from \\x1b[0m:{port}, which was not asked",
        "2 datagrams were dropped: without a SOCKS5 header",
    ]


async def test_a_name_is_answered_from_its_port_only() -> None:
    with udp_echo() as port:
        one, other = (bytes(3) + b"\1\x0a\0\0" + bytes((n,)) for n in (1, 2))
        true, false = port.to_bytes(2, "big"), (port ^ 1).to_bytes(2, "big")
        before = (one + true + b"a", other + true + b"b", other + false + b"c")
        with Peer(Relay(before=before, names={"h": "127.0.0.1"})) as peer:
            session = to(port, peer, "h")
            await session.open()
            await session.send(b"hi")
            assert isinstance(await session.expect(3, seconds=5), Match)
            await session.close()
    assert received(session) == [b"a", b"b", b"HI"]
    assert notes(session) == [
        f"from 10.0.0.1:{port}",
        f"from 10.0.0.2:{port}",
        f"from 127.0.0.1:{port}",
        f"1 datagram was dropped: from 10.0.0.2:{port ^ 1}, which was not asked",
    ]


@pytest.mark.parametrize(
    ("resets", "words"),
    [(False, "it closed the connection"), (True, "the peer reset the connection")],
)
async def test_the_proxys_end_ends_the_session_after_what_it_sent(resets: bool, words: str) -> None:
    with udp_echo() as port:
        burst = tuple(bytes(3) + packed(("127.0.0.1", port)) + b"%d" % n for n in range(100))
        relay = Relay(before=burst, ends_after=1, resets=resets)
        with Peer(relay) as peer:
            session = to(port, peer)
            await session.open()
            await session.send(b"last")
            assert relay.ended.wait(5)  # the loop stands still: all of it waits to be read
            await over(session)
            name = f"127.0.0.1:{peer.port}"
    assert received(session) == [*(b"%d" % n for n in range(100)), b"LAST"]
    assert session.state is State.FAILED
    assert session.problem is not None
    assert session.problem.text == f"The proxy {name} relays no more datagrams: {words}."
    assert session.problem.hint
    assert session.exchange().outcome is Outcome.FAILED
    with pytest.raises(PeerClosedError, match="relays no more datagrams"):
        await session.send(b"more")


async def test_what_is_sent_when_the_relay_is_gone_is_refused() -> None:
    ears = Ears()
    with Peer(Relay()) as peer:
        options = SessionOptions(proxy=url(peer))
        link = await connect(
            parse("udp://127.0.0.1:9"), ears, Events(), options=options, enter=lambda _: None
        )
        assert isinstance(link, RelayedLink)
        link.broke("it was tired")
        with pytest.raises(PeerClosedError, match="no more datagrams: it was tired"):
            link.write(b"more")
        await ears.over.wait()


async def test_the_largest_datagram_leaves_room_for_the_header() -> None:
    most = LARGEST - HEAD
    with udp_echo() as port, Peer(Relay()) as peer:
        session = to(port, peer)
        await session.open()
        await session.send(b"d" * most)
        assert isinstance(await session.expect(1, seconds=5), Match)
        assert received(session) == [b"D" * most]
        with pytest.raises(RequestError, match="65498 bytes is too large") as caught:
            await session.send(b"d" * (most + 1))
        assert "65,497 bytes" in caught.value.advice
        assert session.state is State.OPEN
        assert session.recorder.sent == most
        await session.close()


async def test_what_was_sent_last_is_passed_on_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sonde_core.transport.relay.LAST", 0.8)
    relay = Relay(hesitates=0.05)
    with udp_echo() as port, Peer(relay) as peer:
        session = to(port, peer)
        await session.open()
        await session.send(b"bye")
        await session.close()
        assert await asyncio.to_thread(relay.ended.wait, 5)
    assert [data[HEAD:] for data in relay.heard] == [b"bye"]
    assert session.exchange().outcome is Outcome.DONE


async def test_a_reset_of_ours_ends_at_once() -> None:
    relay = Relay(hesitates=5.0)
    with Peer(relay) as peer:
        session = to(9, peer)
        await session.open()
        await session.send(b"x")
        session.abort()
        assert await asyncio.to_thread(relay.ended.wait, 4)
    assert relay.heard == []


async def test_a_relay_that_refuses_datagrams_is_advice() -> None:
    with Peer(Relay(deaf=True)) as peer:
        session = to(9, peer)
        await session.open()
        await session.send(b"anybody?")
        async with asyncio.timeout(5):
            while not (told := texts(session, EventKind.ERROR)):
                await session.changed(session.version)
        assert "connection refused; the session stays open" in told[0]
        assert session.state is State.OPEN
        await session.close()


async def test_what_is_said_on_the_connection_to_the_proxy_is_no_datagram() -> None:
    with udp_echo() as port, Peer(Relay(chatter=b"welcome" * 100)) as peer:
        session = to(port, peer)
        await asked(session)
        await session.close()
    assert received(session) == [b"HI"]
