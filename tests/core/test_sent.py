from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.history.history import History
from sonde_core.model import Chunk, Direction, Exchange
from sonde_core.sent import ENTRIES, LONGEST, MOST, sent_before
from sonde_core.session_request import SessionRequest
from sonde_core.steps import MessageKind
from tests.histories import session

ADDRESS = "tcp://127.0.0.1:8888"


@pytest.fixture
def history(tmp_path: Path) -> History:
    kept = History(tmp_path / "history.json")
    kept.open()
    return kept


def talk(*messages: bytes, address: str = ADDRESS, kind: str = "tcp") -> Exchange:
    chunks = [Chunk(0.0, Direction.SENT, data) for data in messages]
    heard = Chunk(0.0, Direction.RECEIVED, b"heard")
    return replace(session(), request=SessionRequest(address), kind=kind, timeline=(*chunks, heard))


async def test_the_newest_is_last_and_each_is_there_once(history: History) -> None:
    await history.add(talk(b"a", b"b"))
    await history.add(talk(b"x", address="tcp://127.0.0.1:1"))
    await history.add(talk(b"c", b"a"))
    assert [chunk.data for chunk in await sent_before(history, ADDRESS)] == [b"b", b"c", b"a"]
    await history.close()


async def test_what_cannot_be_typed_and_what_peers_said_is_left_out(history: History) -> None:
    await history.add(talk(b"x" * (LONGEST + 1), b"", b"short"))
    await history.add(replace(talk(b"ours"), role="server"))
    assert [chunk.data for chunk in await sent_before(history, ADDRESS)] == [b"short"]
    await history.close()


async def test_the_kind_of_a_message_is_kept(history: History) -> None:
    ping = Chunk(0.0, Direction.SENT, b"p", MessageKind.PING)
    address = "ws://127.0.0.1:8888/"
    await history.add(replace(talk(address=address, kind="ws"), timeline=(ping,)))
    (found,) = await sent_before(history, address)
    assert found.kind is MessageKind.PING
    await history.close()


async def test_only_the_newest_sessions_are_looked_into(history: History) -> None:
    for number in range(ENTRIES + 1):
        await history.add(talk(b"%d" % number))
    found = [chunk.data for chunk in await sent_before(history, ADDRESS)]
    assert found == [b"%d" % number for number in range(1, ENTRIES + 1)]
    await history.close()


async def test_a_large_session_is_read_only_so_far(history: History) -> None:
    await history.add(talk(b"first", bytes(MOST + 1), b"last"))
    assert [chunk.data for chunk in await sent_before(history, ADDRESS)] == [b"first"]
    await history.close()
