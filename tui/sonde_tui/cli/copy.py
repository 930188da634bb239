"""`sonde copy`: an entry, in a form of choice, to the clipboard."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Final

from . import DONE, options, output, running
from .running import Desk

_FORMATS: Final = ("body", "headers", "curl", "python", "http", "hex", "json", "har", "transcript")

_DESCRIPTION = f"""\
Copy an entry to the clipboard: through the desktop's own, else through the terminal (works over
ssh; it does not confirm), else into a private file whose path is told. Which way it went stands
on standard error. {options.MASKED}"""

_EXAMPLES = """\
examples:
  sonde copy @1
  sonde copy @1 --as curl
  sonde copy 0193a7c2-5f1e --as python --reveal"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("id", metavar="ID", help=options.IDS)
    add(
        "--as",
        dest="form",
        action=options.Once,
        choices=_FORMATS,
        default="body",
        help="the form (default: body)",
    )
    add("--reveal", action="store_true", help="copy passwords, tokens and cookies too")


def run(args: Namespace) -> int:
    """Copy."""
    return running.run(args, lambda desk: _copy(desk, args), reads=True)


async def _copy(desk: Desk, args: Namespace) -> int:
    from sonde_core.formats import copyable
    from sonde_core.outlets.clipboard import copy

    entry = await desk.history.get(desk.history.find(args.id))
    data = await asyncio.to_thread(copyable, entry, args.form, args.reveal)
    copied = await copy(data, terminal=_terminal())
    output.say(copied.sentence)
    if copied.warning:
        output.say(copied.warning)
    return DONE


def _terminal() -> Callable[[str], None] | None:
    """Return a way to write to the terminal, if there is one."""
    number = next((number for number in (2, 1) if output.is_terminal(number)), None)
    if number is None:
        return None

    def write(text: str) -> None:
        stream = sys.stderr if number == 2 else sys.stdout
        stream.flush()
        data = memoryview(text.encode("ascii", "ignore"))
        while data:
            data = data[os.write(number, data) :]

    return write
