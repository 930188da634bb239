from __future__ import annotations

from dataclasses import replace

import pytest

from sonde_core.errors import NotFoundError
from sonde_core.exchange import Exchanger
from sonde_core.replaying.ahead import MANY, Ahead

from .conftest import Answers, asked


async def test_entries_are_read_some_at_a_time(exchanger: Exchanger, answers: Answers) -> None:
    entries = await asked(exchanger, answers, *[f"/{number}" for number in range(MANY + 8)])
    ahead = Ahead(exchanger.history, entries)
    found = [await ahead.entry(number) for number in range(4)]
    assert [each.id for each in found] == [each.id for each in entries[:4]]
    assert sorted(ahead._read) == list(range(4, MANY))
    assert [(await ahead.entry(number)).id for number in range(4, MANY + 8)] == [
        each.id for each in entries[4:]
    ]
    assert ahead._read == {}


async def test_large_ones_are_read_alone_and_what_is_gone_is_told_in_its_place(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a", "/b", "/c")
    large = [replace(each, size=1 << 20) for each in entries]
    ahead = Ahead(exchanger.history, large)
    await ahead.entry(0)
    assert ahead._read == {}
    await exchanger.history.delete([entries[1].id])
    ahead = Ahead(exchanger.history, entries)
    assert (await ahead.entry(0)).id == entries[0].id
    with pytest.raises(NotFoundError):
        await ahead.entry(1)
    assert (await ahead.entry(2)).id == entries[2].id
