"""What is written to the terminal for a key, and what stands there then."""

from __future__ import annotations

from pathlib import Path

import pyte
import pytest
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.screen import Screen

from tests.tui.driving import Driver, driving

SIZE = (100, 30)


class Watched:
    """Stands in for the terminal, and keeps what is written.

    Attributes:
        whole: How often all of it was drawn anew.
        classes: Of the screen that was drawn, each time.
    """

    def __init__(self, driver: Driver) -> None:
        self.whole = 0
        self.classes: list[frozenset[str]] = []
        self._app = driver.app
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.Stream(self._screen)
        self._display = driver.app._display
        driver.app._display = self.show  # type: ignore[method-assign]
        driver.app.refresh()

    def show(self, screen: Screen[object], renderable: object) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            self.classes.append(frozenset(screen._classes))
            self.whole += isinstance(renderable, LayoutUpdate)
            self._stream.feed(renderable.render_segments(self._app.console))

    @property
    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self._screen.display)


async def test_a_key_that_moves_the_focus_draws_no_more_than_shows_it(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen", size=SIZE) as driver:
        await driver.press("escape")
        watched = Watched(driver)
        await driver.until(lambda: watched.text == driver.drawn())
        await driver.press("O")
        await driver.until(lambda: driver.app.screen.focused and watched.text == driver.drawn())
        before, watched.whole = driver.drawn(), 0
        for key in ["tab"] * 8 + ["shift+tab"] * 3:
            await driver.press(key)
            await driver.until(lambda: watched.text == driver.drawn())
        assert driver.drawn() != before
        assert watched.whole == 0


async def test_the_terminal_shows_what_is_there_after_each_key(tmp_path: Path) -> None:
    async with driving(tmp_path, size=SIZE) as driver:
        watched = Watched(driver)
        keys = "tab tab right f3 tab O down escape f5 slash escape tab f4 escape question_mark down"
        for key in [*keys.split(), "escape", "f2", "ctrl+l", "a", "b"]:
            await driver.press(key)
            await driver.until(lambda: watched.text == driver.drawn())


@pytest.mark.parametrize(("width", "name"), [(80, "-narrow"), (120, "-wide")])
async def test_a_dialog_knows_how_wide_it_is_when_it_is_drawn_first(
    tmp_path: Path, width: int, name: str
) -> None:
    async with driving(tmp_path, tab="listen", size=(width, 24)) as driver:
        await driver.press("escape")
        watched = Watched(driver)
        await driver.press("O")
        await driver.until(lambda: driver.app.screen.is_modal)
        assert all(name in classes for classes in watched.classes)
        await driver.pilot.resize_terminal(200 - width, 24)
        await driver.until(lambda: not driver.app.screen.has_class(name))
