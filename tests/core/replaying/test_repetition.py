from __future__ import annotations

import asyncio
import gc
import itertools

from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.replay import Changes, Replay, replay
from sonde_core.replaying.repetition import KEPT, Lap, Repetition

from .conftest import Answers, asked


async def first(exchanger: Exchanger, answers: Answers) -> Entry:
    (summary,) = await asked(exchanger, answers, "/a")
    return await exchanger.history.get(summary.id)


async def test_what_changes_from_one_to_the_next_is_told(
    exchanger: Exchanger, answers: Answers
) -> None:
    entry = await first(exchanger, answers)
    numbers = itertools.count(1)

    async def once() -> Replay:
        answers.changed = {"/a"} if next(numbers) in (2, 3) else set()
        return await replay(exchanger, entry)

    told: list[Lap] = []
    repetition = Repetition(once, 4, on_lap=told.append)
    await repetition.run()
    assert [lap.round.same for lap in told] == [True, False, False, True]
    assert [bool(lap.changes) for lap in told] == [False, True, False, True]
    assert [lap.since for lap in told] == [0, 1, 2, 3]
    assert [bool(lap.differs) for lap in told] == [False, True, True, False]
    assert any("body.what" in text for text in (*told[1].changes, *told[2].differs))
    assert repetition.summary == "2 of 4 the same · 0 failed · 2 changed from one to the next"
    assert repetition.durations.count == 4
    assert repetition.times_taken.startswith("min ")
    assert len(exchanger.history.summaries()) == 5


async def test_failures_do_not_count_for_the_times(
    exchanger: Exchanger, answers: Answers, closed_port: int
) -> None:
    entry = await first(exchanger, answers)
    addresses = itertools.cycle(["", f"http://127.0.0.1:{closed_port}"])

    async def once() -> Replay:
        return await replay(exchanger, entry, changes=Changes(address=next(addresses)))

    repetition = Repetition(once, 4)
    await repetition.run()
    assert (repetition.failed, repetition.durations.count) == (2, 2)
    assert [lap.ended_well for lap in repetition.laps] == [True, False, True, False]


async def test_it_goes_on_until_it_is_stopped(exchanger: Exchanger, answers: Answers) -> None:
    entry = await first(exchanger, answers)

    def stop(lap: Lap) -> None:
        if lap.number == 3:
            repetition.stop()

    repetition = Repetition(lambda: replay(exchanger, entry), None, 0.001, on_lap=stop)
    await asyncio.wait_for(repetition.run(), 30)
    assert (repetition.done, repetition.stopped) == (3, True)
    assert repetition.summary.endswith("stopped")


async def test_one_begins_so_long_after_the_last_began(
    exchanger: Exchanger, answers: Answers
) -> None:
    entry = await first(exchanger, answers)
    clock = asyncio.get_running_loop()
    started: list[float] = []

    async def once() -> Replay:
        started.append(clock.time())
        return await replay(exchanger, entry)

    await Repetition(once, 3, 0.2).run()
    assert started[2] - started[0] >= 0.39  # a clock has its grain


async def test_only_the_newest_are_kept(exchanger: Exchanger, answers: Answers) -> None:
    entry = await first(exchanger, answers)
    done = await replay(exchanger, entry)

    async def once() -> Replay:
        return done

    repetition = Repetition(once, KEPT + 500)
    await repetition.run()
    gc.collect()
    assert (repetition.done, len(repetition.laps)) == (KEPT + 500, KEPT)
    assert repetition.laps[-1].number == KEPT + 500
    assert repetition.histogram()[0].strip()
