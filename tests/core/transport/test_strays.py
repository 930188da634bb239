from __future__ import annotations

import asyncio

from sonde_core.model import EventKind
from sonde_core.transport.strays import Strays


class Told:
    """A log that wakes who waits for it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.facts: list[dict[str, str]] = []
        self.news = asyncio.Event()

    def __call__(self, kind: EventKind, text: str, **facts: str) -> None:
        assert kind is EventKind.NOTE
        self.texts.append(text)
        self.facts.append(facts)
        self.news.set()


async def test_a_flood_is_told_in_one_note() -> None:
    told = Told()
    strays = Strays(told)
    for number in range(100_000):
        strays.add("from {source}, who was not asked", f"10.0.0.1:{number}")
    strays.add("torn")
    async with asyncio.timeout(10):
        await told.news.wait()
    assert told.texts == [
        "100,000 datagrams were dropped: from 10.0.0.1:99999, who was not asked",
        "1 datagram was dropped: torn",
    ]
    assert told.facts == [{"dropped": "100000", "source": "10.0.0.1:99999"}, {"dropped": "1"}]
    strays.close()
    assert len(told.texts) == 2


async def test_what_is_not_told_yet_is_told_at_the_end() -> None:
    told = Told()
    strays = Strays(told)
    strays.add("torn")
    strays.add("torn")
    assert told.texts == []
    strays.close()
    assert told.texts == ["2 datagrams were dropped: torn"]
