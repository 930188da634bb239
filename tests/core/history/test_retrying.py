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
    begun = asyncio.Event()

    async def attempt() -> None:
        retrying.stop()
        asyncio.get_running_loop().call_soon(begun.set)

    retrying = Retrying(attempt, lambda: 1, first=0.0)
    retrying.look()
    await begun.wait()
    retrying.look()
    retrying.stop()
    assert (retrying._timer, retrying._work) == (None, None)


async def test_what_is_closed_is_tried_no_more(tmp_path: Path) -> None:
    disk = FaultyDisk("pwrite", 1, errno.ENOSPC, lasting=True)
    history = History(tmp_path / "history.json", disk=disk)
    history.open()
    assert not (await history.add(http())).saved
    assert history._retrying._timer
    closing = asyncio.ensure_future(history.close())
    await asyncio.sleep(0)
    assert not history._retrying._timer
    await closing
    assert not history._retrying._timer
    assert history.unsaved == 1
