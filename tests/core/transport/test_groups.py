from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys

import pytest

from sonde_core.errors import BindError, ConnectError, RequestError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Direction, EventKind
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.groups import interface, is_group, scoped
from sonde_core.transport.listener import Listener
from tests.groups import GROUP, LOOPBACK, member, needs_multicast

RECEIVE_TTL = 12  # IP_RECVTTL of Linux, which the socket module does not name


def ipv6_interface() -> str:
    """Return an interface that carries link-local groups; empty for none."""
    for index, name in socket.if_nameindex():
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as ears,
        ):
            ears.settimeout(1)
            ears.bind(("ff02::1234", 0, 0, index))
            request = socket.inet_pton(socket.AF_INET6, "ff02::1234") + struct.pack("@I", index)
            ears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as out:
                out.sendto(b"?", ("ff02::1234", ears.getsockname()[1], 0, index))
                if ears.recv(1) == b"?":
                    return name
    return ""


def received(session: Session) -> list[bytes]:
    return [c.data for c in session.exchange().chunks() if c.direction is Direction.RECEIVED]


def sources(session: Session) -> list[str]:
    events = session.exchange().events()
    return [e.facts["source"] for e in events if e.kind is EventKind.NOTE and "source" in e.facts]


def facts_of(session: Session) -> dict[str, str]:
    events = session.exchange().events()
    return next(dict(e.facts) for e in events if e.kind is EventKind.CONNECTED)


@needs_multicast
async def test_answers_to_a_group_come_from_any_source_and_it_is_told() -> None:
    with member() as sock, socket.socket(type=socket.SOCK_DGRAM) as other:
        port = sock.getsockname()[1]
        session = Session(SessionRequest(f"udp://{GROUP}:{port}", LOOPBACK))
        await session.open()
        await session.send(b"who is there?")
        data, source = await asyncio.to_thread(sock.recvfrom, 100)
        assert data == b"who is there?"
        other.bind(("127.0.0.1", 0))
        for answer in (sock, other, other, sock):
            answer.sendto(b"me", ("127.0.0.1", source[1]))
            count = session.recorder.reads + 1
            assert await session.expect(count, seconds=5) == Match(b"", count)
        names = [f"127.0.0.1:{each.getsockname()[1]}" for each in (sock, other, sock)]
        assert sources(session) == names
        await session.close()
    assert session.peer == f"{GROUP}:{port}"
    facts = facts_of(session)
    assert (facts["multicast"], facts["hops"], facts["interface"]) == ("yes", "1", "127.0.0.1")


@needs_multicast
@pytest.mark.skipif(sys.platform != "linux", reason="the option has another number elsewhere")
async def test_hops_and_interface_are_set() -> None:
    options = SessionOptions(hops=7, interface="lo")
    with member() as sock:
        session = Session(SessionRequest(f"udp://{GROUP}:{sock.getsockname()[1]}", options))
        await session.open()
        sock.setsockopt(socket.IPPROTO_IP, RECEIVE_TTL, 1)
        await session.send(b"x")
        _, ancillary, _, _ = await asyncio.to_thread(sock.recvmsg, 100, 100)
        assert struct.unpack("@i", ancillary[0][2]) == (7,)
        await session.close()


@needs_multicast
async def test_listeners_join_a_group_together_and_answer_from_their_own_address() -> None:
    request = ListenRequest(f"udp://{GROUP}:0", greeting=b"here", options=LOOPBACK)
    first = Listener(request)
    await first.start()
    assert not first.is_private
    second = Listener(ListenRequest(str(first.bound), greeting=b"here", options=LOOPBACK))
    await second.start()
    session = Session(SessionRequest(str(first.bound), LOOPBACK))
    await session.open()
    await session.send(b"all")
    assert await session.expect(2, seconds=5) == Match(b"", 2)
    assert received(session) == [b"here", b"here"]
    assert [received(listener.sessions[0]) for listener in (first, second)] == [[b"all"]] * 2
    await session.close()
    await first.close()
    await second.close()


async def test_a_broadcast_is_allowed_and_answered() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.bind(("0.0.0.0", 0))  # what goes to all arrives nowhere else
        port = sock.getsockname()[1]
        session = Session(SessionRequest(f"udp://127.255.255.255:{port}"))
        await session.open()
        try:
            await session.send(b"all")
        except ConnectError as error:
            pytest.skip(f"no broadcast over loopback here: {error.message}")
        data, source = await asyncio.to_thread(sock.recvfrom, 100)
        assert data == b"all"
        sock.sendto(b"one", source)
        assert isinstance(await session.expect(b"one", seconds=5), Match)
        assert facts_of(session)["broadcast"] == "yes"
        assert sources(session) == [f"127.0.0.1:{port}"]
        await session.close()


async def test_ipv6_groups_with_a_scope() -> None:
    name = ipv6_interface()
    if not name:
        pytest.skip("no interface here carries IPv6 groups")
    listener = Listener(ListenRequest(f"udp://[ff02::1234%{name}]:0", greeting=b"six"))
    await listener.start()
    port = listener.bound.port
    for address, options in (
        (f"udp://[ff02::1234%{name}]:{port}", SessionOptions()),
        (f"udp://[ff02::1234]:{port}", SessionOptions(interface=name)),
    ):
        session = Session(SessionRequest(address, options))
        await session.open()
        await session.send(b"?")
        assert isinstance(await session.expect(b"six", seconds=5), Match)
        assert len(sources(session)) == 1
        await session.close()
    await listener.close()


@pytest.mark.parametrize("name", ["nowhere0", "10.0.0.1.5", "::1", "a\0b", "x" * 300])
async def test_an_interface_that_is_not_there_is_told(name: str) -> None:
    options = SessionOptions(interface=name)
    session = Session(SessionRequest(f"udp://{GROUP}:9", options))
    with pytest.raises(RequestError, match="no network interface") as caught:
        await session.open()
    assert caught.value.advice
    listener = Listener(ListenRequest(f"udp://{GROUP}:0", options=options))
    with pytest.raises(RequestError, match="no network interface"):
        await listener.start()


@needs_multicast
async def test_more_hops_than_there_are_become_the_most() -> None:
    options = SessionOptions(hops=999, interface="127.0.0.1")
    session = Session(SessionRequest(f"udp://{GROUP}:9", options))
    await session.open()
    assert facts_of(session)["hops"] == "255"
    await session.close()


async def test_an_address_that_no_interface_has_is_told() -> None:
    listener = Listener(
        ListenRequest(f"udp://{GROUP}:0", options=SessionOptions(interface="198.51.100.7"))
    )
    with pytest.raises(BindError, match="interface"):
        await listener.start()


def test_groups_are_known_by_their_addresses() -> None:
    assert [is_group(each) for each in (GROUP, "ff02::1%lo", "127.0.0.1", "name")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_scope_comes_from_the_interface_unless_there_is_one() -> None:
    name = socket.if_nameindex()[0][1]
    index = interface(name, socket.AF_INET6).index
    assert scoped(("ff02::1", 1, 0, 0), name) == ("ff02::1", 1, 0, index)
    assert scoped(("ff02::1", 1, 0, 5), name) == ("ff02::1", 1, 0, 5)
    assert scoped(("ff02::1", 1, 0, 0), "") == ("ff02::1", 1, 0, 0)
    assert scoped((GROUP, 1), name) == (GROUP, 1)
