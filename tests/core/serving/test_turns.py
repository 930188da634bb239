from __future__ import annotations

import asyncio
import time

from sonde_core.serving.turns import SHARE, Turns


async def test_many_busy_clients_hold_up_nobody_for_long() -> None:
    turns = Turns()
    longest = 0.0

    async def busy() -> None:
        for _ in range(50):
            start = time.perf_counter()
            while time.perf_counter() - start < 0.0002:
                pass
            await turns.next()

    async def other() -> None:
        nonlocal longest
        while True:
            start = time.process_time()
            await asyncio.sleep(0)
            longest = max(longest, time.process_time() - start)

    watching = asyncio.ensure_future(other())
    await asyncio.gather(*(busy() for _ in range(50)))
    watching.cancel()
    # All fifty have one answer each, and a share more: without turns it is fifty times as long.
    assert longest < 50 * 0.0002 * 5 + SHARE


async def test_who_takes_little_never_waits() -> None:
    turns = Turns()
    await turns.next()
    ran: list[int] = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    await turns.next()
    assert ran == []
