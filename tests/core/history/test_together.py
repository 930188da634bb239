from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.history.together import Together
from tests.histories import http


def entries(count: int) -> list[Entry]:
    return [Entry(new_id(), http(number)) for number in range(count)]


async def test_all_that_wait_are_taken_at_once() -> None:
    calls: list[int] = []

    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        calls.append(len(some))
        return some

    together = Together(keep)
    wanted = entries(100)
    put = [together.put(entry) for entry in wanted]
    assert [ask for _, ask in put] == [True] + [False] * 99
    await asyncio.to_thread(together.take)
    assert [await future for future, _ in put] == wanted
    assert sum(calls) == 100
    assert len(calls) == 2
    assert together.put(wanted[0])[1]


async def test_what_comes_while_others_are_kept_is_not_forgotten() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        begun.set()
        assert go_on.wait(20)
        return some

    together = Together(keep)
    one, other = entries(2)
    first, _ = together.put(one)
    taking = asyncio.create_task(asyncio.to_thread(together.take))
    await asyncio.to_thread(begun.wait, 20)
    second, ask = together.put(other)
    assert ask
    go_on.set()
    assert await first is one
    assert await second is other
    await taking


async def test_a_bug_is_told_to_each_caller() -> None:
    def keep(some: Sequence[Entry]) -> Sequence[Entry]:
        raise TypeError(len(some))

    together = Together(keep)
    put = [together.put(entry)[0] for entry in entries(3)]
    with pytest.raises(TypeError):
        await asyncio.to_thread(together.take)
    for future in put:
        with pytest.raises(TypeError):
            await future
