from __future__ import annotations

import pytest

from sonde_core.entry_filter import FilterError
from sonde_core.errors import NotFoundError
from sonde_core.exchange import Exchanger
from sonde_core.replaying import choosing
from sonde_core.replaying.rerun import Rerun

from .conftest import Answers, asked


async def test_entries_are_named_in_the_order_in_which_they_are_performed(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a", "/b", "/c")
    chosen = await choosing.by_names(exchanger.history, ["@1", entries[0].id, "@1"])
    assert [each.id for each in chosen.entries] == [entries[2].id, entries[0].id, entries[2].id]


async def test_a_filter_chooses_the_oldest_first_and_no_replays_of_them(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a", "/b", "/a/c")
    await Rerun(exchanger, entries).run()
    chosen = await choosing.by_filter(exchanger.history, "path:/a")
    assert [each.id for each in chosen.entries] == [entries[0].id, entries[2].id]
    assert chosen.left_out == 2


async def test_a_word_that_looks_like_an_id_and_is_none_is_told_with_a_way_out(
    exchanger: Exchanger,
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await choosing.by_names(exchanger.history, ["0cafe"])
    assert "--filter 0cafe" in caught.value.advice
    with pytest.raises(NotFoundError) as caught:
        await choosing.by_names(exchanger.history, ["@9"])
    assert "--filter" not in caught.value.advice
    with pytest.raises(FilterError):
        await choosing.by_filter(exchanger.history, "status:")
