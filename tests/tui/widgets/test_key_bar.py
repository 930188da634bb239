from __future__ import annotations

from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from sonde_tui.widgets.key_bar import KeyBar
from tests.showing import drawn


class Field(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f,g", "app.note('field')", "Field"),
        Binding("h", "app.note('hidden')", "Hidden", show=False),
    ]


class Bars(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "note('first')", "First"),
        Binding("b", "note('second')", "Second thing"),
        Binding("f1", "help", "Help"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []

    def compose(self) -> ComposeResult:
        yield Field()
        yield KeyBar()

    def action_note(self, what: str) -> None:
        self.noted.append(what)

    def action_help(self) -> None:
        self.noted.append("help")


def bar(app: App[None]) -> str:
    return drawn(app).splitlines()[-1]


async def test_it_names_each_action_once_and_help_last() -> None:
    app = Bars()
    async with app.run_test(size=(80, 5)) as pilot:
        app.query_one(Field).focus()
        await pilot.pause()
        words = bar(app).split()
        assert words[:2] == ["f", "Field"]
        assert words.count("Field") == 1
        assert "Hidden" not in words
        assert words.index("First") < words.index("Second") < words.index("Help")


async def test_it_follows_the_focus() -> None:
    app = Bars()
    async with app.run_test(size=(80, 5)) as pilot:
        app.query_one(Field).focus()
        await pilot.pause()
        assert "Field" in bar(app)
        app.screen.set_focus(None)
        await pilot.pause()
        assert "Field" not in bar(app)


async def test_what_has_no_room_is_left_out_but_help_stays() -> None:
    app = Bars()
    async with app.run_test(size=(38, 5)) as pilot:
        app.screen.set_focus(None)
        await pilot.pause()
        shown = bar(app)
        assert "First" in shown
        assert "Second" not in shown
        assert "Help" in shown


@pytest.mark.parametrize("width", [1, 3, 10])
async def test_any_width_is_drawn(width: int) -> None:
    app = Bars()
    async with app.run_test(size=(width, 2)) as pilot:
        await pilot.pause()
        assert len(bar(app)) <= width


async def test_a_click_presses_the_key() -> None:
    app = Bars()
    async with app.run_test(size=(80, 5)) as pilot:
        app.query_one(Field).focus()
        await pilot.pause()
        place = bar(app).index("Second")
        await pilot.click(KeyBar, offset=(place, 0))
        await pilot.pause()
        assert app.noted == ["second"]
