from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from sonde_core.errors import HistoryError
from sonde_core.history.disk import Disk
from sonde_core.history.lock import BusyError, FileLock
from tests.histories import FaultyDisk, open_files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.json.lock"


def test_it_may_be_nested_in_one_thread(path: Path) -> None:
    lock = FileLock(path, Disk())
    with lock.hold(1), lock.hold(1):
        pass
    lock.close()
    assert path.stat().st_size == 0


def test_another_descriptor_and_another_thread_are_kept_out(path: Path) -> None:
    mine, other = FileLock(path, Disk()), FileLock(path, Disk())
    caught: list[str] = []

    def try_it() -> None:
        try:
            with mine.hold(0.05):
                caught.append("held")
        except BusyError as error:
            caught.append(error.message)

    with mine.hold(1):
        with pytest.raises(BusyError, match="does not let go"), other.hold(0.05):
            pass
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert "does not let go" in caught[0]
    with other.hold(0.05):
        pass
    mine.close()
    other.close()


def test_it_is_taken_as_soon_as_the_other_lets_go(path: Path) -> None:
    mine, other = FileLock(path, Disk()), FileLock(path, Disk())
    order: list[str] = []
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        with other.hold(10):
            order.append("other")

    with mine.hold(1):
        thread = threading.Thread(target=wait)
        thread.start()
        begun.wait()
        order.append("mine")
    start = time.monotonic()
    thread.join()
    assert order == ["mine", "other"]
    assert time.monotonic() - start < 8
    mine.close()
    other.close()


def test_a_lock_file_that_was_deleted_protects_nobody(path: Path) -> None:
    mine, other = FileLock(path, Disk()), FileLock(path, Disk())
    with mine.hold(1):
        pass
    path.unlink()
    with other.hold(1), pytest.raises(BusyError), mine.hold(0.02):
        pass
    mine.close()
    other.close()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_a_file_system_without_locks_is_told(path: Path, code: int) -> None:
    lock = FileLock(path, FaultyDisk("flock", 1, code))
    with pytest.raises(HistoryError, match="has no file locks") as caught, lock.hold(1):
        pass
    assert "SONDE_HISTORY" in caught.value.advice
    lock.close()


def test_what_is_in_its_place_is_refused(path: Path, tmp_path: Path) -> None:
    path.mkdir()
    with pytest.raises(OSError, match="directory"), FileLock(path, Disk()).hold(1):
        pass
    path.rmdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), FileLock(path, Disk()).hold(1):
        pass
    assert not open_files(path.parent)


@pytest.mark.parametrize("name", ["open", "flock", "fstat", "stat"])
def test_a_failed_call_leaves_nothing_locked(path: Path, name: str) -> None:
    failed = 0
    for at in range(1, 4):
        lock, other = FileLock(path, FaultyDisk(name, at, errno.EIO)), FileLock(path, Disk())
        for _ in range(2):
            try:
                with lock.hold(1):
                    pass
            except OSError:
                failed += 1
            with other.hold(0.05):
                pass
        lock.close()
        other.close()
    assert failed
    assert not open_files(path.parent)


def test_a_pipe_in_its_place_is_refused(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(HistoryError, match="is no file"), FileLock(path, Disk()).hold(1):
        pass
    assert not open_files(path.parent)


def test_a_file_that_is_another_at_each_look_is_not_waited_for_without_end(path: Path) -> None:
    class Unsteady(Disk):
        """Some network file systems give a file another inode number each time."""

        def stat(self, path: Path) -> os.stat_result:
            return super().stat(path.parent)

    with pytest.raises(BusyError), FileLock(path, Unsteady()).hold(0.05):
        pass
    assert not open_files(path.parent)
