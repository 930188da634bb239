from __future__ import annotations

import asyncio

from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_tui.widgets.repeating import Plan, Repeating
from tests.peers import Peer, echo


async def test_it_sends_so_many_times_at_that_pace() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        repeating = Repeating(Plan(0.05, 4))
        clock = asyncio.get_running_loop()
        begun = clock.time()
        await repeating.run(session, lambda: session.send(b"x"))
        assert clock.time() - begun >= 0.15
        assert repeating.done == 4
        assert session.recorder.sent == 4
        assert repeating.words == "Sent 4 of 4, every 0.05 s · R or escape stops"
        session.abort()


async def test_it_stops_when_the_session_ends() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        repeating = Repeating(Plan(60.0, None))
        sent = asyncio.Event()

        async def send() -> None:
            await session.send(b"x")
            sent.set()

        running = asyncio.create_task(repeating.run(session, send))
        await sent.wait()
        session.abort()
        await asyncio.wait_for(running, 5)
        assert repeating.total == "Sent 1 time."


async def test_what_comes_late_is_not_caught_up_with() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        clock = asyncio.get_running_loop()
        times: list[float] = []

        async def send() -> None:
            times.append(clock.time())
            if len(times) == 1:
                await asyncio.sleep(0.2)

        await Repeating(Plan(0.05, 4)).run(session, send)
        assert times[3] - times[0] >= 0.29
        session.abort()
