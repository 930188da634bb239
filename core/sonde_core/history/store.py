"""The history file: lines appended so that a crash at any moment loses none that was acknowledged.

The form is fixed: `[`, one object a line, `]`. Appending writes over the last three bytes, so the
file is valid JSON whenever no write is in progress, and costs the same at any size.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import HistoryError, SondeError
from .compaction import plan, remaining
from .disk import Disk, identity
from .lines import EMPTY, FOOT, HEAD
from .lock import BusyError, FileLock
from .recovery import Rescued, ends_well, has_gaps, is_sound, rescue, torn_at
from .snapshot import Snapshot
from .torn import Torn

# Seconds to wait for another process; compaction of 100,000 entries takes one.
PATIENCE: Final = 15.0
# The same, once it let us wait in vain: it may be stopped.
_IMPATIENCE: Final = 0.5
_RUBBISH: Final = b",[] \t\r\n\0"


class Store:
    """A file of lines with one writer at a time over all processes.

    Attributes:
        path: The file.
        folder: Where it lies, with the lock file and what recovery cut.
    """

    def __init__(
        self, path: Path, disk: Disk | None = None, *, tell: Callable[[str], None] | None = None
    ) -> None:
        self.path = path
        self.folder = path.parent
        self.disk = disk or Disk()
        self._tell = tell or (lambda _: None)
        self._lock = FileLock(path.with_name(path.name + ".lock"), self.disk)
        self._torn = Torn(path, self.disk)
        self._patience = PATIENCE
        self._handle = -1
        self._looked = False  # at more than the last line
        self._left: tuple[int, int, int] | None = None  # device, inode, size as we left the file

    @contextmanager
    def locked(self, seconds: float = PATIENCE) -> Iterator[None]:
        """Keep every other writer out; may be nested.

        Raises:
            HistoryError: Another process does not let go, or there are no locks.
            OSError: The lock file cannot be opened.
        """
        self.disk.make_folder(self.folder)
        try:
            with self._lock.hold(min(seconds, self._patience)):
                self._patience = PATIENCE
                yield
        except BusyError:
            self._patience = _IMPATIENCE
            raise

    def prepare(self, seconds: float = PATIENCE) -> None:
        """Make the file if it is missing, and put it right; raises like `append`."""
        with self.locked(seconds):
            self.disk.unlink(self._temporary)
            self._sound()

    def append(self, lines: Sequence[bytes], *, first: Callable[[], None] | None = None) -> None:
        """Add lines; they are on the disk when this returns, and not in the file when it raises.

        Args:
            lines: Objects in ASCII, without line ends.
            first: Called under the lock before the lines are written.

        Raises:
            HistoryError: The file is not ours, or another process does not let go of it.
            OSError: It cannot be written.
        """
        with self.locked():
            size = self._sound()
            if first:
                first()
            comma = b"" if size == len(EMPTY) else b","
            data = comma + b"\n" + b",\n".join(lines) + FOOT
            whose = identity(self.disk.fstat(self._handle))  # before: nothing may fail behind it
            self._write_tail(size, data)
            self._left = (*whose, size - len(FOOT) + len(data))

    def snapshot(self) -> Snapshot:
        """Open the file as it is now for reading, in any thread; raises OSError."""
        return Snapshot(self.disk.open_following(self.path), self.disk)

    def current(self, snapshot: Snapshot) -> bool:
        """Tell whether a snapshot is of the file that has the name now; raises OSError."""
        return identity(self.disk.stat(self.path)) == snapshot.identity

    def rewrite(self, lines: Iterable[bytes]) -> int:
        """Put other lines in place of all, at once or not at all; needs the lock.

        Returns:
            The size of the file.

        Raises:
            OSError: The new file cannot be written; the old one is as it was, as with any error
                in the lines.
        """
        try:
            size = self.disk.write_file(self._temporary, _file_of(lines))
            self.disk.replace(self._temporary, self.path)
        except (OSError, SondeError):
            with suppress(OSError):
                self.disk.unlink(self._temporary)
            raise
        self._left = None
        self._let_go()
        with suppress(OSError):  # the new file is whole; only a power cut may bring the old back
            self.disk.sync_folder(self.folder)
        return size

    def keep_torn(self, data: bytes) -> str:
        """Put bytes that were cut into a file beside, and return its name; needs the lock.

        Raises:
            OSError: They cannot be written.
        """
        return self._torn.keep(data)

    def drop_torn(self) -> int:
        """Remove what was cut; returns the bytes freed; raises like `append`."""
        with self.locked():
            return self._torn.drop()

    def damaged(self) -> list[str]:
        """Return the names of damaged files that are kept beside."""
        return self._torn.damaged()

    def close(self) -> None:
        """Let go of the file and the lock."""
        self._let_go()
        self._lock.close()

    @property
    def _temporary(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _let_go(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            with suppress(OSError):
                self.disk.close(handle)

    def _sound(self) -> int:
        """Return the size of the file, open and put right; needs the lock."""
        self._reopen()
        status = self.disk.fstat(self._handle)
        found = (*identity(status), status.st_size)
        if found == self._left and ends_well(self.disk, self._handle, status.st_size):
            return status.st_size
        size = self._ours(status.st_size)
        if status.st_mode & 0o077:
            self.disk.chmod(self._handle, 0o600)
            self._tell(f"Others could read {self.path.name}; it is closed to them now.")
        return size

    def _ours(self, size: int) -> int:
        """Look into the file, put it right if need be, and return its size then."""
        snapshot = self.snapshot()
        try:
            if not is_sound(self.disk, self._handle, snapshot, size):
                self._looked = False
                size = self._put_right(snapshot, size)
            if not self._looked and self.current(snapshot) and has_gaps(snapshot, size):
                size = self._mend(snapshot)
            self._looked = True
            return size
        finally:
            snapshot.close()

    def _reopen(self) -> None:
        """Open the file that has the name now: compaction and editors put another in its place."""
        used = self._handle >= 0
        if used:
            try:
                now = identity(self.disk.stat(self.path))
            except FileNotFoundError:
                now = None
            if now == identity(self.disk.fstat(self._handle)):
                return
            self._let_go()
        self._left = None
        handle = self.disk.open(self.path, os.O_RDWR | os.O_CREAT)
        try:
            status = self.disk.fstat(handle)
            self._check(status, handle)
        except BaseException:
            self.disk.close(handle)
            raise
        self._handle = handle
        if used and not status.st_size:
            self._tell_emptied()

    def _tell_emptied(self) -> None:
        self._tell(
            f"{self.path.name} was emptied or removed while it was in use; it is begun anew, and "
            "what it held is not there any more."
        )

    def _check(self, status: os.stat_result, handle: int) -> None:
        """Refuse what is no file of ours, and give a new one its form."""
        if not stat.S_ISREG(status.st_mode):
            raise HistoryError(f"{self.path} is no regular file.")
        if status.st_uid != os.geteuid() and os.geteuid():
            raise HistoryError(f"{self.path} belongs to another user.")
        if open_to_others(self.disk.stat(self.folder)):
            self._tell(
                f"Others may write to the folder {self.folder}, and put another file in the place "
                f"of {self.path.name}; chmod go-w closes it to them."
            )
        if not status.st_size:
            self.disk.write_all(handle, EMPTY, 0)
            self.disk.fdatasync(handle)
            self.disk.sync_folder(self.folder)

    def _write_tail(self, size: int, data: bytes) -> None:
        place = size - len(FOOT)
        self._left = None
        try:
            self.disk.write_all(self._handle, data, place)
            self.disk.fdatasync(self._handle)
        except OSError:
            # What the disk holds now cannot be known (a failed sync may have dropped pages): the
            # next append opens the file anew and looks.
            with suppress(OSError):
                self.disk.write_all(self._handle, FOOT, place)
                self.disk.ftruncate(self._handle, size)
            self._let_go()
            raise

    def _put_right(self, snapshot: Snapshot, size: int) -> int:
        if not size:  # a new file has its form before anything is written
            self._tell_emptied()
        place = torn_at(snapshot, size)
        if place is None:
            return self._rewrite_foreign(snapshot, size)
        cut = snapshot.read(place, size - place)
        if cut.strip(_RUBBISH):
            self._tell(
                f"{self.path.name} was torn at its end by a crash: every whole entry is there; "
                f"{len(cut)} bytes of an unfinished one were put into {self._torn.keep(cut)}."
            )
        self.disk.write_all(self._handle, HEAD[:1], 0)  # missing when somebody emptied the file
        self.disk.write_all(self._handle, FOOT, place)
        self.disk.ftruncate(self._handle, place + len(FOOT))
        self.disk.fdatasync(self._handle)
        return place + len(FOOT)

    def _mend(self, snapshot: Snapshot) -> int:
        """Rewrite a file that has broken lines near its end: several may be written at once."""
        decided = plan(snapshot.forwards(), lambda _: False)

        def keep(cut: bytes) -> None:
            self._tell(
                f"{self.path.name} had a broken line near its end: every whole entry is there; "
                f"{len(cut)} bytes were put into {self._torn.keep(cut)}."
            )

        self.rewrite(remaining(snapshot.forwards(), decided, snapshot.read, keep))
        self._reopen()
        return self.disk.fstat(self._handle).st_size

    def _rewrite_foreign(self, snapshot: Snapshot, size: int) -> int:
        found = rescue(snapshot, size, str(self.path))
        aside = "" if found.whole else self._torn.set_aside()
        self.rewrite(found.lines)
        self._tell(self._rescue_words(found, aside))
        self._reopen()
        return self.disk.fstat(self._handle).st_size

    def _rescue_words(self, found: Rescued, aside: str) -> str:
        if not aside:
            return f"{self.path.name} was formatted by another program; its form is restored."
        return (
            f"{self.path.name} was damaged: {len(found.lines)} lines could be read and were "
            f"kept; the damaged file is beside it as {aside}."
        )


def open_to_others(folder: os.stat_result) -> bool:
    """Tell whether others may replace files of ours there.

    Our own group counts as us: many systems give each person one, and a umask that lets it write.
    """
    by_group = folder.st_mode & stat.S_IWGRP and folder.st_gid != os.getegid()
    by_all = folder.st_mode & stat.S_IWOTH
    return bool(by_group or by_all) and not folder.st_mode & stat.S_ISVTX


def _file_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a whole file in pieces of about a megabyte."""
    pieces, size, between = [HEAD[:-1]], 0, b"\n"
    for line in lines:
        pieces.append(between + line)
        between = b",\n"
        size += len(line)
        if size >= 1 << 20:
            yield b"".join(pieces)
            pieces, size = [], 0
    yield b"".join(pieces) + FOOT
