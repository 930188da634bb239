from __future__ import annotations

import pytest
from textual import on

from sonde_tui.widgets.pane_strip import Pane, PaneStrip
from tests.showing import Showing, drawn

PANES = [Pane("body", "Body", "b"), Pane("tls", "TLS", "s"), Pane("cookies", "Cookies", "c")]


class Hearing(Showing):
    """Hears which pane is asked for, and shows it."""

    def __init__(self) -> None:
        self.strip = PaneStrip(PANES)
        super().__init__(self.strip)
        self.heard: list[tuple[str, bool]] = []

    @on(PaneStrip.Chosen)
    def _chosen(self, message: PaneStrip.Chosen) -> None:
        self.heard.append((message.name, message.enter))
        message.strip.active = message.name


async def test_left_and_right_choose_and_go_round() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.strip.focus()
        await pilot.press("right", "right", "right", "left")
        assert [name for name, _ in app.heard] == ["tls", "cookies", "body", "cookies"]
        assert not any(enter for _, enter in app.heard)


@pytest.mark.parametrize("key", ["enter", "down"])
async def test_enter_goes_into_the_pane_that_is_shown(key: str) -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.strip.focus()
        await pilot.press("right", key)
        assert app.heard[-1] == ("tls", True)


async def test_a_click_finds_the_pane_also_beside_badges() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.strip.badge("body", "12")
        await pilot.pause()
        text = drawn(app).splitlines()[0]
        assert text.startswith(" Body 12  TLS  Cookies")
        for title in ("TLS", "Cookies", "Body"):
            await pilot.click(offset=(text.index(title), 0))
        assert [name for name, _ in app.heard] == ["tls", "cookies", "body"]
        await pilot.click(offset=(60, 0))
        assert len(app.heard) == 3


async def test_a_badge_can_be_taken_away() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.strip.badge("tls", "!")
        await pilot.pause()
        assert "TLS !" in drawn(app)
        app.strip.badge("tls", "")
        await pilot.pause()
        assert "TLS !" not in drawn(app)


async def test_the_letter_of_each_pane_is_underlined() -> None:
    app = Hearing()
    async with app.run_test():
        strips = app.strip.render_lines(app.strip.size.region)
        underlined = [
            segment.text
            for strip in strips
            for segment in strip
            if segment.style and segment.style.underline
        ]
        assert "".join(underlined) == "BSC"
