"""Bodies beside the history file: `bodies/<aa>/<sha256>`, written before what names them.

Each history has a folder of its own: whoever sweeps it knows all that may name what lies in it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..body import Body
from .disk import Disk, at_once
from .identity import new_id
from .schema.bodies import DIGEST
from .troubles import has_no_room

_SLICE: Final = 1 << 20
# A file that was begun and never placed: left over from a crash once it is this old, in seconds.
_STALE: Final = 3600.0
# So many bodies, or bytes of them, wait for the disk together; each is an open file.
_MOST: Final = 16
_ROOM: Final = 16 << 20

REFERENCE: Final = re.compile(rb'"ref"\s*:\s*"([0-9a-f]{64})"')


def folder_of(history: Path) -> Path:
    """Return where the bodies of a history file lie: no two files of a folder share one.

    That is `bodies` for `history.json`, `a.bodies` for `a.json`, and `a-bodies` for `a`.
    """
    if history.name == "history.json":
        return history.parent / "bodies"
    name = history.name
    stem = name.removesuffix(".json")
    return history.parent / (f"{name}-bodies" if stem == name else f"{stem}.bodies")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A body under a passing name.

    Attributes:
        handle: Its file, open until the disk has it.
    """

    temporary: Path
    digest: str
    size: int
    handle: int = -1


class Bodies:
    """The folder of bodies of one history file."""

    def __init__(self, folder: Path, disk: Disk | None = None, *, kept: int) -> None:
        self._folder = folder
        self._disk = disk or Disk()
        self._kept = kept
        self._lasting: set[Path] = set()  # folders whose own names outlive a power cut

    def get(self, digest: str, size: int) -> Body | None:
        """Find a body; None when it is gone, cut short, or a link."""
        path = self._path(digest)
        try:
            status = path.lstat()
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return None
        return Body.in_file(path, size, digest)

    def batch(self, *, written: bool = True, later: bool = False) -> Batch:
        """Begin to keep the bodies of entries.

        Args:
            written: Whether they are kept, and not only named.
            later: Whether it is `settle` that waits for the disk, for many at once, and not `put`.
        """
        return Batch(self, self._disk, self._kept, written=written, later=later)

    def files(self) -> Iterator[tuple[str, int]]:
        """Yield digest and size of each body that is kept."""
        for path, status in self._all():
            if DIGEST.fullmatch(path.name):
                yield path.name, status.st_size

    def total(self) -> int:
        """Return the bytes of all bodies."""
        return sum(size for _, size in self.files())

    def remove(self, digests: Collection[str]) -> None:
        """Remove bodies; what cannot be removed stays."""
        for digest in digests:
            with suppress(OSError):
                self._disk.unlink(self._path(digest))

    def sweep(self, referenced: Collection[str]) -> int:
        """Remove all bodies that nothing names; needs the lock. Returns the bytes freed."""
        freed = 0
        for path, status in list(self._all()):
            if path.name in referenced:
                continue
            if not DIGEST.fullmatch(path.name) and time.time() - status.st_mtime < _STALE:
                continue  # another process may be writing it
            with suppress(OSError):
                self._disk.unlink(path)
                freed += status.st_size
            with suppress(OSError):
                path.parent.rmdir()
                self._lasting.discard(path.parent)
        return freed

    def passing(self) -> Path:
        """Return a name for a body while it is written; raises OSError."""
        self._own(self._folder)
        return self._folder / f"{new_id()}.part"

    def place_of(self, digest: str) -> Path:
        """Return where a body belongs; its folder is there, and `sync` is to follow.

        Raises:
            OSError: It cannot be made.
        """
        self._own(self._folder)
        path = self._path(digest)
        if not path.parent.is_dir():
            self._lasting.discard(path.parent)
            self._disk.mkdir(path.parent)
        _refuse_link(path.parent)
        return path

    def sync(self, digests: Iterable[str]) -> list[OSError]:
        """Make the names of bodies outlive a power cut; needs the lock; returns what failed.

        Those that are there already too: who gave them their names may have been killed.
        """
        folders = {self._path(digest).parent for digest in digests}
        unsure = folders - self._lasting
        if unsure and self._folder not in self._lasting:
            unsure.add(self._folder)
        failed = at_once(self._disk.sync_folder, sorted(folders | {each.parent for each in unsure}))
        if not failed:
            self._lasting |= unsure
        return [error for _, error in failed]

    def _own(self, folder: Path) -> None:
        self._disk.make_folder(folder)
        _refuse_link(folder)

    def _all(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in [*_listed(self._folder, "*.part"), *_listed(self._folder, "??/*")]:
            with suppress(OSError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode) and not path.parent.is_symlink():
                    yield path, status

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise ValueError("not a digest")
        return self._folder / digest[:2] / digest


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))


def _listed(folder: Path, pattern: str) -> list[Path]:
    try:
        return list(folder.glob(pattern))
    except OSError:
        return []


class Batch:
    """Bodies of entries that are written at once: before them, and named under the same lock.

    In between, no compaction can take them for unreferenced. A body for which there is no room is
    left out; its digest and size stay, as of one that was trimmed.

    Attributes:
        size: Bytes of the bodies that were placed.
        wrote: Something was written, be it placed or not.
        lacking: Something was left out.
    """

    def __init__(
        self, bodies: Bodies, disk: Disk, kept: int, *, written: bool, later: bool
    ) -> None:
        self._bodies = bodies
        self._disk = disk
        self._limit = kept
        self._written = written
        self._later = later
        self._ready: dict[str, _Ready] = {}
        self._waiting: list[_Ready] = []
        self._placed: list[str] = []
        self.size = 0
        self.wrote = False
        self.lacking = False

    def put(self, body: Body) -> tuple[str, int]:
        """Write a body, or its first part when it is very large.

        Returns:
            Digest and size of what is kept, or would be if there were room.

        Raises:
            OSError: It cannot be written, and not for want of room.
            BodyError: It cannot be read.
        """
        if self._written:
            try:
                return self._write(body)
            except OSError as error:
                if not has_no_room(error):
                    raise
        digest = hashlib.sha256()
        size = sum(map(len, self._taken(body, digest)))
        name = digest.hexdigest()
        self._miss(name, size)
        return name, size

    def settle(self) -> None:
        """Wait until the disk has all that was put; raises OSError like `put`."""
        waiting = {each.handle: each for each in self._waiting}
        try:
            failed = at_once(self._disk.fdatasync, list(waiting))
        finally:
            self._close(*self._waiting)
            self._waiting.clear()
        for handle, _ in failed:
            gone = self._ready.pop(waiting[handle].digest)
            self._drop(gone.temporary)
            self._miss(gone.digest, gone.size)
        _raise_other([error for _, error in failed])

    def place(self) -> None:
        """Give the bodies their names; needs the lock; raises OSError like `put`."""
        self.settle()
        try:
            failed = self._bodies.sync(
                [name for name in self._ready if self._place(self._ready[name])]
            )
            self.lacking |= bool(failed)
            _raise_other(failed)
        except OSError:
            self.take_back()
            raise
        self._ready.clear()

    def take_back(self) -> None:
        """Remove what was placed, as nothing came to name it; needs the same hold of the lock."""
        self._bodies.remove(self._placed)
        self._placed.clear()
        self.size = 0

    def discard(self) -> None:
        """Remove what was written and not placed."""
        self._close(*self._waiting)
        self._waiting.clear()
        for ready in self._ready.values():
            self._drop(ready.temporary)
        self._ready.clear()

    def _write(self, body: Body) -> tuple[str, int]:
        if self._linked(body):
            return body.sha256, body.size
        digest = hashlib.sha256()
        temporary = self._bodies.passing()
        handle = -1
        try:
            pieces = self._taken(body, digest)
            if self._later:
                handle, size = self._disk.begin_file(temporary, pieces)
            else:
                size = self._disk.write_file(temporary, pieces)
        except BaseException:
            self._drop(temporary)
            raise
        self.wrote = True
        self._add(_Ready(temporary, digest.hexdigest(), size, handle))
        return digest.hexdigest(), size

    def _linked(self, body: Body) -> bool:
        """Give a private file of ours a second name instead of copying it, where that is possible.

        It is not between file systems.
        """
        if not body.private or body.path is None or not body.stored == body.size <= self._limit:
            return False
        temporary = self._bodies.passing()
        try:
            self._disk.link(body.path, temporary)
        except OSError:
            return False
        try:
            handle = self._disk.open(temporary, os.O_RDWR)
            try:
                if self._disk.fstat(handle).st_size != body.size:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                self._disk.fdatasync(handle)
            finally:
                self._disk.close(handle)
        except OSError:
            self._drop(temporary)
            return False
        self._add(_Ready(temporary, body.sha256, body.size))
        return True

    def _place(self, ready: _Ready) -> bool:
        """Give a body its name; tells whether it has one, which it may have had before."""
        if self._bodies.get(ready.digest, ready.size):
            self._drop(ready.temporary)
            return True
        try:
            self._disk.replace(ready.temporary, self._bodies.place_of(ready.digest))
        except OSError as error:
            if not has_no_room(error):
                raise
            self._drop(ready.temporary)
            self.lacking = True
            return False
        self._placed.append(ready.digest)
        self.size += ready.size
        return True

    def _miss(self, digest: str, size: int) -> None:
        """Take note that a body was left out, unless it is kept anyway."""
        self.lacking |= digest not in self._ready and self._bodies.get(digest, size) is None

    def _add(self, ready: _Ready) -> None:
        if ready.digest in self._ready:
            self._drop(ready.temporary)
            self._close(ready)
            return
        self._ready[ready.digest] = ready
        if ready.handle >= 0:
            self._waiting.append(ready)
            if len(self._waiting) >= _MOST or sum(each.size for each in self._waiting) >= _ROOM:
                self.settle()

    def _close(self, *ready: _Ready) -> None:
        for each in ready:
            if each.handle >= 0:
                with suppress(OSError):  # the wait for the disk tells whether it is there
                    self._disk.close(each.handle)

    def _drop(self, path: Path) -> None:
        with suppress(OSError):
            self._disk.unlink(path)

    def _taken(self, body: Body, digest: hashlib._Hash) -> Iterator[bytes]:
        left = min(body.stored, self._limit)
        for piece in body.slices(_SLICE):
            taken = piece[:left]
            if not taken:
                return
            digest.update(taken)
            left -= len(taken)
            yield taken


def _raise_other(errors: Iterable[OSError]) -> None:
    """Raise the first error that is not for want of room."""
    for error in errors:
        if not has_no_room(error):
            raise error
