from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Sequence
from itertools import takewhile
from typing import cast

import pytest

from sonde_core import repeat
from sonde_core.errors import ConnectError, EndSentError, RequestError, SondeError
from sonde_core.expecting import Match
from sonde_core.model import Direction, Outcome, State
from sonde_core.script import patience as patience_of
from sonde_core.script.perform import Performance
from sonde_core.script.results import StepResult, Verdict, summary
from sonde_core.search.query import PatternError
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)
from sonde_core.templates import Values
from tests.patience import PATIENCE
from tests.peers import Behaviour, Peer, echo, endless, greeter, resetting, silent

SAME, EXTRA, DIFFERS = Verdict.SAME, Verdict.EXTRA, Verdict.DIFFERS
MISSING, SKIPPED, FAILED = Verdict.MISSING, Verdict.SKIPPED, Verdict.FAILED
STOPPED, UNDONE = Verdict.STOPPED, Verdict.UNDONE


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeat, "PATIENCE", 0.4)


def equal(data: bytes) -> ExpectStep:
    return ExpectStep("equal", data)


async def perform_with(
    behave: Behaviour, *steps: Step, values: Values | None = None, strict: bool = False
) -> tuple[Performance, Session]:
    with Peer(behave) as peer:
        session = Session(SessionRequest(peer.address))
        performance = Performance(session, steps, values=values, strict=strict)
        try:
            await performance.run()
        except SondeError:
            assert session.state is State.FAILED
        assert session.state.over
    return performance, session


def verdicts(performance: Performance) -> list[Verdict]:
    return [result.verdict for result in performance.results]


def answering(*answers: bytes, pause: float = 0.0) -> Behaviour:
    """Answer each thing that is read with the next of these; a byte at a time with a pause."""

    def behave(peer: Peer, client: socket.socket) -> None:
        for answer in answers:
            if not (data := client.recv(65536)):
                return
            peer.heard += data
            if not pause:
                client.sendall(answer)
                continue
            for byte in answer:
                client.sendall(bytes([byte]))
                peer.stop.wait(pause)
        while client.recv(65536):
            pass

    return behave


async def test_what_is_as_expected_is_the_same() -> None:
    steps: list[Step] = [SendStep(b"a"), equal(b"1"), SendStep(b"b"), equal(b"22")]
    done, session = await perform_with(answering(b"1", b"22"), *steps)
    assert verdicts(done) == [SAME] * 4
    assert done.fine
    assert session.outcome is Outcome.DONE


async def test_a_byte_at_a_time_is_the_same() -> None:
    steps: list[Step] = [SendStep(b"a"), equal(b"hello"), SendStep(b"b"), equal(b"world")]
    done, _ = await perform_with(answering(b"hello", b"world", pause=0.01), *steps)
    assert verdicts(done) == [SAME] * 4


async def test_a_difference_is_told_and_it_goes_on() -> None:
    steps: list[Step] = [SendStep(b"a"), equal(b"time 1"), SendStep(b"b"), equal(b"2")]
    done, _ = await perform_with(answering(b"time 9", b"2"), *steps)
    assert verdicts(done) == [SAME, DIFFERS, SAME, SAME]
    assert (done.results[1].offset, done.results[1].got) == (5, b"9")
    assert summary(done.results) == "3 of 4 steps as expected; 1 differs"


async def test_more_than_expected_is_extra_and_not_the_next_answer() -> None:
    steps: list[Step] = [SendStep(b"a"), equal(b"1"), WaitStep(0.05), SendStep(b"b"), equal(b"2")]
    done, _ = await perform_with(answering(b"1 more", b"2"), *steps)
    assert verdicts(done) == [SAME, EXTRA, SAME, SAME, SAME]
    assert '5 bytes more: " more"' in done.results[1].detail


async def test_more_at_the_end_is_extra() -> None:
    steps: list[Step] = [SendStep(b"a"), equal(b"1"), HalfCloseStep(), ExpectStep("end")]

    def behave(_peer: Peer, client: socket.socket) -> None:
        client.recv(100)
        client.sendall(b"1")
        client.recv(100)
        client.sendall(b"and more")

    done, _ = await perform_with(behave, *steps)
    assert verdicts(done) == [SAME, SAME, SAME, EXTRA]


async def test_an_early_answer_is_an_answer() -> None:
    def behave(_peer: Peer, client: socket.socket) -> None:
        client.sendall(b"12")
        while client.recv(100):
            pass

    steps: list[Step] = [WaitStep(0.05), SendStep(b"a"), SendStep(b"b"), equal(b"12")]
    done, _ = await perform_with(behave, *steps)
    assert verdicts(done) == [SAME] * 4


async def test_less_is_missing_and_costs_patience_once() -> None:
    steps: list[Step] = [
        SendStep(b"?"),
        equal(b"10"),
        SendStep(b"?"),
        equal(b"9"),
        SendStep(b"?"),
        equal(b"12"),
    ]
    done, session = await perform_with(answering(b"1", b"9", b"12"), *steps)
    assert verdicts(done) == [SAME, MISSING, SAME, SAME, SAME, SAME]
    assert done.results[1].detail.startswith("1 byte missing of 2")
    assert any("has said 1 byte less" in event.text for event in session.exchange().events())


async def test_a_peer_that_never_answers_holds_nothing_up() -> None:
    steps: list[Step] = [step for _ in range(50) for step in (SendStep(b"x"), equal(b"y"))]
    begun = time.monotonic()

    def behave(_peer: Peer, client: socket.socket) -> None:
        while client.recv(100):
            pass

    done, session = await perform_with(behave, *steps)
    assert time.monotonic() - begun < 15  # each in its turn would take 20 s
    assert verdicts(done) == [SAME, MISSING] * 50
    assert session.outcome is Outcome.DONE


async def test_a_reset_midway_ends_it_and_the_rest_is_told() -> None:
    steps: list[Step] = [
        SendStep(b"a"),
        equal(b"bye"),
        ExpectStep("end"),
        SendStep(b"b"),
        equal(b"2"),
    ]
    done, session = await perform_with(resetting(b"bye"), *steps)
    assert verdicts(done) == [SAME, SAME, SAME, FAILED, MISSING]
    assert session.outcome is Outcome.FAILED


async def test_what_comes_before_an_end_is_still_compared() -> None:
    done, _ = await perform_with(greeter(b"hello"), equal(b"hello"), ExpectStep("end"))
    assert verdicts(done) == [SAME, SAME]


async def test_a_peer_that_sends_for_ever_is_left_in_bounded_time() -> None:
    begun = time.monotonic()
    steps: list[Step] = [
        ExpectStep("equal", b"y", seconds=0.3),
        ExpectStep("regex", b"never", seconds=0.3),
        ExpectStep("regex", b"x+", seconds=20.0),
        ExpectStep("count", count=10),
        CloseStep(reset=True),
    ]
    done, session = await perform_with(endless, *steps)
    assert verdicts(done) == [DIFFERS, DIFFERS, SAME, EXTRA, SAME]
    assert time.monotonic() - begun < 15
    assert session.state.over


async def test_a_peer_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_of, "STUCK", 0.5)
    done, session = await perform_with(silent, SendStep(b"x" * 20_000_000), equal(b"y"))
    assert verdicts(done) == [FAILED, MISSING]
    assert session.outcome is Outcome.TIMED_OUT


async def test_ways_to_expect() -> None:
    steps: list[Step] = [
        SendStep(b"a"),
        ExpectStep("prefix", b"250"),
        SendStep(b"b"),
        ExpectStep("regex", rb"id=\d+"),
        SendStep(b"c"),
        ExpectStep("any"),
        SendStep(b"d"),
        ExpectStep("count", count=4),
        SendStep(b"e"),
        equal(b"last"),
    ]
    peer = answering(b"250 OK\r\n", b"your id=77 is it", b"what you like", b"four", b"last")
    done, _ = await perform_with(peer, *steps)
    assert verdicts(done) == [SAME] * 10


async def test_a_pattern_that_is_split_over_reads_is_found() -> None:
    step = ExpectStep("regex", rb"token=(?P<token>\d{4});")
    done, _ = await perform_with(answering(b"a token=1234;", pause=0.005), SendStep(b"?"), step)
    assert verdicts(done) == [SAME, SAME]


async def test_a_capture_takes_in_what_the_next_read_brings() -> None:
    steps: list[Step] = [
        SendStep(b"?"),
        ExpectStep("regex", rb"token=(?P<token>\d+)"),
        SendStep(b"{{token}}", template=True),
    ]
    done, session = await perform_with(answering(b"token=12345", pause=0.01), *steps)
    assert done.fine
    sent = [chunk.data for chunk in session.exchange().chunks() if chunk.direction == ">"]
    assert sent == [b"?", b"12345"]


async def test_what_a_pattern_captures_is_sent_later() -> None:
    steps: list[Step] = [
        SendStep(b"login {{user}}", template=True),
        ExpectStep("regex", rb"token=(?P<token>\d+)"),
        SendStep(b"use {{token}} {{counter}}", template=True),
        equal(b"ok"),
    ]
    values = Values({"user": b"ann"})
    heard: list[bytes] = []

    def behave(_peer: Peer, client: socket.socket) -> None:
        for answer in (b"token=42\r\n", b"ok"):
            heard.append(client.recv(100))
            client.sendall(answer)
        client.recv(100)

    done, session = await perform_with(behave, *steps, values=values)
    assert heard == [b"login ann", b"use 42 1"]
    assert done.fine
    sent = [chunk.data for chunk in session.exchange().chunks() if chunk.direction == ">"]
    assert sent == heard


async def test_a_capture_that_did_not_come_fails_its_step_only() -> None:
    steps: list[Step] = [
        SendStep(b"a"),
        ExpectStep("regex", rb"(?P<token>\d+)", seconds=0.1),
        SendStep(b"{{token}}", template=True),
        SendStep(b"b"),
        equal(b"end"),
    ]
    done, _ = await perform_with(answering(b"none", b"end"), *steps)
    assert verdicts(done) == [SAME, DIFFERS, FAILED, SAME, SAME]


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([SendStep(b"{{token}}", template=True)], RequestError),
        ([ExpectStep("regex", b"(")], PatternError),
        ([SendStep(b"{{random:x}}", template=True)], SondeError),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is(
    steps: Sequence[Step], error: type[SondeError]
) -> None:
    async def make() -> None:
        Performance(Session(SessionRequest("tcp://127.0.0.1:1")), steps)

    with pytest.raises(error):
        asyncio.run(make())


async def test_a_pattern_that_takes_for_ever_is_stopped() -> None:
    answer = b"a" * 3000 + b"!"
    step = ExpectStep("regex", rb"^(a|aa)+$", seconds=4.0)
    begun = time.process_time()
    done, _ = await perform_with(answering(answer), SendStep(b"?"), step)
    assert verdicts(done)[1] in (FAILED, DIFFERS)
    assert time.process_time() - begun < 8


async def test_strict_ends_at_the_first_difference() -> None:
    steps: list[Step] = [SendStep(b"a"), equal(b"1"), SendStep(b"b"), equal(b"2")]
    done, session = await perform_with(answering(b"x", b"2"), *steps, strict=True)
    assert verdicts(done) == [SAME, DIFFERS, SKIPPED, SKIPPED]
    assert session.outcome is Outcome.DONE


async def test_late_answers_are_told_by_how_much() -> None:
    def behave(peer: Peer, client: socket.socket) -> None:
        client.recv(100)
        peer.stop.wait(0.4)
        client.sendall(b"1")
        client.recv(100)

    steps: list[Step] = [SendStep(b"a", at=0.1), ExpectStep("equal", b"1", at=0.12)]
    done, _ = await perform_with(behave, *steps)
    late = done.results[1]
    assert late.verdict is Verdict.LATER
    assert late.detail.startswith("later by ")
    assert late.then == pytest.approx(0.02)
    assert late.now is not None
    assert late.now >= 0.4


async def test_refused_leaves_every_step_undone(closed_port: int) -> None:
    session = Session(SessionRequest(f"tcp://127.0.0.1:{closed_port}"))
    performance = Performance(session, [SendStep(b"a"), equal(b"b")])
    with pytest.raises(ConnectError):
        await performance.run()
    assert verdicts(performance) == [SKIPPED, SKIPPED]


async def test_a_running_session_goes_on_and_stays_open() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"a")
        assert isinstance(await session.expect(1, seconds=5), Match)
        steps: list[Step] = [equal(b"a"), SendStep(b"b"), equal(b"b")]
        performance = Performance(session, steps, leaves_open=True)
        await performance.run()
        assert verdicts(performance) == [SAME] * 3
        assert session.state is State.OPEN
        await session.close()


async def test_an_answer_that_comes_between_two_of_our_steps_is_heard() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"old")
        steps: list[Step] = [
            SendStep(b"a", after=3),
            HalfCloseStep(after=4),
            equal(b"a"),
            ExpectStep("end"),
        ]
        performance = Performance(session, steps, leaves_open=True)
        await performance.run()
        assert verdicts(performance) == [SAME] * 4


async def test_an_answer_after_one_of_any_length_is_heard() -> None:
    steps: list[Step] = [
        SendStep(b"a"),
        ExpectStep("any"),
        SendStep(b"b", after=1),
        SendStep(b"c", after=2),
        equal(b"bc"),
    ]
    performance, _ = await perform_with(echo, *steps)
    assert verdicts(performance) == [SAME] * 5


async def first_done(performance: Performance) -> asyncio.Task[None]:
    """Perform until the first step is done and the second is under way."""
    done = asyncio.Event()
    performance.on_result = lambda *_: done.set()
    task = asyncio.create_task(performance.run())
    await done.wait()
    return task


async def test_cancelled_it_ends_at_once_and_the_session_is_the_callers() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        expected = ExpectStep("any", seconds=60.0)
        performance = Performance(session, [SendStep(b"a"), expected, SendStep(b"b")])
        task = await first_done(performance)
        session.cancel()
        await asyncio.wait_for(task, PATIENCE)
    assert verdicts(performance) == [SAME, STOPPED, UNDONE]
    assert session.outcome is Outcome.CANCELLED


@pytest.mark.parametrize("waiting", [WaitStep(60.0), ExpectStep("end"), equal(b"x")])
async def test_what_was_waited_for_when_it_was_stopped_is_neither_the_same_nor_missing(
    waiting: Step,
) -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        steps: list[Step] = [SendStep(b"a"), waiting, SendStep(b"b"), CloseStep()]
        performance = Performance(session, steps)
        task = await first_done(performance)
        performance.stop()
        performance.stop()
        await asyncio.wait_for(task, PATIENCE)
    assert verdicts(performance) == [SAME, STOPPED, UNDONE, UNDONE]
    assert session.outcome is Outcome.CANCELLED
    assert summary(performance.results) == "stopped after 1 of 4 steps, 1 as expected"


async def test_stopped_in_a_session_that_was_open_it_stays_open() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        performance = Performance(session, [ExpectStep("any", seconds=60.0)], leaves_open=True)
        task = asyncio.create_task(performance.run())
        await asyncio.sleep(0)
        performance.stop()
        await asyncio.wait_for(task, PATIENCE)
        assert session.state is State.OPEN
        session.abort()
    assert not performance.results[0].verdict.fine
    assert summary(performance.results) == "stopped after 0 of 1 steps"


async def test_all_of_it_has_a_time() -> None:
    with Peer(silent) as peer:
        session = Session(SessionRequest(peer.address, SessionOptions(linger=0.1)))
        steps: list[Step] = [ExpectStep("any", seconds=60.0), SendStep(b"b")]
        performance = Performance(session, steps, seconds=0.2)
        await asyncio.wait_for(performance.run(), 10)
    assert verdicts(performance) in ([MISSING, FAILED], [FAILED, SKIPPED], [MISSING, SKIPPED])
    assert not performance.fine


async def test_what_a_session_cannot_do_fails_its_step() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        session = Session(SessionRequest(f"udp://127.0.0.1:{server.getsockname()[1]}"))
        steps: list[Step] = [HalfCloseStep(), UpgradeStep(), SendStep(b"a")]
        performance = Performance(session, steps)
        await performance.run()
        assert server.recv(10) == b"a"
    assert verdicts(performance) == [FAILED, FAILED, SAME]


async def test_datagrams_that_are_lost_or_doubled_are_told_one_by_one() -> None:
    loop = asyncio.get_running_loop()

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.DatagramTransport", transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            for answer in {b"1": [b"a", b"a"], b"2": [b"b"], b"3": [b"d"]}[data]:
                self.transport.sendto(answer, addr)

    transport, _ = await loop.create_datagram_endpoint(Server, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    session = Session(SessionRequest(f"udp://127.0.0.1:{port}"))
    steps: list[Step] = [
        SendStep(b"1"),
        equal(b"a"),
        WaitStep(0.1),
        SendStep(b"2"),
        equal(b"b"),
        SendStep(b"3"),
        equal(b"c"),
        equal(b"d"),
    ]
    performance = Performance(session, steps)
    await performance.run()
    transport.close()
    assert verdicts(performance) == [SAME, EXTRA, SAME, SAME, SAME, SAME, MISSING, SAME]


async def test_results_are_told_as_they_come() -> None:
    told: list[tuple[int, StepResult]] = []
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        steps: list[Step] = [SendStep(b"a"), equal(b"a")]
        await Performance(session, steps, on_result=lambda *each: told.append(each)).run()
    assert [index for index, _ in told] == [0, 1]


async def test_what_comes_before_each_step_is_waited_for() -> None:
    with Peer(answering(b"12345", b"x", pause=0.01)) as peer:
        session = Session(SessionRequest(peer.address))
        steps: list[Step] = [SendStep(b"a"), SendStep(b"b", after=5), SendStep(b"", after=6)]
        await Performance(session, steps).run()
        chunks = [chunk for chunk in session.exchange().chunks() if chunk.data]
    before = takewhile(lambda chunk: chunk.direction is Direction.RECEIVED, chunks[1:])
    assert b"".join(chunk.data for chunk in before) == b"12345"


def linger_reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


async def test_a_reset_while_an_answer_is_awaited_ends_the_wait_at_once() -> None:
    def behave(_peer: Peer, client: socket.socket) -> None:
        client.recv(100)
        linger_reset(client)

    begun = time.monotonic()
    expected = ExpectStep("equal", b"1", seconds=60.0)
    done, session = await perform_with(behave, SendStep(b"a"), expected, ExpectStep("end"))
    assert time.monotonic() - begun < 40
    assert verdicts(done) == [SAME, MISSING, SAME]
    assert session.outcome is Outcome.FAILED


async def test_what_follows_our_own_close_is_not_laid_to_the_peer() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        performance = Performance(session, [SendStep(b"a"), CloseStep(), SendStep(b"b")])
        with pytest.raises(EndSentError, match="We closed, so nothing more"):
            await performance.run()
    assert performance.results[-1].verdict is FAILED
