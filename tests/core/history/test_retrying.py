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
    pauses: list[float] = []
    done = asyncio.Event()

    async def attempt() -> None:
        pauses.append(retrying._pause)
        retrying.look()  # as whoever writes does
        if len(pauses) == 4:
            asyncio.get_running_loop().call_soon(done.set)

    retrying = Retrying(attempt, lambda: 4 - len(pauses), first=0.001)
    retrying.look()
    retrying.look()
    await done.wait()
    assert pauses == [0.002, 0.004, 0.008, 0.016]
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
