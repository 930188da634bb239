"""A real terminal for the app: a pseudo-terminal whose screen is read by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

from .patience import PATIENCE

# What terminals are asked and told that pyte does not know; a real one draws nothing for these.
_UNKNOWN = re.compile(
    rb"\x1b\[[?>=<][0-9;]*(?:\$p|[uq])|\x1b\[[0-9;]*\$[a-z]|\x1bP[^\x1b]*\x1b\\|\x1b\[[0-9;]* q"
)


def _own_terminal() -> None:
    """Make the terminal the session's own, as a login does (tty_ioctl(4))."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Runs a command as a person would, in a window of so many columns and rows.

    Attributes:
        output: Every byte that was drawn.
        started: When the command was started, by the monotonic clock.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        self.output = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._pending = b""
        self._ours, theirs = pty.openpty()
        self._size(columns, rows)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(command),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
            preexec_fn=_own_terminal,  # so that hanging up is heard
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.hang_up()

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, keys: str | bytes) -> None:
        """Press keys, as the bytes that a plain terminal sends for them."""
        data = keys if isinstance(keys, bytes) else keys.encode()
        while data:
            data = data[os.write(self._ours, data) :]

    def hang_up(self) -> None:
        """Close the window; the command hears of it by a signal."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size."""
        self._screen.resize(rows, columns)
        self._size(columns, rows)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def _size(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)

    def wait(self, shown: str | Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """Read until the screen shows a text; returns the screen.

        Raises:
            AssertionError: It did not come in time.
        """
        is_there = shown if callable(shown) else (lambda text: shown in text)
        end = time.monotonic() + seconds
        while not is_there(self.text):
            if time.monotonic() > end or not self._read(end):
                raise AssertionError(f"{shown!r} is not on the screen:\n{self.text}")
        return self.text

    def settle(self, seconds: float = 0.3) -> str:
        """Read until nothing new was drawn for a while, or for long; returns the screen."""
        end = time.monotonic() + 10 * seconds  # a cursor may blink for ever
        while time.monotonic() < end and self._read(time.monotonic() + seconds):
            pass
        return self.text

    def finish(self) -> int:
        """Read to the end of the command and return its exit status."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, end: float) -> bool:
        """Take in what was drawn; False when nothing came in time or the command is over."""
        ready, _, _ = select.select([self._ours], [], [], max(end - time.monotonic(), 0))
        if not ready:
            return False
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:  # Linux tells the end of a terminal so
            return False
        self.output += data
        self._feed(data)
        return bool(data)

    def _feed(self, data: bytes) -> None:
        data = self._pending + data
        # A sequence may be cut in the middle: what might be the start of one waits.
        cut = data.rfind(b"\x1b", max(len(data) - 64, 0))
        whole = cut < 0 or re.match(rb"\x1b(?:\[[0-9;?<=>]*[$ ]?[@-~]|[^\[P])", data[cut:])
        data, self._pending = (data, b"") if whole else (data[:cut], data[cut:])
        self._stream.feed(_UNKNOWN.sub(b"", data))

    def attributes(self) -> list[object]:
        """Return what the terminal does with keys and lines: raw, as it was, or in between."""
        return list(termios.tcgetattr(self._ours))
