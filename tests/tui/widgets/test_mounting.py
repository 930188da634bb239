from __future__ import annotations

import asyncio

import pytest
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from sonde_tui.widgets.mounting import made_once
from tests.showing import Showing


class Box(Vertical):
    """Holds something that takes a while to be there."""

    def compose(self) -> ComposeResult:
        yield Static("inside")


async def box(parent: Vertical) -> Box:
    made = await made_once(parent, Box, "box", Box)
    assert made.query_one(Static).is_attached
    return made


async def test_all_who_ask_at_once_get_the_same_child() -> None:
    parent = Vertical()
    async with Showing(parent).run_test():
        first, second = await asyncio.gather(box(parent), box(parent))
        assert first is second
        assert await box(parent) is first
        assert list(parent.children) == [first]
        assert not first.display


async def test_a_child_that_nobody_waited_for_in_the_end_is_taken_up_by_the_next() -> None:
    parent = Vertical()
    async with Showing(parent).run_test():
        asking = asyncio.ensure_future(box(parent))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await box(parent)
        assert len(parent.children) == 1
