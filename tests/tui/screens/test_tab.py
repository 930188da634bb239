"""What every tab has in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from sonde_tui.widgets.rows.row_view import RowView
from tests.tui.driving import driving

TABS = ("socket", "listen", "history")


@pytest.mark.parametrize("name", TABS)
async def test_escape_leaves_a_field_for_where_letters_are_keys(tmp_path: Path, name: str) -> None:
    async with driving(tmp_path, tab=name) as driver:
        await driver.press("ctrl+l", "y", "1")
        assert driver.app.tab.id == name
        await driver.press("escape")
        assert isinstance(driver.app.focused, RowView)
        await driver.press("1")
        await driver.until(lambda: driver.app.tab.id == "http")


@pytest.mark.parametrize("name", TABS)
async def test_a_field_that_no_editor_can_have_is_told(tmp_path: Path, name: str) -> None:
    async with driving(tmp_path, tab=name) as driver:
        await driver.press("ctrl+l", "escape", "ctrl+o")
        await driver.until(lambda: "nothing to open in an editor" in driver.notes())
        await driver.press("ctrl+l", "ctrl+o")  # the tests' terminal cannot be handed over
        await driver.until(lambda: "cannot be handed to an editor" in driver.notes())


async def test_an_endpoint_starts_in_its_tab(tmp_path: Path) -> None:
    async with driving(tmp_path, endpoint="udp://localhost:9") as driver:
        assert driver.app.tab.id == "socket"
        assert driver.app.focused is driver.app.tab.query_one("#address")
