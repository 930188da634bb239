from __future__ import annotations

import pytest
from textual.app import App

from sonde_core.body import Body
from sonde_core.text.charsets import CHARSETS, reading
from sonde_tui.screens.charset import charset_screen
from tests.showing import drawn


class Chooser(App[None]):
    """Shows the dialog for a body and keeps what was chosen in it."""

    def __init__(self, body: Body, chosen: str = "") -> None:
        super().__init__()
        self.body = body
        self.before = chosen
        self.chosen: list[str | None] = []

    def on_mount(self) -> None:
        screen = charset_screen(reading(self.body), self.before)
        self.push_screen(screen, self.chosen.append)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("text/plain", "utf-8         as the bytes look"),
        ("text/plain; charset=utf-8", "utf-8         as the header says"),
        ("text/plain; charset=latin-1", "utf-8         as the bytes look; the header says latin-1"),
    ],
)
async def test_what_is_read_without_a_choice_comes_first(header: str, told: str) -> None:
    app = Chooser(Body.of("Grüße".encode(), media_type=header), chosen="koi8-r")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        assert told in drawn(app)
        await pilot.press("pageup", "pageup", "enter")
        assert app.chosen == [""]


async def test_a_language_leads_to_its_charsets() -> None:
    app = Chooser(Body.of(b"x"))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press(*"jap", "down", "enter")
        assert app.chosen == ["euc-jp"]


def test_every_charset_is_offered_with_a_language() -> None:
    choices = charset_screen(reading(Body.of(b"x")), "").choices
    assert {choice.value for choice in choices} == {"", *CHARSETS}
    assert all(choice.title.removeprefix(choice.value).strip() for choice in choices)
