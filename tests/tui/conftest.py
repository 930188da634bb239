"""What the tests of the app share."""

from __future__ import annotations

import asyncio
from time import monotonic, process_time

import pytest
from textual._context import active_app

_LOOK = 0.005
_BUSY = 0.25  # of the time between two looks
_LONGEST = 0.2


async def _until_idle(*_: float) -> None:
    """Wait until nothing is left to do at once, in the loop or in a thread, or to draw."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    end = monotonic() + _LONGEST
    while monotonic() < end:
        worked = process_time()
        await asyncio.sleep(_LOOK)
        if not ready and process_time() - worked < _LOOK * _BUSY:
            active_app.get().screen._on_timer_update()
            if not ready:
                return


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait after a key for what it set going, and not for the whole process to be at rest.

    Textual's own pilot waits till less than a twentieth of the time is worked, twice for each key
    and a second at most: beside anything that ticks or streams a key takes two seconds.
    """
    monkeypatch.setattr("textual.app.wait_for_idle", _until_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _until_idle)
