from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.history.identity import new_id
from sonde_core.settings import Limits
from tests.histories import FaultyDisk, bodies, http, ids, received, values

MANY = 20


def entries(count: int, *, size: int = 5) -> list[Entry]:
    return [Entry(new_id(), http(number, body=b"%05d" % number * size)) for number in range(count)]


def opened(path: Path, disk: FaultyDisk | None = None) -> Archive:
    archive = Archive(path, disk=disk, limits=Limits(body_inline=50))
    archive.open()
    return archive


def test_what_comes_together_shares_one_wait_for_the_disk(tmp_path: Path) -> None:
    disk = FaultyDisk()
    archive = opened(tmp_path / "history.json", disk)
    before = disk.calls.get("fdatasync", 0)
    wanted = entries(MANY)
    kept = archive.add_all(wanted)
    assert disk.calls["fdatasync"] == before + 1
    assert all(entry.saved for entry in kept)
    assert ids(tmp_path / "history.json") == [entry.id for entry in wanted]
    archive.close()


@pytest.mark.parametrize("call", ["pwrite", "fdatasync", "flock", "fstat"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_when_the_shared_write_fails_each_is_kept_once(tmp_path: Path, call: str, at: int) -> None:
    path = tmp_path / "history.json"
    opened(path).close()
    disk = FaultyDisk()
    archive = opened(path, disk)
    disk._name, disk._code, disk._at = call, errno.EIO, disk.calls.get(call, 0) + at
    wanted = entries(4, size=30)
    archive.add_all(wanted)
    disk.heal()
    archive.add_all(entries(1))
    archive.close()
    found = ids(path)
    assert sorted(found[: len(wanted)]) == sorted(entry.id for entry in wanted)
    assert len(set(found)) == len(found) == len(wanted) + 1


def test_on_a_full_disk_they_stay_in_memory_and_come_later(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    opened(path).close()
    disk = FaultyDisk("pwrite", code=errno.ENOSPC, lasting=True)
    archive = opened(path, disk)
    wanted = entries(3)
    assert not any(entry.saved for entry in archive.add_all(wanted))
    assert archive.unsaved == 3
    disk.heal()
    archive.add_all(entries(2))
    assert set(ids(path)) >= {entry.id for entry in wanted}
    assert len(ids(path)) == 5
    archive.close()


def test_bodies_of_all_stand_beside(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    archive = opened(path)
    wanted = entries(3, size=100)
    archive.add_all(wanted)
    assert bodies(path)
    for entry in wanted:
        assert received(archive.get(entry.id)).read() == received(entry).read()
    archive.close()


async def test_many_tasks_that_add_at_once_each_have_their_own_entry(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    disk = FaultyDisk()
    history = History(path, disk=disk)
    history.open()
    await history.add(http(0))
    before = disk.calls["fdatasync"]
    added = await asyncio.gather(*(history.add(http(number)) for number in range(1, MANY)))
    assert [entry.exchange.target for entry in added] == [
        f"http://127.0.0.1/{number}" for number in range(1, MANY)
    ]
    assert disk.calls["fdatasync"] - before < MANY // 2
    assert len(values(path)) == MANY
    await history.close()
