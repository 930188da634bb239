from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from textual import work
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import WorkerFailed

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


class Part(Static):
    """Stays till the worker of its dialog has looked."""

    async def on_unmount(self) -> None:
        assert isinstance(self.screen, Parts)
        self.screen.look.set()
        await self.screen.looked.wait()


class Parts(Screen[None]):
    """A dialog with a worker that does not find a part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.look = asyncio.Event()
        self.looked = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Part()

    @work
    async def on_mount(self) -> None:
        await self.look.wait()
        self.looked.set()
        self.query_one("#note")


async def test_what_a_worker_misses_of_a_dialog_that_is_closed_is_no_fault(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        screen = Parts()
        await driver.app.push_screen(screen)
        await driver.app.pop_screen()
        assert screen.looked.is_set()


async def looked_while_it_is_open(folder: Path) -> None:
    async with driving(folder) as driver:
        screen = Parts()
        await driver.app.push_screen(screen)
        screen.look.set()
        await driver.until(screen.looked.is_set)


async def test_what_a_worker_misses_of_an_open_dialog_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed):
        await looked_while_it_is_open(tmp_path)
