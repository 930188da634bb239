"""One entry repeated by keyboard, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.http_request import Field, HttpRequest
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.repeat import RepeatScreen
from sonde_tui.screens.repetition import RepetitionScreen
from tests.peers import Peer, echo, throwaway_tls
from tests.tui.driving import Driver, driving
from tests.web import WebHandler, serving


@pytest.fixture
def url() -> Iterator[str]:
    counts = iter(range(1, 1_000_000))

    class Answering(WebHandler):
        def do_GET(self) -> None:
            text = f"answer {next(counts) // 2}"  # each two are the same
            self.answer(text)

    with serving(Answering) as found:
        yield found


def screen(driver: Driver) -> RepetitionScreen:
    found = driver.app.screen
    assert isinstance(found, RepetitionScreen)
    return found


def told(driver: Driver) -> str:
    return str(screen(driver).query_one("#told").render())


async def ask(driver: Driver, url: str, *, every: str = "", times: str = "") -> None:
    """Record one exchange, and have it repeated."""
    exchanger = driver.app.services.exchanger
    await exchanger.run(exchanger.call(HttpRequest(url=url)))
    await driver.until(lambda: driver.app.tab.entry_id)
    await driver.press("R")
    await driver.until(lambda: isinstance(driver.app.screen, RepeatScreen))
    if times:
        await driver.type(times)
    else:
        await driver.press("delete")
    await driver.press("tab")
    await driver.type(every)
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, RepetitionScreen))


async def test_it_may_be_repeated_at_another_server(tmp_path: Path, url: str) -> None:
    seen: list[tuple[str, str | None]] = []

    class Other(WebHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("Authorization")))
            self.send_response(204)
            self.end_headers()

    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        exchanger = driver.app.services.exchanger
        request = HttpRequest(url=f"{url}/a", headers=(Field("Authorization", "Bearer hush"),))
        await exchanger.run(exchanger.call(request))
        await driver.until(lambda: driver.app.tab.entry_id)
        await driver.press("R")
        await driver.until(lambda: isinstance(driver.app.screen, RepeatScreen))
        await driver.press("tab", "tab")
        await driver.type("gopher://x")
        await driver.press("enter")
        await driver.until(lambda: "Unknown scheme" in driver.drawn())
        with serving(Other) as there:
            await driver.press("home", "shift+end", "delete")
            await driver.type(f"{there}/v2")
            await driver.press("enter")
            await driver.until(lambda: isinstance(driver.app.screen, RepetitionScreen))
            await driver.until(lambda: told(driver).startswith("0 of 10 the same"))
            await driver.until(lambda: "to another origin: Authorization" in driver.notes())
        assert seen == [("/v2/a", None)] * 10
        assert f"at {there}/v2" in driver.drawn()


async def test_a_certificate_may_go_unverified(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        exchanger = driver.app.services.exchanger
        await exchanger.run(exchanger.call(HttpRequest(url=f"{url}/a")))
        await driver.until(lambda: driver.app.tab.entry_id)
        with throwaway_tls() as (tls, _), Peer(echo, tls=tls) as peer:
            await driver.press("R")
            await driver.until(lambda: isinstance(driver.app.screen, RepeatScreen))
            await driver.press("tab", "tab")
            await driver.type(peer.address.replace("tls:", "https:"))
            await driver.press("tab", "tab", "left", "ctrl+j")
            await driver.until(lambda: isinstance(driver.app.screen, RepetitionScreen))
            await driver.until(lambda: "verify TLS no" in driver.drawn())
            await driver.until(lambda: told(driver).startswith("0 of 10 the same"))
            assert peer.clients == 10
            assert peer.heard.startswith(b"GET /a ")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_times_and_changes_are_told(tmp_path: Path, url: str, size: tuple[int, int]) -> None:
    async with driving(tmp_path, tab="history", size=size) as driver:
        await ask(driver, url, times="6")
        await driver.until(lambda: told(driver).startswith("0 of 6 the same"))
        assert "changed from one to the next" in told(driver)
        await driver.until(lambda: "█" in driver.drawn())
        drawn = driver.drawn()
        assert "median" in drawn
        assert "p95" in drawn
        rows = driver.rows(screen(driver).laps)
        assert len(rows) == 6
        assert sum("body" in row for row in rows) == 3  # the first one tells of the entry
        assert sum("as time " in row for row in rows) == 3
        await driver.press("k", "d")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        await driver.press("escape", "y")
        await driver.until(lambda: driver.copies)
        assert b"median" in driver.copies[0]
        await driver.press("escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert len(driver.history.summaries()) == 7


async def test_it_goes_on_until_escape(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await ask(driver, url, every="0.01")
        await driver.until(lambda: screen(driver).work.done >= 3)
        await driver.press("escape")
        await driver.until(lambda: told(driver).endswith("stopped"))
        done = screen(driver).work.done
        await driver.press("o")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert len(driver.history.summaries()) == done + 1
