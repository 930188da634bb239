from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial

import pytest

from sonde_core.errors import PeerClosedError, RequestError, SondeError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Exchange, Outcome
from sonde_core.serving.answering import Answering
from sonde_core.serving.forward import Forward
from sonde_core.serving.rule import HttpAnswer
from sonde_core.serving.rule_text import read_rules
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import SendStep
from sonde_core.transport.listener import Listener
from tests.clients import as_client, read_to_end, read_until, serving
from tests.patience import PATIENCE
from tests.watching import first_client, until


def words(request: ListenRequest) -> str:
    async def tell(_: Session, exchange: Exchange) -> None:
        """Keep none."""

    return Answering(request, half_open=1.0, tell=tell).words


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (ListenRequest("tcp://:0"), ""),
        (ListenRequest("tcp://:0", echo=True), "echoing"),
        (ListenRequest("tcp://:0", rules=read_rules("a=b")), "1 rule, line by line"),
        (ListenRequest("tcp://:0", rules=read_rules("0x01=b\n*=d")), "2 rules, as a stream"),
        (
            ListenRequest("tcp://:0", rules=read_rules("0x01=b\nc=d")),
            "2 rules, line by line, bytes as they come",
        ),
        (ListenRequest("udp://:0", rules=read_rules("0x01=b")), "1 rule, message by message"),
        (ListenRequest("tcp://:0", rules=read_rules("*=b")), "1 rule, read by read"),
        (ListenRequest("tcp://:0", http=HttpAnswer(404)), "answering HTTP with 404"),
        (ListenRequest("tcp://:0", forward=Forward("tcp://a:1")), "forwarding to tcp://a:1"),
    ],
)
def test_what_it_does_is_told(request_: ListenRequest, told: str) -> None:
    assert words(request_) == told


@pytest.mark.parametrize(
    "request_",
    [
        ListenRequest("udp://:0", http=HttpAnswer()),
        ListenRequest("udp://:0", forward=Forward("tcp://a:1")),
    ],
)
def test_what_does_not_go_together_is_refused(request_: ListenRequest) -> None:
    with pytest.raises(RequestError):
        words(request_)


async def test_a_greeting_counts_its_clients_when_it_is_a_template() -> None:
    request = ListenRequest("tcp://:0", b"{{counter}} {{peer}}\n", greeting_template=True)

    def talk(sock: socket.socket) -> tuple[bytes, bytes]:
        host, port = sock.getsockname()
        return sock.recv(100), f"{host}:{port}\n".encode()

    async with serving(request) as listener:
        for number in (b"1 ", b"2 "):
            heard, name = await as_client(listener, talk)
            assert heard == number + name


async def test_greeting_rules_and_steps_name_values_of_the_environment() -> None:
    names = {"user": b"ann {{counter}}", "0": b"never", "peer": b"never"}
    ruled = ListenRequest(
        "tcp://:0",
        b"hi {{user}}\n",
        greeting_template=True,
        rules=read_rules(r"who={{user}} {{0}}\n", names),
    )
    played = ListenRequest("tcp://:0", script=(SendStep(b"{{user}}", template=True),))
    listener = Listener(ruled, names=names)
    await listener.start()

    def talk(sock: socket.socket) -> bytes:
        heard = read_until(sock, b"\n")
        sock.sendall(b"who\n")
        return heard + read_until(sock, b"who\n")

    assert await as_client(listener, talk) == b"hi ann {{counter}}\nann {{counter}} who\n"
    await listener.close(grace=0.2)
    listener = Listener(played, names=names)
    await listener.start()
    assert await as_client(listener, lambda sock: sock.recv(100)) == b"ann {{counter}}"
    await listener.close(grace=0.2)


async def test_a_greeting_is_just_its_bytes_otherwise() -> None:
    async with serving(ListenRequest("tcp://:0", b"{{counter}}")) as listener:
        assert await as_client(listener, lambda sock: sock.recv(100)) == b"{{counter}}"


async def test_a_greeting_that_cannot_be_filled_in_ends_the_client_only() -> None:
    request = ListenRequest("tcp://:0", b"{{nobody}}", greeting_template=True)
    async with serving(request) as listener:
        assert await as_client(listener, read_to_end) == b""
        async with asyncio.timeout(5):
            await listener.sessions[0].finished()
        problem = listener.sessions[0].problem
        assert problem is not None
        assert "nobody" in problem.text
        assert not listener.state.over


async def test_an_idle_client_is_let_go() -> None:
    async with serving(ListenRequest("tcp://:0", echo=True, idle_timeout=0.2)) as listener:
        assert await as_client(listener, read_to_end) == b""


async def test_the_end_waits_for_nobody_who_does_not_read() -> None:
    request = ListenRequest("tcp://:0", rules=read_rules("x={{random:100000}}"))
    async with serving(request) as listener:
        with socket.create_connection(("127.0.0.1", listener.bound.port)) as sock:
            await asyncio.to_thread(sock.sendall, b"x\n" * 1000)
            session = await first_client(listener)
            await until(session, lambda: session.queued)
            async with asyncio.timeout(10):
                await listener.close(grace=0.2)
    assert session.state.over


def test_errors_of_rules_are_explained() -> None:
    with pytest.raises(SondeError, match="nobody"):
        read_rules("a={{nobody}}")


@pytest.mark.parametrize("scheme", ["tcp", "tls", "ws"])
@pytest.mark.parametrize("manner", ["echo", "rules", "replies", "greeting"])
async def test_clients_that_talk_while_a_listener_stops_are_done(manner: str, scheme: str) -> None:
    ways: dict[str, dict[str, object]] = {
        "echo": {"echo": True},
        "rules": {"rules": read_rules("*=ok")},
        "replies": {"rules": read_rules(r"x=y\n" "\n@end=bye")},
        "greeting": {"greeting": b"hello\n", "rules": read_rules("*={{message}}")},
    }
    request = ListenRequest(f"{scheme}://127.0.0.1:0", **ways[manner])  # type: ignore[arg-type]
    listener = Listener(request)
    await listener.start()
    stopping = asyncio.Event()
    options = SessionOptions(verify=False)
    sessions = [Session(SessionRequest(str(listener.bound), options)) for _ in range(5)]
    talks = [asyncio.create_task(chatter(session, stopping)) for session in sessions]
    await until(listener, lambda: len(listener.sessions) == 5)
    for record in listener.sessions:
        await until(record, partial(has_said_much, record))
    closing = asyncio.create_task(listener.close(PATIENCE))
    for record in listener.sessions:
        await until(record, partial(getattr, record, "closing"))
    stopping.set()
    await asyncio.gather(*talks, closing)
    assert [record.outcome for record in listener.sessions] == [Outcome.DONE] * 5
    assert [record.problem for record in listener.sessions] == [None] * 5


def has_said_much(record: Session) -> bool:
    return record.recorder.reads > 20


async def chatter(session: Session, stopping: asyncio.Event) -> None:
    """Say more and more, and still some of it when the listener stops."""
    await session.open()
    more = 20
    with contextlib.suppress(PeerClosedError):  # of WebSocket an end is for both
        while more:
            await session.send(b"x\n")
            await asyncio.sleep(0.001)
            more -= stopping.is_set()
    await session.close(PATIENCE)
