"""The help by keyboard, in the real app."""

from __future__ import annotations

from pathlib import Path

from textual.containers import VerticalScroll
from textual.widgets import Static

from sonde_core.session_request import SessionRequest
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.help import HelpScreen
from tests.histories import session
from tests.tui.driving import Driver, driving


async def helped(driver: Driver) -> list[str]:
    """Ask for help; return its lines."""
    await driver.press("f1")
    await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
    text = driver.app.screen.query_one(VerticalScroll).query_one(Static)
    await driver.until(lambda: text.size.height)
    return str(text.render()).splitlines()


async def test_our_keys_come_before_those_of_every_text_field(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="socket") as driver:
        await driver.press("ctrl+l")
        lines = await helped(driver)
        assert lines[0] == "Keys that work here"
        ours, theirs = lines.index("Keys that work here"), lines.index("Moving and editing")
        words = lines.index("Words")
        assert ours < theirs < words
        cursor = next(row for row, text in enumerate(lines) if "Move cursor left" in text)
        send = next(row for row, text in enumerate(lines) if text.endswith(" Send"))
        assert ours < send < theirs < cursor < words


async def test_it_fits_80_columns(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        lines = await helped(driver)
        room = driver.app.screen.query_one(VerticalScroll).scrollable_content_region.width
        assert max(len(text) for text in lines) <= room
        assert "Keys that work here" in driver.drawn()
        await driver.press(*["j"] * 60)
        await driver.until(lambda: "failed ones too" in driver.drawn())


async def test_help_works_in_a_dialog_and_leads_back_to_it(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        exchange = session()
        assert isinstance(exchange.request, SessionRequest)
        entry = await driver.history.add(exchange)
        driver.app.push_screen(DifferenceScreen.of_entries(driver.app.services, entry.id, entry.id))
        await driver.until(lambda: "Same: done" in driver.drawn())
        assert "F1 Help" in driver.drawn()
        lines = await helped(driver)
        assert any(text.endswith(" Copy") for text in lines)
        await driver.press("f1")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
