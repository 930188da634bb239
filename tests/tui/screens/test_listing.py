from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from sonde_core.entry_filter import EntryFilter, parse
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from sonde_tui.screens import listing as module
from sonde_tui.screens.listing import SLICE, Listing

EVERY = [
    Summary(f"id{n}", datetime(2026, 1, 2, tzinfo=UTC), "tcp", f"tcp://h:{n}", Outcome.DONE)
    for n in range(SLICE * 3)
]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Summary]:
    """Return the entries that were looked at, as it goes on."""
    looked: list[Summary] = []
    sift = EntryFilter.sift

    def counting(self: EntryFilter, summaries: Sequence[Summary]) -> Sequence[Summary]:
        looked.extend(summaries)
        return sift(self, summaries)

    monkeypatch.setattr(EntryFilter, "sift", counting)
    return looked


async def find(listing: Listing, text: str) -> object:
    chosen = parse(text)
    return await listing.find(EVERY, lambda: chosen)


def slowly(text: str) -> list[Summary]:
    return [each for each in EVERY if parse(text).matches(each)]


async def test_it_finds_the_same_whatever_was_typed_before() -> None:
    listing = Listing()
    for text in ("", "h", "h:1", "h:12", "h:1", "TCP 2", " ", "nothing", "2 tcp", "-2 tcp", "-2"):
        assert await find(listing, text) == slowly(text)


async def test_what_is_typed_anew_behind_goes_on_from_what_stayed(looked: list[Summary]) -> None:
    listing = Listing()
    for text in ("h:1", "h:1 -t", "h:1 -tx", "h:1", "h:1 9"):
        del looked[:]
        assert await find(listing, text) == slowly(text)
    for text in ("h:1 -t", "h:1 -tx", "h:1 -txx"):
        del looked[:]
        assert await find(listing, text) == slowly(text)
        assert looked == slowly("h:1")


async def test_a_list_that_changed_is_looked_at_anew() -> None:
    listing = Listing()
    await find(listing, "h:12")
    more = [*EVERY, EVERY[12]]
    chosen = parse("h:12")
    assert await listing.find(more, lambda: chosen) == [*slowly("h:12"), EVERY[12]]


async def test_of_a_list_that_grew_only_what_is_new_is_looked_at(looked: list[Summary]) -> None:
    listing, chosen = Listing(), parse("h:1")
    for every in (EVERY[10:20], EVERY[10:], EVERY):
        expected = [each for each in every if chosen.matches(each)]
        assert await listing.find(every, lambda: chosen) == expected
    assert len(looked) == len(EVERY)


@pytest.mark.parametrize("newer", [True, False])
async def test_a_list_that_grew_while_it_was_typed_on(looked: list[Summary], newer: bool) -> None:
    listing = Listing()
    lists = (EVERY[1000:], EVERY) if newer else (EVERY[:-1000], EVERY)
    before, after = parse("h:1"), parse("h:12")
    first = await listing.find(lists[0], lambda: before)
    assert first
    del looked[:]
    found = await listing.find(lists[1], lambda: after)
    assert found == slowly("h:12")
    assert len(looked) == len(first) + 1000


async def test_what_is_typed_meanwhile_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STINT", 0.0)
    wanted = parse("h")
    listing = Listing()
    running = asyncio.create_task(listing.find(EVERY, lambda: wanted))
    await asyncio.sleep(0)
    wanted = parse("h:")
    assert await running is None
    assert await find(listing, "h:7") == slowly("h:7")
