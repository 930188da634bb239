"""`sonde delete`: entries are removed from the file, with their bodies."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from sonde_core.words import count

from . import DONE, options, output, running
from .running import Desk

_DESCRIPTION = """\
Delete entries for good; the app's History tab has an undo, this has none. When one of the ids is
unknown, nothing is deleted."""

_EXAMPLES: Final = """\
examples:
  sonde delete @1
  sonde delete @2 @3 0193a7c2-5f1e"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    parser.add_argument("ids", nargs="+", metavar="ID", help=options.IDS)


def run(args: Namespace) -> int:
    """Delete."""
    return running.run(args, lambda desk: _delete(desk, args.ids), reads=True)


async def _delete(desk: Desk, references: list[str]) -> int:
    ids = list(dict.fromkeys([desk.history.find(reference) for reference in references]))
    await desk.history.delete(ids)
    await desk.history.compact(everything=False)  # only then they are gone
    output.say(f"Deleted {count(len(ids), 'entry').replace('entrys', 'entries')}.")
    return DONE
