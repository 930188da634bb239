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
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..body import Body
from .disk import Disk
from .identity import new_id
from .schema.bodies import DIGEST
from .troubles import has_no_room

_SLICE: Final = 1 << 20
# A file that was begun and never placed: left over from a crash once it is this old, in seconds.
_STALE: Final = 3600.0

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
    """A body that is on the disk under a passing name."""

    temporary: Path
    digest: str
    size: int


class Bodies:
    """The folder of bodies of one history file."""

    def __init__(self, folder: Path, disk: Disk | None = None, *, kept: int) -> None:
        self._folder = folder
        self._disk = disk or Disk()
        self._kept = kept

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

    def batch(self, *, written: bool = True) -> Batch:
        """Begin to keep the bodies of entries, or to name them only, not written."""
        return Batch(self, self._disk, self._kept, written=written)

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
        return freed

    def passing(self) -> Path:
        """Return a name for a body while it is written; raises OSError."""
        self._own(self._folder)
        return self._folder / f"{new_id()}.part"

    def place_of(self, digest: str) -> Path:
        """Return where a body belongs; its folder is there; raises OSError."""
        self._own(self._folder)
        path = self._path(digest)
        self._own(path.parent)
        return path

    def _own(self, folder: Path) -> None:
        self._disk.make_folder(folder)
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))

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

    def __init__(self, bodies: Bodies, disk: Disk, kept: int, *, written: bool) -> None:
        self._bodies = bodies
        self._disk = disk
        self._limit = kept
        self._written = written
        self._ready: dict[str, _Ready] = {}
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
        self.lacking |= name not in self._ready and self._bodies.get(name, size) is None
        return name, size

    def place(self) -> None:
        """Give the bodies their names; needs the lock; raises OSError like `put`."""
        for ready in self._ready.values():
            if self._bodies.get(ready.digest, ready.size):
                self._drop(ready.temporary)
                continue
            try:
                self._place(ready)
            except OSError as error:
                if not has_no_room(error):
                    raise
                self._drop(ready.temporary)
                self.lacking = True
        self._ready.clear()

    def take_back(self) -> None:
        """Remove what was placed, as nothing came to name it; needs the same hold of the lock."""
        self._bodies.remove(self._placed)
        self._placed.clear()
        self.size = 0

    def discard(self) -> None:
        """Remove what was written and not placed."""
        for ready in self._ready.values():
            self._drop(ready.temporary)
        self._ready.clear()

    def _write(self, body: Body) -> tuple[str, int]:
        if self._linked(body):
            return body.sha256, body.size
        digest = hashlib.sha256()
        temporary = self._bodies.passing()
        try:
            size = self._disk.write_file(temporary, self._taken(body, digest))
        except BaseException:
            self._drop(temporary)
            raise
        self.wrote = True
        self._add(_Ready(temporary, digest.hexdigest(), size))
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

    def _place(self, ready: _Ready) -> None:
        target = self._bodies.place_of(ready.digest)
        self._disk.replace(ready.temporary, target)
        self._placed.append(ready.digest)
        self.size += ready.size
        self._disk.sync_folder(target.parent)

    def _add(self, ready: _Ready) -> None:
        if ready.digest in self._ready:
            self._drop(ready.temporary)
        else:
            self._ready[ready.digest] = ready

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
