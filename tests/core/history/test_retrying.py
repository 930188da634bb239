from __future__ import annotations

import asyncio
import errno
from pathlib import Path

from sonde_core.history.history import History
from sonde_core.history.retrying import Retrying
from tests.histories import FaultyDisk, http, ids


async def test_what_waits_is_written_when_it_can_be_though_nothing_else_happens(
    tmp_path: Path,
) -> None:
    path = tmp_path / "history.json"
    disk = FaultyDisk("pwrite", 1, errno.ENOSPC, lasting=True)
    history = History(path, disk=disk)
    history._retrying._first = history._retrying._pause = 0.001
    history.open()
    saved = asyncio.Event()
    history.on_change.append(lambda: saved.set() if not history.unsaved else None)
    entry = await history.add(http())
    assert not entry.saved
    disk.heal()
    await saved.wait()
    assert ids(path) == [entry.id]
    assert history.saving
    assert history.warnings[-1] == "The history is being saved again."
    await history.close()


async def test_it_tries_ever_more_seldom_until_nothing_waits() -> None:
    tries = 0
    done = asyncio.Event()

    async def attempt() -> None:
        nonlocal tries
        tries += 1
        retrying.look()  # as whoever writes does
        if tries == 4:
            done.set()

    retrying = Retrying(attempt, lambda: 4 - tries, first=0.001)
    retrying.look()
    retrying.look()
    await done.wait()
    assert tries == 4
    assert retrying._pause == 0.016
    await asyncio.sleep(0)
    retrying.look()
    assert (retrying._timer, retrying._pause) == (None, 0.001)


async def test_it_stops() -> None:
    async def never() -> None:
        raise AssertionError

    retrying = Retrying(never, lambda: 1, first=0.0)
    retrying.stop()
    retrying.look()
    retrying.stop()
    await asyncio.sleep(0.01)
