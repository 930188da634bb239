"""Bodies beside the history file: `bodies/<aa>/<sha256>`, written before what names them."""

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

from .body import Body
from .disk import Disk
from .identity import new_id
from .schema.bodies import DIGEST

_SLICE: Final = 1 << 20
# A file that was begun and never placed: left over from a crash once it is this old, in seconds.
_STALE: Final = 3600.0

REFERENCE: Final = re.compile(rb'"ref"\s*:\s*"([0-9a-f]{64})"')


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

    def batch(self) -> Batch:
        """Begin to keep the bodies of one entry."""
        return Batch(self, self._disk, self._kept)

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
    """Bodies of one entry: written first, named under the lock just before the entry is.

    In between, no compaction can take them for unreferenced.
    """

    def __init__(self, bodies: Bodies, disk: Disk, kept: int) -> None:
        self._bodies = bodies
        self._disk = disk
        self._limit = kept
        self._ready: dict[str, _Ready] = {}
        self.size = 0

    def put(self, body: Body) -> tuple[str, int]:
        """Write a body, or its first part when it is very large; raises OSError and BodyError."""
        digest = hashlib.sha256()
        temporary = self._bodies.passing()
        try:
            size = self._disk.write_file(temporary, self._taken(body, digest))
        except BaseException:
            self._drop(temporary)
            raise
        self._add(_Ready(temporary, digest.hexdigest(), size))
        return digest.hexdigest(), size

    def place(self) -> None:
        """Give the bodies their names; needs the lock; raises OSError."""
        for ready in self._ready.values():
            if self._bodies.get(ready.digest, ready.size):
                self._drop(ready.temporary)
                continue
            target = self._bodies.place_of(ready.digest)
            self._disk.replace(ready.temporary, target)
            self._disk.sync_folder(target.parent)
            self.size += ready.size
        self._ready.clear()

    def discard(self) -> None:
        """Remove what was written and not placed."""
        for ready in self._ready.values():
            self._drop(ready.temporary)
        self._ready.clear()

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
