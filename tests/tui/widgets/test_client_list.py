from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from sonde_core.listen_request import ListenRequest
from sonde_core.serving.rule_text import read_rules
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.transport.listener import Listener
from sonde_tui.widgets.client_list import ClientList, ClientRows
from tests.showing import Showing, drawn


def text(rows: ClientRows, row: int) -> str:
    return "".join(part for part, _ in rows.line(row))


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener(ListenRequest("tcp://:0", rules=read_rules("PING=PONG")))
    await listener.start()
    yield listener
    await listener.close(grace=0.2)


async def connected(listener: Listener) -> Session:
    session = Session(SessionRequest(str(listener.bound)))
    await session.open()
    return session


async def test_a_row_says_who_how_much_and_what_was_answered(listener: Listener) -> None:
    client = await connected(listener)
    await client.send(b"PING\n")
    await client.expect(b"PONG", seconds=10)
    rows = ClientRows(listener.sessions)
    told = text(rows, 0)
    assert told.startswith(f"● {client.local}")
    assert "<5 B    >4 B  " in told
    assert "1 answered open" in told
    assert "<1 >1 chunks" in told
    await client.close()
    async with asyncio.timeout(10):
        await listener.sessions[0].finished()
    assert text(rows, 0) == text(rows, 0)  # its time stands still
    assert text(rows, 0).startswith("· ")
    assert "closed" in text(rows, 0)


async def test_pace_is_told_of_those_that_are_measured(listener: Listener) -> None:
    clients = [await connected(listener) for _ in range(2)]
    listed = ClientList()
    async with Showing(listed).run_test(size=(100, 10)) as pilot:
        listed.measure(listener.sessions[:1])
        listed.show_clients(listener.sessions)
        await pilot.pause()
        first, second = drawn(pilot.app).splitlines()[:2]
        assert "0 B/s" in first
        assert "B/s" not in second
    for client in clients:
        await client.close()


def test_no_client_is_said() -> None:
    assert text(ClientRows([]), 0) == "no client yet"
