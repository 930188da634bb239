from __future__ import annotations

import errno
import fcntl
import os
import signal
from pathlib import Path

import pytest

from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.settings import Limits
from tests.histories import (
    DyingDisk,
    FaultyDisk,
    KilledError,
    bodies,
    http,
    ids,
    received,
)
from tests.torture.killing import Tell, begin

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


class Witness(FaultyDisk):
    """A disk that tells in which order things happen, and on which files of a size fail.

    Attributes:
        notes: `lock`, `unlock`, `sync`, `name`, `folder`, one letter each.
        bad: Size of files that cannot be synced.
    """

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.bad = -1

    def flock(self, handle: int, operation: int) -> None:
        FaultyDisk.flock(self, handle, operation)
        self.notes.append("u" if operation == fcntl.LOCK_UN else "l")

    def fdatasync(self, handle: int) -> None:
        if os.fstat(handle).st_size == self.bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        FaultyDisk.fdatasync(self, handle)
        self.notes.append("s")

    def replace(self, source: Path, target: Path) -> None:
        FaultyDisk.replace(self, source, target)
        self.notes.append("n")

    def sync_folder(self, path: Path) -> None:
        FaultyDisk.sync_folder(self, path)
        self.notes.append("f")


def opened(path: Path, disk: FaultyDisk | DyingDisk | None = None) -> Archive:
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


def large(count: int) -> list[Entry]:
    """Return entries with two bodies of their own each."""
    return [entry(number, b"%d," % number * (number + 200)) for number in range(count)]


def test_bodies_of_many_are_waited_for_before_the_lock_and_their_names_before_the_line(
    path: Path,
) -> None:
    disk = Witness()
    archive = opened(path, disk)
    disk.notes.clear()
    added = archive.add_all(large(20))
    done = "".join(disk.notes)
    before, _, held = done.partition("l")
    assert before.replace("f", "") == "s" * 40  # and the new folder of all bodies
    names, folders, line = held[:40], held[40:-2], held[-2:]
    assert (names, set(folders), line) == ("n" * 40, {"f"}, "su")
    assert len(folders) < 40 + 3
    assert ids(path) == [each.id for each in added]
    archive.close()


def test_a_body_that_fails_among_many_fails_its_entry_alone(path: Path) -> None:
    disk = Witness()
    archive = opened(path, disk)
    some = large(20)
    disk.bad = received(some[7]).size
    added = archive.add_all(some)
    assert [each.saved for each in added] == [number != 7 for number in range(20)]
    assert not list(path.parent.rglob("*.part"))
    disk.bad = -1
    archive.retry()
    assert sorted(ids(path)) == sorted(each.id for each in some)
    archive.close()


def test_whenever_it_is_killed_each_line_has_its_bodies(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonde_core.history.disk._FEW", 1000)  # the disk counts in one thread
    lived = False
    for after in range(0, 20_000, 137):
        place = path.parent / f"{after}" / path.name
        disk = DyingDisk()
        archive = opened(place, disk)
        kept = archive.add(entry(99, LARGE + b"first"))
        disk.left, some = after, large(6)
        try:
            archive.add_all(some)
            lived = True
        except KilledError:
            pass
        disk.bury()
        again = opened(place)
        found = ids(place)
        assert found == [kept.id, *(each.id for each in some)][: 7 if lived else len(found)]
        assert all(received(again.get(each)).kept for each in found)
        again.close()
        if lived:
            return
    pytest.fail("it never lived")


def test_what_was_acknowledged_of_many_is_there_after_a_kill(path: Path) -> None:
    for heard in (1, 5, 9):
        child = begin(_add_many, path, heard)
        told: list[str] = []
        while len(told) < heard:
            child.wait_until_ready()
            *whole, rest = child.rest.split(b"\n")
            child.rest = rest
            told += [each.decode() for each in whole]
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        told += [word for words in child.lines() for word in words]
        archive = opened(path)
        archive.load()
        assert set(" ".join(told).split()) <= set(ids(path))
        assert all(received(archive.get(each)).kept for each in ids(path))
        archive.close()


def _add_many(path: Path, tell: Tell, seed: int) -> None:
    archive = opened(path)
    while True:
        some = [entry(number, os.urandom(3000)) for number in range(20)]
        tell(" ".join(each.id for each in archive.add_all(some) if each.saved))
