from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.config import read
from sonde_tui import theming
from tests.tui.driving import driving


async def test_the_theme_that_was_chosen_is_there_again(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        path = driver.app.services.config.path
        driver.app.theme = "nord"
        await driver.until(lambda: read(path).theme == "nord")
    async with driving(tmp_path) as driver:
        driver.app.services.config = read(path)
        theming.take(driver.app)
        assert driver.app.theme == "nord"


@pytest.mark.parametrize("name", ["", "no such theme [/]"])
async def test_a_theme_that_is_not_there_changes_nothing(tmp_path: Path, name: str) -> None:
    async with driving(tmp_path) as driver:
        before = driver.app.theme
        driver.app.services.config.theme = name
        theming.take(driver.app)
        assert driver.app.theme == before


async def test_a_theme_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    async with driving(tmp_path) as driver:
        driver.app.theme = "nord"
        await driver.until(lambda: "could not be kept" in driver.notes())
