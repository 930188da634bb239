"""`sonde history`: what was recorded, newest first."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sonde_core.model import Outcome
from sonde_core.safetext import line
from sonde_core.secrets import mask_url
from sonde_core.words import duration, short_kind, size

from . import DONE, options, output, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.history.summary import Summary

_SHOWN: Final = 50
# The first part of a UUIDv7 is its time: 13 characters tell milliseconds apart.
_SHORTEST_ID: Final = 13

_DESCRIPTION = """\
List what was recorded, newest first: its place from the newest, the start of its id, when, what,
what came of it, how long it took, the size of the answer, where to. With FILTER only entries
that pass it."""

_EXAMPLES = """\
examples:
  sonde history
  sonde history POST login
  sonde history 'status:5xx or time>2s' --limit 5 --json
  sonde history 'body:"out of stock" -tag:known'"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    from sonde_core.entry_filter.language import ROWS

    rows = "\n".join(f"  {term:<26}{about}" for term, about in ROWS)
    parser.description = _DESCRIPTION
    parser.epilog = f"the filter language:\n{rows}\n\n{_EXAMPLES}"
    add = parser.add_argument
    add("filter", nargs="*", metavar="FILTER", help="words, and terms as below; quote it whole")
    add(
        "--limit",
        metavar="N",
        type=options.count,
        default=_SHOWN,
        help=f"list so many at most (default: {_SHOWN})",
    )
    add("--json", action="store_true", help="one JSON array, an entry a line, for machines")


def run(args: Namespace) -> int:
    """List."""
    return running.run(args, lambda desk: _list(desk, args), reads=True)


async def _list(desk: Desk, args: Namespace) -> int:
    from sonde_core.entry_filter import parse, select

    wanted = parse(" ".join(args.filter))
    await desk.history.load()
    everything = desk.history.summaries()
    chosen: Sequence[Summary] = [each async for each in select(desk.history, wanted)]
    shown = list(chosen[: args.limit])
    if args.json:
        from sonde_core.formats.listing import summaries_json

        desk.out.text(summaries_json(shown))
        return DONE
    if shown:
        desk.out.text(_table(everything, shown))
    if len(chosen) > len(shown):
        output.say(f"{len(shown)} of {len(chosen)} entries; --limit N lists more.")
    elif not shown:
        output.say("Nothing matches." if everything else "Nothing is recorded yet.")
    return DONE


def _table(everything: Sequence[Summary], shown: Sequence[Summary]) -> str:
    places = {summary.id: place for place, summary in enumerate(everything, 1)}
    ids = short_ids([summary.id for summary in everything])
    width = shutil.get_terminal_size().columns if output.is_terminal(1) else None
    rows = [_row(f"@{places[one.id]}", ids[one.id], one)[:width] for one in shown]
    return "".join(f"{row}\n" for row in rows)


def _row(place: str, short: str, summary: Summary) -> str:
    when = summary.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    what = summary.method or short_kind(summary.kind)
    if summary.role == "server" and summary.kind != "listen":
        what = f"{what} in"
    marks = " ".join([*("*" for _ in range(summary.pinned)), summary.name, *summary.tags])
    cells = (
        f"{place:<5} {short}  {when}  {line(what):<7} {_ending(summary):<13}"
        f" {duration(summary.seconds):>10} {size(summary.size):>8}"
        f"  {line(mask_url(summary.target))}  {line(marks)}"
    )
    return cells.rstrip()


def _ending(summary: Summary) -> str:
    """Say how it ended: the status of a whole answer, both of one that was cut or cancelled."""
    if not summary.status:
        return summary.outcome.value
    done = summary.outcome is Outcome.DONE
    return str(summary.status) if done else f"{summary.status} {summary.outcome.value}"


def short_ids(ids: Sequence[str]) -> dict[str, str]:
    """Return for each id the shortest start, of a readable length, that no other one has."""
    ordered = sorted(ids)
    around = ["", *ordered, ""]
    return {
        name: name[: max(_SHORTEST_ID, _common(before, name) + 1, _common(name, after) + 1)]
        for before, name, after in zip(around, ordered, around[2:], strict=False)
    }


def _common(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
