from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from sonde_core.history.writer import Writer

from .conftest import LONG


async def test_calls_are_made_in_order_in_one_thread(writer: Writer) -> None:
    made: list[tuple[int, int]] = []

    def call(number: int) -> int:
        made.append((number, threading.get_ident()))
        return number

    asked = [writer.ask(partial(call, each)) for each in range(20)]
    assert [await each for each in asked] == list(range(20))
    assert [number for number, _ in made] == list(range(20))
    (thread,) = {thread for _, thread in made}
    assert thread != threading.get_ident()


async def test_the_thread_begins_with_a_call_and_ends_with_what_it_was_asked_for(
    writer: Writer,
) -> None:
    writer.stop()
    assert not writer.running
    asked = [writer.ask(threading.current_thread) for _ in range(3)]
    assert writer.running
    writer.stop()
    assert not writer.running
    (thread,) = {await each for each in asked}
    await asyncio.to_thread(thread.join, LONG)
    assert not thread.is_alive()
    assert await writer.ask(threading.current_thread) is not thread


async def test_who_gives_up_waiting_disturbs_nobody(writer: Writer) -> None:
    gate, made = threading.Event(), list[str]()

    async def shielded() -> None:
        await asyncio.shield(writer.ask(lambda: made.append("shielded")))

    under_way = writer.ask(lambda: gate.wait(LONG))
    taken_back = writer.ask(lambda: made.append("taken back"))
    waiting = asyncio.ensure_future(shielded())
    await asyncio.sleep(0)
    for each in (under_way, taken_back, waiting):
        each.cancel()
    await asyncio.sleep(0)
    gate.set()
    await writer.ask(lambda: made.append("last"))
    assert made == ["shielded", "last"]


async def test_an_error_is_for_who_asked_and_for_nobody_else(
    writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await writer.ask(fail)
    writer.ask(fail)
    await writer.ask(lambda: None)
    await asyncio.sleep(0)
    assert caplog.records == []
