"""What a list shows of a large file, read in a process of its own.

Reading 100,000 lines holds the interpreter for a second, in which a person types.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import subprocess

    from .usual_line import Told

# The lines of a smaller file are read before a process has started.
LARGE: Final = 8 << 20  # bytes
LENGTH: Final = 4  # bytes before each message, see `ahead_child`
_CHILD: Final = "sonde_core.history.ahead_child"


def begin(path: Path, *, at_least: int = LARGE) -> Ahead | None:
    """Start to read a file; None when it has fewer bytes, or no process can be started."""
    try:
        if os.stat(path).st_size < at_least:
            return None
        import subprocess

        # -P: the folder we stand in must not lend its modules to the process.
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", _CHILD, os.path.abspath(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,  # keys such as ctrl+c are not for it
        )
    except (OSError, ValueError):  # a path that names no file is told of when it is opened
        return None
    return Ahead(process)


class Ahead:
    """Hands out the lines of one file, the newest first; in one thread at a time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._next = -1  # what begins before this place was not handed out yet

    def before(self, file: tuple[int, int], start: int) -> list[Told] | None:
        """Return the next lines that begin before a place.

        Args:
            file: Device and inode of the file whose lines are wanted.
            start: Where the last line begins that is known already.

        Returns:
            Some lines, newest first; none at the start of the file. None when the process read
            another file, or cannot tell.
        """
        goes_on = start == self._next if self._next >= 0 else self._message() == file
        while goes_on and (lines := self._message()) is not None:
            if self._next < 0 and (not lines or lines[0][0] < start):
                break  # there may be lines between that came after the process had begun
            older = [each for each in lines if each[0] < start]
            self._next = older[-1][0] if older else start
            if older or not lines:
                return older
        return None

    def close(self) -> None:
        """End the process, which may be read from in another thread."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()  # once nobody reads from it

    def _message(self) -> Any:
        """Return what the process tells next; None if it does not."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        with suppress(OSError, ValueError, EOFError, TypeError):
            size = int.from_bytes(self._process.stdout.read(LENGTH), "big")
            return marshal.loads(self._process.stdout.read(size))  # noqa: S302 - of our own process
        return None
