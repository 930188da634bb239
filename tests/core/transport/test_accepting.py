from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sonde_core.errors import BindError, TlsError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Event, EventKind, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport import accepting
from sonde_core.transport.listener import Listener
from tests.authority import Authority
from tests.patience import PATIENCE


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def listening(request: ListenRequest) -> AsyncIterator[Listener]:
    listener = Listener(request)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.close(0.2)


async def talk(listener: Listener, options: SessionOptions) -> Session:
    """Be a client until its one echo is there, or it is over."""
    session = Session(SessionRequest(str(listener.bound), options))
    with contextlib.suppress(TlsError):
        await session.open()
        await session.send(b"hello")
        if isinstance(await session.expect(b"hello", seconds=PATIENCE), Match):
            await session.close()
    await session.finished()
    return session


def request(authority: Authority, **more: str) -> ListenRequest:
    return ListenRequest(
        "tls://127.0.0.1:0",
        echo=True,
        certificate=authority.issue(),
        **more,  # type: ignore[arg-type]
    )


async def test_a_client_with_a_certificate_is_told_by_it(authority: Authority) -> None:
    async with listening(request(authority, client_ca=authority.file)) as listener:
        options = SessionOptions(ca_file=authority.file, certificate=authority.issue("me.example"))
        client = await talk(listener, options)
        assert client.recorder.received == 5
        served = listener.sessions[0]
        await served.finished()
    facts = served.exchange().tls
    assert facts is not None
    assert facts.verified is True
    assert facts.certificate is not None
    assert facts.certificate.names == ("me.example",)


async def test_a_client_without_a_certificate(authority: Authority) -> None:
    async with listening(request(authority, client_ca=authority.file)) as listener:
        client = await talk(listener, SessionOptions(ca_file=authority.file))
        assert client.problem is not None
        served = listener.sessions[0]
        await served.finished()
    assert served.state is State.FAILED
    assert served.problem is not None
    assert "the client gave no certificate" in served.problem.text


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
async def test_a_client_whose_certificate_is_not_trusted(
    authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    other = Authority(tmp_path, "Other")
    async with listening(request(authority, client_ca=authority.file)) as listener:
        assert listener._context is not None
        listener._context.maximum_version = version
        options = SessionOptions(ca_file=authority.file, certificate=other.issue("me.example"))
        await talk(listener, options)
        served = listener.sessions[0]
        await served.finished()
    assert served.problem is not None
    assert "O=Other, is not known here" in served.problem.text
    facts = served.exchange().tls
    assert facts is not None
    assert facts.verified is False
    assert facts.certificate is not None
    assert facts.certificate.names == ("me.example",)


async def test_a_client_whose_certificate_expired(authority: Authority) -> None:
    async with listening(request(authority, client_ca=authority.file)) as listener:
        options = SessionOptions(ca_file=authority.file, certificate=authority.expired())
        client = await talk(listener, options)
        served = listener.sessions[0]
        await served.finished()
    assert client.problem is not None
    assert "our certificate expired" in client.problem.text
    assert "valid now" in client.problem.hint
    assert served.problem is not None
    assert "it expired on" in served.problem.text
    assert "The client needs one that is valid now" in served.problem.hint


async def test_a_client_that_does_not_trust_us(authority: Authority) -> None:
    async with listening(request(authority)) as listener:
        await talk(listener, SessionOptions())
        served = listener.sessions[0]
        await served.finished()
    assert served.problem is not None
    assert "does not trust our certificate" in served.problem.text


def come_with_tls_1_2(listener: Listener, authority: Authority) -> None:
    context = ssl.create_default_context(cafile=authority.file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    where = (listener.bound.host, listener.bound.port)
    with contextlib.suppress(OSError), socket.create_connection(where, PATIENCE) as plain:
        context.wrap_socket(plain, server_hostname="127.0.0.1").close()


@pytest.mark.parametrize(("least", "state"), [("1.2", State.CLOSED), ("1.3", State.FAILED)])
async def test_an_older_client_is_refused_unless_it_is_allowed(
    authority: Authority, least: str, state: State
) -> None:
    async with listening(request(authority, min_tls=least)) as listener:
        await asyncio.to_thread(come_with_tls_1_2, listener, authority)
        while not listener.sessions:
            await listener.changed(listener.version)
        served = listener.sessions[0]
        await asyncio.wait_for(served.finished(), PATIENCE)
    assert served.state is state
    if served.problem is not None:
        assert "no TLS version that we take" in served.problem.text
        assert "--accept-tls" in served.problem.hint
        assert "--tls-min" not in served.problem.hint


async def test_protocols_are_agreed_on(authority: Authority) -> None:
    asked = ListenRequest(
        "tls://127.0.0.1:0", echo=True, certificate=authority.issue(), alpn=("imap", "h2")
    )
    async with listening(asked) as listener:
        options = SessionOptions(ca_file=authority.file, alpn=("h2", "imap"))
        client = await talk(listener, options)
    assert client.tls is not None
    assert client.tls.alpn == "imap"


@pytest.mark.parametrize("name", ["certificate", "key", "client_ca"])
async def test_a_file_that_cannot_be_used(authority: Authority, name: str, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("garbage")
    fields = {"certificate": authority.issue(), name: str(garbage)}
    listener = Listener(ListenRequest("tls://127.0.0.1:0", **fields))  # type: ignore[arg-type]
    with pytest.raises(BindError, match=r"garbage\.pem"):
        await listener.start()
    assert listener.state is State.FAILED


async def test_a_key_for_a_certificate_that_is_not_there(authority: Authority) -> None:
    listener = Listener(ListenRequest("tls://127.0.0.1:0", key=authority.issue()))
    with pytest.raises(BindError, match="no certificate") as caught:
        await listener.start()
    assert "--cert" in caught.value.advice


async def test_a_client_that_speaks_no_tls_and_one_that_says_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "HANDSHAKE", 0.2)
    async with listening(request(authority)) as listener:
        for says in (b"GET / HTTP/1.1\r\n\r\n", b""):
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
            writer.write(says)
            async with asyncio.timeout(PATIENCE):
                with contextlib.suppress(ConnectionError):
                    await reader.read()  # to the end: we are let go
            writer.close()
        plain, silent = listener.sessions
    assert plain.problem is not None
    assert "plain HTTP" in plain.problem.text
    assert [c.data for c in plain.exchange().chunks()] == [b"GET / HTTP/1.1\r\n\r\n"]
    assert silent.problem is not None
    assert silent.problem.kind == "timeout"


async def test_a_client_that_resets_in_the_middle(authority: Authority) -> None:
    async with listening(request(authority)) as listener:
        with socket.create_connection(("127.0.0.1", listener.bound.port)) as client:
            client.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
            while not listener.sessions:
                await listener.changed(listener.version)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        served = listener.sessions[0]
        await served.finished()
    assert served.problem is not None
    assert "reset" in served.problem.text


async def test_an_end_without_close_notify_is_noted(authority: Authority) -> None:
    def leave(port: int) -> None:
        context = ssl.create_default_context(cafile=authority.file)
        with socket.create_connection(("127.0.0.1", port)) as plain:
            tls = context.wrap_socket(plain, server_hostname="127.0.0.1")
            tls.sendall(b"bye")
            tls.recv(3)
            tls.close()

    async with listening(request(authority)) as listener:
        await asyncio.to_thread(leave, listener.bound.port)
        served = listener.sessions[0]
        await served.peer_ended()
    texts = [moment.text for moment in served.exchange().timeline if isinstance(moment, Event)]
    assert any("without ending TLS" in text for text in texts)
    kinds = [event.kind for event in served.exchange().events()]
    assert EventKind.TLS in kinds
