"""Bytes given to a command of the person's own: a pager, or a line for their shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from ..errors import PayloadSyntaxError, RequestError
from ..quoting import brief
from ..safetext import has_controls
from .foreground import Ended, run
from .saving import Content

# Programs that have the whole screen until they are left: nothing of theirs is to be read after.
_PAGERS: Final = frozenset(
    ("less", "more", "most", "pg", "bat", "batcat", "delta", "w3m", "fx", "jless", "ov", "vd")
)
# These take their keys from standard error where standard input is no terminal, or draw there.
_ON_ERRORS: Final = frozenset(
    ("vim", "vi", "nvim", "view", "ex", "nano", "emacs", "micro", "kak", "hx", "fzf", "sk")
)
# A pager that ends sooner has shown what nobody could read.
_TOO_SOON: Final = 0.15
# So much of what is given away is looked through for what a terminal obeys.
_LOOKED_AT: Final = 16
_STAGE: Final = re.compile(r"\|\|?&?|&&|;")


def pager(environment: Mapping[str, str] | None = None) -> str:
    """Return the person's pager: `PAGER`, else `less`, else `more`."""
    environment = os.environ if environment is None else environment
    usual = "less" if shutil.which("less") else "more"
    return environment.get("PAGER", "").strip() or usual


async def pipe(
    command: str, content: Content, *, unused: Callable[[bytes], None] = lambda _: None
) -> Ended:
    """Let the person's shell run a command on the terminal, with the bytes as its input.

    Args:
        command: A line for the shell.
        content: What it reads.
        unused: Is given what was typed meanwhile, where the command is no program that takes keys.

    Raises:
        PayloadSyntaxError: There is no command.
        RequestError: The shell cannot be started.
        BodyError: The bytes cannot be read.
    """
    if not command.strip() or "\0" in command:
        raise PayloadSyntaxError("There is no command.", hint="Type one, such as less.")
    shell = os.environ.get("SHELL") or "/bin/sh"

    def question(ended: Ended) -> str:
        if not ended.status and has_screen(command) and ended.seconds >= _TOO_SOON:
            return ""
        return f"[{how_it_ended(command, ended)} enter goes back]"

    try:
        return await run(
            [shell, "-c", command],
            feed=content.slices,
            read_errors=not _ON_ERRORS & set(_programs(command)),
            then=question,
            unused=unused,
        )
    except RequestError as error:
        raise RequestError(error.message, hint="Set SHELL to the one you like.") from error


def how_it_ended(command: str, ended: Ended) -> str:
    """Say how a command ended, in a sentence; what it wrote itself is not safe to draw."""
    short = brief(" ".join(command.split()), 40)
    if ended.status < 0:
        return f"`{short}` was ended by signal {-ended.status}."
    return f"`{short}` ended with status {ended.status}."


def has_screen(command: str) -> bool:
    """Whether a command ends with a program that shows its input until it is left."""
    last = _STAGE.split(command)[-1].strip()
    return last == pager() or _program(last) in _PAGERS | _ON_ERRORS


def obeyed(command: str, content: Content) -> bool:
    """Whether a terminal would obey what is in the bytes if the command hands it on as it is.

    `less` shows it instead, unless it is told to pass it on. Raises BodyError.
    """
    last = _STAGE.split(command)[-1].split()
    words = [*os.environ.get("LESS", "").split(), *last]
    raw = any(re.match(r"-[A-Za-z]*[rR]|--raw", word) for word in words)
    if _program(" ".join(last)) in _PAGERS and not raw:
        return False
    return any(has_controls(piece) for piece in islice(content.slices(), _LOOKED_AT))


def _programs(command: str) -> list[str]:
    return [_program(stage) for stage in _STAGE.split(command)]


def _program(stage: str) -> str:
    """Return the name of the program of one stage of a line, without its folder."""
    try:
        words = shlex.split(stage)
    except ValueError:  # half a quotation, which the shell will tell
        words = stage.split()
    named = (word for word in words if "=" not in word.partition("/")[0])
    return os.path.basename(next(named, ""))
