from __future__ import annotations

import asyncio
import gc
import os
import socket
import tracemalloc

from sonde_core.exchange import Exchanger
from sonde_core.expecting import Match
from sonde_core.history.entry import Entry
from sonde_core.model import Outcome
from sonde_core.replay import Replay, replay
from sonde_core.replay_many import Round, Series, replay_many
from sonde_core.replaying.verdict import Verdict as Judgement
from sonde_core.script.results import Verdict
from sonde_core.session_request import SessionRequest
from tests.peers import Peer

TURNS = 100  # a send and an answer each: 200 steps


def counting(peer: Peer, client: socket.socket) -> None:
    """Answer each message of 16 bytes; every fifth client is told something else once."""
    odd = peer.clients % 5 == 0
    for number in range(TURNS):
        data = b""
        while len(data) < 16:
            more = client.recv(16 - len(data))
            if not more:
                return
            data += more
        client.sendall(b"other one\n" if odd and number == 7 else data[:8] + b"\r\n")
    client.recv(100)


async def record(exchanger: Exchanger, peer: Peer) -> Entry:
    session = exchanger.session(SessionRequest(peer.address))
    await session.open()
    for number in range(TURNS):
        await session.send(b"message %08d" % number)
        assert isinstance(await session.expect(10 * (number + 1), seconds=10), Match)
    await session.close()
    entry = await exchanger.recorded(session)
    return await exchanger.history.get(entry.id)


async def test_twenty_replays_of_two_hundred_steps_leave_nothing_behind(
    exchanger: Exchanger,
) -> None:
    with Peer(counting) as peer:
        entry = await record(exchanger, peer)
        told: list[tuple[int, list[Verdict]]] = []

        def tell(number: int, done: Replay) -> None:
            odd = [step.verdict for step in done.steps if not step.verdict.fine]
            told.append((number, odd))

        async def once() -> Replay:
            return await replay(exchanger, entry)

        await replay_many(5, once)  # what is made once is there now
        before = await _left(peer)
        tracemalloc.start()
        series = await replay_many(20, once, on_replay=tell)
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        after = await _left(peer)
    assert len(entry.exchange.timeline) > 2 * TURNS
    odd_ones = [number for number, odd in told if odd]
    # A client is odd or not by how many there were before: the recording, the first five.
    assert odd_ones == [number for number in range(1, 21) if (number + 6) % 5 == 0]
    assert all(odd in ([], [Verdict.DIFFERS]) for _, odd in told)
    assert series.same == 16
    assert after[0] <= before[0]  # fewer: what earlier tests left may go meanwhile
    assert after[1] <= before[1]
    assert grown < 20 * 40_000  # the history's own summaries, and what waits to be written


async def _left(peer: Peer) -> tuple[int, int]:
    """Return how many descriptors are open, once the peer's are closed, and tasks under way."""
    _, *serving = peer._threads
    for thread in serving:
        await asyncio.to_thread(thread.join)
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())


def round_of(seconds: float, *, same: bool = True) -> Round:
    verdict = Judgement.SAME if same else Judgement.CHANGED
    return Round("id", Outcome.DONE, verdict, seconds, Series().summary)


def test_a_series_tells_the_shortest_the_median_and_the_longest() -> None:
    series = Series((round_of(0.3), round_of(0.1, same=False), round_of(0.2)))
    assert series.seconds == (0.1, 0.2, 0.3)
    assert series.summary == "2 of 3 the same · 100 ms at least, 200 ms median, 300 ms at most"
    assert Series().seconds == (0.0, 0.0, 0.0)


def test_one_that_was_stopped_counts_neither_for_the_times_nor_as_the_same() -> None:
    cut = Round("id", Outcome.CANCELLED, Judgement.STOPPED, 0.01, Series().summary)
    told = "1 of 1 the same · 300 ms at least, 300 ms median, 300 ms at most · one stopped"
    assert Series((round_of(0.3), cut)).summary == told
    assert Series((cut,)).summary == "stopped"


async def test_it_stops_when_it_is_asked_to(exchanger: Exchanger) -> None:
    with Peer(counting) as peer:
        entry = await record(exchanger, peer)
        done: list[int] = []
        series = await replay_many(
            9,
            lambda: replay(exchanger, entry),
            on_replay=lambda number, _: done.append(number),
            stopped=lambda: len(done) == 2,
        )
    assert len(series.rounds) == 2
