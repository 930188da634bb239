from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from sonde_core.config import Config
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_tui.screens.listen_options import ListenOptionsScreen
from sonde_tui.screens.listener import ListenTab
from sonde_tui.services import Services
from tests.tui.driving import Driver, driving


async def test_values_are_read_anew(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    services = Services(Exchanger(history), history, Config(tmp_path / "config.toml"))
    assert await services.names() == {}
    (tmp_path / "environments.toml").write_text("[default]\nuser = 'ann'\n")
    assert await services.names() == {"user": b"ann"}
    await history.close()


async def test_what_a_listener_answers_may_name_them(tmp_path: Path) -> None:
    (tmp_path / "environments.toml").write_text("[default]\nuser = 'ann'\n")
    async with driving(tmp_path, tab="listen") as driver:
        tab = driver.app.tab
        assert isinstance(tab, ListenTab)
        await write_rules(driver, "who={{user}} {{nobody}}")
        await driver.until(lambda: "{{nobody}}" in told(driver))
        assert "{{user}}" not in told(driver)
        await driver.press(*["backspace"] * len(" {{nobody}}"))
        await driver.press("ctrl+j")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        await driver.press("ctrl+l")
        await driver.type("tcp://127.0.0.1:0")
        await driver.press("enter")
        await driver.until(lambda: tab.is_listening)
        listener = tab._listener
        assert listener is not None
        answer = await asyncio.to_thread(ask, listener.bound.port)
        assert answer == b"ann"


async def write_rules(driver: Driver, text: str) -> None:
    await driver.press("escape", "O")
    await driver.until(lambda: isinstance(driver.app.screen, ListenOptionsScreen))
    screen = driver.app.screen
    assert isinstance(screen, ListenOptionsScreen)
    await driver.until(lambda: screen.focused)
    while screen.plan.manner != "rules":
        await driver.press("space")
    await driver.until(lambda: screen.query_one("#of-rules").size)
    await driver.press("tab")
    await driver.type(text)


def told(driver: Driver) -> str:
    return str(driver.app.screen.query_one("#options-note").render())


def ask(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"who\n")
        return client.recv(100)
