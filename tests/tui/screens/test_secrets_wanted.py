from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.http_request import Field, HttpRequest, RequestBody
from sonde_core.scrubbing.scrubber import Scrubber
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.secrets_wanted import SecretsScreen
from sonde_tui.widgets.line_input import LineInput
from tests.tui.driving import Driver, driving
from tests.web import WebHandler, serving


class Asked(list[tuple[str, bytes]]):
    """What a server was asked: Authorization and body."""

    url = ""


@pytest.fixture
def web() -> Iterator[Asked]:
    """Run a server that keeps what it is asked."""
    asked = Asked()

    class Answering(WebHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.headers["Authorization"], body))
            self.answer(b"ok")

    with serving(Answering) as asked.url:
        yield asked


async def replay_one(driver: Driver, url: str) -> None:
    """Record a request with two secrets, without them, and replay it from the list."""
    driver.history.strip = Scrubber().scrub
    request = HttpRequest(
        "POST",
        url,
        headers=(Field("Authorization", "Bearer token-token"),),
        body=RequestBody("json", text='{"password": "word-word"}'),
    )
    exchanger = driver.app.services.exchanger
    await exchanger.run(exchanger.call(request))
    await driver.app.show("history")
    await driver.until(lambda: "POST" in driver.drawn())
    await driver.press("r")


def focused(driver: Driver) -> LineInput | None:
    screen = driver.app.screen
    return screen.focused if isinstance(screen.focused, LineInput) else None


async def test_a_replay_asks_for_what_was_not_recorded(tmp_path: Path, web: Asked) -> None:
    async with driving(tmp_path) as driver:
        await replay_one(driver, web.url)
        await driver.until(lambda: isinstance(driver.app.screen, SecretsScreen))
        await driver.until(lambda: "Authorization" in driver.drawn())
        assert "password" in driver.drawn()
        first = focused(driver)
        await driver.type("token-other")
        await driver.press("ctrl+j")  # goes on to the one that is empty
        await driver.until(lambda: focused(driver) is not first)
        await driver.type("word-other")
        await driver.until(lambda: (field := focused(driver)) and field.value == "word-other")
        assert "word-other" not in driver.drawn()
        await driver.press("enter")
        await driver.until(lambda: len(web) == 2)
        assert web[1] == ("Bearer token-other", b'{"password": "word-other"}')
        await driver.until(lambda: len(driver.history.summaries()) == 2)
        data = driver.history.path.read_bytes()
        assert b"token-" not in data
        assert b"word-" not in data


async def test_it_asks_once_until_it_is_told_to_forget(tmp_path: Path, web: Asked) -> None:
    async with driving(tmp_path) as driver:
        await replay_one(driver, web.url)
        await driver.until(lambda: isinstance(driver.app.screen, SecretsScreen))
        for field in driver.app.screen.query(LineInput):
            field.value = "told-told"
        await driver.press("enter")
        await driver.until(lambda: len(web) == 2)
        await driver.press("escape", "r")
        await driver.until(lambda: len(web) == 3)
        await driver.press("escape")
        commands = {each.title: each for each in driver.app.get_system_commands(driver.app.screen)}
        commands["Forget secrets"].callback()
        await driver.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, SecretsScreen))
        await driver.press("escape")


async def test_who_tells_nothing_sends_nothing(tmp_path: Path, web: Asked) -> None:
    async with driving(tmp_path) as driver:
        await replay_one(driver, web.url)
        await driver.until(lambda: isinstance(driver.app.screen, SecretsScreen))
        await driver.press("ctrl+g")
        assert not any(field.password for field in driver.app.screen.query(LineInput))
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        await driver.until(lambda: "without its secrets" in driver.drawn())
        await driver.until(lambda: "the next replay asks for them again" in driver.drawn())
        assert "--secret" not in driver.drawn()
        assert len(web) == 1
