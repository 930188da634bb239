from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from sonde_core.errors import DeadlineError, TlsError
from sonde_core.expecting import Match
from sonde_core.model import Chunk, Direction, EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport import tls as tls_module
from tests.patience import PATIENCE
from tests.peers import Peer, echo, end_tls, ends_first, greeter, late, silent, throwaway_tls

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(params=VERSIONS, ids=["1.2", "1.3"])
def tls(request: pytest.FixtureRequest) -> Iterator[tuple[ssl.SSLContext, str]]:
    with throwaway_tls(request.param) as made:
        yield made


def trusting(peer: Peer, ca_file: str, **options: str) -> Session:
    return Session(
        SessionRequest(peer.address, SessionOptions(ca_file=ca_file, **options))  # type: ignore[arg-type]
    )


def in_place_of_tls(session: Session) -> bytes:
    """Return what is recorded after the note that says so."""
    moments = list(session.exchange().timeline)
    texts = [getattr(moment, "text", "") for moment in moments]
    if "in place of TLS:" not in texts:
        return b""
    chunk = moments[texts.index("in place of TLS:") + 1]
    assert isinstance(chunk, Chunk)
    assert chunk.direction is Direction.RECEIVED
    return chunk.data


async def test_half_close_keeps_receiving(tls: tuple[ssl.SSLContext, str]) -> None:
    context, trust = tls
    with Peer(late, tls=context) as peer:
        session = trusting(peer, trust)
        await session.open()
        await session.send(b"question")
        await session.send_end()
        assert session.state is State.LOCAL_END
        assert isinstance(await session.expect(150_000, seconds=5), Match)
        await session.finished()
    assert session.exchange().outcome is Outcome.DONE
    assert session.recorder.received == 150_000
    assert peer.heard == b"question"
    assert session.tls is not None
    assert session.tls.version == context.maximum_version.name.replace("_", ".", 1).replace(
        "_", "."
    )


async def test_after_the_peers_end_we_may_still_send(tls: tuple[ssl.SSLContext, str]) -> None:
    context, trust = tls
    with Peer(ends_first, tls=context) as peer:
        session = trusting(peer, trust)
        await session.open()
        await session.peer_ended()
        assert session.state is State.PEER_END
        await session.send(b"still here")
        await session.send_end()
        await session.finished()
        assert await asyncio.to_thread(peer.hears, b"still here")
    assert session.recorder.received == 3


async def test_ragged_end_is_noted_and_no_failure(tls: tuple[ssl.SSLContext, str]) -> None:
    context, trust = tls
    with Peer(greeter(b"hello"), tls=context) as peer:  # closes TCP without close_notify
        session = trusting(peer, trust)
        await session.open()
        await session.peer_ended()
        await session.close()
    notes = [e.text for e in session.exchange().events() if e.kind is EventKind.NOTE]
    assert len(notes) == 1
    assert "without ending TLS" in notes[0]
    assert session.recorder.received == 5
    assert session.exchange().outcome is Outcome.DONE


async def test_megabytes_both_ways(tls: tuple[ssl.SSLContext, str]) -> None:
    context, trust = tls
    with Peer(echo, tls=context) as peer:
        session = trusting(peer, trust)
        await session.open()
        await session.send(b"m" * 2_000_000)
        assert isinstance(await session.expect(2_000_000, seconds=15), Match)
        await session.close()
    assert session.exchange().outcome is Outcome.DONE


async def test_old_tls_is_refused_in_plain_words() -> None:
    with throwaway_tls() as (context, trust):
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with Peer(echo, tls=context) as peer:
            session = trusting(peer, trust)
            with pytest.raises(TlsError, match="TLS") as caught:
                await session.open()
    assert caught.value.phase == "tls"


async def test_a_plain_server_is_told_as_such() -> None:
    with Peer(greeter(b"SSH-2.0-OpenSSH_9.6\r\n")) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "tls")))
        with pytest.raises(TlsError, match="does not speak TLS") as caught:
            await session.open()
    assert "tcp://" in caught.value.advice
    assert in_place_of_tls(session) == b"SSH-2.0-OpenSSH_9.6\r\n"


async def test_a_plain_server_is_told_as_such_for_web_sockets() -> None:
    with Peer(greeter(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "wss")))
        with pytest.raises(TlsError) as caught:
            await session.open()
    assert "ws://" in caught.value.advice
    assert "tcp://" not in caught.value.advice
    assert in_place_of_tls(session).startswith(b"HTTP/1.1 400")


async def test_a_plain_server_that_says_much_is_kept_in_part() -> None:
    with Peer(greeter(b"x" * 200_000)) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "tls")))
        with pytest.raises(TlsError):
            await session.open()
    assert 0 < len(in_place_of_tls(session)) <= tls_module.HEARD
    assert session.state.over


async def test_a_peer_that_sends_back_what_it_hears_is_no_tls() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "tls")))
        with pytest.raises(TlsError, match="does not speak TLS"):
            await session.open()
    assert in_place_of_tls(session)[:2] == b"\x16\x03"


async def test_wrong_name_is_refused_and_the_server_name_option_mends_it() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("inside.example").configure_cert(context)
    with authority.cert_pem.tempfile() as trust, Peer(echo, tls=context) as peer:
        session = trusting(peer, trust)
        with pytest.raises(TlsError, match="not valid for") as caught:
            await session.open()
        assert caught.value.facts is not None
        assert caught.value.facts.certificate is not None
        assert caught.value.facts.certificate.names == ("inside.example",)
        session = trusting(peer, trust, server_name="inside.example")
        await session.open()
        assert session.tls is not None
        assert session.tls.verified is True
        await session.close()


async def test_verification_can_be_off_and_is_said_so() -> None:
    with throwaway_tls() as (context, _), Peer(echo, tls=context) as peer:
        session = Session(SessionRequest(peer.address, SessionOptions(verify=False)))
        await session.open()
        await session.close()
    assert session.tls is not None
    assert session.tls.verified is False
    assert session.tls.reason == "verification is off"
    assert session.tls.certificate is not None


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_certificate_file_that_cannot_be_read(
    content: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    if content is not None:
        file.write_text(content)
    with throwaway_tls() as (context, _), Peer(echo, tls=context) as peer:
        session = trusting(peer, str(file))
        with pytest.raises(TlsError, match=r"ca\.pem"):
            await session.open()


async def test_a_server_name_that_cannot_be_one() -> None:
    with throwaway_tls() as (context, trust), Peer(echo, tls=context) as peer:
        session = trusting(peer, trust, server_name="." * 300)
        with pytest.raises(TlsError, match="server name"):
            await session.open()


async def test_handshake_reset_by_the_peer() -> None:
    def reset(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with Peer(reset) as peer, pytest.raises(TlsError, match="reset"):
        await Session(SessionRequest(peer.address.replace("tcp", "tls"))).open()


async def test_handshake_ended_by_the_peer() -> None:
    def end(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(1 << 16)

    with Peer(end) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "tls")))
        with pytest.raises(TlsError, match="closed the connection during the handshake"):
            await session.open()


async def test_broken_records_end_the_session(tls: tuple[ssl.SSLContext, str]) -> None:
    def garbage(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"fine")
        with socket.socket(fileno=connection.detach()) as plain:
            plain.sendall(b"\x17\x03\x03\x00\x20" + b"?" * 32)
            plain.settimeout(5)
            while plain.recv(100):
                pass

    context, trust = tls
    with Peer(garbage, tls=context) as peer:
        session = trusting(peer, trust)
        await session.open()
        await session.finished()
    exchange = session.exchange()
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert exchange.problem.kind == "tls"
    assert exchange.received == 4


async def test_what_follows_the_end_is_ignored_and_not_kept(
    tls: tuple[ssl.SSLContext, str],
) -> None:
    def rude(peer: Peer, connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        end_tls(connection)
        with socket.socket(fileno=connection.detach()) as plain:
            plain.settimeout(PATIENCE)
            for _ in range(64):
                plain.sendall(bytes(1 << 20))
            peer.stuck.set()
            plain.recv(1)

    context, trust = tls
    with Peer(rude, tls=context) as peer:
        session = trusting(peer, trust)
        await session.open()
        await session.peer_ended()
        before = resident()
        assert await asyncio.to_thread(peer.stuck.wait, PATIENCE)
        assert resident() - before < 16 << 20
        await session.close()
    assert session.exchange().outcome is Outcome.DONE
    assert session.recorder.received == 0


def resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


async def test_handshake_has_a_deadline() -> None:
    with Peer(silent) as peer:
        options = SessionOptions(connect_timeout=0.1)
        session = Session(SessionRequest(peer.address.replace("tcp", "tls"), options))
        with pytest.raises(DeadlineError):
            await session.open()
