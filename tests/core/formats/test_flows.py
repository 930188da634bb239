"""Captures of clients that a listener passed on: their own connection, and no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from sonde_core.errors import SondeError
from sonde_core.formats.pcap import as_pcap
from sonde_core.formats.pcapng import as_pcapng
from sonde_core.history.entry import Entry
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, Event, EventKind, Exchange, Moment
from sonde_core.serving.faults import Faults
from sonde_core.serving.forward import Forward
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import MessageKind
from sonde_core.transport.listener import Listener
from tests.peers import Peer, echo, resetting, throwaway_tls
from tests.relays import udp_echo
from tests.watching import first_client
from tests.web_sockets import echo_server

from .capturing import Capture, needs_tshark, nothing_is_wrong, read
from .conftest import session_entry

_SAID: Final = b"to and fro"
_OPENING: Final = ["<S", ">SA", "<A"]
_BOTH_ENDED: Final = ["<FA", ">A", ">FA", "<A"]
_WE_ENDED: Final = [">FA", "<A", "<FA", ">A"]


@contextlib.contextmanager
def far_side(kind: str) -> Iterator[str]:
    """Yield the address of a server of that kind."""
    if kind == "tls":
        with throwaway_tls() as (tls, _), Peer(echo, tls=tls) as peer:
            yield peer.address
    elif kind == "ws":
        with echo_server() as address:
            yield address
    elif kind == "udp":
        with udp_echo() as port:
            yield f"udp://127.0.0.1:{port}"
    elif kind == "refused":
        with Peer(echo) as peer:
            address = peer.address
        yield address
    else:
        with Peer(resetting(b"abc") if kind == "reset" else echo) as peer:
            yield peer.address


@asynccontextmanager
async def through(plan: Forward, near: str) -> AsyncIterator[tuple[Session, Listener]]:
    """Yield a client of a listener that forwards, and that listener."""
    listener = Listener(ListenRequest(near, forward=plan))
    await listener.start()
    session = Session(SessionRequest(str(listener.bound)))
    try:
        await session.open()
        yield session, listener
    finally:
        session.abort()
        await listener.close(1.0)


async def forwarded(kind: str, **faults: Faults) -> Exchange:
    """Return what a listener recorded of a client that says a word and ends, or is ended."""
    scheme = kind if kind in ("udp", "ws") else "tcp"
    with far_side(kind) as address:
        plan = Forward(address, SessionOptions(verify=False), **faults)
        async with through(plan, f"{scheme}://127.0.0.1:0") as (session, listener):
            with contextlib.suppress(SondeError):
                await session.send(_SAID)
                await session.expect(len(_SAID) if scheme == "tcp" else 1, seconds=5)
                if kind == "client resets":
                    session.abort()
                await session.close()
            record = await first_client(listener)
            if kind != "udp":
                await asyncio.wait_for(record.finished(), 10)
        return record.exchange()


def _accepted(*timeline: Moment, kind: str = "tcp") -> Entry:
    """Return an entry of a client of ours, with what came after it was accepted."""
    facts = {"peer": "192.168.1.2:7", "local": "192.168.1.1:40000"}
    accepted = Event(0.0, EventKind.ACCEPTED, "accepted", facts)
    entry = session_entry(f"{kind}://h:7", accepted, *timeline, kind=kind)
    peer, local = facts["peer"], facts["local"]
    return replace(entry, exchange=replace(entry.exchange, role="server", peer=peer, local=local))


def capture(exchange: Exchange) -> Capture:
    return read(b"".join(as_pcapng(Entry("1", exchange), reveal=True)))


def flags(found: Capture, client: str) -> list[str]:
    return [f"{'<' if each.source == client else '>'}{each.flags}" for each in found.packets]


def is_of(exchange: Exchange, found: Capture) -> bool:
    """Whether all packets go between the client and where it came to."""
    ends = {exchange.peer, exchange.local}
    return {each.source for each in found.packets} | {each.target for each in found.packets} == ends


@pytest.mark.parametrize(
    ("kind", "faults", "back", "ending"),
    [
        ("tcp", {}, _SAID, _BOTH_ENDED),
        ("tls", {}, _SAID, _BOTH_ENDED),
        ("tcp", {"there": Faults(slice=3), "back": Faults(slice=4)}, _SAID, _BOTH_ENDED),
        ("tcp", {"back": Faults(delay=0.02)}, _SAID, _BOTH_ENDED),
        ("tcp", {"back": Faults(cut=4)}, _SAID[:4], [">RA"]),
        ("reset", {}, b"abc", [">RA"]),
        ("client resets", {}, _SAID, ["<RA"]),
        ("refused", {}, b"", _WE_ENDED),
    ],
)
async def test_a_client_that_is_passed_on_has_its_own_connection(
    kind: str, faults: dict[str, Faults], back: bytes, ending: list[str]
) -> None:
    exchange = await forwarded(kind, **faults)
    found = capture(exchange)
    assert is_of(exchange, found)
    shown = flags(found, exchange.peer)
    assert shown[:3] == _OPENING
    assert shown[-len(ending) :] == ending
    assert sum("S" in each for each in shown) == 2
    assert found.said(exchange.peer) == _SAID
    assert found.said(exchange.local) == back


async def test_datagrams_that_are_passed_on_go_between_the_client_and_us() -> None:
    exchange = await forwarded("udp")
    found = capture(exchange)
    assert is_of(exchange, found)
    assert [(each.source, each.data) for each in found.packets] == [
        (exchange.peer, _SAID),
        (exchange.local, _SAID.upper()),
    ]


async def test_messages_that_are_passed_on_are_those_of_the_client() -> None:
    exchange = await forwarded("ws")
    found = capture(exchange)
    assert is_of(exchange, found)
    assert sum("S" in each.flags for each in found.packets) == 2
    head, _, frames = found.said(exchange.peer).partition(b"\r\n\r\n")
    assert head.startswith(b"GET / HTTP/1.1\r\n")
    assert frames.startswith(b"\x81\x8a\0\0\0\0" + _SAID)
    head, _, frames = found.said(exchange.local).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert frames == b"\x81\x0a" + _SAID


async def test_comments_tell_what_happened_at_the_far_side_as_such() -> None:
    found = capture(await forwarded("tls"))
    told = "\n".join(packet.comment for packet in found.packets)
    assert "far side: connected to 127.0.0.1" in told
    assert "went through TLS" not in found.comment  # the client's bytes did not


def test_tls_of_the_client_itself_is_told() -> None:
    entry = _accepted(
        Event(0.1, EventKind.TLS, "TLSv1.3"), Event(0.2, EventKind.CONNECTED, "connected to x")
    )
    assert "went through TLS" in capture(entry.exchange).comment


@pytest.mark.parametrize("side", Direction)  # recordings once had it as received
def test_what_a_far_side_left_unfinished_is_not_said_by_the_client(side: Direction) -> None:
    part = MessageKind.PART
    entry = _accepted(
        Chunk(0.1, Direction.RECEIVED, b"of the client", part),
        Event(0.1, EventKind.NOTE, "13 bytes of a message that did not end"),
        Chunk(0.2, side, b"of the far side", part),
        Event(0.2, EventKind.NOTE, "far side: a frame was not finished; not passed on"),
        Chunk(0.3, Direction.RECEIVED, b"the last", part),
        kind="ws",
    )
    said = b"".join(packet.data for packet in capture(entry.exchange).packets)
    assert b"of the client" in said
    assert b"the last" in said
    assert b"of the far side" not in said


@pytest.mark.parametrize(
    ("facts", "last"),
    [
        ({"family": "closed"}, "<RA"),
        ({"family": "closed", "ours": "reset"}, ">RA"),
        ({"family": "closed", "ours": "end"}, ">A"),
        ({"family": "connect"}, ">A"),
    ],
)
def test_who_ended_a_broken_session_is_seen(facts: dict[str, str], last: str) -> None:
    broken = Event(1.0, EventKind.ERROR, "it broke", facts)
    exchange = _accepted(broken).exchange
    assert flags(capture(exchange), exchange.peer)[-1] == last


@needs_tshark
@pytest.mark.parametrize("form", [as_pcapng, as_pcap])
@pytest.mark.parametrize("kind", ["tcp", "tls", "reset", "client resets", "udp", "ws"])
async def test_wireshark_finds_nothing_wrong_with_what_was_passed_on(
    kind: str, form: Callable[..., Iterator[bytes]], tmp_path: Path
) -> None:
    exchange = await forwarded(kind, back=Faults(delay=0.01))
    data = b"".join(form(Entry("1", exchange), reveal=True))
    await asyncio.to_thread(nothing_is_wrong, data, tmp_path)
