from __future__ import annotations

import asyncio

import pytest

from sonde_core.entry_filter import FilterError
from sonde_core.errors import NotFoundError
from sonde_core.exchange import Exchanger
from sonde_core.listen_request import ListenRequest
from sonde_core.replaying import choosing
from sonde_core.replaying.rerun import Rerun
from sonde_core.serving.rule import HttpAnswer
from tests.watching import first_client

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


async def test_sessions_of_a_listener_are_left_out_and_requests_that_it_took_are_not(
    exchanger: Exchanger, answers: Answers
) -> None:
    await asked(exchanger, answers, "/a")
    for http in (HttpAnswer(), None):
        listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:0", http=http))
        await listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.bound.port)
        writer.write(b"GET /taken HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        if http:
            await reader.read()
        session = await first_client(listener)
        writer.close()
        await listener.close()
        await exchanger.recorded(session)
    chosen = await choosing.by_filter(exchanger.history, "127.0.0.1")
    assert [(each.kind, each.role) for each in chosen.entries] == [
        ("http", "client"),
        ("http", "server"),
    ]
    assert (chosen.left_out, chosen.clients) == (0, 1)


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
