"""`sonde compact`: the history file is rewritten without what was deleted."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Final

from sonde_core.words import count, entries, size

from . import DONE, options, output, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.history.housekeeping import Outlook

_DESCRIPTION = """\
Rewrite the history file without deleted entries, fold changes of names and the like into their
entries, and remove bodies that no entry names. It is printed what that frees, before and after.
Afterwards no running Sonde can bring back what it deleted. Entries are never lost by it: the new
file takes the place of the old one at once or not at all. Lines that are damaged go into a file
beside, which the next run removes."""

_EXAMPLES: Final = """\
examples:
  sonde compact --dry-run
  sonde compact --json"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("--dry-run", action="store_true", help="say what it would free, and change nothing")
    add("--json", action="store_true", help="one JSON object, for machines")


def run(args: Namespace) -> int:
    """Compact."""
    return running.run(args, lambda desk: _compact(desk, args), reads=True)


async def _compact(desk: Desk, args: Namespace) -> int:
    if args.dry_run:
        found = await desk.history.outlook()
        freed = found.freed
    else:
        freed = await desk.history.compact()
        found = desk.history.last_compaction
    if args.json:
        from sonde_core.formats.listing import outlook_json

        desk.out.text(outlook_json(found, freed))
    else:
        desk.out.text(_told(found))
        output.say(f"{'Would free' if args.dry_run else 'Freed'} {size(max(freed, 0))}.")
    return DONE


def _told(found: Outlook) -> str:
    damaged = f"damaged  {count(found.damaged, 'line')}\n" if found.damaged else ""
    return (
        f"entries  {found.entries:,}\n"
        f"deleted  {entries(found.deleted)}\n{damaged}"
        f"file     {size(found.size)} -> {size(found.size_after)}\n"
        f"bodies   {size(found.bodies)} -> {size(found.bodies_after)}\n"
    )
