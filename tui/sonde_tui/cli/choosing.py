"""Which entries a command is for: named one by one, or those that pass a filter."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from . import options

if TYPE_CHECKING:
    from sonde_core.history.summary import Summary

    from .running import Desk


def add_choice(parser: options.Parser) -> None:
    """Let entries be named, or chosen by a filter."""
    parser.add_argument("ids", nargs="*", metavar="ID", help=options.IDS)
    parser.add_argument(
        "--filter",
        metavar="FILTER",
        action=options.Once,
        help="all entries that pass it, as in `sonde history FILTER`",
    )
    parser.set_defaults(check=lambda args: _check(parser, args))


def _check(parser: options.Parser, args: Namespace) -> None:
    if bool(args.ids) == (args.filter is not None):
        parser.error(
            "give ids, or --filter FILTER" if not args.ids else "ids or --filter, not both"
        )
    if args.filter is not None and not args.filter.strip():
        parser.error(
            'an empty filter is for all entries; to mean that, write --filter "since:1970"'
        )


async def chosen(desk: Desk, args: Namespace) -> list[Summary]:
    """Return the entries, each once; raises NotFoundError and FilterError."""
    if args.filter is not None:
        from sonde_core.entry_filter import select

        return [each async for each in select(desk.history, args.filter)]
    ids = dict.fromkeys(desk.history.find(reference) for reference in args.ids)
    await desk.history.load()
    return [each for each in desk.history.summaries() if each.id in ids]
