from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest

from sonde_core.clock import SystemClock
from sonde_core.errors import HistoryError
from sonde_core.history import changing
from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from tests.histories import FaultyDisk, http, ids, line, write


def opened(path: Path, disk: FaultyDisk | None = None) -> Archive:
    archive = Archive(path, disk=disk)
    archive.open()
    return archive


def test_changes_are_lines_and_deletions_can_be_taken_back(path: Path) -> None:
    write(path, line("a"), line("b"))
    archive = opened(path)
    archive.change(["a", "b"], {"name": "x"})
    gone = archive.delete(["a", "a"])
    assert [each.id for each in archive.view.summaries()] == ["b"]
    assert archive.restore(gone) == ["a"]
    assert {each.name for each in archive.view.summaries()} == {"x"}
    archive.close()
    assert len(ids(path)) == 6


def test_what_was_deleted_here_goes_when_it_is_closed(path: Path) -> None:
    write(path, line("a"), line("b"))
    archive = opened(path)
    archive.delete(["a"])
    archive.close()
    assert ids(path) == ["b"]


def test_what_another_deleted_a_moment_ago_stays_and_goes_an_hour_later(path: Path) -> None:
    write(path, line("a"), line("b"))
    other = opened(path)
    other.delete(["a"])
    archive = opened(path)
    archive.close()
    assert "a" in ids(path)

    class Later(SystemClock):
        def now(self):  # type: ignore[no-untyped-def]
            return SystemClock.now(self) + timedelta(hours=2)

    late = Archive(path, clock=Later())
    late.open()
    late.close()
    assert ids(path) == ["b"]


def test_what_is_not_read_yet_is_brought_back_too(path: Path) -> None:
    write(path, line("old"), *(line(f"n{number}") for number in range(300)))
    archive, other = opened(path), opened(path)
    gone = archive.delete(["old"])
    other.load()
    assert other.restore(gone) == ["old"]
    assert len(other.view.summaries()) == 301
    archive.refresh()
    archive.change(["old"], {"name": "x"})
    gone = archive.delete(["old"])
    other.compact()
    third = opened(path)  # has seen the newest only
    assert not third.view.complete
    third.restore(gone)
    assert third.view.summaries()[-1].name == "x"
    archive.close()


def test_what_cannot_be_read_is_not_deleted(path: Path) -> None:
    write(path, line("a"))
    disk = FaultyDisk()
    archive = opened(path, disk)
    disk._name, disk._at, disk._code, disk._lasting = "pread", 1, 5, True
    disk.calls.clear()
    with pytest.raises(HistoryError, match="cannot be read"):
        archive.delete(["a"])
    disk.heal()
    assert [each.id for each in archive.view.summaries()] == ["a"]
    archive.close()
    assert ids(path) == ["a"]


def test_more_than_fit_into_one_write_are_changed_in_parts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "_TOGETHER", 3)
    names = list("abcdefgh")
    write(path, *map(line, names))
    archive = opened(path)
    archive.change(names, {"name": "x"})
    assert {each.name for each in archive.view.summaries()} == {"x"}
    gone = archive.delete(names)
    assert archive.view.summaries() == []
    assert archive.restore(gone) == names
    assert {each.id for each in archive.view.summaries()} == set(names)
    archive.close()


def test_what_is_not_in_the_file_yet_is_changed_where_it_waits(path: Path) -> None:
    disk = FaultyDisk("pwrite", 1, errno.ENOSPC, lasting=True)
    path.write_bytes(b"[\n]\n")
    archive = opened(path, disk)
    entry = archive.add(Entry("a", http()))
    assert not entry.saved
    archive.change(["a"], {"name": "x", "tags": ["t"], "pin": True})
    waiting = archive._pending.entry("a")
    assert waiting is not None
    assert (waiting.name, waiting.tags, waiting.pinned) == ("x", ("t",), True)
    archive._pending.drop(waiting)
    archive.change(["a"], {"name": "y"})  # nothing is there any more to be changed
    assert archive.unsaved == 0
    archive.close()
