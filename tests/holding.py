"""How long the event loop is held, told so that a machine with much to do changes little."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

HELD = 0.1
LONGEST = 0.5
_LATE = 3  # so many turns may take longer, for other threads' work counts as ours


async def lets_go_on(is_done: Callable[[], object], *, pause: float = 0.001) -> bool:
    """Wait for something, and tell whether no turn of the loop took long meanwhile.

    Processor time is taken and not the clock's; it is all threads' time, so that one which holds
    the interpreter is seen, too.
    """
    turns: list[float] = []
    while not is_done():
        before = time.process_time()
        await asyncio.sleep(pause)
        turns.append(time.process_time() - before)
    turns.sort(reverse=True)
    return all(turn < LONGEST for turn in turns) and all(turn < HELD for turn in turns[_LATE:])
