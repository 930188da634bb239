"""Filters with a name by keyboard, over a real file."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import OptionList

from sonde_core.entry_filter.saved import SavedFilters
from sonde_tui.screens.history import HistoryTab
from sonde_tui.screens.saved_filters import SavedFiltersScreen
from tests.histories import http, session
from tests.tui.driving import Driver, driving
from tests.tui.history_tab import fill


def saved(driver: Driver) -> SavedFilters:
    return SavedFilters.beside(driver.app.services.config.path)


async def opened(driver: Driver) -> SavedFiltersScreen:
    await driver.press("ctrl+s")
    await driver.until(lambda: isinstance(driver.app.screen, SavedFiltersScreen))
    screen = driver.app.screen
    assert isinstance(screen, SavedFiltersScreen)
    return screen


def note(screen: SavedFiltersScreen) -> str:
    return str(screen.query_one("#note").render())


def offered(screen: SavedFiltersScreen) -> list[str]:
    options = screen.query_one(OptionList)
    return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]


async def test_a_filter_is_kept_chosen_renamed_and_deleted(tmp_path: Path) -> None:
    await fill(tmp_path, http(), session())
    async with driving(tmp_path, tab="history") as driver:
        tab = driver.app.tab
        assert isinstance(tab, HistoryTab)
        await driver.press("f")
        await driver.type("kind:tcp")
        screen = await opened(driver)
        await driver.press("ctrl+s", *"raw", "enter")
        await driver.until(lambda: saved(driver).read() == {"raw": "kind:tcp"})
        await driver.until(lambda: len(offered(screen)) == 1)
        await driver.press("ctrl+n", *"2", "enter")
        await driver.until(lambda: saved(driver).read() == {"raw2": "kind:tcp"})
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is not screen)
        tab.filter.clear()
        screen = await opened(driver)
        await driver.until(lambda: offered(screen)[:1] and "raw2" in offered(screen)[0])
        await driver.press("enter")
        await driver.until(lambda: tab.filter.value == "kind:tcp")
        await driver.until(lambda: driver.app.focused is tab.rows)
        screen = await opened(driver)
        await driver.until(lambda: len(offered(screen)) == 1)
        await driver.press("delete")
        await driver.until(lambda: saved(driver).read() == {})
        await driver.until(lambda: "F9 puts it back" in note(screen))
        await driver.press("f9")
        await driver.until(lambda: saved(driver).read() == {"raw2": "kind:tcp"})


async def test_a_file_that_is_not_understood_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        path = saved(driver).path
        path.write_text("a = [/", "utf-8")
        screen = await opened(driver)
        await driver.until(lambda: "were not read" in note(screen))
        await driver.press("ctrl+s")
        await driver.until(lambda: "no filter to keep" in note(screen))
        assert offered(screen) == []
        assert path.read_text() == "a = [/"


async def test_a_filter_that_cannot_be_read_is_not_kept_and_why_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await driver.press("f")
        await driver.type("(kind:tcp")
        screen = await opened(driver)
        await driver.press("ctrl+s")
        await driver.until(lambda: "'(kind:tcp' is no filter to keep: " in note(screen))
        assert "parenthesis is not closed. Add a )" in note(screen)
        assert driver.app.screen is screen
        await driver.press("escape")
        await driver.press(")")
        screen = await opened(driver)
        await driver.press("ctrl+s", "a", "enter")
        await driver.until(lambda: saved(driver).read() == {"a": "(kind:tcp)"})


async def test_typing_narrows_what_is_offered(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        kept = saved(driver)
        for name, text in (("slow", "time>1s"), ("failed [/]", "outcome:failed")):
            kept.keep(name, text)
        screen = await opened(driver)
        await driver.until(lambda: len(offered(screen)) == 2)
        await driver.press(*"fail")
        await driver.until(lambda: len(offered(screen)) == 1)
        assert "failed [/]" in offered(screen)[0]
