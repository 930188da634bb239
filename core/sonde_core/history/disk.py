"""The calls by which the history reaches the disk: one seam, so that a test can make each fail."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

# O_NONBLOCK: a pipe in the file's place is refused instead of waited for.
_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# So many calls wait for the disk at the same time; as many as make no difference need no thread.
_AT_ONCE: Final = 4
_FEW: Final = 3


class Disk:
    """The operating system's file calls; each raises OSError."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """Open without following a link at the end of the path; a child does not inherit it."""
        return os.open(path, flags | _SAFE, mode)

    def open_following(self, path: Path) -> int:
        """Open for reading; a link is followed."""
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self, handle: int) -> None:
        os.close(handle)

    def flock(self, handle: int, operation: int) -> None:
        fcntl.flock(handle, operation)

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        return os.pread(handle, size, offset)

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        return os.pwrite(handle, data, offset)

    def fdatasync(self, handle: int) -> None:
        """Make written bytes outlive a power cut."""
        if sys.platform == "darwin":  # fsync there leaves them in the drive's cache
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(handle)

    def ftruncate(self, handle: int, size: int) -> None:
        os.ftruncate(handle, size)

    def fstat(self, handle: int) -> os.stat_result:
        return os.fstat(handle)

    def stat(self, path: Path) -> os.stat_result:
        return os.stat(path)

    def chmod(self, handle: int, mode: int) -> None:
        os.fchmod(handle, mode)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def link(self, source: Path, target: Path) -> None:
        os.link(source, target)

    def unlink(self, path: Path) -> None:
        """Remove a file; one that is not there is fine."""
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Make a new or replaced name in a folder outlive a power cut."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def mkdir(self, path: Path) -> None:
        """Make a folder that only we can enter; one that is there is fine."""
        path.mkdir(mode=0o700, exist_ok=True)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it that are missing, so that they outlive a power cut."""
        if path.is_dir():
            return
        self.make_folder(path.parent)
        self.mkdir(path)
        try:
            self.sync_folder(path.parent)
        except PermissionError:
            pass  # one may write to a folder and not read it
        except OSError:
            with suppress(OSError):  # the next try is to sync, too
                path.rmdir()
            raise

    def write_all(self, handle: int, data: bytes, offset: int) -> None:
        """Write all of the bytes; a call may write only some."""
        view = memoryview(data)
        while view:
            done = self.pwrite(handle, view, offset)
            if done <= 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            view, offset = view[done:], offset + done

    def read_all(self, handle: int, size: int, offset: int) -> bytes:
        """Read so many bytes, fewer only at the file's end."""
        parts: list[bytes] = []
        while size > 0 and (part := self.pread(handle, min(size, 1 << 30), offset)):
            parts.append(part)
            size, offset = size - len(part), offset + len(part)
        return b"".join(parts)

    def begin_file(self, path: Path, pieces: Iterable[bytes]) -> tuple[int, int]:
        """Write a new private file; returns its handle and size; a power cut may still take it."""
        self.unlink(path)
        handle = self.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            offset = 0
            for piece in pieces:
                self.write_all(handle, piece, offset)
                offset += len(piece)
        except BaseException:
            self.close(handle)
            raise
        return handle, offset

    def write_file(self, path: Path, pieces: Iterable[bytes]) -> int:
        """Write a new private file to the disk and return its size."""
        handle, size = self.begin_file(path, pieces)
        try:
            self.fdatasync(handle)
        finally:
            self.close(handle)
        return size


def identity(status: os.stat_result) -> tuple[int, int]:
    """Return what tells one file from another that took its name."""
    return status.st_dev, status.st_ino


def at_once(work: Callable[[T], None], items: Sequence[T]) -> list[tuple[T, OSError]]:
    """Do something with each, some at the same time; returns what failed, in no order.

    Those that wait for the disk together share what it does for each: one commit of the journal,
    one flush of the drive's cache. Where no thread can be begun, this one does all.
    """
    left = deque(items)
    failed: list[tuple[T, OSError]] = []
    broken: list[BaseException] = []

    def take() -> None:
        while not broken:
            try:
                item = left.popleft()
            except IndexError:
                return
            try:
                work(item)
            except OSError as error:
                failed.append((item, error))
            except BaseException as error:  # noqa: BLE001 - a bug: raised below, in who called
                broken.append(error)

    helpers = _begin_threads(take, _AT_ONCE - 1 if len(items) > _FEW else 0)
    take()
    for helper in helpers:
        helper.join()
    if broken:
        raise broken[0]
    return failed


def _begin_threads(work: Callable[[], None], most: int) -> list[threading.Thread]:
    """Begin threads, as many as may be: not one while the interpreter ends, for instance."""
    begun: list[threading.Thread] = []
    with suppress(RuntimeError):
        for _ in range(most):
            thread = threading.Thread(target=work, name="history-disk")
            thread.start()
            begun.append(thread)
    return begun
