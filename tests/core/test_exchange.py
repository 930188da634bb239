from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import BindError, ConnectError
from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.http.call import Call
from sonde_core.http_request import HttpRequest
from sonde_core.listen_request import ListenRequest
from sonde_core.live import Live
from sonde_core.model import Outcome, State
from sonde_core.practice.server import PracticeServer
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from tests.histories import ids
from tests.peers import Peer, echo
from tests.watching import until


def outcomes(exchanger: Exchanger) -> list[str]:
    return [str(summary.outcome) for summary in exchanger.history.summaries()]


async def opened(exchanger: Exchanger, address: str) -> Session:
    session = exchanger.session(SessionRequest(address))
    await session.open()
    return session


async def waiting(exchanger: Exchanger, url: str) -> tuple[Call, asyncio.Task[Entry]]:
    """Return a call that waits for its answer, and what performs it."""
    call = exchanger.call(HttpRequest(url=url))
    running = asyncio.create_task(exchanger.run(call))
    await until(call, lambda: call.state is State.WAITING)
    return call, running


# calls


async def test_a_call_is_recorded_with_its_answer(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    call = exchanger.call(HttpRequest(url=f"{practice.http}/status/404"), replay_of="before")
    assert exchanger.entry_of(call) is None
    entry = await exchanger.run(call)
    assert entry.saved
    assert entry.replay_of == "before"
    assert entry.exchange.outcome is Outcome.DONE
    (summary,) = exchanger.history.summaries()
    assert (summary.id, summary.status) == (entry.id, 404)
    assert exchanger.entry_of(call) is entry
    assert await exchanger.recorded(call) is entry


async def test_a_call_is_over_before_it_is_recorded(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    call = exchanger.call(HttpRequest(url=f"{practice.http}/anything"))
    exchange = await exchanger.perform(call)
    assert exchange.outcome is Outcome.DONE
    assert exchanger.entry_of(call) is None
    entry = await exchanger.recorded(call)
    assert entry.exchange.response
    assert exchange.response
    assert entry.exchange.response.body.sha256 == exchange.response.body.sha256


def test_what_a_call_needs_is_imported_without_the_command_line_of_httpx() -> None:
    code = (
        "import sys\n"
        "from sonde_core.exchange import Exchanger\n"
        "from sonde_core.history.history import History\n"
        "exchanger = Exchanger(History(sys.argv[1]))\n"
        "assert not exchanger.ready and 'httpx' not in sys.modules\n"
        "exchanger.prepare()\n"
        "assert exchanger.ready and 'httpx' in sys.modules\n"
        "assert not {'click', 'rich'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, os.devnull], check=True)


async def test_a_call_that_fails_is_recorded_with_its_problem(
    exchanger: Exchanger, closed_port: int
) -> None:
    entry = await exchanger.run(exchanger.call(HttpRequest(url=f"http://127.0.0.1:{closed_port}/")))
    assert entry.exchange.outcome is Outcome.FAILED
    assert entry.exchange.problem
    assert outcomes(exchanger) == ["failed"]


async def test_a_call_that_is_cancelled_is_recorded(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    call, running = await waiting(exchanger, f"{practice.http}/delay/30")
    call.cancel()
    assert (await running).exchange.outcome is Outcome.CANCELLED
    assert outcomes(exchanger) == ["cancelled"]


async def test_a_call_whose_caller_is_cancelled_is_recorded_too(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    call, running = await waiting(exchanger, f"{practice.http}/delay/30")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    entry = await exchanger.recorded(call)
    assert entry.exchange.outcome is Outcome.CANCELLED
    assert entry.exchange.sent > 0
    assert outcomes(exchanger) == ["cancelled"]


async def test_a_call_cancelled_before_it_began_is_recorded(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    call = exchanger.call(HttpRequest(url=f"{practice.http}/anything"))
    running = asyncio.create_task(exchanger.run(call))
    await asyncio.sleep(0)
    running.cancel()
    entry = await exchanger.recorded(call)
    assert entry.exchange.outcome is Outcome.CANCELLED
    assert practice.http in entry.exchange.target


async def test_what_is_no_url_is_recorded_as_failed(exchanger: Exchanger) -> None:
    entry = await exchanger.run(exchanger.call(HttpRequest(url="http://a:99999")))
    assert entry.exchange.outcome is Outcome.FAILED
    assert entry.exchange.problem
    assert entry.exchange.problem.phase == "request"


# sessions


async def test_a_session_is_recorded_once_it_is_over(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        session = await opened(exchanger, peer.address)
        await session.send(b"hello")
        await session.expect(b"hello", seconds=5)
        assert exchanger.history.summaries() == []
        await session.close()
        entry = await exchanger.recorded(session)
    assert entry.exchange.outcome is Outcome.DONE
    assert (entry.exchange.sent, entry.exchange.received) == (5, 5)
    assert exchanger.entry_of(session) is entry
    assert [summary.id for summary in exchanger.history.summaries()] == [entry.id]


async def test_a_session_that_cannot_be_opened_is_recorded(
    exchanger: Exchanger, closed_port: int
) -> None:
    session = exchanger.session(SessionRequest(f"tcp://127.0.0.1:{closed_port}"), replay_of="x")
    with pytest.raises(ConnectError):
        await session.open()
    entry = await exchanger.recorded(session)
    assert (entry.exchange.outcome, entry.replay_of) == (Outcome.FAILED, "x")


async def test_who_waits_for_a_record_and_gives_up_does_not_end_it(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        session = await opened(exchanger, peer.address)
        waiting = asyncio.create_task(exchanger.recorded(session))
        await asyncio.sleep(0)
        waiting.cancel()
        await session.close()
        assert (await exchanger.recorded(session)).exchange.outcome is Outcome.DONE


async def test_what_nobody_holds_any_more_is_let_go(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    with Peer(echo) as peer:
        session = await opened(exchanger, peer.address)
        await session.close()
        await exchanger.recorded(session)
    call = exchanger.call(HttpRequest(url=f"{practice.http}/anything"))
    await exchanger.run(call)
    unused = exchanger.call(HttpRequest())
    lives: list[Live] = [session, call, unused]
    gone = [weakref.ref(live) for live in lives]
    lives.clear()
    del session, call, unused
    await asyncio.sleep(0)
    gc.collect()
    assert [each() for each in gone] == [None, None, None]


async def test_an_exchange_that_could_not_begin_is_recorded(exchanger: Exchanger) -> None:
    listener = exchanger.listener(ListenRequest("tcp://192.0.2.1:1"))
    with pytest.raises(BindError):
        await listener.start()
    entry = await exchanger.refuse(listener)
    assert (entry.exchange.kind, entry.exchange.outcome) == ("listen", Outcome.FAILED)


# listeners


async def test_each_client_of_a_listener_is_recorded(exchanger: Exchanger) -> None:
    listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:0", greeting=b"Hello, client!"))
    await listener.start()
    for word in (b"one", b"two"):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
        assert await reader.readexactly(14) == b"Hello, client!"
        writer.write(word)
        writer.close()
        await writer.wait_closed()
    entries = [await exchanger.recorded(session) for session in listener.sessions]
    heard = [b"".join(chunk.data for chunk in each.exchange.chunks()) for each in entries]
    assert sorted(heard) == [b"Hello, client!one", b"Hello, client!two"]
    assert [summary.role for summary in exchanger.history.summaries()] == ["server", "server"]
    await listener.close()


async def test_listeners_that_are_over_are_let_go(exchanger: Exchanger) -> None:
    first = exchanger.listener(ListenRequest("tcp://127.0.0.1:0"))
    await first.start()
    await first.close()
    gone = weakref.ref(first)
    del first
    exchanger.listener(ListenRequest("tcp://127.0.0.1:0"))
    await asyncio.sleep(0)
    gc.collect()
    assert gone() is None


# the end


async def test_closing_ends_and_records_all_that_is_under_way(
    path: Path, practice: PracticeServer
) -> None:
    history = History(path)
    history.open()
    exchanger = Exchanger(history)
    with Peer(echo) as peer:
        done = await opened(exchanger, peer.address)
        await done.close()
        talking = await opened(exchanger, peer.address)
        await talking.send(b"words")
        listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:0", greeting=b"hi"))
        await listener.start()
        where = parse(str(listener.bound))
        reader, writer = await asyncio.open_connection(where.host, where.port)
        assert await reader.readexactly(2) == b"hi"
        running = [(await waiting(exchanger, f"{practice.http}/delay/30"))[1] for _ in range(2)]
        untouched = exchanger.session(SessionRequest(peer.address))
        ending = asyncio.create_task(exchanger.close())
        assert await reader.read() == b""  # in order, not by a reset
        writer.close()
        await ending
        entries = await asyncio.gather(*running)
    assert [entry.exchange.outcome for entry in entries] == [Outcome.CANCELLED] * 2
    assert (talking.outcome, untouched.outcome) == (Outcome.CANCELLED, Outcome.CANCELLED)
    assert [session.outcome for session in listener.sessions] == [Outcome.DONE]
    assert len(ids(path)) == 6
    again = History(path)
    again.open()
    found = sorted(str(summary.outcome) for summary in again.summaries())
    assert found == ["cancelled"] * 4 + ["done"] * 2
    await again.close()
    await writer.wait_closed()


async def test_closing_with_nothing_under_way_is_no_trouble(path: Path) -> None:
    exchanger = Exchanger(History(path))
    await exchanger.close()
    await exchanger.close()
