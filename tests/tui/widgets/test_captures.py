from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from sonde_core.config import Config
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.model import Chunk, Direction, HttpResponse
from sonde_tui.messages import EntryAsked
from sonde_tui.services import Services
from sonde_tui.widgets import captures
from sonde_tui.widgets.captures import Captures
from tests.histories import http
from tests.showing import until

LOGIN = (
    b"POST /in HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n",
    b'{"user": "joe", "password": "hush hush"}',
)
ASKED = b"GET /a HTTP/1.1\r\nAuthorization: Bearer of-nobody-else\r\n\r\n"


class Shown(App[None]):
    """An app of requests over a real history."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.history = History(folder / "history.json")
        config = Config(folder / "config.toml")
        self.services = Services(Exchanger(self.history), self.history, config)
        self.captures = Captures(self.services)
        self.asked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.captures

    def on_entry_asked(self, message: EntryAsked) -> None:
        self.asked.append(message.entry_id)

    async def add(self, number: int, *said: bytes) -> str:
        exchange = replace(
            http(number),
            role="server",
            response=HttpResponse(503, "No"),
            timeline=[Chunk(0.1, Direction.RECEIVED, data) for data in said or (ASKED,)],
        )
        entry = await self.history.add(exchange)
        self.captures.add(entry)
        return entry.id

    def rows(self) -> list[str]:
        view = self.captures.rows
        return [view.whole(row).text.rstrip() for row in range(view.source.count)]

    def said(self) -> str:
        view = self.captures.transcript
        return "\n".join(view.whole(row).text for row in range(view.source.count))


async def test_requests_come_in_newest_last_and_one_is_opened(tmp_path: Path) -> None:
    app = Shown(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        assert app.rows() == ["no request yet"]
        first, second = await app.add(1), await app.add(2)
        app.captures.draw()
        await until(pilot, lambda: app.captures.entry)
        assert ["/1" in app.rows()[0], "/2" in app.rows()[1]] == [True, True]
        assert app.captures.entry is not None
        assert app.captures.entry.id == second
        app.captures.rows.focus()
        await pilot.press("k", "enter")
        await until(pilot, lambda: app.asked == [first])
        await until(pilot, lambda: app.captures.entry and app.captures.entry.id == first)
        await app.add(3)
        app.captures.draw()
        assert app.captures.rows.cursor_row == 0
        await pilot.press("G")
        await app.add(4)
        app.captures.draw()
        assert app.captures.rows.cursor_row == 3


async def test_secrets_are_masked_until_they_are_to_be_shown(tmp_path: Path) -> None:
    app = Shown(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.add(1)
        app.captures.draw()
        await until(pilot, lambda: "GET /a" in app.said())
        assert "of-nobody-else" not in app.said()
        app.captures.transcript.focus()
        await pilot.press("j", "j")
        app.services.reveal = True
        app.captures.reveal_changed()
        await until(pilot, lambda: "of-nobody-else" in app.said())
        assert app.captures.transcript.cursor_row == 2


async def test_a_password_in_the_body_is_masked(tmp_path: Path) -> None:
    app = Shown(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.add(1, *LOGIN)
        app.captures.draw()
        await until(pilot, lambda: '"user": "joe"' in app.said())
        assert "hush" not in app.said()
        assert "Content-Length: 40" in app.said()


async def test_only_the_newest_are_kept_and_the_cursor_stays_on_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captures, "KEPT", 50)
    app = Shown(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        for number in range(captures.KEPT):
            app.captures.add(await app.history.add(http(number)))
        app.captures.draw()
        app.captures.rows.focus()
        await pilot.press("k")
        wanted = app.captures.rows.current
        for number in range(5):
            app.captures.add(await app.history.add(http(captures.KEPT + number)))
        app.captures.draw()
        assert app.captures.rows.current == wanted
        assert app.captures.came == captures.KEPT + 5
        assert len(app.rows()) == captures.KEPT
        app.captures.clear()
        assert app.rows() == ["no request yet"]
