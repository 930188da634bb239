from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.tui.driving import driving


async def test_signals_that_repeat_leave_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each began anew, and cancelled what the one before it was writing."""
    told: list[str] = []
    go = asyncio.Event()
    async with driving(tmp_path) as driver:
        close = driver.app.services.exchanger.close

        async def slowly() -> None:
            told.append("begun")
            await go.wait()
            await close()
            told.append("done")

        monkeypatch.setattr(driver.app.services.exchanger, "close", slowly)
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)
            await driver.until(lambda: told)
            await driver.pilot.pause(0.05)
        go.set()
        await driver.until(lambda: driver.app._exit)
        assert told == ["begun", "done"]
