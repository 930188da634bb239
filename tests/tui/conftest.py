"""What the tests of the app share."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from threading import get_native_id
from time import monotonic, process_time

import pytest
from textual._context import active_app

_LOOK = 0.005
_BUSY = 0.25  # of the time between two looks
_WORK = 0.2  # seconds of the processor that are waited for at most
_LONGEST = 5.0
_TASKS = Path("/proc/self/task")


async def _until_idle(*_: float) -> None:
    """Wait until nothing is left to do at once, in the loop or in a thread, or to draw.

    What works without an end is left to it after a while of the processor's time, for on a busy
    machine the clock goes on while nothing is done here.
    """
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    app = active_app.get()
    end = monotonic() + _LONGEST
    worked = process_time()
    most = worked + _WORK
    while worked < most and monotonic() < end:
        await asyncio.sleep(_LOOK)
        before, worked = worked, process_time()
        if ready or worked - before > _LOOK * _BUSY or _others_work():
            continue
        app.screen._on_timer_update()
        if not ready:
            return


def _others_work() -> bool:
    """Whether another thread has something to do, also where it does not get its turn (proc(5))."""
    own = str(get_native_id())
    for task in os.listdir(_TASKS) if _TASKS.exists() else ():
        with suppress(OSError):  # it is over
            state = (_TASKS / task / "stat").read_bytes().rpartition(b")")[2].split()[0]
            if task != own and state in b"RD":
                return True
    return False


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait after a key for what it set going, and not for the whole process to be at rest.

    Textual's own pilot waits till less than a twentieth of the time is worked, twice for each key
    and a second at most: beside anything that ticks or streams a key takes two seconds.
    """
    monkeypatch.setattr("textual.app.wait_for_idle", _until_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _until_idle)
