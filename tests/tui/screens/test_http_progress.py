from __future__ import annotations

import asyncio

from sonde_core.http.call import Call
from sonde_core.http_request import HttpRequest
from sonde_core.model import Outcome
from sonde_core.practice.server import PracticeServer
from sonde_tui.screens.http_progress import Progress


async def test_a_cancellation_before_there_is_a_call_reaches_it(practice: PracticeServer) -> None:
    progress = Progress(HttpRequest(url=f"{practice.http}/delay/20"))
    progress.cancel()
    call = Call(progress.request)
    progress.start(call)
    assert (await call.run()).outcome is Outcome.CANCELLED


async def test_it_sends_a_request_until_that_is_over(practice: PracticeServer) -> None:
    request = HttpRequest(url=f"{practice.http}/anything")
    progress = Progress(HttpRequest(url=f"{practice.http}/anything"))
    assert progress.sends(request)
    assert not progress.sends(HttpRequest("POST", request.url))
    call = Call(progress.request)
    progress.start(call)
    assert progress.sends(request)
    assert not progress.answered
    await call.run()
    assert not progress.sends(request)
    assert progress.answered


async def test_what_is_cancelled_is_not_sent_any_more() -> None:
    progress = Progress(HttpRequest(url="http://h/"))
    progress.cancel()
    assert not progress.sends(progress.request)


async def test_lines_tell_the_stage_and_end_with_the_call(practice: PracticeServer) -> None:
    progress = Progress(HttpRequest(url=f"{practice.http}/delay/0.3"))
    call = Call(progress.request)
    progress.start(call)
    running = asyncio.create_task(call.run())
    told = [text async for text in progress.lines()]
    exchange = await running
    assert exchange.outcome is Outcome.DONE
    assert any("waiting for the answer" in text for text in told)
    assert all(text.endswith("escape cancels") for text in told)
    assert len(told) < 0.3 * 30 + 5


async def test_lines_count_what_arrives(practice: PracticeServer) -> None:
    progress = Progress(HttpRequest(url=f"{practice.http}/drip?seconds=0.5&bytes=50"))
    call = Call(progress.request)
    progress.start(call)
    running = asyncio.create_task(call.run())
    told = [text async for text in progress.lines()]
    await running
    assert any("received" in text and "/s" in text for text in told)


async def test_lines_end_when_they_are_told_to(practice: PracticeServer) -> None:
    progress = Progress(HttpRequest(url=f"{practice.http}/delay/20"))
    call = Call(progress.request)
    progress.start(call)
    running = asyncio.create_task(call.run())
    async for _ in progress.lines():
        progress.end()
    call.cancel()
    assert (await running).outcome is Outcome.CANCELLED
