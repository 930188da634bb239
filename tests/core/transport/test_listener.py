from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.endpoint import Endpoint
from sonde_core.errors import BindError, EndpointSyntaxError, SondeError
from sonde_core.expecting import Match
from sonde_core.listen_request import ListenRequest
from sonde_core.model import EventKind, Outcome, State
from sonde_core.serving.forward import Forward
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.bind import bind
from sonde_core.transport.bound import Bound
from sonde_core.transport.listener import Listener
from sonde_core.transport.roster import TOLD
from tests.watching import first_client


async def listening(address: str = "tcp://:0", **options: object) -> Listener:
    listener = Listener(ListenRequest(address, **options))  # type: ignore[arg-type]
    await listener.start()
    return listener


async def connected(listener: Listener) -> Session:
    options = SessionOptions(ca_file=listener.certificate)
    session = Session(SessionRequest(str(listener.bound), options))
    await session.open()
    return session


async def test_tutorial_client_is_greeted_and_recorded() -> None:
    listener = await listening(greeting=b"Hello, client!")

    def client() -> bytes:  # the tutorial's client.py, line by line
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.connect(("127.0.0.1", listener.bound.port))
            s.sendall(b"Hello, server!")
            return s.recv(1024)

    assert await asyncio.to_thread(client) == b"Hello, client!"
    accepted = listener.sessions[0]
    async with asyncio.timeout(5):
        await accepted.finished()
    exchange = accepted.exchange()
    assert (exchange.role, exchange.kind, exchange.outcome) == ("server", "tcp", Outcome.DONE)
    assert (exchange.sent, exchange.received) == (14, 14)
    assert exchange.target == str(listener.bound)
    await listener.close()


@pytest.mark.parametrize("scheme", ["tcp", "tls", "unix"])
async def test_greeting_of_140000_bytes_reaches_a_client_that_speaks_first(
    scheme: str, tmp_path: Path
) -> None:
    address = f"unix:{tmp_path / 's'}" if scheme == "unix" else f"{scheme}://:0"
    listener = await listening(address, greeting=b"g" * 140_000)
    client = await connected(listener)
    await client.send(b"me first")
    closing = asyncio.create_task(listener.close())
    await client.peer_ended()
    await client.close()
    await closing
    assert client.recorder.received == 140_000
    assert client.exchange().outcome is Outcome.DONE
    assert listener.sessions[0].exchange().outcome is Outcome.DONE
    assert listener.state is State.CLOSED


@pytest.mark.parametrize("scheme", ["tcp", "tls", "unix"])
async def test_echo_gives_back_all_and_half_closes_back(scheme: str, tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 's'}" if scheme == "unix" else f"{scheme}://:0"
    listener = await listening(address, echo=True)
    client = await connected(listener)
    await client.send(b"e" * 3_000_000)
    await client.send_end()
    assert isinstance(await client.expect(3_000_000, seconds=15), Match)
    await client.finished()
    async with asyncio.timeout(5):
        await listener.sessions[0].finished()
    assert client.exchange().outcome is Outcome.DONE
    assert listener.sessions[0].exchange().outcome is Outcome.DONE
    await listener.close()


async def test_two_hundred_clients_at_once() -> None:
    listener = await listening(echo=True)

    async def talk(number: int) -> bool:
        client = await connected(listener)
        text = b"client %d." % number
        await client.send(text)
        answer = await client.expect(text, seconds=20)
        await client.close()
        return isinstance(answer, Match) and client.outcome is Outcome.DONE

    assert all(await asyncio.gather(*(talk(number) for number in range(200))))
    assert listener.accepted == 200
    await listener.close()
    assert {s.exchange().outcome for s in listener.sessions} == {Outcome.DONE}


async def test_more_clients_than_allowed_are_closed_at_once() -> None:
    listener = await listening(max_clients=1)
    first = await connected(listener)
    second = await connected(listener)
    with contextlib.suppress(SondeError):
        await second.send(b"hello?")
    async with asyncio.timeout(5):
        await second.peer_ended()
    assert len(listener.sessions) == 1
    assert first.state is State.OPEN
    texts = [e.text for e in listener.exchange().events() if e.kind is EventKind.ERROR]
    assert texts == [f"{second.local} was refused: no more than 1 client may be there."]
    assert (listener.refused, listener.refusals) == (1, [second.local])
    second.abort()
    await first.close(grace=0.05)
    await listener.close(grace=0.05)


@pytest.mark.parametrize("scheme", ["tcp", "unix", "udp"])
async def test_each_client_that_is_refused_is_a_failed_session(scheme: str, tmp_path: Path) -> None:
    told: list[Session] = []
    address = f"unix:{tmp_path / 's'}" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    listener = Listener(ListenRequest(address, max_clients=1), on_session=told.append)
    await listener.start()
    clients = [await connected(listener) for _ in range(3)]
    for number, client in enumerate(clients):
        with contextlib.suppress(SondeError):
            await client.send(b"hello")
            await client.send(b"hello again")
        async with asyncio.timeout(5):
            while len(told) <= number:
                await listener.changed(listener.version)
    await listener.close(grace=0.05)
    exchanges = [session.exchange() for session in told]
    assert [exchange.outcome for exchange in exchanges[1:]] == [Outcome.FAILED] * 2
    assert [session.peer for session in told[1:]] == listener.refusals
    problem = exchanges[1].problem
    assert problem
    assert "no more than 1 client may be there" in problem.text
    assert (exchanges[1].role, exchanges[1].kind) == ("server", scheme)
    assert (listener.accepted, listener.refused) == (1, 2)
    for client in clients:
        client.abort()


async def test_very_many_clients_that_are_refused_are_counted() -> None:
    told: list[Session] = []
    listener = Listener(ListenRequest("tcp://:0", max_clients=1), on_session=told.append)
    await listener.start()
    first = await connected(listener)
    for _ in range(TOLD + 5):
        with contextlib.closing(socket.create_connection(("127.0.0.1", listener.bound.port))):
            pass
    async with asyncio.timeout(5):
        while listener.refused < TOLD + 5:
            await listener.changed(listener.version)
    assert len(told) == TOLD + 1
    assert len(listener.refusals) == TOLD
    texts = [e.text for e in listener.exchange().events() if e.kind is EventKind.ERROR]
    assert len(texts) == TOLD + 1
    assert "only counted" in texts[-1]
    await first.close(grace=0.05)
    await listener.close(grace=0.05)


async def test_each_client_is_told_of_once() -> None:
    met: list[Session] = []
    listener = Listener(ListenRequest("tcp://:0"), on_session=met.append)
    await listener.start()
    client = await connected(listener)
    async with asyncio.timeout(5):
        while not met:
            await listener.changed(listener.version)
    assert met == listener.sessions
    await met[0].send(b"typed by hand")
    assert isinstance(await client.expect(b"by hand", seconds=5), Match)
    closing = asyncio.create_task(client.close())
    await met[0].peer_ended()
    await met[0].send_end()
    await closing
    await listener.close()


async def test_a_client_that_left_is_let_go() -> None:
    listener = Listener(ListenRequest("tcp://:0"), half_open=0.05)
    await listener.start()
    client = await connected(listener)
    await client.close()
    async with asyncio.timeout(5):
        await listener.sessions[0].finished()
    exchange = listener.sessions[0].exchange()
    assert exchange.outcome is Outcome.DONE
    assert "nobody answered within 0.05 s" in " ".join(event.text for event in exchange.events())
    await listener.close()


@pytest.mark.parametrize("greeting", [b"", b"hi"])
async def test_a_client_that_a_person_looks_at_is_not_let_go(greeting: bytes) -> None:
    looks: list[Session] = []
    asked = asyncio.Event()

    def is_attended(session: Session) -> bool:
        looks.append(session)
        if len(looks) > 3:
            asked.set()
        return True

    listener = Listener(ListenRequest("tcp://:0", greeting), half_open=0.02)
    listener.is_attended = is_attended
    await listener.start()
    client = await connected(listener)
    await client.send_end()
    async with asyncio.timeout(5):
        await asked.wait()
        assert listener.sessions[0].state is State.PEER_END
        await listener.sessions[0].send(b"typed slowly")
        assert isinstance(await client.expect(b"slowly", seconds=5), Match)
        await listener.sessions[0].send_end()
        await client.finished()
    told = " ".join(event.text for event in listener.sessions[0].exchange().events())
    assert "we end too" not in told
    await listener.close()


async def test_a_client_that_was_typed_to_is_not_let_go_when_another_is_looked_at() -> None:
    asked: list[Session] = []
    listener = Listener(ListenRequest("tcp://:0"), half_open=0.05)

    def look(session: Session) -> bool:
        asked.append(session)
        return False

    listener.is_attended = look
    await listener.start()
    first, second = await connected(listener), await connected(listener)
    by_peer = {session.peer: session for session in listener.sessions}
    await by_peer[first.local].send(b"more follows")
    await first.send_end()
    await second.send_end()
    async with asyncio.timeout(5):
        await second.finished()
    assert by_peer[first.local].state is State.PEER_END
    assert by_peer[first.local] not in asked
    await listener.close()


async def test_failed_handshake_is_a_failed_session() -> None:
    listener = await listening("tls://:0")
    with socket.create_connection(("127.0.0.1", listener.bound.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(5):
            while not listener.sessions:
                await listener.changed(listener.version)
            await listener.sessions[0].finished()
    exchange = listener.sessions[0].exchange()
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert "plain HTTP" in exchange.problem.text
    await listener.close()


async def test_port_in_use_is_named_with_who_holds_it() -> None:
    holder = await listening()
    listener = Listener(ListenRequest(f"tcp://127.0.0.1:{holder.bound.port}"))
    with pytest.raises(BindError, match=f"Port {holder.bound.port} on 127.0.0.1 is in use") as bad:
        await listener.start()
    assert "(process " in bad.value.message
    assert "Choose another port" in bad.value.advice
    exchange = listener.exchange()
    assert (listener.state, exchange.kind, exchange.outcome) == (
        State.FAILED,
        "listen",
        Outcome.FAILED,
    )
    assert exchange.problem is not None
    assert exchange.problem.phase == "bind"
    await holder.close()


async def test_udp_port_is_not_shared() -> None:
    holder = await listening("udp://:0")
    with pytest.raises(BindError, match="in use"):
        await listening(str(holder.bound))
    await holder.close()


async def test_port_can_be_taken_again_at_once() -> None:
    listener = await listening(greeting=b"hi")
    client = await connected(listener)
    await listener.close(grace=0.05)  # we end first, so TIME-WAIT is ours
    await client.close()
    again = await listening(str(listener.bound))
    await again.close()


async def test_foreign_address_cannot_be_bound() -> None:
    with pytest.raises(BindError, match="does not have that address"):
        await listening("tcp://192.0.2.1:0")


async def test_bad_address_fails_with_a_record() -> None:
    listener = Listener(ListenRequest("http://127.0.0.1:1"))
    with pytest.raises(EndpointSyntaxError):
        await listener.start()
    assert listener.exchange().outcome is Outcome.FAILED


async def test_certificate_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BindError, match=r"nothing\.pem"):
        await listening("tls://:0", certificate=str(tmp_path / "nothing.pem"))


async def test_a_name_with_two_addresses_gets_one_port() -> None:
    listener = await listening("tcp://localhost:0")
    assert listener.bound.port
    client = await connected(listener)
    await client.close(grace=0.05)
    await listener.close(grace=0.05)


# Unix paths


async def test_unix_socket_is_private_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = await listening(f"unix:{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await listener.close()
    assert not path.exists()


async def test_stale_unix_path_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    listener = await listening(f"unix:{path}", greeting=b"alive")
    client = await connected(listener)
    assert isinstance(await client.expect(b"alive", seconds=5), Match)
    await client.close()
    await listener.close()


async def test_live_unix_path_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    holder = await listening(f"unix:{path}", greeting=b"mine")
    with pytest.raises(BindError, match="in use by"):
        await listening(f"unix:{path}")
    client = await connected(holder)
    assert isinstance(await client.expect(b"mine", seconds=5), Match)
    await client.close()
    await holder.close()


async def test_a_file_is_never_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(BindError, match="is no socket"):
        await listening(f"unix:{path}")
    assert path.read_text() == "precious"


async def test_a_path_that_is_not_ours_any_more_stays(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listener = await listening(f"unix:{path}")
    path.unlink()
    path.write_text("somebody else's")
    await listener.close()
    assert path.exists()


async def test_unix_path_too_long_or_without_folder(tmp_path: Path) -> None:
    with pytest.raises(EndpointSyntaxError, match="longer than 107"):
        await listening(f"unix:/tmp/{'x' * 120}")
    with pytest.raises(BindError, match="folder is not there"):
        await listening(f"unix:{tmp_path / 'none' / 's'}")


async def test_closing_without_clients_and_twice_is_fine() -> None:
    listener = await listening()
    await listener.close()
    await listener.close()
    assert listener.state is State.CLOSED


async def test_what_keeps_a_listener_from_starting_is_told_before_it_is_bound() -> None:
    listener = Listener(ListenRequest("tls://:0", certificate="/nowhere.pem"))
    with pytest.raises(BindError, match="nowhere"):
        await listener.prepare()
    assert listener.state is State.FAILED
    good = Listener(ListenRequest("tcp://:0"))
    await good.prepare()
    assert good.state is State.NEW
    await good.start()
    await good.close()
    assert good.bound.port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_listener_is_not_forwarded_to_itself(host: str, closed_port: int) -> None:
    forward = Forward(f"tcp://{host}:{closed_port}")
    listener = Listener(ListenRequest(f"tcp://:{closed_port}", forward=forward))
    with pytest.raises(SondeError, match="cannot be forwarded there"):
        await listener.start()
    assert listener.state is State.FAILED
    by_proxy = Forward(forward.address, SessionOptions(proxy="http://127.0.0.1:1"))
    await Listener(replace(listener.request, forward=by_proxy)).prepare()


async def test_a_unix_listener_is_not_forwarded_to_itself(tmp_path: Path) -> None:
    path = f"unix:{tmp_path / 's'}"
    with pytest.raises(SondeError, match="cannot be forwarded there"):
        await listening(path, forward=Forward(path))
    await (await listening(path, forward=Forward(f"{path}2"))).close()


async def test_no_more_clients_than_allowed_also_when_all_come_at_once() -> None:
    listener = Listener(ListenRequest("tcp://:0", max_clients=3))
    await listener.start()
    with contextlib.ExitStack() as stack:
        for _ in range(20):  # they wait in the queue of the kernel
            place = ("127.0.0.1", listener.bound.port)
            stack.enter_context(contextlib.closing(socket.create_connection(place)))
        async with asyncio.timeout(5):
            while listener.version < 3 or not any(
                "refused" in e.text for e in listener.exchange().events()
            ):
                await listener.changed(listener.version)
    await listener.close(grace=0.1)
    assert listener.accepted == 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a listening socket is not shut down")
async def test_a_socket_that_accepts_nobody_does_not_hold_up_the_rest() -> None:
    listener = await listening("tcp://127.0.0.1:0")
    assert listener._place is not None
    before = len(listener.recorder)
    listener._place.sockets[0].shutdown(socket.SHUT_RDWR)  # Linux says EINVAL from then on
    async with asyncio.timeout(5):
        while len(listener.recorder) == before:
            await listener.changed(listener.version)
    texts = [e.text for e in listener.exchange().events() if e.kind is EventKind.ERROR]
    assert len(texts) == 1
    assert "a client could not be accepted" in texts[0]
    await listener.close()


async def test_who_goes_on_sending_datagrams_is_no_new_client_of_one_that_closes() -> None:
    listener = Listener(ListenRequest("udp://127.0.0.1:0", echo=True))
    await listener.start()
    stop = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not stop.is_set():
                with contextlib.suppress(ConnectionError):
                    sock.sendto(b"again", ("127.0.0.1", listener.bound.port))

    sending = asyncio.create_task(asyncio.to_thread(send))
    try:
        await first_client(listener)
        await listener.close()
    finally:
        stop.set()
        await sending
    assert [session.state for session in listener.sessions] == [State.CLOSED]


async def test_closing_twice_at_a_time_is_told_once() -> None:
    listener = await listening("tcp://:0")
    await asyncio.gather(listener.close(), listener.close())
    told = [event for event in listener.exchange().events() if event.kind is EventKind.CLOSED]
    assert len(told) == 1


async def test_one_that_is_closed_before_it_is_bound_does_not_listen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bound: list[Bound] = []
    closed = asyncio.Event()

    async def late(endpoint: Endpoint, options: SessionOptions) -> Bound:
        bound.append(await bind(endpoint, options))
        await closed.wait()
        return bound[0]

    monkeypatch.setattr("sonde_core.transport.listener.bind", late)
    path = tmp_path / "socket"
    listener = Listener(ListenRequest(f"unix:{path}"))
    starting = asyncio.create_task(listener.start())
    await asyncio.sleep(0)
    await listener.close()
    closed.set()
    with pytest.raises(BindError, match="was ended before it began"):
        await starting
    assert [sock.fileno() for sock in bound[0].sockets] == [-1]
    assert not path.exists()
    assert listener.state is State.CLOSED
