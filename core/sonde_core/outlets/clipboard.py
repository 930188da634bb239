"""Bytes to the clipboard by the first way that works, and the truth about which one it was.

First the desktop's clipboard, in a process of its own that reads back what it copied. Then OSC 52,
which asks the terminal to do it: that works over ssh, and nobody ever confirms it. Then a private
file.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..body import SLICE
from ..errors import BodyError
from ..safetext import has_controls
from ..words import size as size_in_words
from . import clipboard_child

SECONDS: Final = 2.0
# Terminals take about 100,000 characters of base64.
TERMINAL_LIMIT: Final = 74_000
# More does not get through a clipboard and back in time.
CLIPBOARD_LIMIT: Final = 32 << 20

_NO_TEXT: Final = "The bytes are no text, which is all that a clipboard holds"
_TOO_LARGE: Final = "That is too much for a clipboard"
_NONE: Final = "There is no clipboard here"
_LOST: Final = "The clipboard did not keep it"
_FROZEN: Final = "The clipboard did not answer in time"
_WARNING: Final = "It holds control characters: look before you paste it into a shell."


@dataclass(frozen=True, slots=True)
class Copied:
    """Where copied bytes went.

    Attributes:
        way: `clipboard` is verified; `terminal` is sent and not confirmed; `file` is neither.
        size: In bytes.
        path: The file, for `file`.
        warning: What to know before pasting; may be empty.
        reason: Why no better way was taken; may be empty.
    """

    way: Literal["clipboard", "terminal", "file"]
    size: int
    path: str = ""
    warning: str = ""
    reason: str = ""

    @property
    def sentence(self) -> str:
        """What happened, for the person."""
        amount = size_in_words(self.size)
        if self.way == "clipboard":
            return f"Copied {amount} to the clipboard."
        if self.way == "terminal":
            return f"Sent {amount} to the terminal's clipboard, which does not confirm it."
        return f"{self.reason}: {amount} are in the file {self.path}"


async def copy(data: bytes, *, terminal: Callable[[str], None] | None = None) -> Copied:
    """Bring bytes to the clipboard, exactly; never longer than two seconds.

    Args:
        data: What to copy.
        terminal: Writes an escape sequence to the terminal; None when there is none.

    Raises:
        BodyError: There is nothing to copy, or not even a file could be written.
    """
    if not data:
        raise BodyError(
            "There is nothing to copy: it is empty.", hint="The clipboard is as it was."
        )
    warning = await asyncio.to_thread(_warning, data)
    reason = await _clipboard(data)
    if not reason:
        return Copied("clipboard", len(data), warning=warning)
    if terminal is not None and reason != _NO_TEXT and len(data) <= TERMINAL_LIMIT:
        terminal(_sequence(data))
        return Copied("terminal", len(data), warning=warning, reason=reason)
    if terminal is not None and reason not in (_NO_TEXT, _TOO_LARGE):
        reason = f"{reason}, and the terminal's takes {size_in_words(TERMINAL_LIMIT)} at most"
    path = await asyncio.to_thread(_write, data, _suffix(data) if reason == _NO_TEXT else ".txt")
    return Copied("file", len(data), path, warning, reason)


async def _clipboard(data: bytes) -> str:
    """Copy through the desktop; return why it did not work."""
    if len(data) > CLIPBOARD_LIMIT:
        return _TOO_LARGE
    if not await asyncio.to_thread(_is_text, data):
        return _NO_TEXT
    if _is_remote():
        return _NONE
    status = await _child(data)
    if status is None:
        return _FROZEN
    if status == clipboard_child.VERIFIED:
        return ""
    return _NONE if status == clipboard_child.NO_CLIPBOARD else _LOST


def _warning(data: bytes) -> str:
    return _WARNING if any(map(has_controls, _slices(data))) else ""


def _is_text(data: bytes) -> bool:
    try:
        for part in _slices(data):
            part.decode()
    except UnicodeDecodeError:
        return False
    return True


def _slices(data: bytes) -> Iterator[bytes]:
    """Cut data so that a look at one piece does not hold up other threads.

    Never within a character of UTF-8, nor between the two of a line end.
    """
    start = 0
    while start < len(data):
        end = start + SLICE
        while end < len(data) and (data[end] & 0xC0 == 0x80 or data[end - 1] == 0x0D):
            end += 1
        yield data[start:end]
        start = end


def _is_remote() -> bool:
    """Whether we are on the far side of ssh, where any clipboard would be the wrong one."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(os.environ.get("SSH_CONNECTION")) and not has_display


async def _child(data: bytes) -> int | None:
    """Run the helper process; None when it did not end in time."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", clipboard_child.__name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            # No pipe: a clipboard that stays behind as a daemon would hold it open.
            stderr=asyncio.subprocess.DEVNULL,
            # A session of its own, so that the clipboard's content outlives us.
            start_new_session=True,
        )
    except OSError:
        return clipboard_child.NO_CLIPBOARD
    try:
        async with asyncio.timeout(SECONDS):
            await process.communicate(data)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return process.returncode


def _sequence(data: bytes) -> str:
    """Return OSC 52 with the data; inside tmux once more in its pass-through.

    By default tmux takes neither; with `set-clipboard on` the first, with `allow-passthrough on`
    (or before tmux 3.3) the second.
    """
    plain = f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"
    if not os.environ.get("TMUX"):
        return plain
    return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _suffix(data: bytes) -> str:
    """Return what a file of bytes that are no text is called by; a capture opens by its name."""
    return ".pcapng" if data.startswith(b"\n\r\r\n") else ".bin"


def _write(data: bytes, suffix: str) -> str:
    try:
        handle, path = tempfile.mkstemp(prefix="sonde-copy-", suffix=suffix)  # 0600
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise BodyError(
            f"Could not write the copy to a file: {error.strerror}.",
            hint="Free some space in the temporary folder.",
        ) from error
    return path
