"""A full disk, as far as a limit on the size of files lets a test see it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def files_end_at(size: int) -> Iterator[Callable[[], None]]:
    """Let no file of this process grow beyond so many bytes; yields what ends that earlier."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def free() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield free
    finally:
        free()


def check_leaves_no_file(program: str, folder: Path) -> None:
    """Run a program with its private files in a folder: it must end well and leave none there."""
    outcome = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert os.listdir(folder) == []
