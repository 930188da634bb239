from __future__ import annotations

from pathlib import Path
from time import time

from sonde_tui.notices import Notice
from tests.tui.driving import driving


def test_a_message_whose_time_ended_has_a_moment_left_to_be_drawn() -> None:
    """A timer for less than no time runs for ever."""
    notice = Notice("gone", timeout=1, raised_at=time() - 1.01)
    assert notice.has_expired
    assert notice.time_left > 0
    fresh = Notice("new", timeout=60)
    assert not fresh.has_expired
    assert 50 < fresh.time_left <= 60


async def test_the_messages_of_the_app_are_such(tmp_path: Path) -> None:
    async with driving(tmp_path, toasts=True) as driver:
        driver.app.tab.tell("Told.")
        driver.app.tab.notify("Noted.", markup=False)
        await driver.until(lambda: len(list(driver.app._notifications)) == 2)
        assert all(isinstance(each, Notice) for each in driver.app._notifications)
        await driver.until(lambda: "Told." in driver.drawn() and "Noted." in driver.drawn())
