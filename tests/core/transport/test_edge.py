from __future__ import annotations

import errno
import socket
import ssl

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import (
    BindError,
    ConnectError,
    DeadlineError,
    PeerClosedError,
    ResolveError,
    SondeError,
    TlsError,
)
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.transport.edge import address_text, explain, reason
from tests.peers import Peer

HERE = parse("tcp://example.org:80")


@pytest.mark.parametrize(
    ("error", "phase", "kind", "words"),
    [
        (OSError(errno.ECONNREFUSED, "x"), "connect", ConnectError, "connection refused"),
        (OSError(errno.ETIMEDOUT, "x"), "connect", ConnectError, "nothing answered"),
        (OSError(errno.ENETUNREACH, "x"), "connect", ConnectError, "no route"),
        (OSError(errno.ECONNRESET, "x"), "receive", PeerClosedError, "reset"),
        (OSError(errno.EPIPE, "x"), "send", PeerClosedError, "closed"),
        (OSError(errno.EIO, "Odd thing."), "send", ConnectError, "odd thing"),
        (OSError(errno.EACCES, "x"), "bind", BindError, "permission denied"),
        (TimeoutError(), "connect", DeadlineError, "within 2.5 s"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "resolve", ResolveError, "has no address"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "resolve", ResolveError, "no name server"),
        (socket.gaierror(socket.EAI_FAIL, "Bad"), "resolve", ResolveError, "bad"),
        (UnicodeError("label too long"), "resolve", ResolveError, "cannot be a host name"),
        (ssl.SSLError(1, "[X] odd"), "tls", TlsError, "odd"),
        (ssl.SSLEOFError(8, "x"), "tls", TlsError, "during the handshake"),
        (ssl.SSLError(1, "bad record"), "receive", TlsError, "broke"),
    ],
)
def test_each_failure_has_words_and_a_hint(
    error: BaseException, phase: str, kind: type[SondeError], words: str
) -> None:
    told = explain(error, HERE, phase, 2.5)
    assert type(told) is kind
    assert words in told.message
    assert told.message.endswith(".")
    assert told.phase == phase
    assert told.advice


@pytest.mark.parametrize(
    "said",
    [
        b"Hello, client! I am no TLS.",
        b"220 mail.example.org ESMTP\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        bytes(64),
        b"\x16\x03\x03\x00\x05hello",
        b"\x15\x03\x03\x00\x02no",
        b"\x16\x03\x01\xff\xff and on and on",
        b"\x16\x03\x03\x00\x05\x02\x00\x00\x01x",
        b"",
    ],
)
async def test_a_peer_without_tls_is_told_from_a_bad_certificate(said: bytes) -> None:
    def answer(_peer: Peer, connection: socket.socket) -> None:
        hello = connection.recv(1 << 16)
        connection.sendall(said or hello)
        connection.recv(1 << 16)

    with Peer(answer) as peer:
        session = Session(SessionRequest(peer.address.replace("tcp", "tls")))
        with pytest.raises(TlsError) as caught:
            await session.open()
    assert caught.value.message == "TLS with 127.0.0.1 failed: the peer does not speak TLS."
    assert "tcp://" in caught.value.advice


def test_silence_in_a_handshake_may_mean_that_there_is_none() -> None:
    assert "tcp://" in explain(TimeoutError(), HERE, "tls", 1).advice
    assert "tcp://" not in explain(TimeoutError(), HERE, "connect", 1).advice


def test_our_own_errors_pass_as_they_are() -> None:
    ours = ConnectError("Mine.")
    assert explain(ours, HERE, "connect") is ours


def test_reason_never_is_empty() -> None:
    assert reason(ValueError()) == "ValueError"
    assert reason(OSError("only text")) == "only text"
    assert reason(EOFError()) == "the peer closed the connection"
    assert reason(TimeoutError()) == "no answer in time"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("127.0.0.1", 80), "127.0.0.1:80"),
        (("::1", 80, 0, 0), "[::1]:80"),
        (("fe80::1", 80, 0, 2), "[fe80::1%2]:80"),
        (("::ffff:10.0.0.1", 80, 0, 0), "10.0.0.1:80"),
        ("/tmp/s", "/tmp/s"),  # noqa: S108 - text only
        ("\0abstract", "@abstract"),
        (b"\0abstract", "@abstract"),
        ("", ""),
        (None, ""),
    ],
)
def test_addresses_read_as_people_write_them(address: object, text: str) -> None:
    assert address_text(address) == text
