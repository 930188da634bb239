from __future__ import annotations

import pytest
from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from sonde_tui.widgets.line_input import LineInput
from tests.showing import Showing


async def test_up_and_down_are_left_to_the_widget_around_it() -> None:
    field = LineInput()
    app = Showing(field)
    async with app.run_test() as pilot:
        field.focus()
        await pilot.pause()
        mine = {key for key, active in app.screen.active_bindings.items() if active.node is field}
        assert not {"up", "down", "pageup", "pagedown"} & mine
        assert {"left", "home", "ctrl+u"} <= mine
        await pilot.press(*"text", "home", "x", "end", "backspace")
        assert field.value == "xtex"


async def test_what_is_in_it_is_gone_on_with() -> None:
    class Holding(Showing):
        def compose(self) -> ComposeResult:
            yield LineInput("text")

    app = Holding(Static())
    async with app.run_test() as pilot:
        field = app.query_one(LineInput)
        field.focus()
        await pilot.press("x", "home", "y")
        assert field.value == "ytextx"
        field.put("something longer")
        await pilot.press("z")
        assert field.value == "something longerz"


async def test_a_suggestion_is_replaced_by_typing_as_long_as_it_stands_there() -> None:
    class Suggesting(Showing):
        def compose(self) -> ComposeResult:
            yield LineInput("less", suggested=True)
            yield LineInput()

    app = Suggesting(Static())
    async with app.run_test() as pilot:
        field = app.query(LineInput).first()
        field.focus()
        await pilot.press("tab", "shift+tab", "w", "c")
        assert field.value == "wc"
        await pilot.press("tab", "shift+tab", "x")
        assert field.value == "wcx"
        field.suggest("more")
        await pilot.press("end", "y")
        assert field.value == "morey"
        field.suggest("most")
        app.post_message(events.AppBlur())
        await pilot.press("end")
        app.post_message(events.AppFocus())
        await pilot.pause()
        await pilot.press("z")
        assert field.value == "mostz"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("\nhttp://a/\n", "http://a/"),
        ("one\r\n  two\r\n", "one two"),
        ("one\rtwo", "one two"),
        (" as it is ", " as it is "),
        ("\n", ""),
    ],
)
async def test_a_paste_of_several_lines_is_taken_as_one(pasted: str, kept: str) -> None:
    field = LineInput()
    app = Showing(field)
    async with app.run_test() as pilot:
        field.focus()
        await pilot.press("x")
        app.post_message(events.Paste(pasted))
        await pilot.pause()
        await pilot.press("y")
        assert field.value == f"x{kept}y"
