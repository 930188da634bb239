from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from sonde_tui.key_order import KeyOrder, held
from tests.patience import PATIENCE


class Form(App[int]):
    """Three fields; some keys act, slowly or by and by."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "slowly"),
        Binding("f6", "mount"),
        Binding("f8", "aside"),
    ]

    def __init__(self, *, ordered: bool = True) -> None:
        super().__init__()
        self.key_order = KeyOrder(self) if ordered else None

    def compose(self) -> ComposeResult:
        yield Input(id="one")
        yield Input(id="two")
        yield TextArea(id="three")

    async def on_event(self, event: events.Event) -> None:
        if self.key_order is None:
            await super().on_event(event)
        else:
            await self.key_order.take(event, super().on_event)

    async def action_slowly(self) -> None:
        await asyncio.sleep(0.05)
        self.query_one("#three").focus()

    def action_aside(self) -> None:
        self.run_worker(self._aside())

    async def _aside(self) -> None:
        with held(self):
            await asyncio.sleep(0.05)
        self.query_one("#two").focus()

    async def action_mount(self) -> None:
        field = Input(id="four")
        await self.mount(field)
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.call_later(self.query_one("#two").focus)

    def texts(self) -> dict[str, str]:
        fields = {field.id: field.value for field in self.query(Input)}
        return {str(name): text for name, text in fields.items()} | {
            "three": self.query_one(TextArea).text
        }


def hit(app: App[Any], *keys: str) -> None:
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def settled(app: Form, pilot: Pilot[int]) -> None:
    """Wait until all keys are obeyed that were pressed."""
    await pilot.pause(0)
    async with asyncio.timeout(PATIENCE):
        while app.key_order is not None and not app.key_order.idle:
            await pilot.pause()
    await pilot.pause()


async def obeyed(app: Form, *keys: str) -> dict[str, str]:
    """Press keys all at once and return what stands in the fields when all are obeyed."""
    async with app.run_test() as pilot:
        await pilot.pause()
        hit(app, *keys)
        await settled(app, pilot)
        return app.texts()


async def test_keys_after_a_move_go_where_it_leads() -> None:
    texts = await obeyed(Form(), *"ab", "tab", *"cd", "shift+tab", "end", "e")
    assert texts == {"one": "abe", "two": "cd", "three": ""}


async def test_without_the_order_they_go_astray() -> None:
    texts = await obeyed(Form(ordered=False), "a", "tab", "b")
    assert texts["two"] != "b"  # if not, Textual does it itself: the module can go


async def test_keys_wait_for_a_slow_action() -> None:
    texts = await obeyed(Form(), "a", "f5", "b")
    assert texts == {"one": "a", "two": "", "three": "b"}


async def test_keys_wait_for_what_a_worker_makes_and_not_for_ever() -> None:
    texts = await obeyed(Form(), "a", "f8", "b", "c")
    assert texts == {"one": "a", "two": "bc", "three": ""}
    app = Form()
    app.key_order = KeyOrder(app, patience=0.01)
    async with app.run_test() as pilot:
        await pilot.pause()
        with held(app):
            hit(app, "a", "b")
            await settled(app, pilot)
            assert app.texts()["one"] == "ab"
        hit(app, "c")
        await settled(app, pilot)
        assert app.texts()["one"] == "abc"


async def test_keys_wait_for_a_widget_that_is_made() -> None:
    texts = await obeyed(Form(), "a", "f6", "b")
    assert texts == {"one": "a", "two": "", "three": "", "four": "b"}


async def test_keys_wait_for_what_a_message_leads_to() -> None:
    texts = await obeyed(Form(), "a", "enter", "b")
    assert texts == {"one": "a", "two": "b", "three": ""}


async def test_pastes_keep_their_place_among_keys() -> None:
    app = Form()
    async with app.run_test() as pilot:
        await pilot.pause()
        hit(app, "a", "tab")
        app.post_message(events.Paste("pasted"))
        hit(app, "tab", "c")
        await settled(app, pilot)
        assert app.texts() == {"one": "a", "two": "pasted", "three": "c"}


async def test_a_thousand_keys_are_written_quickly() -> None:
    began = time.process_time()
    texts = await obeyed(Form(), *"x" * 1000)
    assert texts["one"] == "x" * 1000
    assert time.process_time() - began < 20


async def test_a_key_that_gets_stuck_holds_up_the_others_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("sonde_tui.key_order.monotonic", lambda: now)
    app = Form()
    app.key_order = order = KeyOrder(app, patience=0.2)
    go_on = asyncio.Event()

    class Stuck(Input):
        async def on_key(self, event: events.Key) -> None:
            if event.key == "f7":
                await go_on.wait()

    async with app.run_test() as pilot:
        stuck = Stuck()
        await app.mount(stuck)
        stuck.focus()
        await pilot.pause()
        hit(app, "f7", "a")
        app.query_one("#one").focus()

        async def until(holds: Callable[[], object]) -> None:
            async with asyncio.timeout(PATIENCE):
                while not holds():  # noqa: ASYNC110 - the pilot waits for the stuck one
                    await asyncio.sleep(0.01)

        await until(lambda: len(order._waiting) == 1)
        now = 0.1
        hit(app, "b")
        await until(lambda: len(order._waiting) == 2)
        assert app.texts()["one"] == ""
        now = 0.3
        hit(app, "c")
        await until(lambda: app.texts()["one"])
        assert app.texts()["one"].startswith("a")
        go_on.set()
        await until(lambda: order.idle)
