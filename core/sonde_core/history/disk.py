"""The calls by which the history reaches the disk: one seam, so that a test can make each fail."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

# O_NONBLOCK: a pipe in the file's place is refused instead of waited for.
_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


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

    def make_folder(self, path: Path) -> None:
        """Make a folder that only we can enter, and those above it that are missing."""
        if path.is_dir():
            return
        self.make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)

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

    def write_file(self, path: Path, pieces: Iterable[bytes]) -> int:
        """Write a new private file to the disk and return its size."""
        self.unlink(path)
        handle = self.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            offset = 0
            for piece in pieces:
                self.write_all(handle, piece, offset)
                offset += len(piece)
            self.fdatasync(handle)
        finally:
            self.close(handle)
        return offset


def identity(status: os.stat_result) -> tuple[int, int]:
    """Return what tells one file from another that took its name."""
    return status.st_dev, status.st_ino
