"""The list follows what other instances write, while it is looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sonde_core.body import Body
from sonde_core.history.history import History
from sonde_core.history.rewriting import Rewriting
from sonde_core.model import HttpResponse
from sonde_core.scrubbing.scrubber import Scrubber
from tests.histories import http
from tests.tui.driving import driving
from tests.tui.history_tab import listed, tab


async def other(folder: Path) -> History:
    history = History(folder / "history.json")
    history.open()
    return history


async def test_what_others_write_and_delete_is_seen_without_a_key(tmp_path: Path) -> None:
    history = await other(tmp_path)
    async with driving(tmp_path, tab="history") as driver:
        added = await history.add(http(7))
        await driver.until(lambda: [row for row in listed(driver) if "/7" in row])
        await driver.until(lambda: tab(driver).entry)
        await history.delete([added.id])
        await driver.until(lambda: listed(driver) == [])
        await driver.until(lambda: tab(driver).entry is None)
        await history.close()


async def test_an_entry_that_is_shown_and_scrubbed_elsewhere_is_shown_anew(tmp_path: Path) -> None:
    history = await other(tmp_path)
    answer = HttpResponse(200, "OK", body=Body.of(b'{"token": "hunter2-hunter2"}'))
    kept = await history.add(replace(http(1), response=answer))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: "hunter2" in driver.drawn())
        await history.scrub(Rewriting([kept.id], Scrubber()))
        await driver.until(lambda: "hunter2" not in driver.drawn())
        entry = tab(driver).entry
        assert entry is not None
        assert entry.id == kept.id
        await history.close()
