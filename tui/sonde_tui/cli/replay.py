"""`sonde replay`: an entry performed again."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sonde_core.errors import RequestError
from sonde_core.model import Direction
from sonde_core.session_request import SessionOptions, SessionRequest

from . import DONE, FAILED, diff, options, output, remarks, running, session_options, steps
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.history.entry import Entry
    from sonde_core.live import Live
    from sonde_core.replay import Changes, Replay
    from sonde_core.replay_many import Series


@runtime_checkable
class _Cancellable(Protocol):
    """A call or a session."""

    def cancel(self) -> None:
        """End it at once."""


_DESCRIPTION = """\
Send an entry's request again, byte for byte, to the same endpoint or to another one. A session is
performed step by step: before each of our steps the peer has to say what it said then, however it
is cut into reads. What it says less is waited for; what differs is told, and the session goes on.

The answer goes to standard output, as `send` and `talk` print it, and what differs is summed up on
standard error. The exit status is that of the new exchange; with --diff, --steps, --strict or
--times it is 1 when something differs. --show-steps prints the steps to be edited and given back
with --steps, which then alone tell what is as expected. Passwords, tokens and cookies are masked
in what is told of steps and differences unless --reveal is given; answers and the steps that
--show-steps prints are as they are."""

_EXAMPLES = """\
examples:
  sonde replay @1 --diff
  sonde replay @3 --timing recorded --against tls://staging.example.org:993
  sonde replay @3 --show-steps > login.steps
  sonde replay @3 --steps login.steps --var user=ann --times 50"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.usage = "sonde replay ID [--diff] [--against ENDPOINT] [--steps FILE] [--times N] ..."
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("id", metavar="ID", help=options.IDS)
    add("--diff", action="store_true", help="print each step, and what differs, not the answer")
    add("--json", action="store_true", help="print one JSON object with steps and differences")
    add(
        "--timing",
        action=options.Once,
        choices=("fast", "recorded"),
        default="fast",
        help="recorded keeps the pauses between a session's sends (default: fast)",
    )
    add(
        "--against",
        metavar="ENDPOINT",
        action=options.Once,
        default="",
        help="perform it there; of a URL its server counts",
    )
    add(
        "--times",
        metavar="N",
        action=options.Once,
        type=options.count,
        default=1,
        help="so many times, one after the other; each is recorded",
    )
    add("--show-steps", action="store_true", help="print the steps, and perform nothing")
    steps.add(parser)
    add("--reveal", action="store_true", help=diff.REVEAL)
    add("--strict", action="store_true", help="end a session at the first step that differs")
    add(
        "--for",
        dest="seconds",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help="seconds for all steps of a session",
    )
    session_options.add(parser)


def run(args: Namespace) -> int:
    """Perform again, record, compare."""
    return running.run(args, lambda desk: _replay(desk, args), reads=True)


async def _replay(desk: Desk, args: Namespace) -> int:
    entry = await desk.history.get(desk.history.find(args.id))
    if args.show_steps:
        return await _show_steps(desk, entry)
    changes = await running.aside(_changes, args, entry)
    if args.times > 1:
        return _told_of_all(desk, await _perform_all(desk, entry, changes, args), args)
    result = await _perform(desk, entry, changes, args)
    if not (args.diff or args.json):
        await _print_answer(desk, result.entry)
    if not args.reveal:
        result = await running.aside(_masked, result)
    return await _told(desk, result, args)


def _masked(result: Replay) -> Replay:
    from sonde_core.formats.masked_results import mask_results

    return replace(result, steps=mask_results(result.steps, result.entry.exchange))


async def _show_steps(desk: Desk, entry: Entry) -> int:
    from sonde_core.formats.masked_results import has_secrets
    from sonde_core.replay import steps_to_perform
    from sonde_core.script.text import HELP, write_steps

    wanted = await running.aside(steps_to_perform, entry.exchange)
    desk.out.text(f"{HELP}\n{write_steps(wanted)}")
    if await running.aside(has_secrets, wanted):
        output.say("There are secrets in these steps, as they were sent: keep them to yourself.")
    return DONE


def _changes(args: Namespace, entry: Entry) -> Changes:
    from sonde_core.replay import Changes

    request = entry.exchange.request
    usual = request.options if isinstance(request, SessionRequest) else SessionOptions()
    chosen = session_options.read(args, usual)
    if not isinstance(request, SessionRequest) and chosen != usual:
        raise RequestError(
            "The options of a session do not fit an HTTP request.",
            hint="Leave them out; an HTTP entry has its own, which `sonde send` sets.",
        )
    written, values = steps.read(args.script) if args.script else None, steps.values(args)
    if written:
        steps.say_remarks(written, values)
    return Changes(
        steps=written,
        address=args.against,
        options=chosen,
        values=values,
        strict=args.strict,
        seconds=args.seconds,
    )


async def _perform(desk: Desk, entry: Entry, changes: Changes, args: Namespace) -> Replay:
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
            changes=changes,
            reveal=args.reveal,
        )
    finally:
        interrupt.cancel()


async def _perform_all(desk: Desk, entry: Entry, changes: Changes, args: Namespace) -> Series:
    from sonde_core.replay_many import Round, replay_many

    def tell(number: int, done: Replay) -> None:
        each = Round.of(done)
        output.say(f"{number}: {each.entry} · {each.told}")

    return await replay_many(
        args.times,
        lambda: _perform(desk, entry, changes, args),
        on_replay=tell,
        stopped=lambda: desk.stop.asked,
    )


async def _cancel_when_stopped(desk: Desk, under_way: asyncio.Future[Live]) -> None:
    await desk.stop.wait()
    live = await under_way
    if isinstance(live, _Cancellable):
        live.cancel()


def _told_of_all(desk: Desk, series: Series, args: Namespace) -> int:
    if args.json:
        from sonde_core.script.listing import series_json

        desk.out.text(series_json(series))
    output.say(series.summary)
    return DONE if series.same == args.times else FAILED


async def _told(desk: Desk, result: Replay, args: Namespace) -> int:
    """Say what came of it, and return the exit status."""
    status = running.conclude(result.entry)
    if result.entry.exchange.kind == "http":
        await remarks.say(result.entry.exchange)
    if args.json:
        from sonde_core.script.listing import replay_json

        desk.out.text(replay_json(result))
        return status or (DONE if result.same else FAILED)
    if args.diff:
        desk.out.text(steps.table(result.steps))
        shown = diff.show(desk, result.difference)
        steps.say_summary(result.steps)
        return status or (FAILED if result.written and not result.same else shown)
    steps.say_odd(result.steps)
    output.say(result.difference.summary)
    judged = result.written or args.strict
    return status or (FAILED if judged and not result.same else DONE)


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
