"""A disk that is full: by a limit on the size of files, and by a small file system in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry
from sonde_core.history.identity import new_id
from sonde_core.settings import Limits
from tests.full_disk import files_end_at
from tests.histories import http

from .report import Result, folder

_LIMITS = Limits(body_inline=2000)
_KIB = 1024


def fill(path: Path, free: Callable[[], None], result: Result) -> None:
    """Add until nothing fits, make room, and look that all of it is there then."""
    archive = Archive(path, limits=_LIMITS)
    archive.open()
    kept: list[str] = []
    waiting: list[str] = []
    for number in range(400):
        body = os.urandom((100, 1500, 9000)[number % 3])
        entry = archive.add(Entry(new_id(), http(number, body=body)))
        (kept if entry.saved else waiting).append(entry.id)
        if len(waiting) >= 5:
            break
    result.cases += 1
    result.kept += len(kept)
    result.check(bool(waiting), "it was never full")
    result.check(
        not archive.telling.saving and len(archive.telling.trouble) > 10, "nothing was said"
    )
    _look(path, kept, [], result)
    free()
    after = archive.add(Entry(new_id(), http()))
    result.check(after.saved, f"not saved with room: {archive.telling.trouble}")
    result.check(archive.unsaved == 0, "some still wait though there is room")
    archive.close()
    _look(path, [*kept, *waiting, after.id], [], result)


def _look(path: Path, kept: list[str], unsure: list[str], result: Result) -> None:
    archive = Archive(path, limits=_LIMITS)
    archive.open()
    archive.load()
    shown = [each.id for each in archive.view.summaries()]
    lost = set(kept) - set(shown)
    result.check(not lost, f"lost {len(lost)} of {len(kept)} in {path}")
    result.check(len(set(shown)) == len(shown), "an entry is there twice")
    archive.close()


def fill_the_disk(scale: float = 1.0, seed: int = 0) -> Result:
    """Try limits of many sizes, and a small file system where one may be mounted."""
    result = Result("a full disk")
    with result.timed(), folder() as where:
        step = int(2500 / max(scale, 0.05))
        for size in range(6000 + seed, 150_000, step):
            _limited(where / f"{size}", size, result)
        if _may_mount(where):
            for size in range(64, 65 + int(192 * scale), 64):
                with _small(where / f"fs{size}", size) as small:
                    _on(small, result)
        else:
            result.remark = "no file system could be mounted: a limit on files only"
    return result


def _limited(place: Path, size: int, result: Result) -> None:
    place.mkdir()
    with files_end_at(size) as free:
        fill(place / "history.json", free, result)


def _on(small: Path, result: Result) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(b"x" * 24 * _KIB)
    fill(small / "history.json", ballast.unlink, result)


def _may_mount(where: Path) -> bool:
    if os.geteuid() or sys.platform != "linux":
        return False
    try:
        with _small(where / "trial", 64):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def _small(place: Path, size: int) -> Iterator[Path]:
    place.mkdir()
    options = f"size={size}k"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True, capture_output=True)
