from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.history.history import History
from sonde_core.model import Chunk, Direction, Exchange
from sonde_core.session_request import SessionRequest
from sonde_tui.screens.listener import ListenTab
from sonde_tui.screens.steps import StepsScreen
from tests.histories import http
from tests.peers import Peer, echo
from tests.tui.driving import Driver, driving


def session(role: str) -> Exchange:
    timeline = (Chunk(0.1, Direction.SENT, b"hello\n"), Chunk(0.2, Direction.RECEIVED, b"hi\n"))
    request = SessionRequest("tcp://127.0.0.1:9")
    exchange = replace(http(), request=request, kind="tcp", response=None, timeline=timeline)
    return replace(exchange, role="server") if role == "server" else exchange


async def keep(folder: Path, exchange: Exchange) -> None:
    history = History(folder / "history.json")
    history.open()
    await history.add(exchange)


async def press_on_the_row(driver: Driver) -> None:
    await driver.until(lambda: driver.app.tab.entry)
    await driver.press("E")


async def test_a_session_opens_with_its_steps(tmp_path: Path) -> None:
    await keep(tmp_path, session("client"))
    async with driving(tmp_path, tab="history") as driver:
        await press_on_the_row(driver)
        await driver.until(lambda: isinstance(driver.app.screen, StepsScreen))
        await driver.until(lambda: 'send "hello\\n"' in driver.drawn())


async def test_what_a_client_of_ours_said_is_offered_to_be_played(tmp_path: Path) -> None:
    await keep(tmp_path, session("server"))
    async with driving(tmp_path, tab="history") as driver:
        await press_on_the_row(driver)
        await driver.until(lambda: isinstance(driver.app.tab, ListenTab))
        await driver.until(lambda: "plays our side" in driver.notes())


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (http, "V opens it as a raw session"),
        (lambda: replace(session("client"), kind="listen"), "A listener has no steps"),
    ],
)
async def test_what_has_no_steps_says_so(
    tmp_path: Path, make: Callable[[], Exchange], told: str
) -> None:
    await keep(tmp_path, make())
    async with driving(tmp_path, tab="history") as driver:
        await press_on_the_row(driver)
        await driver.until(lambda: told in driver.notes())
        assert len(driver.app.screen_stack) == 1


async def test_a_session_that_is_open_shows_what_it_did_so_far(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, tab="socket") as driver:
            await driver.type(peer.address)
            await driver.press("enter")
            await driver.until(lambda: "open" in driver.status())
            await driver.type("one")
            await driver.press("enter")
            await driver.until(lambda: "4 B received" in driver.status())
            await driver.press("escape", "E")
            await driver.until(lambda: isinstance(driver.app.screen, StepsScreen))
            await driver.until(lambda: 'send "one\\n"' in driver.drawn())
            assert "the open one" not in driver.drawn()
            assert "is open)" in driver.drawn()
