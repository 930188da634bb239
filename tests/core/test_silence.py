from __future__ import annotations

import asyncio

from sonde_core.silence import Silence


async def test_it_is_there_once_nothing_began_for_so_long() -> None:
    rang = asyncio.Event()
    silence = Silence(0.05, rang.set)
    silence.begin()
    assert not silence.is_there
    loop = asyncio.get_running_loop()
    start = loop.time()
    await asyncio.sleep(0.02)
    silence.begin()
    await asyncio.wait_for(rang.wait(), 5)
    assert silence.is_there
    assert loop.time() - start >= 0.065
    silence.end()
    assert not silence.is_there


async def test_one_that_ended_never_rings() -> None:
    rang = asyncio.Event()
    silence = Silence(0.01, rang.set)
    silence.begin()
    silence.end()
    other = asyncio.Event()
    later = Silence(0.05, other.set)
    later.begin()
    await asyncio.wait_for(other.wait(), 5)
    assert not rang.is_set()
    silence.begin()
    silence.stop()
    later.begin()
    other.clear()
    await asyncio.wait_for(other.wait(), 5)
    assert not rang.is_set()


async def test_without_a_time_there_is_none() -> None:
    silence = Silence(None, lambda: None)
    silence.begin()
    assert not silence.is_there
    silence.stop()
