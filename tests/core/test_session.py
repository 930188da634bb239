from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import pytest

from sonde_core.errors import (
    ConnectError,
    DeadlineError,
    EndpointSyntaxError,
    PeerClosedError,
    RequestError,
    ResolveError,
    SondeError,
)
from sonde_core.expecting import Ended, Match, TimedOut
from sonde_core.model import Chunk, Direction, EventKind, Outcome, State
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.transport.stream import READ
from tests.patience import PATIENCE
from tests.peers import (
    Peer,
    echo,
    endless,
    ends_first,
    greeter,
    late,
    resetting,
    silent,
    slow,
    throwaway_tls,
)
from tests.watching import until


def session_to(address: str, **options: float) -> Session:
    return Session(SessionRequest(address, SessionOptions(**options)))  # type: ignore[arg-type]


def received(session: Session) -> bytes:
    return b"".join(
        chunk.data
        for chunk in session.recorder
        if isinstance(chunk, Chunk) and chunk.direction is Direction.RECEIVED
    )


def state(session: Session) -> State:
    return session.state  # as a call: type checkers hold an attribute for constant


def kinds(session: Session) -> list[EventKind]:
    return [event.kind for event in session.exchange().events()]


async def test_echo_is_recorded_both_ways_and_closed_in_order() -> None:
    with Peer(echo) as peer:
        session = session_to(peer.address)
        await session.open()
        assert state(session) is State.OPEN
        await session.send(b"ping")
        assert await session.expect(b"ping", seconds=5) == Match(b"ping", 4)
        await session.close()
    exchange = session.exchange()
    assert (exchange.outcome, exchange.sent, exchange.received) == (Outcome.DONE, 4, 4)
    assert exchange.kind == "tcp"
    assert exchange.peer == f"127.0.0.1:{peer.port}"
    assert exchange.timing.connect is not None
    assert kinds(session) == [
        EventKind.CONNECTED,
        EventKind.HALF_CLOSED,
        EventKind.PEER_END,
        EventKind.CLOSED,
    ]


@pytest.mark.parametrize("scheme", ["tcp", "unix"])
async def test_half_close_keeps_receiving(scheme: str, tmp_path: Path) -> None:
    with Peer(late, path=str(tmp_path / "s") if scheme == "unix" else "") as peer:
        session = session_to(peer.address)
        await session.open()
        await session.send(b"question")
        await session.send_end()
        assert state(session) is State.LOCAL_END
        with pytest.raises(ConnectError, match="Our end was sent"):
            await session.send(b"more")
        assert isinstance(await session.expect(150_000, seconds=5), Match)
        await session.finished()
    assert state(session) is State.CLOSED
    assert received(session) == b"late " * 30_000
    assert peer.heard == b"question"


@pytest.mark.parametrize("scheme", ["tcp", "unix"])
async def test_after_the_peers_end_we_may_still_send(scheme: str, tmp_path: Path) -> None:
    with Peer(ends_first, path=str(tmp_path / "s") if scheme == "unix" else "") as peer:
        session = session_to(peer.address)
        await session.open()
        await session.peer_ended()
        assert state(session) is State.PEER_END
        await session.send(b"still here")
        await session.send_end()
        await session.finished()
        assert await asyncio.to_thread(peer.hears, b"still here")
    assert session.exchange().outcome is Outcome.DONE
    assert received(session) == b"bye"


async def test_tutorial_server_greets_and_closes() -> None:
    with Peer(greeter(b"Hello, client!")) as peer:
        session = session_to(peer.address)
        await session.open()
        assert await session.expect(b"client!", seconds=5) == Match(b"client!", 14)
        assert await session.expect(b"more", seconds=5) == Ended("the peer sent its end")
        await session.close()
    assert session.exchange().outcome is Outcome.DONE


async def test_data_before_a_reset_is_kept() -> None:
    with Peer(resetting(b"a" * 50_000)) as peer:
        session = session_to(peer.address)
        await session.open()
        await session.send(b"go")
        await session.finished()
    assert received(session) == b"a" * 50_000
    exchange = session.exchange()
    assert exchange.outcome is Outcome.FAILED
    assert exchange.problem is not None
    assert exchange.problem.kind == "closed"
    assert "reset" in exchange.problem.text
    with pytest.raises(PeerClosedError, match="reset"):
        await session.send(b"more")


async def test_data_before_a_reset_is_kept_when_a_write_runs_into_it_first() -> None:
    with Peer(resetting(b"answer")) as peer:
        session = session_to(peer.address)
        await session.open()
        with pytest.raises(SondeError):
            await session.send(b"b" * 500_000_000)
        await session.finished()
    assert received(session) == b"answer"


async def test_closed_port_is_refused(closed_port: int) -> None:
    session = session_to(f"tcp://127.0.0.1:{closed_port}")
    with pytest.raises(ConnectError, match="connection refused"):
        await session.open()
    exchange = session.exchange()
    assert (session.state, exchange.outcome) == (State.FAILED, Outcome.FAILED)
    assert exchange.problem is not None
    assert (exchange.problem.phase, exchange.problem.kind) == ("connect", "connect")
    assert kinds(session) == [EventKind.TRIED, EventKind.ERROR]


async def test_every_address_of_a_name_is_tried(closed_port: int) -> None:
    session = session_to(f"tcp://localhost:{closed_port}")
    with pytest.raises(ConnectError, match="Could not reach tcp://localhost"):
        await session.open()
    tried = kinds(session).count(EventKind.TRIED)
    resolved = next(e for e in session.exchange().events() if e.kind is EventKind.RESOLVED)
    assert tried == len(resolved.facts["addresses"].split(", "))


async def test_unknown_host_fails_while_resolving() -> None:
    session = session_to("tcp://no-such-host.invalid:80")
    with pytest.raises(ResolveError, match=r"no-such-host\.invalid"):
        await session.open()
    assert session.problem is not None
    assert session.problem.phase == "resolve"


@pytest.mark.parametrize("address", ["tcp://", "nonsense://x:1", "tcp://h:99999", ""])
async def test_an_address_that_is_none_is_recorded(address: str) -> None:
    session = session_to(address)
    with pytest.raises(EndpointSyntaxError):
        await session.open()
    assert session.exchange().outcome is Outcome.FAILED
    assert session.exchange().kind == "tcp"


async def test_http_address_is_no_session() -> None:
    with pytest.raises(RequestError, match="no socket address"):
        await session_to("http://127.0.0.1:1/").open()


async def test_connect_deadline_is_one_for_all() -> None:
    # TLS with a silent peer: TCP connects, the handshake does not end.
    with Peer(silent) as peer:
        session = session_to(peer.address.replace("tcp", "tls"), connect_timeout=0.5)
        with pytest.raises(DeadlineError, match=r"within 0\.5 s"):
            await session.open()
    exchange = session.exchange()
    assert exchange.outcome is Outcome.TIMED_OUT
    assert exchange.problem is not None
    assert exchange.problem.phase == "tls"


async def test_cancel_while_connecting() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address.replace("tcp", "tls"))
        opening = asyncio.create_task(session.open())
        await until(session, lambda: session.state is State.TLS)
        session.cancel()
        with pytest.raises(ConnectError, match="cancelled"):
            await opening
    assert state(session) is State.CLOSED
    assert session.exchange().outcome is Outcome.CANCELLED
    assert session.exchange().problem is None


async def test_cancelling_the_task_cancels_the_session() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address.replace("tcp", "tls"))
        opening = asyncio.create_task(session.open())
        await until(session, lambda: session.state is State.TLS)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert session.exchange().outcome is Outcome.CANCELLED


async def test_cancel_before_opening_ends_it() -> None:
    session = session_to("tcp://127.0.0.1:1")
    session.cancel()
    await session.finished()
    assert session.exchange().outcome is Outcome.CANCELLED
    with pytest.raises(ConnectError, match="opened before"):
        await session.open()


async def test_silent_peer_times_out_as_a_value() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address)
        await session.open()
        assert await session.expect(b"x", seconds=0.05) == TimedOut(0.05)
        await session.close(grace=0.05)
    assert state(session) is State.CLOSED
    assert session.exchange().outcome is Outcome.DONE
    assert EventKind.NOTE in kinds(session)


async def test_closing_does_not_wait_for_a_peer_that_does_not_read() -> None:
    with Peer(silent) as peer:
        session = session_to(peer.address)
        await session.open()
        sending = asyncio.create_task(session.send(b"x" * 50_000_000))
        await until(session, lambda: session.recorder.sent >= 1_000_000)
        await session.close(grace=0.05)
        with pytest.raises(SondeError):
            await sending
    assert state(session) is State.CLOSED
    assert session.recorder.sent < 50_000_000


async def test_slow_peer_is_matched_across_reads() -> None:
    with Peer(slow) as peer:
        session = session_to(peer.address)
        await session.open()
        assert await session.expect(re.compile(rb"s\w+w"), seconds=5) == Match(b"slow", 4)
        await session.close()
    assert session.recorder.reads > 1


async def test_expect_goes_on_after_the_last_match_and_consumes_nothing() -> None:
    with Peer(greeter(b"one two one")) as peer:
        session = session_to(peer.address)
        await session.open()
        assert await session.expect(b"one", seconds=5) == Match(b"one", 3)
        assert await session.expect(b"one", seconds=5) == Match(b"one", 11)
        assert isinstance(await session.expect(b"one", seconds=5), Ended)
        assert await session.expect(11, seconds=5) == Match(b"", 11)
        await session.close()
    assert received(session) == b"one two one"


async def test_endless_peer_is_held_back_while_nobody_looks() -> None:
    with Peer(endless) as peer:
        session = session_to(peer.address)
        await session.open()
        before = resident()
        assert await asyncio.to_thread(peer.stuck.wait, 10)
        assert session.recorder.received <= session.limits.queue + 2 * READ
        assert resident() - before < 4 << 20
        stood = session.recorder.received
        assert isinstance(await session.expect(stood + 100_000, seconds=5), Match)
        session.abort()
    assert session.exchange().outcome is Outcome.DONE


def resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


async def test_ten_megabytes_in_both_directions_at_once() -> None:
    size = 10_000_000
    with Peer(echo) as peer:
        session = session_to(peer.address)
        await session.open()
        data = bytes(range(250)) * (size // 250)
        await session.send(data)
        assert isinstance(await session.expect(size, seconds=20), Match)
        await session.close()
    assert received(session) == data


async def test_incoming_yields_all_to_the_peers_end() -> None:
    with Peer(greeter(b"g" * 3_000_000)) as peer:
        session = session_to(peer.address)
        incoming = session.incoming()
        await session.open()
        total = 0
        async for data in incoming:
            total += len(data)
        await session.close()
    assert total == session.recorder.received == 3_000_000


async def test_self_signed_certificate_is_shown_and_refused() -> None:
    with throwaway_tls() as (context, _), Peer(echo, tls=context) as peer:
        session = session_to(peer.address)
        with pytest.raises(SondeError, match="self-signed"):
            await session.open()
    exchange = session.exchange()
    assert exchange.problem is not None
    assert (exchange.problem.kind, exchange.problem.phase) == ("tls", "tls")
    assert exchange.tls is not None
    assert exchange.tls.verified is False
    assert exchange.tls.certificate is not None
    assert "127.0.0.1" in exchange.tls.certificate.names


async def test_trusted_certificate_is_verified() -> None:
    with throwaway_tls() as (context, trust), Peer(echo, tls=context) as peer:
        request = SessionRequest(peer.address, SessionOptions(ca_file=trust))
        session = Session(request)
        await session.open()
        await session.send(b"secret")
        assert isinstance(await session.expect(b"secret", seconds=5), Match)
        await session.close()
    assert session.tls is not None
    assert session.tls.verified is True
    assert session.exchange().timing.tls is not None


async def test_full_disk_does_not_stop_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Peer(greeter(b"g" * 1000)) as peer:
        session = session_to(peer.address)
        monkeypatch.setattr(session.recorder, "chunk", full)
        await session.open()
        await session.peer_ended()
        await session.close()
    texts = [e.text for e in session.exchange().events() if e.kind is EventKind.ERROR]
    assert texts == ["part of the record is not kept: there is no room left"]
    assert session.exchange().outcome is Outcome.DONE


async def test_a_note_is_part_of_the_record() -> None:
    session = session_to("tcp://127.0.0.1:1")
    session.note("remember")
    session.fail_note(RequestError("Odd."))
    assert [e.text for e in session.exchange().events()] == ["remember", "Odd."]
    assert session.exchange().outcome is Outcome.CANCELLED


async def test_a_peer_that_floods_while_it_is_closed_is_cut_off_at_the_grace() -> None:
    def flood(peer: Peer, connection: socket.socket) -> None:
        while not peer.stop.is_set():
            connection.sendall(b"x" * 65536)

    with Peer(flood) as peer:
        session = session_to(peer.address)
        await session.open()
        assert not session.closing
        closing = asyncio.create_task(session.close(grace=0.2))
        await asyncio.sleep(0)
        assert session.closing
        async with asyncio.timeout(PATIENCE):
            await closing
        assert session.outcome is Outcome.DONE
        assert any("did not come within 0.2 s" in e.text for e in session.exchange().events())
