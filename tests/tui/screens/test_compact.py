from __future__ import annotations

from pathlib import Path

from sonde_core.history.history import History
from sonde_tui import commands
from sonde_tui.screens.compact import CompactScreen
from tests.histories import http, ids
from tests.tui.driving import Driver, driving


def told(driver: Driver) -> str:
    screen = driver.app.screen
    return str(screen.told.render()) if isinstance(screen, CompactScreen) else ""


async def test_it_says_what_would_go_and_does_it_when_asked(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    history.open()
    for number in range(20):
        await history.add(http(number, body=b"%d" % number * 20_000))
    await history.close()
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(driver.history.summaries()) == 20)
        await driver.history.delete([each.id for each in driver.history.summaries()[:5]])
        (command,) = [
            each
            for each in commands.of(driver.app, driver.app.screen)
            if each.title == "Compact the history"
        ]
        command.callback()
        await driver.until(lambda: "15 entries stay. 5 entries that were deleted" in told(driver))
        assert "u cannot bring back" in told(driver)
        assert len(ids(tmp_path / "history.json")) == 25
        await driver.press("enter")
        await driver.until(lambda: "were freed" in told(driver))
        assert len(ids(tmp_path / "history.json")) == 15
        assert not driver.history.can_undo
        await driver.press("enter", "escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)


async def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: driver.history.saving)
        (tmp_path / "history.json").unlink(missing_ok=True)
        driver.app.push_screen(CompactScreen(driver.history))
        await driver.until(lambda: "cannot be read" in told(driver))
        await driver.press("enter")
        assert "cannot be read" in told(driver)
