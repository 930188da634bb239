"""The terminal while another program has it: given back as it was, and read for one answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import signal
import threading
from collections.abc import Iterator
from typing import Final

_TERMINAL: Final = 0  # the number of standard input, which is the terminal's
ERRORS: Final = 2  # that of standard error
LOOK: Final = 0.05  # seconds between two looks whether it is over
_ENTER: Final = re.compile(rb"[\r\n\x04]")  # or ctrl+d, which ends what is typed
# Character sets, colours, insert and origin mode, margins: what a stranger's bytes may have set,
# and a screen that is drawn anew does not set itself. The last two move the cursor, which goes back
# to the end of what was written; where it brings origin mode along, the margins are wide open.
_RESET: Final = b"\x0f\x1b(B\x1b[0m\x1b[4l\x1b7\x1b[?6l\x1b[r\x1b8"


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Leave ctrl+c to the program; handlers of our own, as ignoring would be inherited by it.

    ctrl+z stops us with it, as the system has it: not where no shell is there to go on with us.
    """
    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGQUIT):
            before[number] = signal.signal(number, lambda *_: None)
        before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    except ValueError:  # not the main thread: no handler, no interrupt
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def same_terminal() -> Iterator[None]:
    """Put the terminal back as it was, also when the program had no time to."""
    import termios

    try:
        before = termios.tcgetattr(_TERMINAL)
    except (termios.error, ValueError, OSError):  # no terminal
        yield
        return
    try:
        yield
    finally:
        take_back()
        with contextlib.suppress(termios.error):
            # What was typed ahead stays: whoever has left a pager types on.
            termios.tcsetattr(_TERMINAL, termios.TCSANOW, before)
        if os.isatty(ERRORS):
            with contextlib.suppress(OSError):
                os.write(ERRORS, _RESET)


def take_back() -> None:
    """Be the one whom the terminal obeys: a shell that was killed may have left it to nobody."""
    try:
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    except ValueError:
        return
    try:
        if os.isatty(_TERMINAL) and os.tcgetpgrp(_TERMINAL) != os.getpgrp():
            os.tcsetpgrp(_TERMINAL, os.getpgrp())
    except OSError:
        pass
    finally:
        signal.signal(signal.SIGTTOU, before)


async def confirmed(question: str) -> bytes:
    """Wait for enter on the terminal; return what else was typed, before it and after it."""
    over = threading.Event()

    def wait() -> bytes:
        os.write(ERRORS, _RESET + f"\r\n{question} ".encode("utf-8", "replace"))
        typed = b""
        while not (answered := _ENTER.search(typed)) and not over.is_set():
            if select.select([_TERMINAL], [], [], LOOK)[0]:
                data = os.read(_TERMINAL, 1024)
                if not data:
                    break
                typed += data
        os.write(ERRORS, b"\r\n")  # what is written next stands below
        if answered:
            typed = typed[: answered.start()] + typed[answered.end() :]
        # What was typed while lines were read for the program has line feeds where enter was.
        return typed.replace(b"\n", b"\r")

    if not os.isatty(_TERMINAL):
        return b""
    with contextlib.suppress(OSError), _by_keys():  # the terminal may go away
        waiting = asyncio.ensure_future(asyncio.to_thread(wait))
        try:
            return await asyncio.shield(waiting)
        finally:
            over.set()
    return b""


@contextlib.contextmanager
def _by_keys() -> Iterator[None]:
    """Read keys as they are typed, and not when a line is full; those typed before are kept."""
    import termios

    try:
        before, keys = termios.tcgetattr(_TERMINAL), termios.tcgetattr(_TERMINAL)
        keys[0] &= ~termios.ICRNL
        keys[3] &= ~(termios.ICANON | termios.ECHO)
        keys[6][termios.VMIN], keys[6][termios.VTIME] = 1, 0
        termios.tcsetattr(_TERMINAL, termios.TCSANOW, keys)
    except termios.error as error:
        raise OSError(*error.args) from error
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(_TERMINAL, termios.TCSANOW, before)
