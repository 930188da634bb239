from __future__ import annotations

from pathlib import Path

import pytest

from sonde_tui.screens.help import HelpScreen
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


async def test_the_question_goes_once_all_is_saved_and_the_badge_with_it(
    nowhere: Path, tmp_path: Path
) -> None:
    async with driving(nowhere, size=(80, 24)) as driver:
        driver.history._retrying._pause = driver.history._retrying._first = 0.05
        await ask_something(driver)
        await driver.until(lambda: "NOT SAVING" in driver.drawn())
        await driver.press("ctrl+q")
        await driver.until(lambda: isinstance(driver.app.screen, LeaveScreen))
        await driver.press("f1")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        (tmp_path / "file").unlink()
        await driver.until(lambda: not driver.history.unsaved)
        await driver.press("escape")
        await driver.until(lambda: "Everything is saved now; ctrl+q leaves." in driver.notes())
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        await driver.until(lambda: "NOT SAVING" not in driver.drawn())
        await driver.press("ctrl+q")
        await driver.until(lambda: driver.app.return_code == 0)


async def test_the_question_goes_while_it_is_looked_at(nowhere: Path, tmp_path: Path) -> None:
    async with driving(nowhere) as driver:
        driver.history._retrying._pause = driver.history._retrying._first = 0.05
        await ask_something(driver)
        await driver.press("ctrl+q")
        await driver.until(lambda: isinstance(driver.app.screen, LeaveScreen))
        (tmp_path / "file").unlink()
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert driver.app.return_code is None


@pytest.mark.parametrize(
    ("there", "hint"),
    [
        ("a folder", "Check the folder's rights and free space, or choose another file"),
        ("another file", "Choose another file with --history or SONDE_HISTORY."),
    ],
)
async def test_what_to_do_is_what_the_trouble_asks_for(
    tmp_path: Path, there: str, hint: str
) -> None:
    path = tmp_path / "history.json"
    if there == "a folder":
        path.mkdir()
    else:
        path.write_text("To whom it may concern.")
    async with driving(tmp_path) as driver:
        await ask_something(driver)
        await driver.press("ctrl+q")
        await driver.until(lambda: isinstance(driver.app.screen, LeaveScreen))
        told = " ".join(driver.drawn().replace("│", " ").split())
        assert hint in told
        assert "Make room" not in told


async def test_leaving_with_all_saved_asks_nothing(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("ctrl+q")
        await driver.until(lambda: driver.app.return_code is not None)
        assert driver.app.return_code == 0
