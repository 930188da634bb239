from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from sonde_core.errors import ConnectError, RequestError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.listener import Listener
from sonde_core.transport.resolve import Address
from sonde_core.transport.sockopts import Source, SourceError, explain_source, parse_source
from tests.peers import Peer, echo, silent


def session_to(address: str, options: SessionOptions) -> Session:
    return Session(SessionRequest(address, options))


def facts_of(session: Session, kind: EventKind = EventKind.CONNECTED) -> dict[str, str]:
    return next(dict(event.facts) for event in session.exchange().events() if event.kind is kind)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("", Source()),
        ("10.0.0.1", Source("10.0.0.1")),
        (" 10.0.0.1:53 ", Source("10.0.0.1", 53)),
        (":53", Source("", 53)),
        ("::1", Source("::1")),
        ("[::1]", Source("::1")),
        ("[fe80::1%eth0]:9", Source("fe80::1%eth0", 9)),
        ("fe80::1%eth0", Source("fe80::1%eth0")),
    ],
)
def test_sources_are_read(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    "text", ["localhost", "eth0:5", "1.2.3.4:99999", "1.2.3", "53", ":0", "::1:x"]
)
def test_what_is_no_source_is_told(text: str) -> None:
    with pytest.raises(RequestError, match="come from") as caught:
        parse_source(text)
    assert caught.value.advice


async def test_what_is_asked_for_is_set_and_read_back() -> None:
    options = SessionOptions(
        nodelay=False,
        keepalive=True,
        reuse=True,
        linger=0,
        send_buffer=20_000,
        receive_buffer=30_000,
    )
    with Peer(silent) as peer:
        session = session_to(peer.address, options)
        await session.open()
        facts = facts_of(session)
        session.abort()
    expected = {"nodelay": "no", "keepalive": "yes", "reuse": "yes", "linger": "0"}
    assert {name: facts[name] for name in expected} == expected
    assert 20_000 <= int(facts["sndbuf"]) <= 100_000  # Linux doubles it, for its own needs
    assert 30_000 <= int(facts["rcvbuf"]) <= 100_000


async def test_what_is_usual_is_told_too() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address, SessionOptions())
        await session.open()
        facts = facts_of(session)
        session.abort()
    assert (facts["nodelay"], facts["keepalive"]) == ("yes", "no")
    assert "linger" not in facts
    assert int(facts["rcvbuf"]) > 0


async def test_an_absurd_size_becomes_what_the_system_allows() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address, SessionOptions(receive_buffer=1 << 40))
        await session.open()
        assert 0 < int(facts_of(session)["rcvbuf"]) < 1 << 40
        session.abort()


async def test_sessions_come_from_the_address_and_port_they_were_told(closed_port: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.9", 0))
        port = free.getsockname()[1]
    with Peer(echo) as peer:
        for source in ("127.0.0.9", f"127.0.0.9:{port}"):
            session = session_to(peer.address, SessionOptions(source=source, linger=0))
            await session.open()
            assert session.local.startswith(source)
            await session.close()
        session = session_to(peer.address, SessionOptions(source=f":{closed_port}"))
        with pytest.raises(ConnectError, match="in use"):
            await session.open()


async def test_a_source_port_is_taken_again_where_both_sessions_ask_for_that() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        source = f"127.0.0.1:{free.getsockname()[1]}"
    with Peer(echo) as peer:
        for _ in range(2):
            session = session_to(peer.address, SessionOptions(source=source, reuse=True))
            await session.open()
            await session.close()  # we end first, so the port is held by us for a minute
            assert session.outcome is Outcome.DONE
        session = session_to(peer.address, SessionOptions(source=source))
        with pytest.raises(ConnectError, match="in use") as caught:
            await session.open()
        assert "both have --reuse" in caught.value.advice


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
async def test_ipv6_sources() -> None:
    listener = Listener(ListenRequest("tcp://[::1]:0"))
    await listener.start()
    session = session_to(str(listener.bound), SessionOptions(source="::1"))
    await session.open()
    assert session.local.startswith("[::1]:")
    session.abort()
    await listener.close()


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
async def test_an_address_that_is_not_ours_is_told(scheme: str) -> None:
    session = session_to(f"{scheme}://127.0.0.1:9", SessionOptions(source="198.51.100.7"))
    with pytest.raises(ConnectError, match=r"from 198\.51\.100\.7: this machine does not have"):
        await session.open()
    assert session.problem is not None
    assert session.problem.hint
    assert session.problem.phase == "connect"


async def test_a_source_of_the_other_kind_is_told() -> None:
    session = session_to("tcp://127.0.0.1:9", SessionOptions(source="::1"))
    with pytest.raises(ConnectError, match=r"::1: that is IPv6, and 127\.0\.0\.1 has only IPv4"):
        await session.open()


async def test_one_source_port_is_not_used_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Peer(silent) as peer:
        addresses: list[Address] = [
            (socket.AF_INET, ("127.0.0.1", 9)),
            (socket.AF_INET, ("127.0.0.1", peer.port)),
        ]

        async def resolve(*_: object) -> list[Address]:
            return addresses

        monkeypatch.setattr("sonde_core.transport.connect.resolve", resolve)
        session = session_to("tcp://two.example:9", SessionOptions(source=f":{port}"))
        await session.open()
        assert session.local == f"127.0.0.1:{port}"
        session.abort()


async def test_a_close_with_linger_zero_resets() -> None:
    ends: list[str] = []
    over = asyncio.Event()
    loop = asyncio.get_running_loop()

    def behave(_peer: Peer, connection: socket.socket) -> None:
        try:
            ends.append("end" if not connection.recv(1) else "data")
        except ConnectionResetError:
            ends.append("reset")
        loop.call_soon_threadsafe(over.set)

    with Peer(behave) as peer:
        session = session_to(peer.address, SessionOptions(linger=0))
        await session.open()
        await session.close()
        async with asyncio.timeout(5):
            await over.wait()
    assert ends == ["reset"]
    assert session.exchange().outcome is Outcome.DONE
    assert session.state is State.CLOSED


async def test_linger_is_how_long_a_close_waits_for_the_peer() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address, SessionOptions(linger=0.05))
        await session.open()
        await session.close(grace=60)
    notes = [event.text for event in session.exchange().events() if event.kind is EventKind.NOTE]
    assert notes == ["the peer's end did not come within 0.05 s"]


async def test_a_listener_gives_its_options_to_whom_it_accepts() -> None:
    options = SessionOptions(keepalive=True, receive_buffer=30_000)
    listener = Listener(ListenRequest("tcp://:0", options=options))
    await listener.start()
    session = session_to(str(listener.bound), SessionOptions())
    await session.open()
    async with asyncio.timeout(5):
        while not listener.sessions:
            await listener.changed(listener.version)
    facts = facts_of(listener.sessions[0], EventKind.ACCEPTED)
    assert facts["keepalive"] == "yes"
    assert int(facts["rcvbuf"]) <= 100_000
    session.abort()
    await listener.close()


def test_a_port_that_one_may_not_come_from_is_told() -> None:
    error = explain_source(SourceError(errno.EACCES, "Permission denied"), Source(port=80))
    assert "from any:80: permission denied" in error.message
    assert "from 1024 on" in error.advice
