from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import ConnectError, DeadlineError, ResolveError
from sonde_core.model import EventKind, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.connect import connect
from sonde_core.transport.resolve import Address
from sonde_core.transport.securing import secure
from tests.peers import Peer, echo, silent, throwaway_tls


class Ears:
    """An owner that keeps what it hears."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.over = asyncio.Event()

    def on_data(self, data: bytes) -> None:
        self.data += data

    def on_end(self) -> None:
        self.over.set()

    def on_lost(self, error: BaseException | None) -> None:
        self.over.set()

    def on_advice(self, error: OSError) -> None: ...


class Events:
    """A log that keeps what it takes."""

    def __init__(self) -> None:
        self.kinds: list[EventKind] = []

    def __call__(self, kind: EventKind, text: str, **facts: str) -> None:
        self.kinds.append(kind)


async def test_links_carry_bytes_for_other_owners_than_sessions() -> None:
    ears, log, states = Ears(), Events(), list[State]()
    with throwaway_tls() as (context, trust), Peer(echo, tls=context) as peer:
        options = SessionOptions(ca_file=trust)
        link = await connect(parse(peer.address), ears, log, options=options, enter=states.append)
        tls = await secure(link, ears, log, server_name="127.0.0.1", options=options)
        tls.write(b"over TLS")
        tls.write_end()
        await ears.over.wait()
        tls.close()
    assert ears.data == b"over TLS"
    assert log.kinds[:2] == [EventKind.CONNECTED, EventKind.TLS]
    assert states == [State.RESOLVING, State.CONNECTING]


async def test_alpn_is_offered_to_one_connection_only() -> None:
    ears, log = Ears(), Events()
    with throwaway_tls() as (context, trust), Peer(silent, tls=context) as peer:
        context.set_alpn_protocols(["http/1.1"])
        options = SessionOptions(ca_file=trust)
        seen = []
        for alpn in (["http/1.1"], []):
            link = await connect(
                parse(peer.address), ears, log, options=options, enter=lambda _: None
            )
            tls = await secure(link, ears, log, server_name="localhost", options=options, alpn=alpn)
            seen.append(tls.facts.alpn)
            tls.abort()
    assert seen == ["http/1.1", ""]


async def test_an_address_that_does_not_answer_does_not_hold_up_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Peer(echo) as peer, full_server() as dead:
        addresses: list[Address] = [
            (socket.AF_INET, ("127.0.0.1", dead)),
            (socket.AF_INET, ("127.0.0.1", peer.port)),
        ]
        resolve_to(monkeypatch, addresses)
        session = Session(SessionRequest(f"tcp://two.example:{peer.port}"))
        async with asyncio.timeout(5):
            await session.open()
        assert session.peer == f"127.0.0.1:{peer.port}"
        await session.close()


async def test_the_connect_deadline_covers_all_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with full_server() as dead:
        resolve_to(monkeypatch, [(socket.AF_INET, ("127.0.0.1", dead))] * 2)
        options = SessionOptions(connect_timeout=0.3)
        session = Session(SessionRequest(f"tcp://two.example:{dead}", options))
        with pytest.raises(DeadlineError, match=r"within 0\.3 s"):
            await session.open()
    assert session.problem is not None
    assert session.problem.phase == "connect"


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancel_is_heard_while_other_attempts_are_given_up(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bool] = loop.create_future()

    def came(more: int) -> None:
        loop.remove_reader(server)
        if more:
            loop.call_soon(came, more - 1)
        else:
            heard.set_result(opening.cancel())

    with full_server() as port, socket.create_server(("127.0.0.2", port)) as server:
        loop.add_reader(server, came, turns)
        addresses = ("127.0.0.1", port), ("127.0.0.2", port)
        resolve_to(monkeypatch, [(socket.AF_INET, address) for address in addresses])
        endpoint = parse(f"tcp://two.example:{port}")
        opening = loop.create_task(
            connect(
                endpoint, Ears(), Events(), options=SessionOptions(), enter=list[State]().append
            )
        )
        await asyncio.wait({opening})
        await heard
    if not opening.cancelled():
        opening.result().close()
    assert heard.result() is opening.cancelled()


async def test_a_resolver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> list[Address]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr("sonde_core.transport.connect.resolve", hang)
    options = SessionOptions(connect_timeout=0.1)
    session = Session(SessionRequest("tcp://slow.example:80", options))
    with pytest.raises(DeadlineError):
        await session.open()
    assert session.problem is not None
    assert session.problem.phase == "resolve"


async def test_no_address_is_a_resolve_error(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, [])
    with pytest.raises(ResolveError, match="has no address"):
        await Session(SessionRequest("tcp://none.example:80")).open()


def resolve_to(monkeypatch: pytest.MonkeyPatch, addresses: list[Address]) -> None:
    async def resolve(*_: object) -> list[Address]:
        return addresses

    monkeypatch.setattr("sonde_core.transport.connect.resolve", resolve)


@contextlib.contextmanager
def full_server() -> Iterator[int]:
    """Yield a port whose accept queue is full: further connections get no answer."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


async def test_a_peer_on_this_machine_needs_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait(*_: object) -> None:
        raise AssertionError("it waited")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", wait)
    with Peer(echo) as peer:
        link = await connect(
            parse(peer.address),
            Ears(),
            Events(),
            options=SessionOptions(),
            enter=list[State]().append,
        )
        link.close()


async def test_who_answers_later_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as slow, contextlib.ExitStack() as held:
        address = slow.getsockname()
        for _ in range(2):  # a full backlog drops what comes next, until somebody accepts
            filler = held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        endpoint = parse(f"tcp://127.0.0.1:{address[1]}")
        connecting = asyncio.create_task(
            connect(
                endpoint, Ears(), Events(), options=SessionOptions(), enter=list[State]().append
            )
        )
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not connecting.done()
        for _ in range(2):
            held.enter_context(slow.accept()[0])
        link = await asyncio.wait_for(connecting, 20)
        assert link.peer == f"127.0.0.1:{address[1]}"
        link.close()


async def test_who_refuses_is_told_at_once(closed_port: int) -> None:
    log = Events()
    endpoint = parse(f"tcp://127.0.0.1:{closed_port}")
    with pytest.raises(ConnectError, match="connection refused"):
        await connect(endpoint, Ears(), log, options=SessionOptions(), enter=list[State]().append)
    assert log.kinds == [EventKind.TRIED]
