from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from sonde_core.errors import BodyError, RequestError
from sonde_core.formats.python_socket import MOST, as_socket_script
from sonde_core.history.entry import Entry
from sonde_core.model import Direction, Event, EventKind, Exchange, State
from sonde_core.recording.recorder import Recorder
from sonde_core.script.perform import Performance
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)
from tests.groups import GROUP, member, needs_multicast
from tests.peers import Behaviour, Peer, echo, end_tls, ends_first, greeter, late, throwaway_tls
from tests.relays import LOOPBACK, UNSAID, Relay, udp_echo
from tests.watching import until

from .conftest import in_python, received, sent, session_entry

EVERY_BYTE = bytes(range(256))


def dialogue(peer: Peer, connection: socket.socket) -> None:
    """Greet, then answer each line, and hear to the end."""
    connection.sendall(b"220 hello\r\n")
    while data := connection.recv(1 << 16):
        peer.heard += data
        for _ in range(data.count(b"\n")):
            connection.sendall(b"250 ok\r\n")


async def talk(session: Session, *says: bytes, waits: Callable[[int], int]) -> Exchange:
    """Say something after as many bytes as `waits` tells for each turn, and close."""
    await session.open()
    for turn, data in enumerate(says):
        await session.expect(waits(turn), seconds=5)
        await session.send(data)
    await session.expect(waits(len(says)), seconds=5)
    await session.close()
    return session.exchange()


def script(exchange: Exchange) -> str:
    return as_socket_script(Entry("1", exchange), reveal=True)


def heard(exchange: Exchange) -> bytes:
    return b"".join(chunk.data for chunk in exchange.chunks() if chunk.direction == "<")


async def rerun(peer: Peer, exchange: Exchange, folder: Path) -> tuple[bytes, bytes]:
    """Run an exchange's script; return what the peer heard of it and what it printed."""
    said = b"".join(chunk.data for chunk in exchange.chunks() if chunk.direction == ">")
    assert await asyncio.to_thread(peer.hears, said)
    peer.heard.clear()
    printed = await asyncio.to_thread(in_python, script(exchange), folder)
    assert await asyncio.to_thread(peer.hears, said)
    return bytes(peer.heard), printed


@pytest.fixture(params=["tcp", "tls", "unix"])
def serve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Behaviour], Peer]]:
    """Return a way to start a peer of each kind."""
    with contextlib.ExitStack() as stack:
        tls: ssl.SSLContext | None = None
        if request.param == "tls":
            tls, _ = stack.enter_context(throwaway_tls())
        path = str(tmp_path / "s") if request.param == "unix" else ""
        yield lambda behave: stack.enter_context(Peer(behave, tls=tls, path=path))


def client(peer: Peer) -> Session:
    return Session(SessionRequest(peer.address, SessionOptions(verify=False)))


async def test_the_same_is_said_in_the_same_turns(
    serve: Callable[[Behaviour], Peer], tmp_path: Path
) -> None:
    peer = serve(dialogue)
    lines = (b"HELO it's \xff\n", EVERY_BYTE, b"QUIT\n")
    # Every byte holds one line feed, too.
    exchange = await talk(client(peer), *lines, waits=lambda turn: 11 + turn * 8)
    assert await rerun(peer, exchange, tmp_path) == (b"".join(lines), heard(exchange))


async def test_what_comes_after_our_end_is_read(
    serve: Callable[[Behaviour], Peer], tmp_path: Path
) -> None:
    peer = serve(late)
    session = client(peer)
    await session.open()
    await session.send(b"please")
    await session.send_end()
    await session.finished()
    exchange = session.exchange()
    assert len(heard(exchange)) == 150_000
    assert await rerun(peer, exchange, tmp_path) == (b"please", heard(exchange))


async def test_a_peer_that_ends_first_is_heard_to_its_end(
    serve: Callable[[Behaviour], Peer], tmp_path: Path
) -> None:
    peer = serve(ends_first)
    session = client(peer)
    await session.open()
    await session.expect(3, seconds=5)
    await until(session, lambda: session.state is State.PEER_END)
    await session.send(b"still here")
    await session.close()
    exchange = session.exchange()
    assert await rerun(peer, exchange, tmp_path) == (b"still here", b"bye")


async def test_a_certificate_is_verified_where_it_was(tmp_path: Path) -> None:
    with throwaway_tls() as (context, file), Peer(echo, tls=context) as peer:
        options = SessionOptions(ca_file=file, server_name="localhost")
        session = Session(SessionRequest(peer.address, options))
        exchange = await talk(session, b"ping", waits=lambda turn: turn * 4)
        assert exchange.tls is not None
        assert exchange.tls.verified
        assert await rerun(peer, exchange, tmp_path) == (b"ping", b"ping")
        assert "CERT_NONE" not in script(exchange)


def test_what_came_before_our_tls_end_is_not_lost(tmp_path: Path) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"early ")
        while data := connection.recv(1 << 16):
            peer.heard += data
        connection.sendall(b"late" * 50_000)
        assert isinstance(connection, ssl.SSLSocket)
        end_tls(connection)

    with throwaway_tls() as (context, _), Peer(behave, tls=context) as peer:
        entry = session_entry(
            peer.address,
            *(sent(b"x"), Event(0.1, EventKind.HALF_CLOSED, ""), received(b"early ")),
            Event(0.2, EventKind.PEER_END, ""),
            kind="tls",
        )
        request = SessionRequest(peer.address, SessionOptions(verify=False))
        exchange = replace(entry.exchange, request=request)
        assert in_python(script(exchange), tmp_path) == b"early " + b"late" * 50_000
        assert peer.hears(b"x")


async def test_the_greeting_of_the_tutorial(tmp_path: Path) -> None:
    with Peer(greeter(b"Hello, client!")) as peer:
        exchange = await talk(client(peer), waits=lambda _: 14)
        assert await rerun(peer, exchange, tmp_path) == (b"", b"Hello, client!")


async def test_datagrams_stay_apart(tmp_path: Path) -> None:
    got: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)

        def answer() -> None:
            with contextlib.suppress(OSError):
                for _ in range(6):
                    data, address = server.recvfrom(65535)
                    got.append(data)
                    server.sendto(data.upper(), address)

        thread = threading.Thread(target=answer)
        thread.start()
        session = Session(SessionRequest(f"udp://127.0.0.1:{server.getsockname()[1]}"))
        exchange = await talk(session, b"one", b"", b"three", waits=lambda turn: turn)
        printed = await asyncio.to_thread(in_python, script(exchange), tmp_path)
        await asyncio.to_thread(thread.join)
    assert printed == b"ONETHREE"
    assert got == [b"one", b"", b"three"] * 2


@needs_multicast
@pytest.mark.parametrize("interface", ["127.0.0.1", "lo"])
async def test_a_group_is_asked_and_whoever_is_in_it_heard(interface: str, tmp_path: Path) -> None:
    if interface not in ("127.0.0.1", *(name for _, name in socket.if_nameindex())):
        pytest.skip("the loopback interface has another name here")
    with member() as sock:

        def answer() -> None:
            for _ in range(2):
                data, address = sock.recvfrom(100)
                for part in (data.upper(), b"!"):  # from an address that is not the group's
                    with socket.socket(type=socket.SOCK_DGRAM) as other:
                        other.bind(("127.0.0.1", 0))
                        other.sendto(part, ("127.0.0.1", address[1]))

        thread = threading.Thread(target=answer)
        thread.start()
        options = SessionOptions(interface=interface, hops=2)
        address = f"udp://{GROUP}:{sock.getsockname()[1]}"
        session = Session(SessionRequest(address, options))
        exchange = await talk(session, b"who", waits=lambda turn: 2 * turn)
        printed = await asyncio.to_thread(in_python, script(exchange), tmp_path)
        await asyncio.to_thread(thread.join)
    assert printed == b"WHO!"
    assert "IP_MULTICAST_TTL, 2" in script(exchange)


def test_all_are_asked_where_a_recording_says_so_or_nothing_tells() -> None:
    def asked(host: str, **facts: str) -> bool:
        event = Event(0.0, EventKind.CONNECTED, "", facts)
        exchange = session_entry("", *([event] if facts else []), kind="udp").exchange
        request = SessionRequest(f"udp://{host}:9", steps=(SendStep(b"x"),))
        return "SO_BROADCAST" in script(replace(exchange, request=request))

    assert asked("10.1.2.7", local="10.1.2.3:1", broadcast="yes")
    assert not asked("10.1.2.255", local="10.1.2.3:1")
    assert asked("10.1.2.255")
    assert not asked("10.1.2.7")


def test_a_group_of_ipv6_is_aimed_at_its_own_way() -> None:
    options = SessionOptions(interface="eth7", hops=3)
    text = asking("udp://[ff02::1234]:9", SendStep(b"x"), options=options, kind="udp")
    assert "IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 3" in text
    assert 'IPV6_MULTICAST_IF, socket.if_nametoindex("eth7")' in text
    compile(text, "script", "exec")


def test_steps_that_were_never_sent_are_written() -> None:
    request = SessionRequest(
        "tcp://127.0.0.1:1", steps=(SendStep(b"a"), SendStep(b"b", after=3), HalfCloseStep())
    )
    exchange = replace(session_entry("").exchange, request=request)
    text = script(exchange)
    assert [line.strip() for line in text.splitlines()][-5:] == [
        'connection.sendall(b"a")',
        "receive(3)",
        'connection.sendall(b"b")',
        "with contextlib.suppress(OSError):  # the peer may have left by now",
        "connection.shutdown(socket.SHUT_WR)  # our end; we go on receiving",
    ]
    compile(text, "script", "exec")


def test_a_peer_that_left_needs_no_half_close(tmp_path: Path) -> None:
    with Peer(leaving) as peer:
        text = asking(
            peer.address,
            SendStep(b"?"),
            ExpectStep("equal", b"bye"),
            ExpectStep("end"),
            WaitStep(0.5),
            HalfCloseStep(),
        )
        assert in_python(text, tmp_path) == b"bye"


def leaving(_peer: Peer, connection: socket.socket) -> None:
    connection.recv(1)
    connection.sendall(b"bye")
    connection.shutdown(socket.SHUT_WR)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_an_answer_between_two_steps_of_ours_is_not_passed_over(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        text = asking(
            peer.address,
            SendStep(b"a"),
            ExpectStep("any"),
            SendStep(b"b", after=1),
            SendStep(b"c", after=2),
            ExpectStep("equal", b"bc"),
        )
        assert in_python(text, tmp_path) == b"abc"


def test_a_session_in_which_nothing_was_said_is_a_script_too(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        assert in_python(script(session_entry(peer.address).exchange), tmp_path) == b""
        assert peer.hears(b"")


def test_secrets_are_masked_and_the_script_says_so() -> None:
    head = b"GET / HTTP/1.1\r\nCookie: sid=hush\r\n\r\n"
    entry = session_entry("tcp://h:1", sent(head[:30]), sent(head[30:]), received(b"x"))
    text = as_socket_script(entry)
    assert "hush" not in text
    assert "# Secrets are masked" in text
    assert "Secrets" not in as_socket_script(entry, reveal=True)
    assert "Secrets" not in as_socket_script(session_entry("tcp://h:1", sent(b"hello")))


def test_each_message_is_masked_by_itself() -> None:
    secret = sent(b"Cookie: sid=hush\n")
    text = as_socket_script(session_entry("udp://h:1", sent(b"a"), secret, kind="udp"))
    assert "hush" not in text
    assert '"a"' in text


def test_an_answer_with_a_secret_is_heard_whole() -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=a-long-secret-of-many-bytes\r\n\r\n"
    entry = session_entry("tcp://h:1", sent(b"a"), received(answer), sent(b"b"))
    assert f"receive({len(answer)})" in as_socket_script(entry)


def test_what_a_peer_said_is_not_brought_into_memory() -> None:
    recorder = Recorder()
    recorder.chunk(Direction.SENT, b"more\n")
    for _ in range(640):
        recorder.chunk(Direction.RECEIVED, bytes(1 << 16))
    recorder.chunk(Direction.SENT, b"enough\n")
    exchange = session_entry("tcp://h:1").exchange
    for kind in ("tcp", "ws"):
        large = replace(
            exchange,
            request=SessionRequest(f"{kind}://h:1"),
            kind=kind,
            timeline=recorder,
            sent=recorder.sent,
            received=recorder.received,
        )
        tracemalloc.start()
        try:
            texts = [as_socket_script(Entry("1", large), reveal=reveal) for reveal in (True, False)]
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()
        heard = 640 << 16 if kind == "tcp" else 640
        assert all(f"receive({heard})" in text for text in texts)


def test_too_many_pieces_are_refused_before_they_are_read() -> None:
    recorder = Recorder()
    for _ in range(MOST + 1):
        recorder.chunk(Direction.SENT, b"x")
    entry = session_entry("tcp://h:1")
    exchange = replace(entry.exchange, timeline=recorder, sent=recorder.sent)
    with pytest.raises(BodyError, match="100,001 pieces were sent, too many"):
        script(exchange)


def test_what_cannot_be_repeated_is_explained() -> None:
    gap = Event(1.0, EventKind.DROPPED, "9 bytes in 3 moments were not kept")
    with pytest.raises(RequestError):
        as_socket_script(session_entry("tcp://h:1", sent(b"a"), gap))
    entry = session_entry("tcp://127.0.0.1:1", sent(b"a"))
    for exchange in (
        replace(entry.exchange, role="server"),
        replace(entry.exchange, kind="listen"),
        replace(entry.exchange, sent=1 << 30),
    ):
        with pytest.raises(BodyError):
            script(exchange)


def test_a_hostile_address_stays_a_comment() -> None:
    entry = session_entry("unix:/tmp/a\nimport os\r\x1b", sent(b"x"), kind="unix")
    text = as_socket_script(entry)
    assert "import os" not in text.split("\n")
    assert "\x1b" not in text
    compile(text, "script", "exec")


def asking(
    address: str, *steps: Step, options: SessionOptions | None = None, kind: str = "tcp"
) -> str:
    """Return the script of steps that a person wrote."""
    request = SessionRequest(address, options or SessionOptions(verify=False), steps)
    return script(replace(session_entry("", kind=kind).exchange, request=request))


def test_expectations_of_a_person_are_met_however_the_answer_is_cut(tmp_path: Path) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        for piece in (b"22", b"0 hi there\r\n250-SIZE 9", b"\r\n250 ok\r", b"\nbye"):
            connection.sendall(piece)
            peer.stop.wait(0.02)
        while data := connection.recv(1 << 16):
            peer.heard += data

    with Peer(behave) as peer:
        text = asking(
            peer.address,
            ExpectStep("prefix", b"220 "),
            ExpectStep("regex", rb"\r\n", seconds=5.0),
            ExpectStep("regex", rb"SIZE (?P<size>\d+)"),
            ExpectStep("count", count=2),
            ExpectStep("equal", b"250 ok\r\n"),
            WaitStep(0.01),
            ExpectStep("any"),
            SendStep(b"QUIT"),
            CloseStep(),
        )
        assert in_python(text, tmp_path) == b"220 hi there\r\n250-SIZE 9\r\n250 ok\r\nbye"
        assert peer.hears(b"QUIT")


def smtp(peer: Peer, connection: socket.socket) -> None:
    """Answer each line, the greeting in two; behind an answer more of it comes at once."""
    while data := connection.recv(1 << 16):
        peer.heard += data
        connection.sendall(b"220 go\r\n" if data == b"S" else b"250-SIZE\r\n250 ok\r\n")


async def test_patterns_stand_at_lines_and_leave_the_rest_of_an_answer(tmp_path: Path) -> None:
    steps = (
        SendStep(b"EHLO"),
        ExpectStep("regex", b"^250 "),
        SendStep(b"S"),
        ExpectStep("regex", b"^220"),
        SendStep(b"S"),
        ExpectStep("equal", b"220 go\r\n"),
        SendStep(b"EHLO"),
        ExpectStep("prefix", b"250-"),
        SendStep(b"S"),
        ExpectStep("equal", b"220 go\r\n"),
        CloseStep(),
    )
    with Peer(smtp) as peer:
        session = Session(SessionRequest(peer.address, steps=steps))
        performance = Performance(session, steps, strict=True)
        await performance.run()
        assert performance.fine
        said, heard_then = bytes(peer.heard), heard(session.exchange())
        peer.heard.clear()
        printed = await asyncio.to_thread(in_python, script(session.exchange()), tmp_path)
        assert peer.hears(said)
        assert printed == heard_then


def leaves(peer: Peer, connection: socket.socket) -> None:
    """Greet, and say goodbye to whoever quits."""
    connection.sendall(b"220 hello\r\n")
    data = connection.recv(1 << 16)
    peer.heard += data
    peer.stop.wait(0.05)
    connection.sendall(b"221-so\r\n")
    peer.stop.wait(0.05)
    connection.sendall(b"221 bye\r\n")


@pytest.mark.parametrize("stays", [False, True])
async def test_the_answer_to_the_last_word_is_heard(
    serve: Callable[[Behaviour], Peer], stays: bool, tmp_path: Path
) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        leaves(peer, connection)
        # Our end that TLS has not read yet would make a reset of its own.
        while (stays or isinstance(connection, ssl.SSLSocket)) and connection.recv(1 << 16):
            pass

    steps = (ExpectStep("prefix", b"220"), SendStep(b"QUIT\r\n"))
    peer = serve(behave)
    request = SessionRequest(peer.address, SessionOptions(verify=False), steps)
    session = Session(request)
    performance = Performance(session, steps, strict=True)
    await performance.run()
    assert performance.fine
    await session.expect(11 + 8 + 9, seconds=5)
    await session.finished()
    said = b"220 hello\r\n221-so\r\n221 bye\r\n"
    exchange = session.exchange()
    assert heard(exchange) == said
    text = script(exchange)
    assert text.index("sendall") < text.index("shutdown(socket.SHUT_WR)") < text.rindex("hear_on(")
    assert await rerun(peer, exchange, tmp_path) == (b"QUIT\r\n", said)


def test_the_last_messages_are_heard_for_as_long_as_they_were(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)

        def answer() -> None:
            data, address = server.recvfrom(65535)
            for piece in (data.upper(), b"", b"bye"):
                server.sendto(piece, address)

        thread = threading.Thread(target=answer)
        thread.start()
        steps = (WaitStep(0.01), SendStep(b"quit"))
        address = f"udp://127.0.0.1:{server.getsockname()[1]}"
        recorded = (sent(b"quit"), received(b"QUIT"), received(b""), received(b"bye"))
        exchange = session_entry(address, *recorded, kind="udp").exchange
        exchange = replace(exchange, request=SessionRequest(address, steps=steps))
        assert in_python(script(exchange), tmp_path) == b"QUITbye"
        thread.join()


def test_where_nothing_came_after_the_last_word_nothing_is_waited_for() -> None:
    request = SessionRequest("tcp://h:1", steps=(ExpectStep("any"), SendStep(b"x")))
    entry = session_entry("tcp://h:1", received(b"hi", 0.0), sent(b"x"))
    assert "hear_on" not in script(replace(entry.exchange, request=request))
    closing = replace(request, steps=(*request.steps, CloseStep()))
    late = session_entry("tcp://h:1", received(b"hi", 0.0), sent(b"x"), received(b"bye"))
    assert "hear_on(1)" in script(replace(late.exchange, request=request))
    assert "hear_on" not in script(replace(late.exchange, request=closing))


@pytest.mark.parametrize(
    "wanted", [rb"\p{L}+", rb"(?|a(b)|c(d))", b"(?:ok){e<=1}", b"(?:ok){1<=e<=2}", b"[[:alpha:]]"]
)
def test_patterns_that_python_does_not_know_are_refused(wanted: bytes) -> None:
    with pytest.raises(BodyError, match="re does not understand"):
        asking("tcp://h:1", ExpectStep("regex", wanted))


@pytest.mark.parametrize("wanted", [b"a{2}", b'{"id": 1}', rb"\{e\}", b"[:a]", rb"[a-z]+:\s"])
def test_patterns_that_look_like_them_are_written(wanted: bytes) -> None:
    assert repr(wanted)[3:-2] in asking("tcp://h:1", ExpectStep("regex", wanted))


def test_what_came_before_a_step_is_counted_in_all(tmp_path: Path) -> None:
    with Peer(dialogue) as peer:
        text = asking(
            peer.address, ExpectStep("prefix", b"220"), SendStep(b"x", after=11), CloseStep()
        )
        assert in_python(text, tmp_path) == b"220 hello\r\n"
        assert peer.hears(b"x")


def test_datagrams_of_an_answer_that_may_go_on_are_passed_over(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, client = server.recvfrom(100)
            for data in (b"one", b"more"):
                server.sendto(data, client)
            server.recvfrom(100)
            for data in (b"late", b"two"):
                server.sendto(data, client)

        thread = threading.Thread(target=answer)
        thread.start()
        text = asking(
            f"udp://127.0.0.1:{server.getsockname()[1]}",
            SendStep(b"a"),
            ExpectStep("prefix", b"o"),
            SendStep(b"b"),
            ExpectStep("equal", b"two"),
            kind="udp",
        )
        assert in_python(text, tmp_path) == b"onemorelatetwo"
        thread.join()


@pytest.mark.parametrize(
    "step", [ExpectStep("equal", b"hallo"), ExpectStep("regex", b"x"), ExpectStep("count", count=9)]
)
def test_an_expectation_that_is_not_met_stops_the_script(step: ExpectStep, tmp_path: Path) -> None:
    with Peer(greeter(b"hello")) as peer:
        text = asking(peer.address, step, WaitStep(0.0), SendStep(b"never"))
        with pytest.raises(AssertionError, match=r"[Ee]xpected"):
            in_python(text, tmp_path)
        assert bytes(peer.heard) == b""


def starttls(tls: ssl.SSLContext) -> Behaviour:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        assert connection.recv(100) == b"STARTTLS\r\n"
        connection.sendall(b"220 go\r\n")
        with tls.wrap_socket(connection, server_side=True) as secure:
            while data := secure.recv(1 << 16):
                peer.heard += data
                secure.sendall(data.upper())

    return behave


def test_a_session_is_upgraded_to_tls(tmp_path: Path) -> None:
    with throwaway_tls() as (tls, file), Peer(starttls(tls)) as peer:
        text = asking(
            peer.address.replace("127.0.0.1", "localhost"),
            ExpectStep("prefix", b"220 hello\r\n"),
            SendStep(b"STARTTLS\r\n"),
            ExpectStep("equal", b"220 go\r\n"),
            UpgradeStep(),
            SendStep(b"secret"),
            ExpectStep("equal", b"SECRET"),
            HalfCloseStep(),
            options=SessionOptions(ca_file=file),
        )
        assert in_python(text, tmp_path) == b"220 hello\r\n220 go\r\nSECRET"
        assert peer.hears(b"secret")


async def test_a_recorded_upgrade_is_done_again(tmp_path: Path) -> None:
    with throwaway_tls() as (tls, file), Peer(starttls(tls)) as peer:
        session = Session(SessionRequest(peer.address, SessionOptions(ca_file=file)))
        await session.open()
        await session.expect(11, seconds=5)
        await session.send(b"STARTTLS\r\n")
        await session.expect(19, seconds=5)
        await session.upgrade()
        await session.send(b"secret")
        await session.expect(25, seconds=5)
        await session.close()
        exchange = session.exchange()
        assert await asyncio.to_thread(peer.hears, b"secret")
        peer.heard.clear()
        printed = await asyncio.to_thread(in_python, script(exchange), tmp_path)
        assert printed == heard(exchange) == b"220 hello\r\n220 go\r\nSECRET"
        assert await asyncio.to_thread(peer.hears, b"secret")


def test_tls_is_offered_as_the_options_say(tmp_path: Path) -> None:
    settled: list[object] = []

    def behave(peer: Peer, connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        settled.extend((connection.selected_alpn_protocol(), connection.version()))
        settled.append(connection.getpeercert(binary_form=True) is not None)
        peer.heard += connection.recv(100)

    mine = tmp_path / "mine.pem"
    with throwaway_tls() as (tls, file):
        authority = trustme.CA()
        authority.issue_cert("me@example.org").private_key_and_cert_chain_pem.write_to_path(mine)
        authority.configure_trust(tls)
        tls.set_alpn_protocols(["two"])
        tls.verify_mode = ssl.CERT_REQUIRED
        options = SessionOptions(
            ca_file=file,
            server_name="localhost",
            alpn=("one", "two"),
            certificate=str(mine),
            min_tls="1.3",
            keepalive=True,
            linger=3.0,
            send_buffer=9000,
            source="127.0.0.1",
        )
        with Peer(behave, tls=tls) as peer:
            text = asking(peer.address, SendStep(b"x"), options=options, kind="tls")
            in_python(text, tmp_path)
            assert peer.hears(b"x")
    assert settled == ["two", "TLSv1.3", True]


def test_a_reset_is_one(tmp_path: Path) -> None:
    ended: list[str] = []

    def behave(peer: Peer, connection: socket.socket) -> None:
        peer.heard += connection.recv(1)
        try:
            connection.recv(1)
        except ConnectionResetError:
            ended.append("reset")
        peer.heard += b"."

    with Peer(behave) as peer:
        in_python(asking(peer.address, SendStep(b"x"), CloseStep(reset=True)), tmp_path)
        assert peer.hears(b"x.")
    assert ended == ["reset"]


def test_unix_datagrams_are_answered(tmp_path: Path) -> None:
    path = str(tmp_path / "d")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        server.settimeout(10)

        def answer() -> None:
            data, client = server.recvfrom(65535)
            server.sendto(data.upper(), client)

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"unix-dgram:{path}"
        text = asking(address, SendStep(b"hi"), ExpectStep("any"), kind="unix-dgram")
        assert in_python(text, tmp_path) == b"HI"
        thread.join()


def through(peer: Peer, client: socket.socket, port: int) -> None:
    """Pass bytes on until one side ends."""
    with socket.create_connection(("127.0.0.1", port), 10) as server:
        while data := client.recv(1 << 16):
            server.sendall(data)
            client.sendall(server.recv(1 << 16))


def socks(peer: Peer, client: socket.socket) -> None:
    assert client.recv(3) == b"\x05\x01\x02"
    client.sendall(b"\x05\x02")
    assert client.recv(100) == b"\x01\x02me\x03p:w"
    client.sendall(b"\x01\x00")
    head = client.recv(100)
    assert head[:8] == b"\x05\x01\x00\x01\x7f\x00\x00\x01"
    client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01")
    through(peer, client, int.from_bytes(head[-2:], "big"))


def tunnel(peer: Peer, client: socket.socket) -> None:
    head = client.recv(1000)
    assert b"\r\nProxy-Authorization: Basic bWU6cDp3\r\n" in head
    client.sendall(b"HTTP/1.1 200 Come in\r\nX: y\r\n\r\n")
    through(peer, client, int(head.split()[1].rpartition(b":")[2]))


@pytest.mark.parametrize(("kind", "behave"), [("socks5", socks), ("http", tunnel)])
def test_proxies_are_gone_through(kind: str, behave: Behaviour, tmp_path: Path) -> None:
    with Peer(echo) as peer, Peer(behave) as proxy:
        options = SessionOptions(proxy=f"{kind}://me:p%3Aw@127.0.0.1:{proxy.port}")
        text = asking(peer.address, SendStep(b"ping"), ExpectStep("any"), options=options)
        assert in_python(text, tmp_path) == b"ping"
        assert peer.hears(b"ping")
        request = SessionRequest(peer.address, options, (SendStep(b"ping"),))
        entry = Entry("1", replace(session_entry("").exchange, request=request))
        assert "p:w" not in as_socket_script(entry)
        assert "# Secrets are masked" in as_socket_script(entry)


@pytest.mark.parametrize("says", [LOOPBACK, UNSAID, b"\3\x09localhost"])
def test_datagrams_go_through_a_relay(says: bytes, tmp_path: Path) -> None:
    relay = Relay(login=("me", "p:w"), says=says, names={"inner.test": "127.0.0.1"})
    turn = (SendStep(b"ping"), ExpectStep("any"), SendStep(b""), ExpectStep("any"))
    steps = (*turn, CloseStep(), WaitStep(0.0))
    with udp_echo() as port, Peer(relay) as proxy:
        options = SessionOptions(
            proxy=f"socks5://me:p%3Aw@127.0.0.1:{proxy.port}",
            source="127.0.0.1",
            receive_buffer=100_000,
        )
        for host in ("127.0.0.1", "inner.test"):
            text = asking(f"udp://{host}:{port}", *steps, options=options, kind="udp")
            assert in_python(text, tmp_path) == b"PING"
    assert [data[:4] for data in relay.heard] == [b"\0\0\0\1"] * 2 + [b"\0\0\0\3"] * 2


def test_another_kind_of_proxy_is_refused() -> None:
    with pytest.raises(RequestError, match="socks4"):
        asking("tcp://h:1", SendStep(b"x"), options=SessionOptions(proxy="socks4://h:1"))
    with pytest.raises(RequestError, match="UDP does not go through an HTTP proxy"):
        asking("udp://h:1", SendStep(b"x"), options=SessionOptions(proxy="http://h:1"))


@pytest.mark.parametrize("secure", [False, True])
def test_web_socket_messages_are_said_and_heard(secure: bool, tmp_path: Path) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.server import ServerConnection, serve

    heard: list[object] = []

    def behave(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard.extend((connection.request.path, connection.request.headers["X-A"]))
        heard.append(connection.subprotocol)
        connection.ping()
        with contextlib.suppress(ConnectionClosed):
            for message in connection:
                heard.append(message)
                pieces = [message, message] if isinstance(message, str) else message
                connection.send(pieces)
        heard.append(connection.close_code)

    with contextlib.ExitStack() as stack:
        tls = stack.enter_context(throwaway_tls())[0] if secure else None
        server = stack.enter_context(
            serve(behave, "127.0.0.1", 0, ssl=tls, subprotocols=["chat"])  # type: ignore[list-item]
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        port = server.socket.getsockname()[1]
        scheme = "wss" if secure else "ws"
        options = SessionOptions(verify=False, headers=(("X-A", "b"),), subprotocols=("chat",))
        large = bytes(range(256)) * 300
        text = asking(
            f"{scheme}://127.0.0.1:{port}/a?b",
            SendStep("hé".encode()),
            ExpectStep("equal", "héhé".encode()),
            SendStep(large),
            ExpectStep("prefix", b"\0\1", kind=MessageKind.BINARY),
            SendStep(b"", kind=MessageKind.PING),
            HalfCloseStep(code=4001, reason="over"),
            ExpectStep("end"),
            options=options,
            kind=scheme,
        )
        assert in_python(text, tmp_path) == "héhé".encode() + large
    assert heard == ["/a?b", "b", "chat", "hé", large, 4001]


def hears_and_ends(_peer: Peer, connection: socket.socket) -> None:
    connection.recv(1 << 16)


@pytest.mark.parametrize(
    ("behave", "told"),
    [
        (hears_and_ends, "The WebSocket was not opened: the peer ended."),
        (greeter(b"HTTP/1.1 403 Forbidden\r\n\r\n"), "The WebSocket was refused: b'HTTP/1.1 403"),
    ],
)
def test_a_web_socket_that_is_not_opened_ends_the_script_with_a_sentence(
    behave: Behaviour, told: str, tmp_path: Path
) -> None:
    with Peer(behave) as peer:
        text = asking(peer.address.replace("tcp:", "ws:"), SendStep(b"a"), kind="ws")
        with pytest.raises(AssertionError) as caught:
            in_python(text, tmp_path)
    assert told in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_templates_are_filled_in_or_said_to_be_impossible() -> None:
    known = SendStep(b"n={{counter}}", template=True)
    assert 'sendall(b"n=1")' in asking("tcp://h:1", known)
    with pytest.raises(BodyError, match="template"):
        asking("tcp://h:1", SendStep(b"{{nobody}}", template=True))
