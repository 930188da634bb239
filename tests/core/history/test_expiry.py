from __future__ import annotations

import asyncio
import threading
from itertools import count
from pathlib import Path

import pytest

from sonde_core.history.expiry import Expiry
from sonde_core.history.history import History
from sonde_core.history.writer import Writer
from sonde_core.settings import Keep, Limits
from tests.histories import http

from .conftest import LONG

LIMITS = Limits(keep=Keep(max_entries=3))


def nothing() -> None:
    """Do nothing."""


@pytest.mark.parametrize("limits", [None, Limits()])
async def test_without_limits_nothing_is_looked_for(writer: Writer, limits: Limits | None) -> None:
    expiry = Expiry(limits, lambda: 1, writer, nothing)
    await writer.ask(nothing)
    expiry.look()
    await writer.ask(nothing)
    assert (expiry.limited, expiry.expired) == (False, 0)


async def test_what_goes_is_counted_and_told_once_the_change_is(writer: Writer) -> None:
    gone = iter((2, 0, 3))
    told: list[object] = []
    expiry = Expiry(LIMITS, lambda: next(gone), writer, lambda: told.append("changed"))
    expiry.on_expired.append(told.append)
    assert expiry.limited
    assert [await expiry.keep_limits() for _ in range(3)] == [2, 0, 3]
    assert told == ["changed", 2, "changed", "changed", 3]
    assert expiry.expired == 5


async def test_one_look_at_a_time_waits_in_the_thread(writer: Writer) -> None:
    gate, looks = threading.Event(), count(1)
    expiry = Expiry(LIMITS, lambda: next(looks), writer, nothing)
    expiry.look()
    assert not writer.running  # who never wrote has nothing to delete
    held = writer.ask(lambda: gate.wait(LONG))
    for _ in range(3):
        expiry.look()
    gate.set()
    await held
    assert await expiry.keep_limits() == 2
    expiry.look()
    await writer.ask(nothing)
    assert expiry.expired == 1 + 2 + 3


async def test_what_goes_is_told_though_who_asked_has_given_up(writer: Writer) -> None:
    gate, told = threading.Event(), asyncio.Queue[int]()
    expiry = Expiry(LIMITS, lambda: 4 if gate.wait(LONG) else 0, writer, nothing)
    expiry.on_expired.append(told.put_nowait)
    asking = asyncio.ensure_future(expiry.keep_limits())
    await asyncio.sleep(0)
    asking.cancel()
    gate.set()
    assert await told.get() == 4
    assert asking.cancelled()


async def test_a_look_that_fails_hinders_no_other(writer: Writer) -> None:
    left = [0]

    def keep() -> int:
        return 6 // left.pop() if left else 6

    expiry = Expiry(LIMITS, keep, writer, nothing)
    with pytest.raises(ZeroDivisionError):
        await expiry.keep_limits()
    expiry.look()
    assert await expiry.keep_limits() == 6
    assert expiry.expired == 12


async def test_a_look_that_is_taken_back_hinders_no_other(writer: Writer) -> None:
    gate = threading.Event()
    expiry = Expiry(LIMITS, lambda: 1, writer, nothing)
    held = writer.ask(lambda: gate.wait(LONG))
    expiry._begin().cancel()
    await asyncio.sleep(0)
    gate.set()
    await held
    expiry.look()
    assert await expiry.keep_limits() == 1
    assert expiry.expired == 2


async def test_what_expires_while_entries_come_is_told(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json", limits=LIMITS)
    history.open()
    told: list[int] = []
    history.expiry.on_expired.append(told.append)
    assert await history.expiry.keep_limits() == 0
    assert told == []
    for number in range(8):
        await history.add(http(number))
    await history.expiry.keep_limits()
    assert sum(told) == history.expiry.expired == 5
    assert len(history.summaries()) == 3
    await history.close()
