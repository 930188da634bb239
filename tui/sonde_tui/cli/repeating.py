"""One entry performed again and again, with statistics."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from . import DONE, FAILED, output, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.replay import Replay
    from sonde_core.replaying.repetition import Lap, Repetition


async def repeat(
    desk: Desk, entry_id: str, once: Callable[[], Awaitable[Replay]], args: Namespace
) -> int:
    """Perform an entry as often as is asked for, and return the exit status.

    Each time is told on standard error as it ends; the statistics go to standard output.
    """
    from sonde_core.replaying.repetition import Repetition

    times = args.times or None
    repetition = Repetition(once, times, args.every or 0.0, on_lap=_tell)
    stopping = asyncio.ensure_future(_stop_when_asked(desk, repetition))
    try:
        await repetition.run()
    finally:
        stopping.cancel()
    await running.aside(desk.out.text, _told(repetition, entry_id, as_json=args.json))
    output.say(repetition.summary)
    whole = repetition.done if times is None else times
    return DONE if repetition.done and repetition.same == whole else FAILED


async def _stop_when_asked(desk: Desk, repetition: Repetition) -> None:
    await desk.stop.wait()
    repetition.stop()


def _tell(lap: Lap) -> None:
    what = "" if lap.round.stopped else "against the recording: "
    output.say(f"{lap.number}: {lap.round.entry} · {what}{lap.round.told}")
    for line in lap.differs:
        output.say(f"   {line}")
    if lap.changes:
        output.say(f"   against time {lap.since}:")
    elif lap.since and not lap.round.same:
        output.say(f"   against time {lap.since}: the same")
    for line in lap.changes:
        output.say(f"     {line}")


def _told(repetition: Repetition, entry_id: str, *, as_json: bool) -> str:
    if as_json:
        from sonde_core.replaying.report import repetition_json

        return repetition_json(repetition, entry=entry_id)
    if not repetition.durations.count:
        return ""
    rows = [repetition.times_taken, *repetition.histogram()]
    return "".join(f"{row}\n" for row in rows)
