"""What the palette and the help offer, in the real app."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.widgets import Input

from sonde_core.comparing.ignore_file import IgnoreFile
from sonde_core.comparing.ignoring import IgnoreRule
from sonde_tui import commands
from sonde_tui.screens.help import HelpScreen
from sonde_tui.screens.save import SaveScreen
from tests.tui.driving import Driver, driving


def is_shown(driver: Driver, name: str) -> bool:
    return driver.app.tab.id == name


async def test_the_palette_has_each_key_that_works_and_what_has_none(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        found = {command.title: command for command in commands.of(driver.app, driver.app.screen)}
        for title in ("Send", "Replay", "Copy as…", "Show secrets", "Next tab", "Quit"):
            assert title in found
        assert "ctrl+r" in found["Replay"].help.lower() or "^r" in found["Replay"].help
        assert "Start the practice server" in found


async def test_an_action_is_run_from_the_palette(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("ctrl+p")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.press(*"history")
        await driver.until(lambda: "History" in driver.drawn())
        await driver.press("enter", "enter")
        await driver.until(lambda: driver.app.tab.id == "history")


async def test_a_picture_of_the_screen_is_saved_where_one_says(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        taken = tmp_path / "sonde.svg"
        taken.write_text("mine")
        await driver.press("ctrl+p")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.type("screenshot")
        await driver.until(lambda: "save the screen as a picture" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
        await driver.press("ctrl+u")
        await driver.type(str(taken))
        await driver.press("enter")
        await driver.until(lambda: "Overwrite" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: "saved to" in driver.notes())
        assert taken.read_text() == "mine"
        picture = (tmp_path / "sonde-2.svg").read_text()
        assert picture.startswith("<svg")
        assert "History" in picture
        assert "palette" in picture
        assert "save&#160;the&#160;screen" not in picture


async def test_the_rules_of_comparisons_are_looked_at_from_anywhere(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        rules = IgnoreFile.beside(driver.app.services.config.path)
        rules.add(IgnoreRule("header:etag"))
        await driver.press("ctrl+p")
        await driver.until(lambda: driver.app.screen.query(Input))
        await driver.type("rules of comp")
        await driver.until(lambda: "Rules of comparisons" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: "header:etag · everywhere" in driver.drawn())
        await driver.press("delete")
        await driver.until(lambda: "header:etag" not in driver.drawn())
        assert not rules.read().rules
        await driver.press("escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)


async def test_help_lists_the_keys_of_where_the_person_is(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("f1")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        await driver.until(lambda: "Next method" in driver.drawn())
        assert "Half-close" not in driver.drawn()
        await driver.press("escape", "f3")
        await driver.until(lambda: driver.app.tab.id == "socket")
        await driver.press("f1")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        rows = dict(commands.helped(driver.app))
        assert rows
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, HelpScreen))


async def test_keys_can_be_changed_by_action_id(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        driver.app.set_keymap({"tab.history": "f12"})
        await driver.press("f12")
        await driver.until(lambda: driver.app.tab.id == "history")


async def test_tabs_by_keys_and_in_turn(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        for key, name in (("f3", "socket"), ("f4", "listen"), ("f5", "history"), ("f2", "http")):
            await driver.press(key)
            await driver.until(partial(is_shown, driver, name))
        await driver.press("ctrl+t")
        await driver.until(lambda: driver.app.tab.id == "socket")
        await driver.press("escape", "4")
        await driver.until(lambda: driver.app.tab.id == "history")


async def test_the_practice_server_is_started_and_its_sample_loaded(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        driver.app.action_practice()
        await driver.until(lambda: "/anything/hello" in driver.drawn())
        await driver.press("ctrl+j")
        await driver.until(lambda: "200 OK" in driver.drawn())
        places = commands.helped(driver.app)["Practice server"]
        assert dict(places)["TCP echo"].startswith("tcp://127.0.0.1:")


async def test_secrets_are_shown_until_they_are_masked_again(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("ctrl+g")
        assert driver.app.services.reveal
        await driver.press("ctrl+g")
        assert not driver.app.services.reveal
