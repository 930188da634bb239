from __future__ import annotations

import pytest
from textual.app import App
from textual.widgets import Input

from sonde_core.lenses.catalogue import all_lenses
from sonde_core.model import Chunk, Direction, Moment
from sonde_tui.screens.lens import LensScreen, heads_of, sample_of
from sonde_tui.widgets.transcript.about import About
from tests.showing import drawn

SAID: list[Moment] = [
    Chunk(0.1, Direction.SENT, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"),
    Chunk(0.2, Direction.RECEIVED, b"HTTP/1.1 204 No Content\r\n\r\n"),
]


class Chooser(App[None]):
    """Shows the dialog and keeps what was chosen in it."""

    def __init__(self, sample: list[Moment] = SAID, *, address: str = "", chosen: str = "") -> None:
        super().__init__()
        self.made = LensScreen(sample, About(address, "tcp"), all_lenses(), chosen=chosen)
        self.chosen: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.made, self.chosen.append)


async def test_what_fits_is_marked_and_what_it_makes_of_the_bytes_is_seen() -> None:
    app = Chooser()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        told = drawn(app)
        assert "HTTP/1.1 requests and answers  ← fits what is here" in told
        assert "Host  x" in told
        await pilot.press("enter")
        assert app.chosen == ["http"]


async def test_dns_fits_port_53() -> None:
    app = Chooser([], address="udp://127.0.0.1:53")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert app.chosen == ["dns"]


async def test_none_takes_the_lens_away() -> None:
    app = Chooser(chosen="http")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"none", "enter")
        assert app.chosen == [""]


@pytest.mark.parametrize("typed", ["length:2be", "delimiter:0d0a", "fixed:4"])
async def test_what_a_lens_takes_is_typed_behind_a_colon(typed: str) -> None:
    app = Chooser()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*["colon" if each == ":" else each for each in typed])
        assert "0.1000 > " in drawn(app)
        await pilot.press("enter")
        assert app.chosen == [typed]


async def test_a_lens_that_wants_something_asks_for_it() -> None:
    app = Chooser()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"fixed", "enter")
        assert app.screen.query_one(Input).value == "fixed:"
        assert "This lens wants the bytes of a message" in drawn(app)
        await pilot.press("x", "enter")
        assert app.chosen == []
        await pilot.press("backspace", "8", "enter")
        assert app.chosen == ["fixed:8"]


async def test_escape_changes_nothing() -> None:
    app = Chooser(chosen="length:2be")
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.screen.query_one(Input).value == "length:2be"
        await pilot.press("escape")
        assert app.chosen == [None]


def test_only_the_start_of_a_conversation_is_looked_at() -> None:
    much: list[Moment] = [Chunk(0.0, Direction.SENT, bytes(100))] * 10_000
    assert len(sample_of(much)) == 300
    assert [len(head) for head in heads_of(much)] == [4100, 0]
    assert sample_of(()) == []
