from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sonde_core.payload import escape
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.performing import PerformingScreen
from sonde_tui.screens.step_result import StepResultScreen
from sonde_tui.screens.steps import StepsScreen
from sonde_tui.widgets.rows.line_view import LineView
from tests.patience import PATIENCE
from tests.peers import Peer, echo
from tests.tui.driving import Driver, driving
from tests.tui.screens.test_steps import record
from tests.web_sockets import echo_server


@dataclass
class Other:
    """Echoes to its first client; later ones get another second answer, or none while it waits."""

    silent: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, peer: Peer, client: socket.socket) -> None:
        first, number = peer.clients == 1, 0
        while data := client.recv(100):
            number += 1
            if not first and number == 2:
                if self.silent:
                    self.go_on.wait(PATIENCE)
                data = data.upper()
            client.sendall(data)


def screen(driver: Driver) -> PerformingScreen:
    found = driver.app.screen
    assert isinstance(found, PerformingScreen)
    return found


def table(driver: Driver) -> list[str]:
    return driver.rows(screen(driver).query_one("#table", LineView))


def told(driver: Driver) -> str:
    return str(screen(driver).query_one("#told").render())


def where(driver: Driver, what: str) -> str:
    return str(driver.app.screen.query_one(what).render())


async def open_steps(driver: Driver) -> None:
    await driver.until(lambda: driver.app.tab.entry)
    await driver.press("E")
    await driver.until(lambda: isinstance(driver.app.screen, StepsScreen))
    await driver.until(lambda: "ctrl+j performs" in driver.drawn())


async def perform(driver: Driver) -> None:
    await driver.press("ctrl+j")
    await driver.until(lambda: isinstance(driver.app.screen, PerformingScreen))


@pytest.mark.parametrize("said", [b"[/]\n", b"[bold]one[/bold]\n"])
async def test_brackets_in_a_step_are_only_text(tmp_path: Path, said: bytes) -> None:
    with Peer(echo) as peer:
        await record(tmp_path, peer.address, said)
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            await perform(driver)
            await driver.until(lambda: "steps as expected" in told(driver))
            await driver.press("home", "enter")
            await driver.until(lambda: isinstance(driver.app.screen, StepResultScreen))
            title = str(driver.app.screen.query(".title").first().render())
            assert escape(said) in title


async def test_a_token_in_the_address_is_masked_until_it_is_asked_for(tmp_path: Path) -> None:
    with echo_server() as url:
        await record(tmp_path, f"{url}/?token=s3cret", b"one")
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            assert where(driver, "#title") == f"Steps of {url}/?token=***"
            await perform(driver)
            await driver.until(lambda: "steps as expected" in told(driver))
            assert where(driver, "#where") == f"{url}/?token=*** · fast"
            await driver.press("escape", "escape", "ctrl+g")
            await open_steps(driver)
            assert where(driver, "#title") == f"Steps of {url}/?token=s3cret"
            await perform(driver)
            assert where(driver, "#where") == f"{url}/?token=s3cret · fast"
            await driver.until(lambda: "steps as expected" in told(driver))
            await driver.press("ctrl+g")
            assert where(driver, "#where") == f"{url}/?token=*** · fast"


async def test_the_open_session_is_named_without_its_token(tmp_path: Path) -> None:
    with echo_server() as url:
        address = f"{url}/?sig=s3"  # short enough to be shown
        await record(tmp_path, address, b"one")
        async with driving(tmp_path, endpoint=address) as driver:
            await driver.press("enter")
            await driver.until(lambda: "open" in driver.status())
            await driver.app.show("history")
            await open_steps(driver)
            assert where(driver, ".open") == f"({url}/?sig=*** is open)"


async def test_each_step_has_its_sign_and_enter_shows_both_sides(tmp_path: Path) -> None:
    with Peer(Other()) as peer:
        await record(tmp_path, peer.address, b"one\n", b"two\n")
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            await perform(driver)
            await driver.until(lambda: "1 differs" in told(driver))
            assert [row[0] for row in table(driver)[:4]] == ["=", "=", "=", "≠"]
            await driver.press("home", "down", "down", "down", "enter")
            await driver.until(lambda: isinstance(driver.app.screen, StepResultScreen))
            await driver.until(lambda: "▶ two\\n" in driver.drawn())
            assert "▶ TWO\\n" in driver.drawn()
            assert "54 57 4f 0a" in driver.drawn()
            await driver.press("y")
            await driver.until(lambda: driver.copies)
            await driver.press("escape", "d")
            await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
            await driver.until(lambda: "+ TWO" in driver.drawn())


async def test_while_it_is_performed_the_step_waits_and_escape_stops_it(tmp_path: Path) -> None:
    other = Other(silent=True)
    with Peer(other) as peer:
        await record(tmp_path, peer.address, b"one\n", b"two\n")
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            await perform(driver)
            await driver.until(lambda: any("waiting" in row for row in table(driver)[3:4]))
            await driver.until(lambda: "step 4 of" in told(driver))
            assert table(driver)[3].startswith("…")
            await driver.press("escape")
            await driver.until(lambda: "stopped after 3 of" in told(driver))
            assert told(driver).endswith("3 as expected")
            assert [row[0] for row in table(driver)][:5] == ["=", "=", "=", "■", "○"]
            assert not any(row.startswith("…") for row in table(driver))
            await driver.until(lambda: len(driver.history.summaries()) == 2)
            other.go_on.set()
            await driver.press("escape")
            await driver.until(lambda: isinstance(driver.app.screen, StepsScreen))


async def test_stopping_is_said_and_what_was_not_done_is_not_counted_as_odd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    say = PerformingScreen._say

    def hear(self: PerformingScreen, text: str) -> None:
        said.append(text)
        say(self, text)

    monkeypatch.setattr(PerformingScreen, "_say", hear)
    other = Other(silent=True)
    with Peer(other) as peer:
        await record(tmp_path, peer.address, b"one\n", b"two\n")
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            await perform(driver)
            await driver.until(lambda: "step 4 of" in told(driver))
            await driver.press("escape")
            await driver.until(lambda: "stopped after 3 of" in told(driver))
            assert not screen(driver)._work.odd
            other.go_on.set()
    stopping = [text for text in said if text.startswith("stopping… · step 4 of")]
    assert stopping
    assert all(text.endswith("escape goes back") for text in stopping)
    assert not any("not as expected" in text for text in said)


async def test_several_times_have_a_row_each_with_their_steps_and_entry(tmp_path: Path) -> None:
    with Peer(Other()) as peer:
        await record(tmp_path, peer.address, b"one\n", b"two\n")
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            field = driver.app.screen.query_one("#times")
            field.focus()
            await driver.press("backspace", "3")
            await perform(driver)
            await driver.until(lambda: "0 of 3 the same" in told(driver))
            assert "median" in told(driver)
            rounds = screen(driver).query_one("#rounds", LineView)
            assert [row[0] for row in driver.rows(rounds)] == ["≠"] * 3
            assert rounds.cursor_row == 2  # it went on with the newest
            rounds.focus()
            await driver.press("home")
            await driver.until(lambda: rounds.cursor_row == 0)
            await driver.until(lambda: any(row.startswith("≠") for row in table(driver)[3:4]))
            ids = [summary.id for summary in driver.history.summaries()]
            assert len(ids) == 4
            await driver.press("o")
            await driver.until(lambda: len(driver.app.screen_stack) == 1)
            await driver.until(lambda: driver.app.tab.entry_id == ids[2])


async def test_what_cannot_be_performed_says_why(tmp_path: Path) -> None:
    with Peer(Other()) as peer:
        await record(tmp_path, peer.address, b"one\n")
    async with driving(tmp_path, tab="history") as driver:
        await open_steps(driver)
        await perform(driver)
        await driver.until(lambda: "0 of" in told(driver))
        assert "efused" in told(driver)
        assert "skipped" in table(driver)[0]


async def test_it_is_performed_again(tmp_path: Path) -> None:
    with Peer(Other()) as peer:
        await record(tmp_path, peer.address, b"one\n")
        async with driving(tmp_path, tab="history") as driver:
            await open_steps(driver)
            await perform(driver)
            await driver.until(lambda: "steps as expected" in told(driver))
            await driver.press("ctrl+j")
            await driver.until(lambda: peer.clients == 3)
            await driver.until(lambda: len(driver.history.summaries()) == 3)
            await driver.until(lambda: "steps as expected" in told(driver))
            await driver.press("y")
            await driver.until(lambda: driver.copies)
            assert driver.copies[0].startswith(b"=   1  send")
