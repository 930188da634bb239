from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sonde_core.errors import ConnectError, RequestError, SondeError, TlsError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Chunk, Direction, EventKind, Outcome, State
from sonde_core.serving.rule_text import read_rules
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.settings import Limits
from sonde_core.tls_contexts import server_context
from sonde_core.transport.listener import Listener
from tests.authority import Authority
from tests.patience import PATIENCE
from tests.peers import Behaviour, Peer, echo, end_tls, ends_first, greeter, silent
from tests.watching import first_client, until

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=VERSIONS, ids=["1.2", "1.3"])
def version(request: pytest.FixtureRequest) -> ssl.TLSVersion:
    found: ssl.TLSVersion = request.param
    return found


def starttls(
    file: str, then: Behaviour, version: ssl.TLSVersion | None = None, answer: bytes = b"220 go\r\n"
) -> Behaviour:
    """Answer `STARTTLS` and speak TLS from then on."""
    context = server_context(file)
    if version:
        context.minimum_version = context.maximum_version = version

    def behave(peer: Peer, connection: socket.socket) -> None:
        assert connection.recv(10) == b"STARTTLS\r\n"
        connection.sendall(answer)
        with context.wrap_socket(connection, server_side=True) as tls:
            then(peer, tls)

    return behave


async def started(peer: Peer, options: SessionOptions) -> Session:
    session = Session(SessionRequest(peer.address, options))
    await session.open()
    await session.send(b"STARTTLS\r\n")
    assert isinstance(await session.expect(b"220 go\r\n", seconds=PATIENCE), Match)
    return session


def said(session: Session, direction: Direction) -> bytes:
    return b"".join(c.data for c in session.exchange().chunks() if c.direction is direction)


# as the client


async def test_a_session_goes_on_in_tls(authority: Authority, version: ssl.TLSVersion) -> None:
    with Peer(starttls(authority.issue(), echo, version)) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        await session.upgrade()
        assert session.state is State.OPEN
        await session.send(b"secret")
        assert isinstance(await session.expect(b"secret", seconds=PATIENCE), Match)
        await session.close()
        assert bytes(peer.heard) == b"secret"
    exchange = session.exchange()
    assert exchange.outcome is Outcome.DONE
    assert exchange.kind == "tcp"
    assert exchange.tls is not None
    assert exchange.tls.verified is True
    assert exchange.tls.server_name == "127.0.0.1"
    assert said(session, Direction.SENT) == b"STARTTLS\r\nsecret"
    assert said(session, Direction.RECEIVED) == b"220 go\r\nsecret"
    kinds = [m.kind if not isinstance(m, Chunk) else m.direction for m in exchange.timeline]
    upgrading, tls = kinds.index(EventKind.UPGRADING), kinds.index(EventKind.TLS)
    assert upgrading < tls
    assert kinds[:upgrading].count(Direction.SENT) == 1  # the rest is said after both


async def test_the_first_words_of_the_peer_come_with_its_handshake(
    authority: Authority, version: ssl.TLSVersion
) -> None:
    """With TLS 1.2 its Finished and its greeting are one segment, with 1.3 its tickets too."""

    def greets(peer: Peer, connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(b"220 go\r\n")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = server_context(file)
        context.minimum_version = context.maximum_version = version
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
                break
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(1 << 16))
        tls.write(b"* OK greeting\r\n")
        connection.sendall(outgoing.read())
        peer.stop.wait(PATIENCE)

    file = authority.issue()
    with Peer(greets) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        await session.upgrade()
        assert isinstance(await session.expect(b"* OK greeting\r\n", seconds=PATIENCE), Match)
        session.abort()


async def test_half_close_after_the_upgrade(authority: Authority, version: ssl.TLSVersion) -> None:
    def late(peer: Peer, connection: socket.socket) -> None:
        while data := connection.recv(1 << 16):
            peer.heard += data
        connection.sendall(b"late " * 10_000)
        assert isinstance(connection, ssl.SSLSocket)
        end_tls(connection)

    with Peer(starttls(authority.issue(), late, version)) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        await session.upgrade()
        await session.send(b"question")
        await session.send_end()
        assert session.state is State.LOCAL_END
        assert isinstance(await session.expect(50_008, seconds=PATIENCE), Match)
        await session.finished()
        assert bytes(peer.heard) == b"question"
    assert session.exchange().outcome is Outcome.DONE


async def test_what_is_sent_meanwhile_waits(authority: Authority) -> None:
    with Peer(starttls(authority.issue(), echo)) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        await asyncio.gather(session.upgrade(), session.send(b"one "), session.send(b"two"))
        assert isinstance(await session.expect(b"one two", seconds=PATIENCE), Match)
        await session.close()


async def test_a_server_name_of_its_own(authority: Authority) -> None:
    with Peer(starttls(authority.issue("mail.example"), echo)) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        await session.upgrade("mail.example")
        assert session.tls is not None
        assert session.tls.server_name == "mail.example"
        await session.close()


async def test_a_failed_handshake_fails_the_session_and_keeps_the_facts(
    authority: Authority,
) -> None:
    with Peer(starttls(authority.expired(), echo)) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        with pytest.raises(TlsError, match="expired on 2020"):
            await session.upgrade()
    exchange = session.exchange()
    assert session.state is State.FAILED
    assert exchange.problem is not None
    assert exchange.problem.phase == "tls"
    assert exchange.tls is not None
    assert exchange.tls.certificate is not None
    assert exchange.received == 8


@pytest.mark.parametrize(
    ("then", "told", "heard"),
    [
        (greeter(b"500 no\r\n"), "does not speak TLS", b"500 no\r\n"),
        (lambda *_: None, "closed the connection", b""),
    ],
    ids=["plain", "ends"],
)
async def test_a_peer_that_does_not_begin(then: Behaviour, told: str, heard: bytes) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.recv(10)
        connection.sendall(b"220 go\r\n")
        connection.recv(1 << 16)
        then(peer, connection)

    with Peer(behave) as peer:
        session = await started(peer, SessionOptions())
        with pytest.raises(TlsError, match=told) as caught:
            await session.upgrade()
    assert "has agreed to it" in caught.value.advice
    assert session.state is State.FAILED
    assert said(session, Direction.RECEIVED) == b"220 go\r\n" + heard
    texts = [event.text for event in session.exchange().events()]
    assert texts.count("in place of TLS:") == bool(heard)


async def test_a_peer_that_stalls() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address, SessionOptions(connect_timeout=0.5)))
        await session.open()
        with pytest.raises(SondeError):
            await session.upgrade()
    assert session.exchange().outcome is Outcome.TIMED_OUT


@pytest.mark.parametrize("end", [Session.cancel, Session.abort, Session.close])
async def test_a_handshake_under_way_can_be_ended(end: Callable[[Session], object]) -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        upgrading = asyncio.create_task(session.upgrade())
        await until(session, lambda: session.upgrading)
        ending = end(session)
        if asyncio.iscoroutine(ending):
            await ending
        with pytest.raises(SondeError):
            await upgrading
    assert session.state is State.CLOSED
    assert not session.upgrading


async def test_who_waits_for_it_may_leave() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        upgrading = asyncio.create_task(session.upgrade())
        await until(session, lambda: session.upgrading)
        upgrading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upgrading
    assert session.exchange().outcome is Outcome.CANCELLED


# what is refused, and the session goes on


async def refused(session: Session, told: str, kind: type[SondeError]) -> None:
    with pytest.raises(kind, match=told) as caught:
        await session.upgrade()
    assert caught.value.advice
    assert not session.state.over


async def test_datagrams_have_no_tls() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        session = Session(SessionRequest(f"udp://127.0.0.1:{peer.getsockname()[1]}"))
        await session.open()
        await refused(session, "byte streams only", RequestError)
        session.abort()


async def test_tls_is_not_put_on_twice(authority: Authority) -> None:
    with Peer(echo, tls=server_context(authority.issue())) as peer:
        session = Session(SessionRequest(peer.address, SessionOptions(ca_file=authority.file)))
        await session.open()
        await refused(session, "speaks TLS already", RequestError)
        await session.close()


async def test_not_after_an_end() -> None:
    with Peer(ends_first) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.peer_ended()
        await refused(session, "The peer sent its end", ConnectError)
        session.abort()
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send_end()
        await refused(session, "Our end was sent", ConnectError)
        session.abort()


async def test_not_before_it_is_open_and_not_after_it_is_over() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        with pytest.raises(ConnectError, match="not open yet"):
            await session.upgrade()
        await session.open()
        await session.close()
        with pytest.raises(SondeError, match="closed"):
            await session.upgrade()


async def test_a_unix_socket_needs_a_name(authority: Authority, tmp_path: Path) -> None:
    behave = starttls(authority.issue("db.example"), echo)
    with Peer(behave, path=str(tmp_path / "s")) as peer:
        session = await started(peer, SessionOptions(ca_file=authority.file))
        await refused(session, "no name to check", RequestError)
        await session.upgrade("db.example")
        await session.send(b"hi")
        assert isinstance(await session.expect(b"hi", seconds=PATIENCE), Match)
        await session.close()


# as the server


@asynccontextmanager
async def served(
    authority: Authority, work: Callable[[int], None], *, echoes: bool = False
) -> AsyncIterator[Session]:
    """Yield the session of a client, which works in a thread."""
    request = ListenRequest("tcp://127.0.0.1:0", certificate=authority.issue(), echo=echoes)
    listener = Listener(request)
    await listener.start()
    client = asyncio.create_task(asyncio.to_thread(work, listener.bound.port))
    try:
        yield await first_client(listener)
        await client
    finally:
        await listener.close(0.2)


def client(
    authority: Authority, version: ssl.TLSVersion, *, coalesced: int | None
) -> Callable[[int], None]:
    """Say `STARTTLS`, and so many bytes of the ClientHello in the same segment; None for none."""
    context = ssl.create_default_context(cafile=authority.file)
    context.minimum_version = context.maximum_version = version

    def work(port: int) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.settimeout(PATIENCE)
            early = hello[:coalesced] if coalesced is not None else b""
            plain.sendall(b"STARTTLS\r\n" + early)
            assert plain.recv(8) == b"220 go\r\n"  # the handshake may come with it
            plain.sendall(hello[len(early) :])

            def pump(act: Callable[[], bytes | None]) -> bytes:
                while True:
                    try:
                        return act() or b""
                    except ssl.SSLWantReadError:
                        pass
                    finally:
                        if data := outgoing.read():
                            plain.sendall(data)
                    incoming.write(plain.recv(1 << 16))

            pump(tls.do_handshake)
            tls.write(b"ping")
            assert pump(lambda: tls.read(100)) == b"pong"
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.unwrap()
            plain.sendall(outgoing.read())

    return work


@pytest.mark.parametrize("coalesced", [None, 1, 7, 100, 5000], ids=str)
async def test_the_server_takes_a_hello_that_came_with_the_command(
    authority: Authority, version: ssl.TLSVersion, coalesced: int | None
) -> None:
    async with served(authority, client(authority, version, coalesced=coalesced)) as session:
        assert isinstance(await session.expect(b"STARTTLS\r\n", seconds=PATIENCE), Match)
        await session.send(b"220 go\r\n")
        await session.upgrade()
        assert isinstance(await session.expect(b"ping", seconds=PATIENCE), Match)
        await session.send(b"pong")
        await session.peer_ended()
        await session.close()
    exchange = session.exchange()
    assert exchange.outcome is Outcome.DONE
    assert exchange.tls is not None
    assert exchange.tls.version == ("TLSv1.2" if version is VERSIONS[0] else "TLSv1.3")
    upgrading = next(e for e in exchange.events() if e.kind is EventKind.UPGRADING)
    assert upgrading.facts["role"] == "server"
    if coalesced:
        assert int(upgrading.facts["early"]) >= min(coalesced, 100)


async def test_who_reads_on_is_not_given_the_hello(authority: Authority) -> None:
    version = ssl.TLSVersion.TLSv1_3
    async with served(authority, client(authority, version, coalesced=5000)) as session:
        assert isinstance(await session.expect(b"STARTTLS\r\n", seconds=PATIENCE), Match)
        heard = session.incoming()
        await session.send(b"220 go\r\n")
        await session.upgrade()
        assert await anext(heard) == b"ping"
        await session.send(b"pong")
        await session.peer_ended()


async def test_a_reader_that_catches_up_meanwhile_does_not_read_the_hello_as_plain_bytes(
    authority: Authority,
) -> None:
    command = b"STARTTLS".ljust(1000)  # so much that reading pauses behind it

    def work(port: int) -> None:
        context = ssl.create_default_context(cafile=authority.file)
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.settimeout(PATIENCE)
            plain.sendall(command)
            assert plain.recv(8) == b"220 go\r\n"
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
                tls.sendall(b"ping")
                assert tls.recv(100) == b"pong"

    request = ListenRequest("tcp://127.0.0.1:0", certificate=authority.issue())
    heard: list[AsyncIterator[bytes]] = []
    listener = Listener(
        request,
        limits=Limits(queue=500),
        on_session=lambda session: heard.append(session.incoming()),
    )
    await listener.start()
    client = asyncio.create_task(asyncio.to_thread(work, listener.bound.port))
    session = await first_client(listener)
    await until(session, lambda: session.holds_back)
    await session.send(b"220 go\r\n")
    reading = asyncio.ensure_future(anext(heard[0]))
    await session.upgrade()
    assert await reading == command
    assert await anext(heard[0]) == b"ping"
    await session.send(b"pong")
    await client
    await listener.close()


@pytest.mark.parametrize("early", [b"", b"\x16\x03\x01"], ids=["nothing", "a beginning"])
async def test_a_client_that_does_not_begin_is_heard(authority: Authority, early: bytes) -> None:
    def work(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.settimeout(PATIENCE)
            plain.sendall(b"STARTTLS\r\n" + early)
            assert plain.recv(100) == b"220 go\r\n"
            plain.sendall(b"not so fast\r\n")
            with contextlib.suppress(ConnectionError):
                plain.recv(100)

    async with served(authority, work) as session:
        assert isinstance(await session.expect(b"STARTTLS\r\n" + early, seconds=PATIENCE), Match)
        await session.send(b"220 go\r\n")
        with pytest.raises(TlsError):
            await session.upgrade()
    assert said(session, Direction.RECEIVED) == b"STARTTLS\r\n" + early + b"not so fast\r\n"


async def test_without_a_file_a_certificate_is_made() -> None:
    def work(port: int) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(b"now")
            with context.wrap_socket(plain) as tls:
                tls.sendall(b"hi")
                assert tls.recv(2) == b"ho"

    listener = Listener(ListenRequest("tcp://127.0.0.1:0"))
    await listener.start()
    client = asyncio.create_task(asyncio.to_thread(work, listener.bound.port))
    session = await first_client(listener)
    await session.expect(b"now", seconds=PATIENCE)
    await session.upgrade()
    assert isinstance(await session.expect(b"hi", seconds=PATIENCE), Match)
    await session.send(b"ho")
    await client
    assert listener.certificate
    await listener.close(0.2)


async def test_a_client_that_refuses_our_certificate(authority: Authority) -> None:
    def work(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(b"now")
            with pytest.raises(ssl.SSLCertVerificationError):
                ssl.create_default_context().wrap_socket(plain, server_hostname="127.0.0.1")

    async with served(authority, work) as session:
        await session.expect(b"now", seconds=PATIENCE)
        with pytest.raises(TlsError, match="does not trust our certificate"):
            await session.upgrade()
    assert session.state is State.FAILED


async def test_both_ends_are_ours(authority: Authority) -> None:
    listener = Listener(ListenRequest("tcp://127.0.0.1:0", certificate=authority.issue()))
    await listener.start()
    ours = Session(SessionRequest(str(listener.bound), SessionOptions(ca_file=authority.file)))
    await ours.open()
    theirs = await first_client(listener)
    await asyncio.gather(ours.upgrade(), theirs.upgrade())
    await asyncio.gather(ours.send(b"a" * 1_000_000), theirs.send(b"b" * 1_000_000))
    for session in (ours, theirs):
        assert isinstance(await session.expect(1_000_000, seconds=PATIENCE), Match)
    await asyncio.gather(ours.close(), theirs.close())
    await listener.close(0.2)
    assert ours.exchange().outcome is Outcome.DONE


async def test_a_link_that_is_lost_before_all_is_ready_is_told_then() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        session.on_lost(ConnectionResetError(104, "reset"))  # the last callback of a link
        await session.open()
    assert session.state is State.FAILED


@pytest.mark.parametrize("coalesced", [None, 5000], ids=str)
async def test_a_rule_upgrades_and_does_not_answer_the_hello(
    authority: Authority, version: ssl.TLSVersion, coalesced: int | None
) -> None:
    rules = read_rules("^STARTTLS$=220 go\\r\\n!upgrade\n\n^ping$=pong\n\n*=what?")
    listener = Listener(
        ListenRequest("tcp://127.0.0.1:0", certificate=authority.issue(), rules=rules)
    )
    await listener.start()
    try:
        await asyncio.to_thread(
            client(authority, version, coalesced=coalesced), listener.bound.port
        )
        session = listener.sessions[0]
        await session.finished()
    finally:
        await listener.close(0.2)
    assert session.tls is not None
    assert said(session, Direction.SENT) == b"220 go\r\npong"


async def test_a_second_upgrade_by_rule_is_noted_and_ends_nothing(authority: Authority) -> None:
    rules = read_rules("again=!upgrade;done")
    listener = Listener(
        ListenRequest("tls://127.0.0.1:0", certificate=authority.issue(), rules=rules)
    )
    await listener.start()
    ours = Session(SessionRequest(str(listener.bound), SessionOptions(ca_file=authority.file)))
    await ours.open()
    await ours.send(b"again\n")
    assert isinstance(await ours.expect(b"done", seconds=PATIENCE), Match)
    texts = [event.text for event in listener.sessions[0].exchange().events()]
    assert any("speaks TLS already" in text for text in texts)
    await ours.close()
    await listener.close(0.2)
