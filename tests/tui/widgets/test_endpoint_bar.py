from __future__ import annotations

import pytest
from textual import events, on

from sonde_tui.widgets.endpoint_bar import METHODS, EndpointBar, split_method
from tests.showing import Showing


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("POST http://example.org", ("POST", "http://example.org")),
        ("  post   example.org ", ("POST", "example.org")),
        ("M-SEARCH http://x/", ("M-SEARCH", "http://x/")),
        ("purge http://x/", ("", "purge http://x/")),
        ("http://x/ a", ("", "http://x/ a")),
        ("GET", ("", "GET")),
        ("GET ", ("GET", "")),
        ("getter x", ("", "getter x")),
        ("", ("", "")),
    ],
)
def test_a_method_is_known_before_a_url(text: str, parts: tuple[str, str]) -> None:
    assert split_method(text) == parts


class Hearing(Showing):
    """Counts what the bar tells."""

    def __init__(self) -> None:
        self.bar = EndpointBar()
        super().__init__(self.bar)
        self.submitted = 0
        self.empty: list[bool] = []

    @on(EndpointBar.Submitted)
    def _submitted(self) -> None:
        self.submitted += 1

    @on(EndpointBar.Typed)
    def _typed(self, message: EndpointBar.Typed) -> None:
        self.empty.append(message.empty)


async def test_up_and_down_choose_the_method_while_typing() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.bar.address.focus()
        await pilot.press("x", "down", "y", "down", "up", "enter")
        assert (app.bar.method, app.bar.url) == (METHODS[1], "xy")
        assert app.submitted == 1
        assert app.empty == [False, False]


async def test_a_method_that_is_typed_first_is_taken_out() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.bar.address.focus()
        await pilot.press(*"put", "space", *"ab")
        assert (app.bar.method, app.bar.url) == ("PUT", "ab")


async def test_a_pasted_request_line_is_taken_apart() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.bar.address.focus()
        await pilot.pause()
        app.post_message(events.Paste("DELETE http://example.org/7\n"))
        await pilot.pause()
        assert (app.bar.method, app.bar.url) == ("DELETE", "http://example.org/7")


async def test_what_is_settled_is_what_is_seen() -> None:
    app = Hearing()
    async with app.run_test():
        app.bar.address.value = "PATCH x"
        app.bar.settle()  # before the field has told that it changed
        assert (app.bar.method, app.bar.url) == ("PATCH", "x")


async def test_who_enters_goes_on_at_the_end() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        app.bar.fill("GET", "http://a")
        app.bar.enter()
        await pilot.press("x", "home")
        app.bar.enter()
        await pilot.press("y")
        assert app.bar.url == "http://axy"


async def test_methods_are_coloured_by_what_they_do() -> None:
    app = Hearing()
    async with app.run_test() as pilot:
        seen: dict[str, set[str]] = {}
        for method in ("GET", "POST", "DELETE", "PURGE"):
            app.bar.fill(method, "")
            await pilot.pause()
            cycle = app.bar.query_one("#method")
            seen[method] = {name for name in cycle.classes if name.startswith("-")}
        assert seen == {
            "GET": {"-reads"},
            "POST": {"-writes"},
            "DELETE": {"-deletes"},
            "PURGE": set(),
        }
