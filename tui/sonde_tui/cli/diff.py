"""`sonde diff`: what differs between two entries."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import TYPE_CHECKING

from sonde_core.safetext import safe

from . import DONE, FAILED, options, output, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.difference import Difference

IGNORE = "leave out this place, such as header:etag or body.time; repeatable"
REVEAL = "show passwords, tokens and cookies too, not only that they differ"

_DESCRIPTION = """\
Compare two entries: status, headers, body (by structure for JSON, by line for text, by range for
bytes); for sessions each direction. The exit status is 0 when they are the same, 1 when not.
The Date header is left out always. What the entries really hold is compared; of passwords, tokens
and cookies it is told that they differ, and not what they are, unless --reveal is given. The body
of an answer is shown as it is."""

_EXAMPLES = """\
examples:
  sonde diff @2 @1
  sonde diff @2 @1 --ignore header:etag --ignore body.time --json"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("before", metavar="A", help=options.IDS)
    add("after", metavar="B", help="the other one")
    add("--ignore", metavar="PATH", action="append", default=[], help=IGNORE)
    add("--json", action="store_true", help="one JSON object, for machines")
    add("--reveal", action="store_true", help=REVEAL)


def run(args: Namespace) -> int:
    """Compare."""
    return running.run(args, lambda desk: _diff(desk, args), reads=True)


async def _diff(desk: Desk, args: Namespace) -> int:
    from sonde_core.difference import IGNORED_BY_DEFAULT, compare

    ids = [desk.history.find(reference) for reference in (args.before, args.after)]
    before, after = [(await desk.history.get(one)).exchange for one in ids]
    ignore = (*IGNORED_BY_DEFAULT, *args.ignore)
    difference = await asyncio.to_thread(compare, before, after, ignore=ignore, reveal=args.reveal)
    return show(desk, difference, as_json=args.json)


def show(desk: Desk, difference: Difference, *, as_json: bool = False) -> int:
    """Print a comparison and return the exit status."""
    if as_json:
        from sonde_core.formats.listing import difference_json

        desk.out.text(difference_json(difference))
    else:
        desk.out.text("".join(f"{safe(line)}\n" for line in difference.lines()))
        output.say(difference.summary)
    return DONE if difference.same else FAILED
