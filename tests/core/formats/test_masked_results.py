from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

import pytest

from sonde_core.formats.masked_results import has_secrets, mask_results
from sonde_core.model import Exchange
from sonde_core.safetext import line
from sonde_core.script.perform import Performance
from sonde_core.script.results import StepResult, Verdict
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.steps import ExpectStep, SendStep, Step, WaitStep
from tests.peers import Peer

from .conftest import received, session_entry

ASK = (
    b"POST /?api_key=hush1 HTTP/1.1\r\nAuthorization: Bearer hush2\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=joe&password=hush3"
)
ANSWER = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=%b\r\n\r\n%b"


def text_of(results: tuple[StepResult, ...]) -> str:
    return "\n".join(result.line(width=400) for result in results) + str(
        [(result.wanted, result.got) for result in results]
    )


async def performed(answer: bytes, *steps: Step) -> tuple[list[StepResult], Exchange]:
    def behave(peer: Peer, connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(answer)

    with Peer(behave) as peer:
        session = Session(SessionRequest(peer.address, steps=steps))
        performance = Performance(session, steps)
        await performance.run()
        await asyncio.to_thread(peer.stop.set)
    return performance.results, session.exchange()


@pytest.mark.parametrize(
    "expected",
    [
        ExpectStep("equal", ANSWER % (b"hush4", b"body")),
        ExpectStep("equal", b"hush5 and nothing like it"),
        ExpectStep("regex", b"nowhere", seconds=0.3),
        ExpectStep("equal", b"HTTP/1.1 200 OK\r\n"),
        ExpectStep("prefix", b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=hush4", seconds=0.3),
    ],
)
async def test_no_secret_is_left_in_what_came_of_steps(expected: ExpectStep) -> None:
    results, exchange = await performed(ANSWER % (b"hush-new", b"x"), SendStep(ASK), expected)
    assert "hush" in text_of(tuple(results))
    text = text_of(mask_results(results, exchange))
    for secret in ("hush1", "hush2", "hush3", "hush4", "-new"):
        assert secret not in text
    assert "api_key=***" in text
    assert [each.verdict for each in mask_results(results, exchange)] == [
        each.verdict for each in results
    ]


async def test_what_is_no_secret_is_still_told() -> None:
    wanted = ExpectStep("equal", ANSWER % (b"hush4", b"one body"))
    results, exchange = await performed(ANSWER % (b"hush4", b"two parts"), SendStep(ASK), wanted)
    text = text_of(mask_results(results, exchange))
    assert '"one body" expected, "two parts" came' in text
    assert "hush" not in text


@pytest.mark.parametrize(
    ("answer", "told"),
    [(b"12345X\r\n", r'"X\r\n"'), (ANSWER % (b"hush4", b"x"), '"***"')],
)
async def test_what_came_before_an_end_is_told_unless_it_may_be_secret(
    answer: bytes, told: str
) -> None:
    steps = ExpectStep("count", count=5), ExpectStep("end")
    results, exchange = await performed(answer, SendStep(b"ask"), *steps)
    *_, end = mask_results(results, exchange)
    assert end.verdict is Verdict.EXTRA
    assert told in end.detail
    assert "hush" not in text_of((end,))


def test_results_without_secrets_stay_as_they_are() -> None:
    exchange = session_entry("tcp://h:1", received(b"b")).exchange
    odd = StepResult(
        ExpectStep("equal", b"a"),
        Verdict.DIFFERS,
        line('at byte 0: "a" expected, "b" came'),
        offset=0,
        wanted=b"a",
        got=b"b",
        came=(0, 1),
    )
    results = (StepResult(WaitStep(1.0)), odd)
    assert mask_results(results, exchange) == results


def test_what_cannot_be_looked_up_is_not_shown() -> None:
    exchange = replace(session_entry("tcp://h:1").exchange, received=1 << 40)
    odd = StepResult(ExpectStep("any"), Verdict.EXTRA, line('3 bytes more: "sec"'), got=b"sec")
    (shown,) = mask_results([odd], exchange)
    assert (shown.detail, shown.got) == ('3 bytes more: "***"', b"***")


def test_steps_with_secrets_are_told_from_others() -> None:
    assert has_secrets([SendStep(ASK[:40]), SendStep(ASK[40:])])
    assert has_secrets([ExpectStep("equal", ANSWER % (b"hush", b""))])
    assert not has_secrets([SendStep(b"GET / HTTP/1.1\r\n\r\n"), WaitStep(1.0)])
