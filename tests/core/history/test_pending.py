from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.settings import Limits
from tests.histories import FaultyDisk, bodies, http, ids

LIMITS = Limits(body_inline=50)
LARGE = b"x" * 500


class Unsure(FaultyDisk):
    """A disk on which a wait for it fails, and after that nothing can be taken back.

    So what was written is there although that seemed to fail.
    """

    def __init__(self, at: int, code: int) -> None:
        super().__init__()
        self.broken = False
        self._until = at
        self._why = code

    def heal(self) -> None:
        self.broken = False
        self._until = -1

    def fdatasync(self, handle: int) -> None:
        self._until -= 1
        if self._until == 0:
            self.broken = True
            raise OSError(self._why, os.strerror(self._why))
        FaultyDisk.fdatasync(self, handle)

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        if self.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return FaultyDisk.pwrite(self, handle, data, offset)


def opened(path: Path, disk: FaultyDisk | None = None) -> Archive:
    archive = Archive(path, limits=LIMITS, disk=disk)
    archive.open()
    return archive


def entry(number: int = 0, body: bytes = b"hello") -> Entry:
    return Entry(new_id(), http(number, body=body))


def test_what_arrived_although_that_seemed_to_fail_is_not_written_twice(path: Path) -> None:
    disk = Unsure(2, errno.EIO)  # the first is for the empty file
    archive = opened(path, disk)
    first = archive.add(entry())
    assert not first.saved
    assert archive.unsaved == 1
    disk.heal()
    archive.retry()
    assert (archive.unsaved, archive.telling.saving) == (0, True)
    assert ids(path) == [first.id]
    assert [each.saved for each in archive.view.summaries()] == [True]
    archive.close()


def test_the_bodies_of_what_arrived_stay(path: Path) -> None:
    disk = Unsure(4, errno.ENOSPC)  # the empty file, two bodies, the line
    archive = opened(path, disk)
    added = archive.add(entry(body=LARGE))
    assert added.saved
    assert ids(path) == [added.id]
    assert len(bodies(path)) == 2
    archive.close()


def test_some_that_arrived_together_are_not_written_twice(path: Path) -> None:
    disk = Unsure(2, errno.EIO)
    archive = opened(path, disk)
    some = archive.add_all([entry(1), entry(2)])
    disk.heal()
    archive.retry()
    assert ids(path) == [each.id for each in some]
    archive.close()


def test_some_that_come_together_wait_for_the_disk_once(path: Path) -> None:
    disk = FaultyDisk()
    archive = opened(path, disk)
    before = disk.calls["fdatasync"]
    some = archive.add_all([entry(1), entry(2), entry(3)])
    assert disk.calls["fdatasync"] == before + 1
    assert ids(path) == [each.id for each in some]
    archive.close()


def test_what_waits_and_is_deleted_is_forgotten(path: Path) -> None:
    disk = FaultyDisk("pwrite", 2, errno.EIO, lasting=True)
    archive = opened(path, disk)
    kept, gone = archive.add(entry(1)), archive.add(entry(2))
    archive.change([gone.id, kept.id], {"name": "x", "tags": ["t"]})
    (back,) = archive.delete([gone.id])
    assert isinstance(back, Entry)
    disk.heal()
    archive.retry()
    assert ids(path) == [kept.id]
    assert [each.name for each in archive.view.summaries()] == ["x"]
    archive.restore([back])
    assert ids(path) == [kept.id, gone.id]
    archive.close()


def test_trouble_with_bodies_keeps_no_other_entry_from_the_file(path: Path) -> None:
    (path.parent / "bodies").write_text("in the way")
    archive = opened(path)
    large, small = archive.add(entry(1, LARGE)), archive.add(entry(2))
    assert (large.saved, small.saved) == (False, True)
    assert "not being saved" in archive.telling.warnings[0]
    archive.close()  # the last try: without the bytes
    assert archive.unsaved == 0
    assert ids(path) == [small.id, large.id]


def test_bodies_make_way_for_the_line(path: Path) -> None:
    disk = FaultyDisk("pwrite", 4, errno.ENOSPC)  # the empty file, two bodies, the line
    archive = opened(path, disk)
    added = archive.add(entry(body=LARGE))
    assert added.saved
    assert bodies(path) == []
    assert "without their bytes" in archive.telling.findings[0]
    archive.close()


def test_what_cannot_be_written_at_all_blocks_what_comes_later(path: Path) -> None:
    os.mkfifo(path)
    archive = opened(path)
    first = archive.add(entry())
    archive.change([first.id], {"name": "x"})
    assert (first.saved, archive.unsaved) == (False, 1)
    assert "no regular file" in archive.telling.trouble
    archive.close()


def test_a_change_that_cannot_be_written_waits_and_counts(path: Path) -> None:
    disk = FaultyDisk()
    archive = opened(path, disk)
    added = archive.add(entry())
    disk._name, disk._at, disk._code, disk._lasting = "flock", 1, errno.EIO, True
    disk.calls.clear()
    archive.change([added.id], {"name": "x"})
    assert [each.name for each in archive.view.summaries()] == ["x"]
    assert archive.unsaved == 0  # the entry is there
    disk.heal()
    archive.retry()
    archive.close()
    again = opened(path)
    assert [each.name for each in again.view.summaries()] == ["x"]
    again.close()


def test_an_entry_too_long_for_a_line_waits_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonde_core.history.pending.LONGEST", 2000)
    archive = opened(path)
    long = Entry(new_id(), http(1), note="n" * 3000)
    first, second = archive.add_all([long, entry(2)])
    assert (first.saved, second.saved) == (False, True)
    assert "more than a line" in archive.telling.warnings[0]
    archive.close()


def test_where_nothing_is_under_way_nothing_is_written(path: Path) -> None:
    archive = opened(path)
    archive.begin()
    assert path.read_bytes() == b"[\n]\n"
    archive.close()
