from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sonde_core.history.outline import SLICE, Outline
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from sonde_tui.screens.ordering import Ordering

ONE = Summary("1", datetime(2026, 1, 2, tzinfo=UTC), "http", "http://h/", Outcome.DONE)


def some(number: int) -> list[Summary]:
    return [replace(ONE, id=str(each), target=f"http://h/{each}") for each in range(number, 0, -1)]


async def test_a_plain_list_is_what_was_found() -> None:
    found = some(3)
    assert await Ordering().put(found, lambda: True) is found


async def test_newer_entries_go_into_the_same_outline_and_others_into_another() -> None:
    ordering = Ordering()
    ordering.turn("tree")
    first = await ordering.put(some(3), lambda: True)
    assert isinstance(first, Outline)
    assert await ordering.put(some(5), lambda: True) is first
    assert first.root.count == 5
    assert await ordering.put(some(4), lambda: True) is not first
    assert first.root.count == 5  # what is drawn stays whole
    ordering.turn("together")
    second = await ordering.put(some(4), lambda: True)
    assert isinstance(second, Outline)
    assert second.together
    assert ordering.told() == ["by host and path", "repeats as one"]


async def test_what_is_not_wanted_any_more_is_left() -> None:
    ordering = Ordering()
    ordering.turn("together")
    looked: list[int] = []

    def wanted() -> bool:
        looked.append(1)
        return len(looked) < 2

    assert await ordering.put(some(SLICE * 5), wanted) is None
    assert len(looked) == 2
