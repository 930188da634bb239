from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.config import Config
from sonde_core.errors import SondeError
from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.steps import SendStep
from sonde_tui.playing import choices, place_of, script_of, words_of
from sonde_tui.services import Services
from tests.histories import http, session


async def test_sessions_are_offered_newest_first(tmp_path: Path) -> None:
    history = History(tmp_path / "history.json")
    services = Services(Exchanger(history), history, Config(tmp_path / "config.toml"))
    older = await history.add(session())
    await history.add(http(1))
    newer = await history.add(session())
    offered = await choices(services)
    assert [each.value for each in offered] == [newer.id, older.id]
    assert "tcp://127.0.0.1:8888" in offered[0].title
    await history.close()


async def test_the_servers_side_is_what_is_played() -> None:
    entry = Entry("1", session(), name="mine")
    script = await script_of(entry)
    assert any(isinstance(step, SendStep) for step in script)
    assert words_of(entry, script, reveal=False).startswith("mine of ")
    assert place_of(entry) == "tcp://127.0.0.1:0"
    ours = replace(entry, exchange=replace(session(), role="server"))
    assert place_of(ours) == "tcp://127.0.0.1:8888"
    silent = replace(entry, exchange=replace(session(), timeline=()))
    with pytest.raises(SondeError, match="says nothing"):
        await script_of(silent)
