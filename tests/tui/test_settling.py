"""What the app does by itself once it is seen."""

from __future__ import annotations

from pathlib import Path

from sonde_core.history.history import History
from sonde_core.settings import Keep, Limits
from tests.histories import http
from tests.tui.driving import driving


async def test_a_start_keeps_the_history_within_its_limits_and_tells_so(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    history.open()
    ids = [(await history.add(http(number))).id for number in range(30)]
    await history.close()
    limits = Limits(keep=Keep(max_entries=20))
    async with driving(tmp_path, limits=limits) as driver:
        await driver.until(lambda: "10 entries went" in driver.notes())
        await driver.until(lambda: len(driver.history.summaries()) == 20)
        assert driver.history.summaries()[-1].id == ids[10]
        await driver.history.add(http(1))
        await driver.until(lambda: "1 entry went" in driver.notes())
        assert len(driver.history.summaries()) == 20
