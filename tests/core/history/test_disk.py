from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from sonde_core.history.disk import Disk, identity


class Stingy(Disk):
    """Takes and gives three bytes at most in one call."""

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        return Disk.pwrite(self, handle, data[:3], offset)

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        return Disk.pread(self, handle, min(size, 3), offset)


class Full(Disk):
    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        return 0


def test_short_calls_are_made_again(tmp_path: Path) -> None:
    disk = Stingy()
    assert disk.write_file(tmp_path / "f", [b"0123456789", b"", b"abc"]) == 13
    handle = disk.open(tmp_path / "f", os.O_RDONLY)
    assert disk.read_all(handle, 100, 1) == b"123456789abc"
    assert disk.read_all(handle, 4, 8) == b"89ab"
    assert disk.read_all(handle, -1, 0) == b""
    disk.close(handle)


def test_a_call_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Input/output"):
        Full().write_file(tmp_path / "f", [b"x"])


def test_links_and_pipes_are_not_opened_for_writing(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic") as caught:
        Disk().open(tmp_path / "link", os.O_RDWR | os.O_CREAT)
    assert caught.value.errno == errno.ELOOP
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        Disk().open(tmp_path / "pipe", os.O_WRONLY)


def test_no_child_inherits_a_file(tmp_path: Path) -> None:
    disk = Disk()
    handles = [
        disk.open(tmp_path / "f", os.O_RDWR | os.O_CREAT),
        disk.open_following(tmp_path / "f"),
    ]
    assert not any(map(os.get_inheritable, handles))
    for handle in handles:
        disk.close(handle)


def test_new_files_and_folders_are_ours_alone(tmp_path: Path) -> None:
    disk = Disk()
    disk.make_folder(tmp_path / "a" / "b")
    disk.make_folder(tmp_path / "a" / "b")
    disk.write_file(tmp_path / "a" / "f", [])
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/f")]
    assert modes == [0o700, 0o700, 0o600]
    disk.sync_folder(tmp_path / "a")


def test_a_new_file_takes_the_place_of_a_link_not_of_its_target(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "f").symlink_to(tmp_path / "target")
    Disk().write_file(tmp_path / "f", [b"new"])
    assert (tmp_path / "target").read_bytes() == b"precious"
    assert (tmp_path / "f").read_bytes() == b"new"


def test_a_file_that_took_a_name_is_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"")
    before = identity((tmp_path / "a").stat())
    (tmp_path / "a").write_bytes(b"longer")
    assert identity((tmp_path / "a").stat()) == before
    (tmp_path / "b").replace(tmp_path / "a")
    assert identity((tmp_path / "a").stat()) != before
    Disk().unlink(tmp_path / "a")
    Disk().unlink(tmp_path / "a")


def test_a_sync_goes_through_the_cache_of_the_drive_where_there_is_a_call_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("sonde_core.history.disk.sys.platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _handle, what: asked.append(what))
    Disk().write_file(tmp_path / "f", [b"x"])
    assert asked == [51]
