"""`sonde copy`: an entry, in a form of choice, to the clipboard."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import DONE, options, output, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Slices

# Names of standard output, which is no file to be overwritten.
STANDARD_OUTPUT: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})

_FORMATS: Final = (
    *("body", "headers", "curl", "python", "http", "hex", "json", "har", "transcript"),
    *("steps", "sent", "hex-sent", "hex-received", "pcapng", "pcap"),
)

_DESCRIPTION = f"""\
Copy an entry to the clipboard: through the desktop's own, else through the terminal (works over
ssh; it does not confirm), else into a private file whose path is told. Which way it went stands
on standard error. With --output it goes to a file instead, or to standard output; it also does
where standard output is sent to a file, as in `sonde copy @1 > FILE`.
{options.MASKED}
`body` is what was received, byte for byte; `sent` is masked, and keeps its length."""

_EXAMPLES = """\
examples:
  sonde copy @1
  sonde copy @1 --as curl
  sonde copy 0193a7c2-5f1e --as python --reveal
  sonde copy @1 --as pcapng --output session.pcapng"""


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
    add(
        "--output",
        metavar="FILE",
        action=options.OneFile,
        default="",
        help="write it to this file instead, of any size; overwrites it, follows no link; "
        "- is standard output",
    )
    add("--reveal", action="store_true", help="copy passwords, tokens and cookies too")


def run(args: Namespace) -> int:
    """Copy."""
    return running.run(args, lambda desk: _copy(desk, args), reads=True)


async def _copy(desk: Desk, args: Namespace) -> int:
    from sonde_core.formats import copyable, pieces
    from sonde_core.outlets.clipboard import copy

    entry = await desk.history.get(desk.history.find(args.id))
    if target := args.output or ("-" if output.is_file(1) else ""):
        await asyncio.to_thread(_write, desk, lambda: pieces(entry, args.form, args.reveal), target)
        return DONE
    data = await asyncio.to_thread(copyable, entry, args.form, args.reveal)
    copied = await copy(data, terminal=_terminal())
    output.say(copied.sentence)
    if copied.warning:
        output.say(copied.warning)
    return DONE


def _write(desk: Desk, slices: Slices, target: str) -> None:
    """Write to a file, whole or not at all; what is no file takes it as it comes."""
    from sonde_core.outlets import files, saving

    if target in STANDARD_OUTPUT:
        for piece in slices():
            desk.out.write(piece)
        desk.out.end()
        return
    path = Path(target)
    if path.exists() and not path.is_file():
        files.write(target, slices())
    else:
        saving.write(slices, path, overwrite=True)
        output.say(f"Saved to {path}.")


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
