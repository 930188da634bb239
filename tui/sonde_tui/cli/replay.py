"""`sonde replay`: an entry performed again."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sonde_core.model import Direction

from . import diff, options, output, remarks, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry
    from sonde_core.live import Live
    from sonde_core.replay import Replay


@runtime_checkable
class _Cancellable(Protocol):
    """A call or a session."""

    def cancel(self) -> None:
        """End it at once."""


_DESCRIPTION = """\
Send an entry's request again, byte for byte, to the same endpoint; a session waits before each
send for as much of the peer's answer as there was then. The answer goes to standard output, as
`send` and `talk` print it, and what differs is summed up on standard error. The exit status is
that of the new exchange; with --diff it is 1 when something differs."""

_EXAMPLES = """\
examples:
  sonde replay @1
  sonde replay 0193a7c2-5f1e --diff
  sonde replay @3 --timing recorded"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("id", metavar="ID", help=options.IDS)
    add("--diff", action="store_true", help="print what differs instead of the answer")
    add(
        "--timing",
        action=options.Once,
        choices=("fast", "recorded"),
        default="fast",
        help="recorded keeps the pauses between a session's sends (default: fast)",
    )


def run(args: Namespace) -> int:
    """Perform again, record, compare."""
    return running.run(args, lambda desk: _replay(desk, args), reads=True)


async def _replay(desk: Desk, args: Namespace) -> int:
    entry = await desk.history.get(desk.history.find(args.id))
    result = await _perform(desk, entry, args)
    if not args.diff:
        await _print_answer(desk, result.entry)
    status = running.conclude(result.entry)
    if result.entry.exchange.kind == "http":
        await remarks.say(result.entry.exchange)
    if args.diff:
        return diff.show(desk, result.difference) or status
    output.say(result.difference.summary)
    return status


async def _perform(desk: Desk, entry: Entry, args: Namespace) -> Replay:
    from sonde_core.difference import IGNORED_BY_DEFAULT
    from sonde_core.replay import replay

    under_way: asyncio.Future[Live] = asyncio.get_running_loop().create_future()
    interrupt = asyncio.ensure_future(_cancel_when_stopped(desk, under_way))
    try:
        return await replay(
            desk.exchanger,
            entry,
            timing=args.timing,
            on_live=under_way.set_result,
            ignore=IGNORED_BY_DEFAULT,
        )
    finally:
        interrupt.cancel()


async def _cancel_when_stopped(desk: Desk, under_way: asyncio.Future[Live]) -> None:
    await desk.stop.wait()
    live = await under_way
    if isinstance(live, _Cancellable):
        live.cancel()


async def _print_answer(desk: Desk, entry: Entry) -> None:
    for data in _answer(entry):
        await desk.put(desk.out, data)
    desk.out.end()


def _answer(entry: Entry) -> Iterator[bytes]:
    exchange = entry.exchange
    if exchange.response:
        yield from exchange.response.body.slices()
    elif exchange.kind != "http":
        for chunk in exchange.chunks():
            if chunk.direction is Direction.RECEIVED:
                yield chunk.data
