from __future__ import annotations

import asyncio
from pathlib import Path

from sonde_core.http_request import HttpRequest
from sonde_core.listen_request import ListenRequest
from sonde_tui.screens.history import HistoryTab
from sonde_tui.screens.replay_plan import ReplayPlanScreen
from tests.tui.driving import Driver, driving
from tests.web import WebHandler, serving


class Answering(WebHandler):
    def do_GET(self) -> None:
        self.answer("always")


async def visited(driver: Driver) -> None:
    """Record a client of a listener."""
    exchanger = driver.app.services.exchanger
    listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:0"))
    await listener.start()
    _, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
    seen = -1
    while not listener.sessions:
        seen = await listener.changed(seen)
    writer.close()
    await listener.close()
    await exchanger.recorded(listener.sessions[0])


async def listed(driver: Driver, number: int) -> None:
    tab = driver.app.tab
    assert isinstance(tab, HistoryTab)
    await driver.until(lambda: len(tab.listed) == number)


async def test_clients_of_a_listener_are_left_out_of_what_is_listed(tmp_path: Path) -> None:
    with serving(Answering) as url:
        async with driving(tmp_path, tab="history") as driver:
            await visited(driver)
            await listed(driver, 1)
            await driver.press("M")
            await driver.until(lambda: "Only their clients" in driver.notes())
            exchanger = driver.app.services.exchanger
            await exchanger.run(exchanger.call(HttpRequest(url=url)))
            await listed(driver, 2)
            await driver.press("M")
            await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
            assert "Replay 1 entry" in driver.drawn()
            told = " ".join(driver.drawn().replace("│", " ").split())
            assert "Left out: 1 session" in told, driver.drawn()
