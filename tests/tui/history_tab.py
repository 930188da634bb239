"""What tests of the History tab share: a file that is there before, and what the tab shows."""

from __future__ import annotations

from pathlib import Path

from sonde_core.history.history import History
from sonde_core.model import Exchange
from sonde_tui.screens.history import HistoryTab
from tests.tui.driving import Driver


def tab(driver: Driver) -> HistoryTab:
    assert isinstance(driver.app.tab, HistoryTab)
    return driver.app.tab


def listed(driver: Driver) -> list[str]:
    return driver.rows(tab(driver).rows)


def counts(driver: Driver) -> str:
    return str(tab(driver).query_one("#counts").render())


async def fill(folder: Path, *exchanges: Exchange) -> list[str]:
    """Write a history as another process would; return the ids, oldest first."""
    history = History(folder / "history.json")
    history.open()
    ids = [(await history.add(exchange)).id for exchange in exchanges]
    await history.close()
    return ids
