from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual import on
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from sonde_core.body import Body
from sonde_core.config import Config
from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.http_request import Auth, HttpRequest
from sonde_core.model import Moment
from sonde_tui.messages import CopyAsked
from sonde_tui.screens.copy_as import CopyAsScreen
from sonde_tui.services import Services
from tests.histories import http, session
from tests.patience import PATIENCE


class Collector(App[None]):
    """Shows the dialog and keeps what it asks for."""

    def __init__(self, entry: Entry, services: Services) -> None:
        super().__init__()
        self.entry = entry
        self.services = services
        self.asked: list[CopyAsked] = []

    def on_mount(self) -> None:
        self.push_screen(CopyAsScreen(self.entry, self.services))

    @on(CopyAsked)
    def _keep(self, message: CopyAsked) -> None:
        self.asked.append(message)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    history = History(tmp_path / "history.json")
    return Services(Exchanger(history), history, Config(tmp_path / "config.toml"))


def secret_entry() -> Entry:
    request = HttpRequest(url="http://127.0.0.1/1", auth=Auth("bearer", secret="hush"))
    return Entry("1", replace(http(1), request=request))


def names(app: Collector) -> list[str]:
    options = app.screen.query_one(OptionList)
    return [options.get_option_at_index(index).id or "" for index in range(options.option_count)]


def words(app: Collector) -> str:
    return str(app.screen.query_one("#secrets", Static).render())


async def choose(app: Collector, pilot: Pilot[None], name: str) -> None:
    await pilot.press(*("j" for _ in range(names(app).index(name))), "enter")
    await app.workers.wait_for_complete()
    await pilot.pause()


async def test_only_forms_that_fit_are_listed(services: Services) -> None:
    app = Collector(Entry("1", session()), services)
    async with app.run_test():
        assert names(app) == [
            *("body", "python", "hex", "json", "transcript"),
            *("steps", "hex-received", "pcapng", "pcap"),
        ]


async def test_enter_hands_the_chosen_form_on_and_closes(services: Services) -> None:
    app = Collector(Entry("1", http(1)), services)
    async with app.run_test() as pilot:
        await choose(app, pilot, "curl")
        assert not isinstance(app.screen, CopyAsScreen)
        (asked,) = app.asked
        assert asked.read().startswith(b"curl ")
        assert asked.what == "curl command"


async def test_j_and_k_move(services: Services) -> None:
    app = Collector(Entry("1", http(1)), services)
    async with app.run_test() as pilot:
        await pilot.press("j", "j", "k", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.asked[0].what == "Headers of the answer"


@pytest.mark.parametrize("reveal", [False, True])
async def test_secrets_are_copied_only_when_revealed(services: Services, reveal: bool) -> None:
    app = Collector(secret_entry(), services)
    async with app.run_test() as pilot:
        assert "masked" in words(app)
        if reveal:
            await pilot.press("ctrl+g")
            assert words(app) == "Secrets are copied as they are."
        await choose(app, pilot, "curl")
        assert (b"hush" in app.asked[0].read()) is reveal
        assert not services.reveal  # what is shown stays masked


async def test_escape_copies_nothing(services: Services) -> None:
    app = Collector(Entry("1", http(1)), services)
    async with app.run_test() as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, CopyAsScreen)
        assert app.asked == []


async def test_what_cannot_be_written_is_said_and_another_can_be_chosen(services: Services) -> None:
    exchange = http(1)
    assert exchange.response is not None
    lost = replace(exchange.response, body=Body.lost(5, "0" * 64))
    app = Collector(Entry("1", replace(exchange, response=lost)), services)
    async with app.run_test() as pilot:
        await choose(app, pilot, "body")
        assert "not kept any more" in words(app)
        assert app.asked == []
        await choose(app, pilot, "headers")
        assert app.asked[0].read().startswith(b"HTTP/1.1 200 OK\n")


class Held(tuple[Moment, ...]):
    """A recording that is read only when it is let go."""

    go: threading.Event

    def __iter__(self) -> Iterator[Moment]:
        assert self.go.wait(PATIENCE)
        return super().__iter__()


@pytest.fixture
def held() -> Iterator[tuple[Entry, threading.Event]]:
    exchange = session(b"Hello, client!")
    timeline = Held(exchange.timeline)
    timeline.go = threading.Event()
    yield Entry("1", replace(exchange, timeline=timeline)), timeline.go
    timeline.go.set()


async def test_keys_are_obeyed_while_an_entry_is_written(
    services: Services, held: tuple[Entry, threading.Event]
) -> None:
    entry, go = held
    app = Collector(entry, services)
    async with app.run_test() as pilot:
        await pilot.press("j", "j", "enter")
        assert "Writing Hex" in words(app)
        await pilot.press("ctrl+g")
        assert words(app) == "Secrets are copied as they are."
        go.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.asked[0].read().endswith(b"|Hello, client!|\n")


async def test_leaving_while_it_is_written_copies_nothing(
    services: Services, held: tuple[Entry, threading.Event]
) -> None:
    entry, go = held
    app = Collector(entry, services)
    async with app.run_test() as pilot:
        await pilot.press("j", "j", "enter", "escape")
        assert not isinstance(app.screen, CopyAsScreen)
        go.set()
        await pilot.pause()
        assert app.asked == []
