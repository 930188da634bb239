from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.history.disk import Disk
from sonde_core.history.snapshot import BLOCK, Snapshot
from tests.histories import FaultyDisk, open_files


def snapshot_of(path: Path, data: bytes) -> Snapshot:
    path.write_bytes(data)
    disk = Disk()
    return Snapshot(disk.open_following(path), disk)


SIZES = st.lists(st.sampled_from([0, 1, 7, BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, 150_000]))


@given(sizes=SIZES)
def test_lines_are_the_same_from_both_ends(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    lines = [b"x" * size for size in sizes]
    data = b"".join(line + b"\n" for line in lines)
    snapshot = snapshot_of(tmp_path_factory.mktemp("lines") / "f", data)
    backwards = list(snapshot.physical_backwards(len(data)))
    assert [line for _, line in backwards] == [b"", *lines[::-1]]
    assert all(data[offset : offset + len(line)] == line for offset, line in backwards)
    objects = [line for line in lines if line]
    assert [line.data for line in snapshot.forwards()] == objects
    assert [line.data for line in snapshot.backwards(len(data))] == objects[::-1]
    snapshot.close()


def test_a_last_line_that_is_being_written_is_left_out_forwards(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "f", b"{1}\n{2}\n{3")
    assert [line.data for line in snapshot.forwards()] == [b"{1}", b"{2}"]


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    data = '{"a":"\u2028\x85\x0b\x1c"}'.encode()
    snapshot = snapshot_of(tmp_path / "f", data + b"\n")
    assert [line.data for line in snapshot.forwards()] == [data]


def test_it_stays_readable_after_another_file_took_the_name(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "f", b"{1}\n")
    (tmp_path / "g").write_bytes(b"{2}\n")
    (tmp_path / "g").replace(tmp_path / "f")
    assert snapshot.read(0, 3) == b"{1}"


def test_what_is_no_file_is_refused_and_let_go(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, disk in ((tmp_path / "pipe", Disk()), (tmp_path, FaultyDisk("fstat", 1, 5))):
        with pytest.raises(OSError, match=r"regular|Input/output"):
            Snapshot(disk.open_following(path), disk)
    assert not open_files(tmp_path)


def test_a_line_that_is_too_long_and_not_finished_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonde_core.history.snapshot.LONGEST", 1000)
    path = tmp_path / "f"
    path.write_bytes(b"[\n" + b"x" * 3_000_000 + b"\n{}\n")
    snapshot = Snapshot(Disk().open_following(path), Disk())
    *_, last = snapshot.forwards()
    assert (last.data, last.offset) == (b"{}", 3_000_003)
    snapshot.close()
