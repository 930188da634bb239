"""A terminal window of 120x40 that notes when something came into view."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from .grid import Grid

COLUMNS: Final = 120
ROWS: Final = 40
PATIENCE: Final = 20.0


class NotShownError(AssertionError):
    """What was waited for did not come into view."""


class Window:
    """Runs a command in a pseudo-terminal.

    Attributes:
        grid: What is on the screen.
        started: When the command was started; all times are those of the monotonic clock.
        last: When the last bytes were drawn.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.grid = Grid(COLUMNS, ROWS)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = self.last = time.monotonic()
        self.process = subprocess.Popen(
            list(command),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Window:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self.process.poll() is None:
            self.type("\x11")
            self._drain()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def pid(self) -> int:
        """The command's process."""
        return self.process.pid

    def type(self, keys: str) -> float:
        """Press keys; returns when."""
        at = time.monotonic()
        os.write(self._ours, keys.encode())
        return at

    def until(self, shown: str | Callable[[Grid], bool], seconds: float = PATIENCE) -> float:
        """Read until something is on the screen; returns when it was drawn.

        Raises:
            NotShownError: It did not come in time.
        """
        is_there = shown if callable(shown) else (lambda grid: shown in grid.text)
        end = time.monotonic() + seconds
        while not is_there(self.grid):
            if not self.read(end - time.monotonic()):
                sought = repr(shown) if isinstance(shown, str) else "what was waited for"
                raise NotShownError(f"{sought} is not on the screen:\n{self.grid.text}")
        return self.last

    def key(self, keys: str, shown: str | Callable[[Grid], bool]) -> float:
        """Press keys and return the seconds until their effect was drawn."""
        at = self.type(keys)
        return self.until(shown) - at

    def rest(self, seconds: float = 0.3) -> None:
        """Read until nothing was drawn for a while, or for long: a cursor may blink for ever."""
        end = time.monotonic() + 10 * seconds
        while time.monotonic() < end and self.read(seconds):
            pass

    def watch(self, seconds: float) -> None:
        """Read for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def read(self, seconds: float) -> bool:
        """Draw what comes within so many seconds; False when nothing does."""
        if seconds < 0 or not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._ours, 1 << 18)
        except OSError:  # Linux tells the end of a terminal so
            return False
        self.last = time.monotonic()
        self.grid.feed(self._decoder.decode(data))
        return bool(data)

    def _drain(self) -> None:
        """Let the command end, which may write to the last."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.02)
