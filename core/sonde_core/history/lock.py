"""One writer at a time, over all threads and processes that use a history file."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import HistoryError
from .disk import Disk, identity

# The kernel wakes no one fairly, and a waiting flock cannot be given a time limit: so we ask again.
_FIRST_PAUSE: Final = 0.0005
_LONGEST_PAUSE: Final = 0.005
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


class BusyError(HistoryError):
    """Another process holds the lock longer than one can wait."""

    hint = "Close the other Sonde that is busy or stopped."


class FileLock:
    """An exclusive lock on a file of its own, which is never deleted.

    It is not the history file: compaction replaces that one's inode. flock and not fcntl: fcntl
    locks vanish when any descriptor of the file is closed anywhere in the process.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self._threads = threading.RLock()
        self._depth = 0
        self._handle = -1

    @contextmanager
    def hold(self, seconds: float) -> Iterator[None]:
        """Hold the lock; may be nested in one thread.

        Args:
            seconds: How long to wait for it.

        Raises:
            BusyError: Another holds it for longer.
            HistoryError: This file system has no locks.
            OSError: The lock file cannot be opened.
        """
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(timeout=max(0.0, seconds)):
            raise self._busy()
        try:
            if not self._depth:
                self._take(deadline)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._release()
        finally:
            self._threads.release()

    def close(self) -> None:
        """Let go of the lock file."""
        with self._threads:
            handle, self._handle = self._handle, -1
            if handle >= 0:
                with suppress(OSError):
                    self._disk.close(handle)

    def _take(self, deadline: float) -> None:
        pause = _FIRST_PAUSE
        while True:
            if self._handle < 0:
                self._open()
            if self._try() and self._is_current():
                return
            if time.monotonic() >= deadline:
                raise self._busy()
            time.sleep(pause)  # in the writing thread: flock has no wait with an end
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _open(self) -> None:
        handle = self._disk.open(self._path, os.O_RDWR | os.O_CREAT)
        try:
            if not stat.S_ISREG(self._disk.fstat(handle).st_mode):
                raise HistoryError(f"{self._path} is no file, so the history cannot be locked.")
        except BaseException:
            self._disk.close(handle)
            raise
        self._handle = handle

    def _try(self) -> bool:
        try:
            self._disk.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            raise HistoryError(
                f"The file system of {self._path.parent} has no file locks.",
                hint="Choose a file on a local disk with --history or SONDE_HISTORY.",
            ) from error
        return True

    def _is_current(self) -> bool:
        """Tell whether the locked file still has the name; if not, let go of it.

        Someone may have deleted it, and another may lock its successor.
        """
        current = False
        try:
            current = identity(self._disk.stat(self._path)) == identity(
                self._disk.fstat(self._handle)
            )
        except FileNotFoundError:
            pass
        finally:
            if not current:
                self.close()
        return current

    def _release(self) -> None:
        try:
            self._disk.flock(self._handle, fcntl.LOCK_UN)
        except OSError:
            self.close()  # closing lets go as well

    def _busy(self) -> BusyError:
        return BusyError(f"Another Sonde is using {self._path.stem} and does not let go of it.")
