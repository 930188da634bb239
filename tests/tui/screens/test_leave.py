from __future__ import annotations

from pathlib import Path

import pytest

from sonde_tui.screens.leave import LeaveScreen
from tests.tui.driving import Driver, driving


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """Return a folder that cannot be made."""
    (tmp_path / "file").write_text("in the way")
    return tmp_path / "file" / "folder"


async def ask_something(driver: Driver) -> None:
    driver.app.tab.load("http://nowhere.invalid/")
    await driver.press("ctrl+j")
    await driver.until(lambda: driver.history.unsaved)


async def test_leaving_asks_when_something_is_not_saved(nowhere: Path) -> None:
    async with driving(nowhere) as driver:
        await ask_something(driver)
        await driver.press("ctrl+q")
        await driver.until(lambda: isinstance(driver.app.screen, LeaveScreen))
        assert "1 entry could not be written" in driver.drawn()
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, LeaveScreen))
        assert driver.app.return_code is None


async def test_only_a_key_of_its_own_loses_them_and_the_status_tells(nowhere: Path) -> None:
    async with driving(nowhere) as driver:
        await ask_something(driver)
        await driver.press("ctrl+q")
        await driver.until(lambda: isinstance(driver.app.screen, LeaveScreen))
        await driver.press("ctrl+q")
        await driver.pilot.pause()
        assert isinstance(driver.app.screen, LeaveScreen)
        assert driver.app.return_code is None
        await driver.press("L")
        await driver.until(lambda: driver.app.return_code is not None)
        assert driver.app.return_code == 1


async def test_leaving_with_all_saved_asks_nothing(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("ctrl+q")
        await driver.until(lambda: driver.app.return_code is not None)
        assert driver.app.return_code == 0
