"""Where results go: data to standard output byte for byte, words to standard error.

On a terminal the control characters of data are made visible, since nothing that a peer sends may
fool the terminal. Standard output is written without a buffer, so that nothing is left to be lost
or complained of when its reader goes away.
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from sonde_core.errors import BodyError, SondeError

from . import DONE, FAILED

if TYPE_CHECKING:
    from sonde_core.model import Problem

_RECORDED: Final = "The history has it; see `sonde show @1`."
_NO_ROOM: Final = "Free some space there, or send it somewhere else."


def is_open(number: int) -> bool:
    """Tell whether a standard stream (0, 1, 2) was open at the start: Python sets None if not."""
    return bool((sys.stdin, sys.stdout, sys.stderr)[number])


def is_terminal(number: int) -> bool:
    """Tell whether a standard stream (0, 1, 2) is a terminal; a closed one is not."""
    return is_open(number) and os.isatty(number)


def is_file(number: int) -> bool:
    """Tell whether a standard stream (0, 1, 2) is a file of a disk; a pipe and a device are not."""
    return is_open(number) and stat.S_ISREG(os.fstat(number).st_mode)


def has_keyboard() -> bool:
    """Tell whether standard input is a terminal whose keys come to us.

    Who reads from one in the background is stopped by it (SIGTTIN).
    """
    if not is_terminal(0):
        return False
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:  # it controls nobody, so it stops nobody
        return True


class Data:
    """Standard output.

    Attributes:
        gone: Nobody reads it any more; writing does nothing.
    """

    def __init__(self) -> None:
        self.gone = not is_open(1)
        self._safe = is_terminal(1)
        self._encoding = "utf-8" if self.gone else sys.stdout.encoding
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._at_line_start = True

    def write(self, data: bytes) -> None:
        """Write what came from a peer: byte for byte, or made safe for a terminal.

        Raises:
            BodyError: The disk that it goes to is full, or the like.
        """
        if self._safe:
            self._draw(self._decoder.decode(data))
        else:
            self._put(data)

    def end(self) -> None:
        """Finish what was written; a terminal gets a line feed where there is none."""
        if not self._safe:
            return
        self._draw(self._decoder.decode(b"", True))
        if not self._at_line_start:
            self._put(b"\n")
            self._at_line_start = True

    def text(self, text: str) -> None:
        """Write words of ours, already safe to draw.

        Raises:
            BodyError: They cannot be written.
        """
        self._put(text.encode(self._encoding, "backslashreplace"), hint=_NO_ROOM)

    def _draw(self, text: str) -> None:
        from sonde_core.safetext import safe

        if text:
            self._at_line_start = text.endswith("\n")
            self._put(safe(text).encode(self._encoding, "backslashreplace"))

    def _put(self, data: bytes, hint: str = _RECORDED) -> None:
        view = memoryview(data)
        try:
            while view and not self.gone:
                view = view[os.write(1, view) :]
        except BrokenPipeError:
            self.gone = True
        except OSError as error:
            self.gone = True
            raise BodyError(
                f"Could not write to standard output: {error.strerror}.", hint=hint
            ) from error


def tell(text: str) -> int:
    """Write words that were asked for, such as help, and return the exit status."""
    try:
        Data().text(text)
    except BodyError as error:
        explain(error)
        return FAILED
    return DONE


def say(text: str) -> None:
    """Write one line of words to standard error, at once; control characters are made visible.

    So is a line feed: nothing that a peer or a person called something begins a line of ours.
    """
    if not is_open(2):
        return
    if not (text.isascii() and text.isprintable()):
        from sonde_core.safetext import line

        text = line(text)
    data = memoryview((text + "\n").encode(sys.stderr.encoding, "backslashreplace"))
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        return  # nobody is there to be told


def say_lines(text: str) -> None:
    """Write lines of our own words, each as `say` does."""
    for each in text.split("\n"):
        say(each)


def explain(problem: Problem | SondeError) -> None:
    """Say what failed and what to try."""
    if isinstance(problem, SondeError):
        sentence, advice = problem.message, problem.advice
    else:
        sentence, advice = problem.text, problem.hint
    from sonde_core.secrets import mask_url  # most commands do not fail

    say(f"sonde: {mask_url(sentence)}")
    if pointed := getattr(problem, "pointed", ""):  # where in a filter it is
        say_lines(pointed)
    if advice:
        say(advice)
