from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sonde_core import repeat
from sonde_core.model import Chunk, Direction, Exchange
from sonde_core.script.came import SHOWN, sides
from sonde_core.script.perform import Performance
from sonde_core.script.results import StepResult, Verdict
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.steps import ExpectStep, MessageKind, SendStep, Step
from tests.histories import http
from tests.peers import Peer


async def performed(answers: Sequence[bytes], *steps: Step) -> tuple[Exchange, list[StepResult]]:
    def behave(_peer: Peer, client: socket.socket) -> None:
        for answer in answers:
            client.recv(65536)
            client.sendall(answer)
        client.recv(1)

    with Peer(behave) as peer:
        session = Session(SessionRequest(peer.address))
        performance = Performance(session, steps)
        await performance.run()
    return session.exchange(), performance.results


async def test_each_answer_is_found_again_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeat, "PATIENCE", 0.4)
    exchange, results = await performed(
        [b"hello\n", b"good morning\n", b"bye\nmore"],
        SendStep(b"a"),
        ExpectStep("equal", b"hello\n"),
        SendStep(b"b"),
        ExpectStep("equal", b"good evening\n"),
        SendStep(b"c"),
        ExpectStep("equal", b"bye\n"),
    )
    same, other, more = (sides(exchange, results[index]) for index in (1, 3, 5))
    assert (same.wanted, same.got, same.differs) == (b"hello\n", b"hello\n", None)
    assert (other.got, other.differs) == (b"good morning\n", 5)
    assert results[5].verdict is Verdict.EXTRA
    assert (more.wanted, more.got, more.differs) == (b"bye\n", b"bye\nmore", 4)
    assert sides(exchange, results[0]).got == b""


@pytest.mark.parametrize(
    ("step", "detail", "wanted_size"),
    [
        (ExpectStep("count", count=10), "5 of 10 bytes came", 0),
        (ExpectStep("equal", b"hello world"), "", 11),
        (ExpectStep("regex", b"world"), "", 5),
    ],
)
async def test_what_came_of_an_answer_is_told_when_it_was_stopped(
    step: Step, detail: str, wanted_size: int
) -> None:
    def behave(_peer: Peer, client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"hello")
        client.recv(1)

    with Peer(behave) as peer:
        session = Session(SessionRequest(peer.address))
        steps = [SendStep(b"go"), step, ExpectStep("equal", b"more")]
        performance = Performance(session, steps)
        task = asyncio.create_task(performance.run())
        while session.recorder.received < 5 or performance.current < 1:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0)
        performance.stop()
        await asyncio.wait_for(task, 5)
    _, stopped, undone = performance.results
    found = sides(session.exchange(), stopped)
    assert (stopped.verdict, stopped.detail) == (Verdict.STOPPED, detail)
    assert (found.got, found.got_size, found.wanted_size) == (b"hello", 5, wanted_size)
    assert found.differs is None
    assert sides(session.exchange(), undone).got_size is None


def test_of_what_is_large_the_part_around_the_difference_is_returned() -> None:
    wanted = bytes(100_000)
    got = wanted[:50_000] + b"x" + wanted[50_001:]
    timeline = tuple(
        Chunk(0.1, Direction.RECEIVED, got[at : at + 7000]) for at in range(0, len(got), 7000)
    )
    exchange = replace(http(), kind="tcp", response=None, timeline=timeline)
    result = StepResult(ExpectStep("equal", wanted), Verdict.DIFFERS, came=(0, len(got)))
    found = sides(exchange, result)
    assert (found.differs, found.wanted_size, found.got_size) == (50_000, 100_000, 100_000)
    assert found.got.index(b"x") == 50_000 - found.start
    assert len(found.got) == len(found.wanted) == SHOWN


def test_messages_are_counted_without_pings() -> None:
    timeline = tuple(
        Chunk(0.1, Direction.RECEIVED, data, kind)
        for data, kind in (
            (b"one", MessageKind.TEXT),
            (b"ping", MessageKind.PING),
            (b"two", MessageKind.TEXT),
        )
    )
    exchange = replace(http(), kind="ws", response=None, timeline=timeline)
    result = StepResult(ExpectStep("equal", b"2"), Verdict.DIFFERS, came=(1, 2))
    assert sides(exchange, result).got == b"two"
