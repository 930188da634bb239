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
from textual.app import ScreenStackError
from textual.dom import DOMNode
from textual.pilot import Pilot

_LOOK = 0.005
_BUSY = 0.25  # of the time between two looks
_WORK = 0.2  # seconds of the processor that are waited for at most
_LONGEST = 5.0
_TASKS = Path("/proc/self/task")
_wait_for_all = Pilot._wait_for_screen


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


async def _until_obeyed(pilot: Pilot[object], timeout: float = 30.0) -> bool:
    """Wait for every part of the screen that has something to do; most often none has.

    Textual's own pilot sends a message to each of a hundred, with each key and each look.
    """
    with suppress(ScreenStackError):
        if all(map(_rests, [pilot.app, *pilot.app.screen.walk_children(with_self=True)])):
            return True
    return await _wait_for_all(pilot, timeout)


def _rests(node: DOMNode) -> bool:
    """Whether a part waits for its next message, done with the one before."""
    comes: asyncio.Event = node._message_queue.ready_event
    return not comes.is_set() and not all(waiter.done() for waiter in comes._waiters)


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait after a key for what it set going, and not for the whole process to be at rest.

    Textual's own pilot waits till less than a twentieth of the time is worked, twice for each key
    and a second at most: beside anything that ticks or streams a key takes two seconds.
    """
    monkeypatch.setattr("textual.app.wait_for_idle", _until_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _until_idle)
    monkeypatch.setattr(Pilot, "_wait_for_screen", _until_obeyed)
