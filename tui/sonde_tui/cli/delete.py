"""`sonde delete`: entries are removed from the file, with their bodies."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from sonde_core.words import entries

from . import DONE, choosing, options, output, running
from .running import Desk

_DESCRIPTION = """\
Delete entries for good; the app's History tab has an undo, this has none. When one of the ids is
unknown, nothing is deleted."""

_EXAMPLES: Final = """\
examples:
  sonde delete @1
  sonde delete @2 @3 0193a7c2-5f1e
  sonde delete --filter 'host:staging -pinned' --dry-run"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    choosing.add_choice(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="say how many would go, and change nothing"
    )


def run(args: Namespace) -> int:
    """Delete."""
    args.check(args)
    return running.run(args, lambda desk: _delete(desk, args), reads=True)


async def _delete(desk: Desk, args: Namespace) -> int:
    ids = [each.id for each in await choosing.chosen(desk, args)]
    if args.dry_run:
        output.say(f"{entries(len(ids))} would be deleted.")
        return DONE
    if ids:
        await desk.history.delete(ids)
        await desk.history.compact(everything=False)  # only then they are gone
    output.say(f"Deleted {entries(len(ids))}.")
    return DONE
