"""The dialog that asks for a command; what becomes of it stands in `test_handing_over`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.outlets.saving import Content, pieces_of
from sonde_tui.screens.pipe import OBEYED, Piped, PipeScreen
from tests.tui.driving import Driver, driving

PLAIN = Content("body as received", pieces_of(b"plain"), "a.txt", 5)
RED = Content("body, as shown", pieces_of(b"\x1b[31mred"), "a.txt", 8, "It is not whole.")


@pytest.fixture(autouse=True)
def pager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "less")
    monkeypatch.delenv("LESS", raising=False)


async def ask(driver: Driver, told: list[Piped | None], *contents: Content) -> PipeScreen:
    screen = PipeScreen(contents, driver.app.services)
    driver.app.push_screen(screen, told.append)
    await driver.until(lambda: screen.is_current and screen.field.has_focus)
    return screen


def note(screen: PipeScreen) -> str:
    return str(screen.query_one("#note").render())


async def test_the_pager_is_offered_for_the_form_that_is_chosen(tmp_path: Path) -> None:
    told: list[Piped | None] = []
    async with driving(tmp_path) as driver:
        screen = await ask(driver, told, PLAIN, RED)
        assert screen.field.value == "less"
        await driver.press("up", "tab", "tab", "shift+tab", "tab", "enter")
        await driver.until(lambda: told)
    assert told == [Piped("less", RED)]


async def test_earlier_commands_are_brought_back_by_the_arrows(tmp_path: Path) -> None:
    told: list[Piped | None] = []
    async with driving(tmp_path) as driver:
        for number, command in enumerate(["wc", "od", "wc"]):
            screen = await ask(driver, told, PLAIN)
            assert screen.field.value == "less"
            await driver.press(*command, "enter")
            while len(told) <= number:
                await driver.pilot.pause()
        screen = await ask(driver, told, PLAIN)
        seen = []
        for key in ("end", "x", "up", "up", "up", "down", "down", "down"):
            await driver.press(key)
            seen.append(screen.field.value)
        assert seen == ["less", "lessx", "wc", "od", "od", "wc", "lessx", "lessx"]


async def test_an_earlier_command_is_gone_on_with(tmp_path: Path) -> None:
    told: list[Piped | None] = []
    async with driving(tmp_path) as driver:
        driver.app.services.commands.append("wc")
        await ask(driver, told, PLAIN)
        await driver.press("up", "space", "-", "c", "enter")
        await driver.until(lambda: told)
    assert told == [Piped("wc -c", PLAIN)]


async def test_what_the_terminal_would_obey_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        screen = await ask(driver, [], PLAIN, RED)
        await driver.press("tab")
        await driver.until(lambda: "not whole" in note(screen))
        await driver.press(*"cat")
        await driver.until(lambda: OBEYED in note(screen))
        await driver.press("ctrl+u", *"less")
        await driver.until(lambda: OBEYED not in note(screen))


async def test_no_command_is_no_answer(tmp_path: Path) -> None:
    told: list[Piped | None] = []
    async with driving(tmp_path) as driver:
        screen = await ask(driver, told, PLAIN)
        await driver.press("ctrl+u", "enter")
        await driver.until(lambda: "no command" in note(screen))
        await driver.until(lambda: all(each.is_finished for each in screen.workers))
        assert "no command" in note(screen)
        await driver.press("escape")
        await driver.until(lambda: told == [None])


async def test_leaving_while_the_bytes_are_looked_at_is_fine(tmp_path: Path) -> None:
    told: list[Piped | None] = []
    async with driving(tmp_path) as driver:
        await ask(driver, told, RED)
        await driver.press("x", "enter")
        await driver.until(lambda: told)
        await driver.app.workers.wait_for_complete()
        await driver.press("escape")
