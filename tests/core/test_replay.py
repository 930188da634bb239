from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sonde_core import repeat
from sonde_core.body import Body
from sonde_core.comparing.ignoring import IGNORED_BY_DEFAULT
from sonde_core.errors import RequestError, SondeError
from sonde_core.exchange import Exchanger
from sonde_core.expecting import Match
from sonde_core.history.entry import Entry
from sonde_core.http.call import Call
from sonde_core.http_request import Field, HttpRequest, RequestBody, Upload
from sonde_core.listen_request import ListenRequest
from sonde_core.live import Live
from sonde_core.model import Chunk, Direction, Event, EventKind, Exchange, Outcome, State
from sonde_core.practice.server import PracticeServer
from sonde_core.replay import Changes, Replay, replay, replay_into, steps_of
from sonde_core.script.perform import Performance
from sonde_core.script.results import Verdict
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    UpgradeStep,
)
from sonde_core.templates import Values
from tests.peers import Peer, echo, greeter, resetting, throwaway_tls
from tests.watching import until

STARTED = datetime(2026, 11, 24, tzinfo=UTC)


async def stored(exchanger: Exchanger, session: Session) -> Entry:
    """Return the entry as the file has it, which is what a later day replays."""
    entry = await exchanger.recorded(session)
    return await exchanger.history.get(entry.id)


async def talk(exchanger: Exchanger, address: str, *sends: bytes) -> Entry:
    """Send each after the answer to the one before, of the same length; then close."""
    session = exchanger.session(SessionRequest(address))
    await session.open()
    for number, data in enumerate(sends, 1):
        await session.send(data)
        count = number if session.kind == "udp" else sum(map(len, sends[:number]))
        assert isinstance(await session.expect(count, seconds=5), Match)
    await session.close()
    return await stored(exchanger, session)


def said(exchange: Exchange, direction: Direction) -> list[bytes]:
    return [chunk.data for chunk in exchange.chunks() if chunk.direction is direction]


def upper_after(*, sizes: list[int], heard: list[bytes]) -> Callable[[Peer, socket.socket], None]:
    """Answer messages of these sizes one by one; note what was there when each was read."""

    def behave(_peer: Peer, connection: socket.socket) -> None:
        for size in sizes:
            heard.append(connection.recv(65536))
            for byte in heard[-1][:size].upper():
                connection.sendall(bytes([byte]))
        while connection.recv(100):
            pass

    return behave


# sessions


async def test_the_same_is_said_and_nothing_differs(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        before = await talk(exchanger, peer.address, b"one", b"two", b"three")
        done = await replay(exchanger, before)
        assert peer.hears(b"onetwothree" * 2)
    assert done.entry.replay_of == before.id
    assert done.entry.id != before.id
    assert (done.difference.same, done.entry.exchange.outcome) == (True, Outcome.DONE)
    assert said(done.entry.exchange, Direction.SENT) == [b"one", b"two", b"three"]


async def test_each_send_waits_for_the_answer_however_it_is_cut(exchanger: Exchanger) -> None:
    heard: list[bytes] = []
    with Peer(upper_after(sizes=[3, 3, 3], heard=heard)) as peer:
        before = await talk(exchanger, peer.address, b"one", b"two", b"six")
        done = await replay(exchanger, before)
    assert heard == [b"one", b"two", b"six"] * 2
    assert done.difference.same


async def test_a_replay_can_be_replayed(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        first = await talk(exchanger, peer.address, b"a", b"b")
        second = await replay(exchanger, first)
        third = await replay(exchanger, await exchanger.history.get(second.entry.id))
    request = third.entry.exchange.request
    assert isinstance(request, SessionRequest)
    assert [type(step) for step in request.steps] == [SendStep, SendStep, HalfCloseStep]
    assert third.difference.same


async def test_what_could_not_be_sent_is_sent_by_the_next_replay(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        first = await talk(exchanger, peer.address, b"a", b"b")
        port = peer.port
    refused = await replay(exchanger, first)
    assert refused.entry.exchange.outcome is Outcome.FAILED
    assert not refused.difference.same
    with socket.create_server(("127.0.0.1", port)) as server:
        task = asyncio.create_task(asyncio.to_thread(serve_once, server))
        done = await replay(exchanger, await exchanger.history.get(refused.entry.id))
        assert await task == b"ab"
    assert done.entry.exchange.outcome is Outcome.DONE


def serve_once(server: socket.socket) -> bytes:
    connection, _ = server.accept()
    heard = b""
    with connection:
        while data := connection.recv(100):
            heard += data
            connection.sendall(data)
    return heard


async def test_another_answer_is_reported(exchanger: Exchanger) -> None:
    greetings = iter([b"Hello, one!\n", b"Hello, two!\n"])
    with Peer(lambda peer, client: greeter(next(greetings))(peer, client)) as peer:
        before = await talk_until_end(exchanger, peer.address)
        done = await replay(exchanger, before)
    assert not done.difference.same
    assert [change.where for change in done.difference.changes] == ["received"]
    assert "+   Hello, two!" in done.difference.lines()


async def talk_until_end(exchanger: Exchanger, address: str) -> Entry:
    session = exchanger.session(SessionRequest(address))
    await session.open()
    await session.peer_ended()
    await session.close()
    return await stored(exchanger, session)


async def test_half_close_is_done_where_it_was(exchanger: Exchanger) -> None:
    def answers_after_end(peer: Peer, client: socket.socket) -> None:
        while data := client.recv(100):
            peer.heard += data
        client.sendall(bytes(reversed(peer.heard[-3:])))

    with Peer(answers_after_end) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"abc")
        await session.send_end()
        await session.finished()
        before = await stored(exchanger, session)
        done = await replay(exchanger, before)
    assert said(before.exchange, Direction.RECEIVED) == [b"cba"]
    assert done.difference.same, done.difference.lines()


async def test_silent_peer_does_not_hold_a_replay_up(
    exchanger: Exchanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeat, "PATIENCE", 0.3)
    speaks = iter([True, False])

    def behave(peer: Peer, client: socket.socket) -> None:
        speaking = next(speaks)
        while data := client.recv(100):
            peer.heard += data
            if speaking:
                client.sendall(data)

    with Peer(behave) as peer:
        before = await talk(exchanger, peer.address, *[b"x"] * 30)
        begun = time.monotonic()
        done = await replay(exchanger, before)
        assert peer.hears(b"x" * 60)
    assert time.monotonic() - begun < 7  # one patience, not thirty
    exchange = done.entry.exchange
    assert any("1 byte less" in event.text for event in exchange.events())
    assert exchange.outcome is Outcome.DONE
    assert "what was received" in done.difference.summary


async def test_shorter_answers_cost_patience_once(
    exchanger: Exchanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeat, "PATIENCE", 0.3)
    answers = iter([b"10", b"9", b"12", b"8", b"9", b"12"])
    heard: list[bytes] = []

    def behave(_peer: Peer, client: socket.socket) -> None:
        while data := client.recv(100):
            heard.append(data)
            client.sendall(next(answers))

    with Peer(behave) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        for count in (2, 3, 5):
            await session.send(b"?")
            assert isinstance(await session.expect(count, seconds=5), Match)
        await session.close()
        done = await replay(exchanger, await stored(exchanger, session))
    assert heard == [b"?"] * 6  # never two at once
    assert b"".join(said(done.entry.exchange, Direction.RECEIVED)) == b"8912"


async def test_peer_that_ends_early_ends_the_replay(exchanger: Exchanger) -> None:
    rounds = iter([2, 1])

    def behave(_peer: Peer, client: socket.socket) -> None:
        for _ in range(next(rounds)):
            client.sendall(client.recv(100))

    with Peer(behave) as peer:
        before = await talk(exchanger, peer.address, b"a", b"b")
        done = await asyncio.wait_for(replay(exchanger, before), 4)
    assert b"".join(said(done.entry.exchange, Direction.RECEIVED)) == b"a"
    assert not done.difference.same


async def test_reset_is_met_again(exchanger: Exchanger) -> None:
    with Peer(resetting(b"bye")) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"x")
        await session.finished()
        before = await stored(exchanger, session)
        assert before.exchange.outcome is Outcome.FAILED
        done = await replay(exchanger, before)
    assert done.difference.same, done.difference.lines()


async def test_datagrams_are_counted_one_by_one(exchanger: Exchanger) -> None:
    with udp_echo() as address:
        before = await talk(exchanger, address, b"one", b"", b"three")
        done = await replay(exchanger, before)
    assert said(done.entry.exchange, Direction.SENT) == [b"one", b"", b"three"]
    assert said(done.entry.exchange, Direction.RECEIVED) == [b"one", b"", b"three"]
    assert done.difference.same


async def test_datagram_too_many_is_seen(exchanger: Exchanger) -> None:
    with udp_echo(times=[1, 2]) as address:
        before = await talk(exchanger, address, b"hi")
        done = await replay(exchanger, before)
    assert done.difference.summary == "Differs: 1 datagram received"


@contextmanager
def udp_echo(times: list[int] | None = None) -> Iterator[str]:
    """Send each datagram back, as often as is said for each in turn."""
    counts = iter(times or [])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        over = threading.Event()

        def serve() -> None:
            while True:
                data, source = server.recvfrom(65536)
                if over.is_set():
                    return
                for _ in range(next(counts, 1)):
                    server.sendto(data, source)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"udp://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", server.getsockname())
        thread.join(5)


async def test_recorded_timing_keeps_the_gaps(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        request = SessionRequest(peer.address)
        timeline = (
            Event(100.0, EventKind.CONNECTED, "connected"),
            Chunk(100.1, Direction.SENT, b"a"),
            Chunk(100.3, Direction.SENT, b"b"),
        )
        before = Exchange(request, STARTED, Outcome.DONE, "tcp", timeline=timeline, sent=2)
        entry = await exchanger.history.add(before)
        kept = await replay(exchanger, entry, timing="recorded")
        fast = await replay(exchanger, entry)
    first, second = sent_at(kept.entry)
    assert 0.1 <= first < 1  # counted from the connection, not from the start
    assert 0.2 <= second - first < 1
    first, second = sent_at(fast.entry)
    assert second - first < 0.1


def sent_at(entry: Entry) -> list[float]:
    chunks = entry.exchange.chunks()
    return [chunk.at for chunk in chunks if chunk.direction is Direction.SENT]


async def test_long_gaps_are_cut(exchanger: Exchanger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeat, "LONGEST_GAP", 0.1)
    with Peer(echo) as peer:
        timeline = (
            Chunk(3600.0, Direction.SENT, b"a"),
            Chunk(3600.05, Direction.SENT, b"b"),
            Chunk(9000.0, Direction.SENT, b"c"),
        )
        request = SessionRequest(peer.address)
        before = Exchange(request, STARTED, Outcome.DONE, "tcp", timeline=timeline, sent=3)
        entry = await exchanger.history.add(before)
        done = await replay(exchanger, entry, timing="recorded")
    sent = sent_at(done.entry)
    assert 0.05 <= sent[1] - sent[0] < 0.1
    assert 0.1 <= sent[2] - sent[1] < 0.5


async def under_way(
    exchanger: Exchanger, entry: Entry, reached: Callable[[Live], bool]
) -> tuple[Live, asyncio.Task[Replay]]:
    """Begin a replay, and wait until it has come so far."""
    told: asyncio.Future[Live] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(replay(exchanger, entry, on_live=told.set_result))
    live = await told
    await until(live, lambda: reached(live))
    return live, task


async def test_cancelled_replay_is_recorded(exchanger: Exchanger) -> None:
    def stays(peer: Peer, client: socket.socket) -> None:
        peer.stop.wait(5)
        client.close()

    with Peer(stays) as peer:
        timeline = (Chunk(0.1, Direction.SENT, b"a"), Chunk(20.0, Direction.RECEIVED, b"b"))
        request = SessionRequest(peer.address)
        before = Exchange(
            request, STARTED, Outcome.DONE, "tcp", timeline=timeline, sent=1, received=1
        )
        entry = await exchanger.history.add(before)
        session, task = await under_way(exchanger, entry, lambda live: live.recorder.sent > 0)
        assert isinstance(session, Session)
        session.cancel()
        done = await asyncio.wait_for(task, 3)
    assert done.entry.exchange.outcome is Outcome.CANCELLED
    assert (await exchanger.history.get(done.entry.id)).replay_of == entry.id


async def test_cancelled_task_leaves_no_session_open(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        timeline = (Chunk(0.1, Direction.RECEIVED, b"b"),)
        request = SessionRequest(peer.address)
        before = Exchange(request, STARTED, Outcome.DONE, "tcp", timeline=timeline, received=1)
        entry = await exchanger.history.add(before)
        session, task = await under_way(exchanger, entry, lambda live: live.state is State.OPEN)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(session, Session)
        recorded = await exchanger.recorded(session)
    assert recorded.exchange.outcome is Outcome.CANCELLED


async def test_only_the_client_repeats_what_a_client_began(exchanger: Exchanger) -> None:
    exchange = Exchange(
        SessionRequest("tcp://127.0.0.1:1"), STARTED, Outcome.DONE, "tcp", role="server"
    )
    entry = await exchanger.history.add(exchange)
    with pytest.raises(RequestError, match="client of your listener"):
        await replay(exchanger, entry)


async def test_gap_in_the_recording_is_refused(exchanger: Exchanger) -> None:
    timeline = (Chunk(0.1, Direction.SENT, b"a"), Event(0.2, EventKind.DROPPED, "9 bytes"))
    request = SessionRequest("tcp://127.0.0.1:1")
    entry = await exchanger.history.add(
        Exchange(request, STARTED, Outcome.DONE, "tcp", timeline=timeline)
    )
    with pytest.raises(RequestError, match="not kept"):
        await replay(exchanger, entry)


async def test_place_that_is_none_is_refused_before_anything_is_sent(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        before = await talk(exchanger, peer.address, b"a")
        with pytest.raises(RequestError, match="no place"):
            await replay(exchanger, before, ignore=["headers"])
        assert peer.clients == 1


def test_steps_tell_after_how_much_they_were_done() -> None:
    timeline = (
        Chunk(0.1, Direction.RECEIVED, b"220 hi"),
        Chunk(0.2, Direction.SENT, b"HELO"),
        Chunk(0.3, Direction.RECEIVED, b"25"),
        Chunk(0.4, Direction.RECEIVED, b"0"),
        Event(0.5, EventKind.HALF_CLOSED, "we sent our end"),
    )

    def exchange(kind: str) -> Exchange:
        request = SessionRequest(f"{kind}://127.0.0.1:1")
        return Exchange(request, STARTED, Outcome.DONE, kind, timeline=timeline)

    assert steps_of(exchange("tcp")) == (SendStep(b"HELO", 6, 0.2), HalfCloseStep(9, 0.5))
    assert [step.after for step in steps_of(exchange("udp"))] == [1, 3]


# HTTP


async def ask(exchanger: Exchanger, request: HttpRequest) -> Entry:
    entry = await exchanger.run(exchanger.call(request))
    return await exchanger.history.get(entry.id)


def sent_body(entry: Entry) -> bytes:
    """Return the body that went over the wire."""
    wire = b"".join(said(entry.exchange, Direction.SENT))
    return wire.partition(b"\r\n\r\n")[2]


def sent_type(entry: Entry) -> bytes:
    head = b"".join(said(entry.exchange, Direction.SENT)).partition(b"\r\n\r\n")[0]
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:")]
    return b"|".join(lines)


async def test_file_is_sent_as_it_was(
    exchanger: Exchanger, practice: PracticeServer, tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(b'{"then": 1}')
    request = HttpRequest("POST", f"{practice.http}/post", body=RequestBody("file", path=str(path)))
    before = await ask(exchanger, request)
    path.write_bytes(b'{"now": 2}')
    done = await replay(exchanger, before)
    assert sent_body(done.entry) == sent_body(before) == b'{"then": 1}'
    assert sent_type(done.entry) == sent_type(before) == b"Content-Type: application/json"
    path.unlink()
    again = await replay(exchanger, done.entry)
    assert sent_body(again.entry) == b'{"then": 1}'
    request_again = again.entry.exchange.request
    assert isinstance(request_again, HttpRequest)
    assert request_again.body.data.read() == b'{"then": 1}'


async def test_multipart_keeps_its_boundary(
    exchanger: Exchanger, practice: PracticeServer, tmp_path: Path
) -> None:
    path = tmp_path / "upload.bin"
    path.write_bytes(bytes(range(256)))
    body = RequestBody("multipart", fields=(Field("a", "1"),), uploads=(Upload("file", str(path)),))
    before = await ask(exchanger, HttpRequest("POST", f"{practice.http}/post", body=body))
    path.unlink()
    done = await replay(exchanger, before)
    assert before.exchange.outcome is Outcome.DONE
    assert sent_body(done.entry) == sent_body(before) != b""
    assert sent_type(done.entry) == sent_type(before)
    assert b"boundary=" in sent_type(done.entry)


async def test_whole_request_is_the_same_on_the_wire(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    body = RequestBody("json", text='{"a": 1.0}')
    headers = (Field("X-Mine", "1"), Field("X-Off", "0", on=False))
    request = HttpRequest("PUT", f"{practice.http}/anything?q=1", headers=headers, body=body)
    before = await ask(exchanger, request)
    done = await replay(exchanger, before, ignore=["header:date", "body.client"])
    sent = [b"".join(said(each.exchange, Direction.SENT)) for each in (before, done.entry)]
    assert sent[0] == sent[1] != b""
    assert done.difference.same, done.difference.lines()


async def test_body_that_is_not_kept_is_not_replaced_by_another(exchanger: Exchanger) -> None:
    body = RequestBody("file", path="/nowhere", data=Body.lost(2000, "ab" * 32))
    exchange = Exchange(
        HttpRequest("POST", "http://127.0.0.1:1/", body=body), STARTED, Outcome.DONE, "http"
    )
    entry = await exchanger.history.add(exchange)
    with pytest.raises(RequestError, match=r"2\.0 KB"):
        await replay(exchanger, entry)
    assert len(exchanger.history.summaries()) == 1


async def test_failed_request_is_performed_again(exchanger: Exchanger, closed_port: int) -> None:
    before = await ask(exchanger, HttpRequest(url=f"http://127.0.0.1:{closed_port}/"))
    done = await replay(exchanger, before)
    assert done.entry.exchange.outcome is Outcome.FAILED
    assert done.difference.same
    assert done.difference.summary == "Same: failed"


async def test_cancelled_call_is_recorded(exchanger: Exchanger, practice: PracticeServer) -> None:
    slow = Exchange(HttpRequest(url=f"{practice.http}/delay/9"), STARTED, Outcome.DONE, "http")
    entry = await exchanger.history.add(slow)
    call, task = await under_way(exchanger, entry, lambda live: live.recorder.sent > 0)
    assert isinstance(call, Call)
    call.cancel()
    done = await asyncio.wait_for(task, 3)
    assert done.entry.exchange.outcome is Outcome.CANCELLED
    assert done.entry.saved


async def test_a_listener_that_failed_is_told_from_its_clients(exchanger: Exchanger) -> None:
    listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:99999"))
    with pytest.raises(SondeError):
        await listener.start()
    entry = await exchanger.refuse(listener)
    with pytest.raises(RequestError) as told:
        await replay(exchanger, await exchanger.history.get(entry.id))
    assert told.value.message == "A listener cannot be replayed."
    assert "Listen tab" in told.value.advice


# changes


async def test_edited_steps_are_performed_in_place_of_the_recordings(
    exchanger: Exchanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(echo) as peer:
        before = await talk(exchanger, peer.address, b"a", b"b")
        steps = (
            SendStep(b"id={{counter}};", template=True),
            ExpectStep("regex", rb"id=(?P<id>\d);"),
            SendStep(b"{{id}}{{who}}", template=True),
            ExpectStep("equal", b"1ann"),
        )
        changes = Changes(steps=steps, values=Values({"who": b"ann"}))
        done = await replay(exchanger, before, changes=changes)
        assert peer.hears(b"ab" + b"id=1;1ann")
        monkeypatch.setattr(repeat, "PATIENCE", 0.3)
        again = await replay(exchanger, await exchanger.history.get(done.entry.id), changes=changes)
    assert (done.same, done.written) == (True, True)
    assert not done.difference.same
    assert "sent" not in done.difference.summary
    request = done.entry.exchange.request
    assert isinstance(request, SessionRequest)
    assert request.steps == steps
    assert said(again.entry.exchange, Direction.SENT) == [b"id=2;", b"2ann"]
    assert [step.verdict for step in again.steps][-1] is Verdict.DIFFERS
    assert not again.same


async def test_steps_of_the_recording_tell_where_an_answer_differs(exchanger: Exchanger) -> None:
    answers = iter([b"time 1", b"time 2"])

    def behave(_peer: Peer, client: socket.socket) -> None:
        client.recv(100)
        client.sendall(next(answers))
        client.recv(100)

    with Peer(behave) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"?")
        assert isinstance(await session.expect(6, seconds=5), Match)
        await session.close()
        done = await replay(exchanger, await stored(exchanger, session))
    differing = [step for step in done.steps if not step.verdict.fine]
    assert [(step.verdict, step.offset) for step in differing] == [(Verdict.DIFFERS, 5)]
    assert not done.same


async def test_it_is_performed_against_another_endpoint(exchanger: Exchanger) -> None:
    with Peer(echo) as one, Peer(echo) as other:
        before = await talk(exchanger, one.address, b"a")
        done = await replay(exchanger, before, changes=Changes(address=other.address))
        assert other.hears(b"a")
    assert done.same
    assert done.entry.exchange.target == other.address


async def test_who_compares_on_his_own_is_told_no_difference(exchanger: Exchanger) -> None:
    with Peer(echo) as one, Peer(greeter(b"no")) as other:
        before = await talk(exchanger, one.address, b"a")
        changes = Changes(address=other.address)
        done = await replay(exchanger, before, changes=changes, compares=False)
    assert done.difference.summary == "not compared"
    assert not done.difference.changes
    assert done.ignored == IGNORED_BY_DEFAULT
    assert (await exchanger.history.get(done.entry.id)).replay_of == before.id


async def test_http_goes_to_another_server_with_its_path(
    exchanger: Exchanger, practice: PracticeServer, closed_port: int
) -> None:
    url = f"http://127.0.0.1:{closed_port}/status/204?a=1#b"
    before = await ask(exchanger, HttpRequest(url=url))
    done = await replay(exchanger, before, changes=Changes(address=practice.http))
    response = done.entry.exchange.response
    assert response is not None
    assert response.status == 204
    assert done.entry.exchange.target == f"{practice.http}/status/204?a=1#b"
    for changes in (Changes(steps=()), Changes(address="tcp://127.0.0.1:1")):
        with pytest.raises(RequestError):
            await replay(exchanger, before, changes=changes)


async def test_the_rest_goes_into_a_session_that_is_open(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        before = await talk(exchanger, peer.address, b"one", b"two", b"six")
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"one")
        results = await replay_into(session, before)
        assert session.state is State.OPEN
        assert peer.hears(b"onetwosix" * 2)
        await session.close()
    assert [result.verdict for result in results if isinstance(result.step, ExpectStep)] == [
        Verdict.SAME
    ] * 3


async def test_what_cannot_be_performed_is_told_before_anything_is_sent(
    exchanger: Exchanger,
) -> None:
    with Peer(echo) as peer:
        before = await talk(exchanger, peer.address, b"a")
        changes = Changes(steps=(SendStep(b"{{who}}", template=True),))
        with pytest.raises(RequestError, match="who"):
            await replay(exchanger, before, changes=changes)
        assert peer.clients == 1


async def test_upgraded_session_is_upgraded_again(exchanger: Exchanger) -> None:
    with throwaway_tls() as (context, ca_file):

        def starttls(_peer: Peer, client: socket.socket) -> None:
            assert client.recv(100) == b"STARTTLS\r\n"
            client.sendall(b"go ahead\r\n")
            with context.wrap_socket(client, server_side=True) as secure:
                secure.sendall(secure.recv(100).upper())
                secure.recv(100)

        with Peer(starttls) as peer:
            options = SessionOptions(ca_file=ca_file, server_name="localhost")
            session = exchanger.session(SessionRequest(peer.address, options))
            await session.open()
            await session.send(b"STARTTLS\r\n")
            assert isinstance(await session.expect(b"\n", seconds=5), Match)
            await session.upgrade()
            await session.send(b"hello")
            assert isinstance(await session.expect(b"HELLO", seconds=5), Match)
            session.abort()
            before = await stored(exchanger, session)
            done = await replay(exchanger, before)
    assert [type(step.step) for step in done.steps] == [
        SendStep, ExpectStep, UpgradeStep, SendStep, ExpectStep, CloseStep,
    ]  # fmt: skip
    assert done.same, done.difference.lines()


async def test_messages_of_web_sockets_are_said_again_with_their_kind(
    exchanger: Exchanger, practice: PracticeServer
) -> None:
    session = exchanger.session(SessionRequest(practice.ws_echo))
    await session.open()
    for number, (data, kind) in enumerate(
        [(b"one", MessageKind.TEXT), (b"two", MessageKind.BINARY)], 1
    ):
        await session.send(data, kind)
        await session.send(b"there?", MessageKind.PING)
        assert isinstance(await session.expect(number, seconds=5), Match)
    await session.send_end(1001, "going")
    await session.finished()
    before = await stored(exchanger, session)
    done = await replay(exchanger, before)
    assert done.same, [step.line() for step in done.steps]
    kinds = [chunk.kind for chunk in done.entry.exchange.chunks() if chunk.direction == ">"]
    assert kinds == [MessageKind.TEXT, MessageKind.PING, MessageKind.BINARY, MessageKind.PING]
    ends = [event for event in done.entry.exchange.events() if event.kind is EventKind.HALF_CLOSED]
    assert ends[0].facts["code"] == "1001"


async def test_a_pong_can_be_expected(exchanger: Exchanger, practice: PracticeServer) -> None:
    steps = (
        SendStep(b"p", kind=MessageKind.PING),
        ExpectStep("equal", b"p", kind=MessageKind.PONG),
        SendStep(b"x", kind=MessageKind.TEXT),
        ExpectStep("equal", b"x", kind=MessageKind.BINARY),
    )
    session = exchanger.session(SessionRequest(practice.ws_echo, steps=steps))
    performance = Performance(session, steps)
    await performance.run()
    verdicts = [result.verdict for result in performance.results]
    assert verdicts == [Verdict.SAME, Verdict.SAME, Verdict.SAME, Verdict.DIFFERS]
    assert "a text message" in performance.results[3].detail
