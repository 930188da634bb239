from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sonde_core.history.archive import Archive
from sonde_core.history.disk import Disk
from sonde_core.history.torn import TORN_KEPT, Torn
from tests.histories import FaultyDisk, ids, line, write


def test_what_is_kept_is_bounded_and_the_newest(path: Path) -> None:
    torn = Torn(path, Disk())
    for number in range(3):
        assert torn.keep(b"%d" % number * (TORN_KEPT // 2)) == "history.json.torn"
    kept = path.with_name("history.json.torn")
    assert kept.read_bytes() == b"2" * (TORN_KEPT // 2) + b"\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert torn.drop() == TORN_KEPT // 2 + 1
    assert torn.drop() == 0
    assert os.listdir(path.parent) == []


def test_what_is_larger_has_a_file_of_its_own(path: Path) -> None:
    torn = Torn(path, Disk())
    assert torn.keep(b"x" * TORN_KEPT) == "history.json.damaged-1"
    path.write_bytes(b"y")
    assert torn.set_aside() == "history.json.damaged-2"
    assert torn.damaged() == ["history.json.damaged-1", "history.json.damaged-2"]
    assert Torn(path.with_name("other.json"), Disk()).damaged() == []


def test_a_disk_that_keeps_nothing_is_told(path: Path) -> None:
    for name in ("open", "fstat", "pwrite", "fdatasync"):
        with pytest.raises(OSError, match="Input/output"):
            Torn(path, FaultyDisk(name, 1, 5)).keep(b"x")


def test_a_compaction_that_was_asked_for_drops_cut_ends_and_names_damaged_files(
    path: Path,
) -> None:
    write(path, line("a"))
    path.with_name("history.json.torn").write_bytes(b"x" * 5000)
    path.with_name("history.json.damaged-1").write_bytes(b"y")
    archive = Archive(path)
    archive.open()
    assert archive.tidy() == 5000
    assert "history.json.damaged-1" in archive.telling.findings[-1]
    assert sorted(os.listdir(path.parent)) == [
        "history.json",
        "history.json.damaged-1",
        "history.json.lock",
    ]
    archive.close()
    assert ids(path) == ["a"]


def test_a_cut_end_that_cannot_be_dropped_is_no_trouble(path: Path) -> None:
    write(path, line("a"))
    path.with_name("history.json.torn").mkdir()
    archive = Archive(path)
    archive.open()
    assert archive.tidy() == 0
    archive.close()


def test_damaged_lines_outlive_the_compaction_that_finds_them(path: Path) -> None:
    write(path, line("a"), b"{oops", b'{"v":1}', line("b"), b"[1]", line("c"))
    torn = path.with_name("history.json.torn")
    archive = Archive(path)
    archive.open()
    assert archive.outlook().damaged == 3
    assert not torn.exists()
    archive.tidy()
    assert ids(path) == ["a", "b", "c"]
    assert (
        "3 damaged lines of history.json went into history.json.torn." in archive.telling.findings
    )
    assert all(each in torn.read_bytes() for each in (b"{oops", b'{"v":1}', b"[1]"))
    archive.tidy()
    assert "what was damaged before, was removed" in archive.telling.findings[-1]
    assert not torn.exists()
    archive.close()
