from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from sonde_core.history import together as module
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.history.together import Together
from tests.histories import http


def entries(count: int) -> list[Entry]:
    return [Entry(new_id(), http(number)) for number in range(count)]


class Asked:
    """What a thread was asked to do, and does only when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    async def do(self) -> None:
        calls = [*self.calls]
        self.calls.clear()
        for call in calls:
            await asyncio.to_thread(call)


async def test_all_that_wait_are_taken_at_once() -> None:
    calls: list[int] = []
    asked = Asked()

    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        calls.append(len(some))
        return some

    together = Together(keep, asked.calls.append)
    wanted = entries(100)
    put = [together.put(entry) for entry in wanted]
    assert len(asked.calls) == 1
    await asked.do()
    assert [await future for future in put] == wanted
    assert calls == [64, 36]
    together.put(wanted[0])
    assert len(asked.calls) == 1


async def test_what_comes_while_others_are_kept_is_not_forgotten() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        begun.set()
        assert go_on.wait(20)
        return some

    asked = Asked()
    together = Together(keep, asked.calls.append)
    one, other = entries(2)
    first = together.put(one)
    taking = asyncio.create_task(asked.do())
    await asyncio.to_thread(begun.wait, 20)
    second = together.put(other)
    assert len(asked.calls) == 1
    go_on.set()
    assert await first is one
    assert await second is other
    await taking


async def test_a_bug_is_told_to_each_caller() -> None:
    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        raise TypeError(len(some))

    asked = Asked()
    together = Together(keep, asked.calls.append)
    put = [together.put(entry) for entry in entries(2 * module.MOST + 1)]
    await asked.do()
    for future in put:
        with pytest.raises(TypeError):
            await future


async def test_where_many_come_they_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 600.0)
    calls: list[int] = []
    asked = Asked()

    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        calls.append(len(some))
        return some

    together = Together(keep, asked.calls.append)
    wanted = entries(8)
    with together.gathering(5):
        put = [together.put(entry) for entry in wanted[:4]]
        assert not asked.calls
        put += [together.put(entry) for entry in wanted[4:6]]
        assert len(asked.calls) == 1
        await asked.do()
        assert calls == [6]
        put.append(together.put(wanted[6]))
        assert not asked.calls
    await asked.do()  # nobody waits for others when it is over
    put.append(together.put(wanted[7]))
    await asked.do()
    assert calls == [6, 1, 1]
    assert [await future for future in put] == wanted


async def test_what_comes_while_many_are_kept_waits_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 600.0)
    begun, go_on = threading.Event(), threading.Event()
    calls: list[int] = []
    asked = Asked()

    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        calls.append(len(some))
        begun.set()
        assert go_on.wait(20)
        return some

    together = Together(keep, asked.calls.append)
    wanted = entries(3)
    with together.gathering(2):
        put = [together.put(entry) for entry in wanted[:2]]
        taking = asyncio.create_task(asked.do())
        await asyncio.to_thread(begun.wait, 20)
        put.append(together.put(wanted[2]))
        go_on.set()
        await taking
        assert calls == [2]
        assert not put[2].done()
    await asked.do()
    assert [await future for future in put] == wanted


async def test_nobody_waits_for_others_longer_than_a_moment() -> None:
    asked, heard = Asked(), asyncio.Event()

    def ask(call: Callable[[], None]) -> None:
        asked.calls.append(call)
        heard.set()

    together = Together(lambda some: some, ask)
    (one,) = entries(1)
    with together.gathering(64):
        future = together.put(one)
        assert not asked.calls
        await asyncio.wait_for(heard.wait(), 20)
        await asked.do()
        assert await future is one


async def test_the_least_that_is_enough_for_one_is_enough() -> None:
    asked = Asked()
    together = Together(lambda some: some, asked.calls.append)
    with together.gathering(50), together.gathering(1):
        together.put(entries(1)[0])
        assert len(asked.calls) == 1
