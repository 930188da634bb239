from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import pytest

from sonde_core.errors import DeadlineError, SondeError, TlsError
from sonde_core.expecting import Match
from sonde_core.model import Event, EventKind, Problem, State, TlsFacts
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.tls_contexts import server_context
from tests.authority import HOST, Authority, old_tls_only, self_signed
from tests.patience import PATIENCE
from tests.peers import Peer, echo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


async def opened(peer: Peer, options: SessionOptions) -> Session:
    session = Session(SessionRequest(peer.address, options))
    await session.open()
    return session


async def refused(context: ssl.SSLContext, options: SessionOptions) -> tuple[SondeError, Session]:
    with Peer(echo, tls=context) as peer:
        session = Session(SessionRequest(peer.address, options))
        with pytest.raises(TlsError) as caught:
            await session.open()
    assert session.state is State.FAILED
    return caught.value, session


async def why(file: str, ca_file: str) -> tuple[str, TlsFacts]:
    """Return what is said of a server's certificate that is not taken."""
    error, session = await refused(server_context(file), SessionOptions(ca_file=ca_file))
    facts = session.exchange().tls
    assert facts is not None
    assert facts.verified is False
    assert facts.certificate is not None  # shown, although it was refused
    assert facts.reason in error.message
    assert "`verify TLS`" in error.advice  # what the app calls it
    return facts.reason, facts


async def test_expired(authority: Authority) -> None:
    reason, facts = await why(authority.expired(), authority.file)
    assert reason == "it expired on 2020-01-02"
    assert facts.certificate is not None
    assert facts.certificate.not_after.startswith("2020-01-02")


async def test_not_yet_valid(authority: Authority) -> None:
    reason, _ = await why(authority.not_yet(), authority.file)
    assert reason == "it is not valid before 2090-05-06"


async def test_wrong_name_tells_the_names_it_has(authority: Authority) -> None:
    names = [f"host{number}.example" for number in range(7)]
    reason, _ = await why(authority.issue(*names), authority.file)
    assert reason == (
        "it is not valid for '127.0.0.1', only for host0.example, host1.example, host2.example, "
        "host3.example, host4.example and 2 more"
    )


async def test_self_signed(authority: Authority, folder: Path) -> None:
    reason, _ = await why(self_signed(folder), authority.file)
    assert "self-signed" in reason


async def test_unknown_issuer(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Other")
    reason, facts = await why(other.issue(), authority.file)
    assert "O=Other" in reason
    assert "is not known here" in reason
    assert len(facts.chain) == 1


async def test_an_intermediate_that_the_peer_left_out(authority: Authority) -> None:
    reason, facts = await why(authority.through_another(complete=False), authority.file)
    assert "the peer did not send it" in reason
    assert len(facts.chain) == 1


async def test_the_chain_is_kept_as_it_was_sent(authority: Authority) -> None:
    context = server_context(authority.through_another(complete=True))
    with Peer(echo, tls=context) as peer:
        session = await opened(peer, SessionOptions(ca_file=authority.file))
        await session.close()
    facts = session.exchange().tls
    assert facts is not None
    assert facts.verified is True
    assert facts.reason == ""
    assert facts.server_name == HOST
    own, above = facts.chain
    assert own.names == (HOST,)
    assert own.issuer == above.subject
    assert own.key
    assert own.signature
    event = next(e for e in session.exchange().events() if e.kind is EventKind.TLS)
    assert event.facts["chain"] == "2"
    assert event.facts["sha256"] == own.sha256
    assert event.facts["key"] == own.key


async def test_a_chain_of_a_hundred_is_bounded(authority: Authority) -> None:
    with Peer(echo, tls=server_context(authority.long_chain(100))) as peer:
        session = await opened(peer, SessionOptions(ca_file=authority.file))
        await session.close()
    facts = session.exchange().tls
    assert facts is not None
    assert (len(facts.chain), facts.more) == (16, 84)


# the client's own certificate


def asking(authority: Authority, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return a server's context that wants a client certificate."""
    context = server_context(authority.issue(), client_ca=authority.file)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


VERSIONS = pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)


@VERSIONS
async def test_a_client_certificate_is_shown(authority: Authority, version: ssl.TLSVersion) -> None:
    options = SessionOptions(ca_file=authority.file, certificate=authority.issue("me.example"))
    with Peer(echo, tls=asking(authority, version)) as peer:
        session = await opened(peer, options)
        await session.send(b"it is me")
        assert isinstance(await session.expect(b"it is me", seconds=PATIENCE), Match)
        await session.close()


@VERSIONS
async def test_a_client_certificate_that_is_missing(
    authority: Authority, version: ssl.TLSVersion
) -> None:
    with Peer(echo, tls=asking(authority, version)) as peer:
        problem = await problem_of(peer, SessionOptions(ca_file=authority.file))
    assert problem.kind == "tls"
    wanted = "client certificate" if version is ssl.TLSVersion.TLSv1_3 else "certificate"
    assert wanted in f"{problem.text} {problem.hint}"


@VERSIONS
async def test_a_client_certificate_that_is_not_trusted(
    authority: Authority, version: ssl.TLSVersion, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "Other")
    options = SessionOptions(ca_file=authority.file, certificate=other.issue("me.example"))
    with Peer(echo, tls=asking(authority, version)) as peer:
        problem = await problem_of(peer, options)
    assert "the peer does not trust our certificate" in problem.text


async def problem_of(peer: Peer, options: SessionOptions) -> Problem:
    """Open; with TLS 1.3 the peer refuses only when the handshake is through for us."""
    session = Session(SessionRequest(peer.address, options))
    with contextlib.suppress(TlsError):
        await session.open()
    await session.finished()
    assert session.problem is not None
    return session.problem


async def test_a_certificate_file_of_ours_that_is_wrong(
    authority: Authority, tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("garbage")
    for options in (
        SessionOptions(certificate=str(garbage)),
        SessionOptions(certificate=authority.issue(), key=str(garbage)),
    ):
        error, session = await refused(server_context(authority.issue()), options)
        assert "garbage.pem" in error.message
        assert error.phase == "tls"
        assert session.problem is not None


# versions and protocols


async def test_tls_1_1_is_refused_unless_it_is_allowed(authority: Authority) -> None:
    with old_tls_only(authority.issue()) as context:
        error, _ = await refused(context, SessionOptions(ca_file=authority.file))
        assert "versions that we take" in error.message
        assert "--tls-min" in error.advice
        with Peer(echo, tls=context) as peer:
            session = await opened(peer, SessionOptions(ca_file=authority.file, min_tls="1.1"))
            await session.send(b"old")
            assert isinstance(await session.expect(b"old", seconds=PATIENCE), Match)
            await session.close()
    assert session.tls is not None
    assert session.tls.version == "TLSv1.1"


async def test_a_peer_without_tls_1_3(authority: Authority) -> None:
    context = server_context(authority.issue())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    error, _ = await refused(context, SessionOptions(ca_file=authority.file, min_tls="1.3"))
    assert "versions that we take" in error.message


async def test_protocols_do_not_leak_between_sessions_that_share_a_context(
    authority: Authority,
) -> None:
    context = server_context(authority.issue(), alpn=("h2", "http/1.1", "imap"))
    with Peer(echo, tls=context) as peer:
        offers = [("imap",), (), ("h2", "imap"), ("http/1.1",), ()] * 3
        sessions = await asyncio.gather(
            *(opened(peer, SessionOptions(ca_file=authority.file, alpn=each)) for each in offers)
        )
        await asyncio.gather(*(session.close() for session in sessions))
    found = [session.tls.alpn for session in sessions if session.tls]
    assert found == ["imap", "", "h2", "http/1.1", ""] * 3


async def test_no_protocol_in_common_is_no_failure_of_a_lenient_peer(authority: Authority) -> None:
    with Peer(echo, tls=server_context(authority.issue(), alpn=("h2",))) as peer:
        session = await opened(peer, SessionOptions(ca_file=authority.file, alpn=("imap",)))
        await session.close()
    assert session.tls is not None
    assert session.tls.alpn == ""


# peers that are no TLS, or that stop


@pytest.mark.parametrize("first", [b"220 mail.example ESMTP\r\n", b"\x16\x03\x01", b"\0" * 100])
async def test_a_peer_that_says_something_else(first: bytes) -> None:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(first)
        peer.stop.wait(PATIENCE)

    with Peer(behave) as peer:
        address = peer.address.replace("tcp", "tls")
        session = Session(SessionRequest(address, SessionOptions(connect_timeout=0.5)))
        with pytest.raises((TlsError, DeadlineError)) as caught:
            await session.open()
    heard = b"" if first == b"\x16\x03\x01" else first  # that may be a handshake's first part
    assert caught.value.heard == heard
    assert session.recorder.received == len(heard)


@pytest.mark.parametrize("whole", [100, 10])
async def test_a_reset_in_the_middle_of_the_handshake(authority: Authority, whole: int) -> None:
    """The peer resets after a part of its own flight."""

    def behave(_peer: Peer, connection: socket.socket) -> None:
        hello = connection.recv(1 << 16)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        incoming.write(hello)
        tls = server_context(authority.issue()).wrap_bio(incoming, outgoing, server_side=True)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        connection.sendall(outgoing.read()[:whole])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with Peer(behave) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "tls")))
        with pytest.raises(TlsError, match="reset") as caught:
            await session.open()
    assert caught.value.facts is not None


async def test_an_event_says_what_was_settled_before_the_first_bytes(authority: Authority) -> None:
    def behave(_peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"hello")
        connection.recv(10)

    with Peer(behave, tls=server_context(authority.issue())) as peer:
        session = await opened(peer, SessionOptions(ca_file=authority.file))
        await session.expect(b"hello", seconds=PATIENCE)
        await session.close()
    kinds = [
        moment.kind if isinstance(moment, Event) else "bytes"
        for moment in session.exchange().timeline
    ]
    assert kinds.index(EventKind.TLS) < kinds.index("bytes")
