"""`sonde replay`: an entry performed again, or many of them as a test."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sonde_core.errors import ConnectError
from sonde_core.model import Direction
from sonde_core.refusal import refusal_of

from . import (
    DONE,
    FAILED,
    diff,
    options,
    output,
    remarks,
    repeating,
    rerunning,
    running,
    secrets_given,
    session_options,
    steps,
)
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.comparing.ignoring import IgnoreRules
    from sonde_core.history.entry import Entry
    from sonde_core.live import Live
    from sonde_core.replay import Changes, Replay


_DESCRIPTION = """\
Send an entry's request again, byte for byte, to the same endpoint or to another one. A session is
performed step by step: before each of our steps the peer has to say what it said then, however it
is cut into reads. What it says less is waited for; what differs is told, and the session goes on.

The answer of one entry goes to standard output, as `send` and `talk` print it, and what differs is
summed up on standard error. The exit status is that of the new exchange; with --diff, --json,
--steps, --strict or --times it is 0 when all is the same, and 1 when not: one verdict, also in a
test. What failed as it failed then is the same, and why it failed is said.

--show-steps prints the steps to be edited and given back with --steps. Those alone tell what is as
expected, and so do --expect and --steps of `talk` that the entry was made with; what is other than
recorded is told, too. Of a recording the steps and the difference have to be the same.

Several IDs, or a FILTER, make a test: each entry is performed, recorded and compared, and a row
of a table tells whether it is the same, changed or failed, in the order of the entries: IDs as
given, of a filter the oldest first. The exit status is 1 unless all are the same. Replays of
entries that pass the filter too are left out, so that a second run tests the same; so are sessions
that clients opened with a listener, which nobody else can repeat.

What begins with @, or with 0 and goes on like an id (0-9 a-f -), is an ID; other words are a
FILTER, as `sonde history` takes it. --filter makes a filter of whatever it is.

With --against, Authorization, cookies, tokens and passwords in URLs stay at home unless
--with-credentials is given; bodies, and what a session says, go as they are. Places that
`ignore.toml` leaves out are left out, and those of --ignore. Secrets are masked in what is told of
steps and differences unless --reveal is given; answers and the steps that --show-steps prints are
as they are."""

_EXAMPLES = """\
examples:
  sonde replay @1 --diff
  sonde replay @3 --timing recorded --against tls://staging.example.org:993
  sonde replay @3 --show-steps > login.steps
  sonde replay @3 --steps login.steps --var user=ann --times 50
  sonde replay @1 --times 100 --every 0.5
  sonde replay host:api.example.org method:get --diff --jobs 10 --junit replay.xml
  sonde replay --filter 'tag:smoke -status:5xx' --against http://localhost:8000/v2 --json"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.usage = (
        "sonde replay ID [--diff] [--against ENDPOINT] [--steps FILE] [--times N [--every S]] ...\n"
        "       sonde replay FILTER|ID... [--diff] [--against BASE_URL] [--jobs N]"
        " [--json|--junit FILE] ..."
    )
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    parser.set_defaults(parser=parser)
    add = parser.add_argument
    add("what", metavar="ID|FILTER", nargs="*", help=f"{options.IDS}; or words of a filter")
    add("--filter", metavar="FILTER", action=options.Once, default="", help="all that pass it")
    add("--diff", action="store_true", help="print each step, and what differs, not the answer")
    add("--json", action="store_true", help="print one JSON object with what came of it")
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
        help="perform it there: scheme, host and port of a URL, its path before each path",
    )
    add(
        "--with-credentials",
        action="store_true",
        help="send credentials and cookies there, too",
    )
    add("--ignore", metavar="PATH", action="append", default=[], help=diff.IGNORE)
    _add_many(parser)
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
    secrets_given.add(parser)
    session_options.add(parser)


def _add_many(parser: options.Parser) -> None:
    add = parser.add_argument
    add(
        "--times",
        metavar="N",
        action=options.Once,
        type=options.count,
        help="so many times, one after the other, with statistics; each is recorded",
    )
    add(
        "--every",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help="seconds from one time to the next; without --times until it is interrupted",
    )
    add(
        "--jobs",
        metavar="N",
        action=options.Once,
        type=options.count,
        help="so many entries at a time, which do not keep their order (default: 1)",
    )
    add(
        "--junit",
        metavar="FILE",
        action=options.OneFile,
        default="",
        help="also write what came of each as JUnit XML",
    )
    add("--fail-fast", action="store_true", help="begin no more once one differs or fails")


def run(args: Namespace) -> int:
    """Perform again, record, compare."""
    rerunning.check(args)
    work = rerunning.rerun if rerunning.is_test(args) else _replay
    return running.run(args, lambda desk: work(desk, args), reads=True)


async def _replay(desk: Desk, args: Namespace) -> int:
    from sonde_core.replaying.choosing import find

    entry = await desk.history.get(find(desk.history, args.what[0]))
    if args.show_steps:
        return await _show_steps(desk, entry)
    changes = await desk.aside(_changes, args, entry)
    rules = await running.aside(rerunning.ignored, args)
    if (args.times or 1) > 1 or args.every:
        once = partial(_perform, desk, entry, changes, rules, args)
        return await repeating.repeat(desk, entry.id, once, args)
    result = await _perform(desk, entry, changes, rules, args)
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

    written, values = steps.read(args.script) if args.script else None, steps.values(args)
    if written:
        steps.say_remarks(written, values)
    return Changes(
        steps=written,
        address=args.against,
        credentials=args.with_credentials,
        given=session_options.given_fields(args),
        values=values,
        strict=args.strict,
        seconds=args.seconds,
        secrets=secrets_given.for_entry(args, entry),
    )


async def _perform(
    desk: Desk, entry: Entry, changes: Changes, rules: IgnoreRules, args: Namespace
) -> Replay:
    from sonde_core.replay import replay

    under_way: asyncio.Future[Live] = asyncio.get_running_loop().create_future()
    interrupt = asyncio.ensure_future(_cancel_when_stopped(desk, under_way))
    try:
        return await replay(
            desk.exchanger,
            entry,
            timing=args.timing,
            on_live=under_way.set_result,
            ignore=rules,
            changes=changes,
            reveal=args.reveal,
        )
    finally:
        interrupt.cancel()


async def _cancel_when_stopped(desk: Desk, under_way: asyncio.Future[Live]) -> None:
    from sonde_core.live import cancel

    await desk.stop.wait()
    cancel(await under_way)


async def _told(desk: Desk, result: Replay, args: Namespace) -> int:
    """Say what came of it, and return the exit status."""
    status = running.conclude(result.entry)
    if refusal := refusal_of(result.entry.exchange):
        output.explain(ConnectError(refusal))
        status = FAILED
    if result.entry.exchange.kind == "http":
        await remarks.say(result.entry.exchange)
    rerunning.say_withheld(result.withheld)
    if args.json:
        from sonde_core.script.listing import replay_json

        desk.out.text(replay_json(result))
    elif args.diff:
        desk.out.text(steps.table(result.steps))
        diff.show_lines(desk, result.difference)
    else:
        steps.say_odd(result.steps, summed_up=False)
    if not args.json:
        output.say(result.told)
    if args.diff or args.json or args.strict or args.script or args.times or result.alone:
        return DONE if result.same else status or FAILED
    return status


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
