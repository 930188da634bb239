"""Many entries performed again as a test: a table of what is the same, changed or failed."""

from __future__ import annotations

import asyncio
import shutil
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from sonde_core.replaying.references import is_reference

from . import DONE, FAILED, output, running, secrets_given, session_options
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.comparing.ignoring import IgnoreRules
    from sonde_core.replaying.choosing import Chosen
    from sonde_core.replaying.rerun import Manner, Rerun
    from sonde_core.replaying.verdict import Judged

# Seconds between two words about how far it is, while the table goes elsewhere.
_PAUSE: Final = 5.0
_NOTHING: Final = "No entry passes the filter, so nothing was tested."


def is_test(args: Namespace) -> bool:
    """Tell whether entries are performed as a test; a lone id is one when it is asked for."""
    several = args.filter or len(args.what) != 1 or not is_reference(args.what[0])
    return bool(several or args.junit or args.jobs or args.fail_fast)


def check(args: Namespace) -> None:
    """End with a usage error where flags do not fit together."""
    error = args.parser.error
    if not all(word.strip() for word in args.what):
        error("an empty word is no ID and no FILTER")
    names = [is_reference(word) for word in args.what]
    if not (args.what or args.filter):
        error("an ID or a FILTER is missing")
    if args.what and args.filter:
        error("--filter stands instead of other words")
    if any(names) and not all(names):
        word = args.what[names.index(True)]
        error(f"{word} is an ID, and other words are not; for a filter of them write --filter")
    if not is_test(args):
        return
    from sonde_core.replaying.request import SHARED_OPTIONS

    single = {
        "--steps": args.script,
        "--show-steps": args.show_steps,
        "--var": args.variables,
        "--times": args.times,
        "--every": args.every,
        "options of a session": set(session_options.given_fields(args)) - SHARED_OPTIONS,
    }
    if unfit := [name for name, given in single.items() if given]:
        error(f"{' and '.join(unfit)}: only for one entry, not for a test of several")


def ignored(args: Namespace) -> IgnoreRules:
    """Return what comparisons leave out: by the file of rules, and by flags."""
    from dataclasses import replace

    from sonde_core import config
    from sonde_core.comparing.ignoring import load_rules

    rules = load_rules(config.default_path().parent)
    if rules.warning:
        output.say(f"sonde: {rules.warning}")
    return replace(rules, default=(*rules.default, *args.ignore))


def say_withheld(names: Iterable[str]) -> None:
    """Say which credentials did not go to another origin."""
    if told := ", ".join(sorted(set(names))):
        output.say(f"Not sent to another origin: {told}; --with-credentials sends it.")


async def rerun(desk: Desk, args: Namespace) -> int:
    """Perform what is chosen, print what came of it, and return the exit status."""
    from sonde_core.clock import SystemClock
    from sonde_core.outlets import files
    from sonde_core.replaying.rerun import Rerun

    if args.junit:
        files.check_writable(args.junit)
    manner = await running.aside(_manner, args)
    chosen = await _chosen(desk, args)
    if chosen.clients:
        from sonde_core.words import count

        what = count(chosen.clients, "session")
        output.say(f"Left out: {what} of listeners, which only their clients can repeat.")
    if not chosen.entries:
        output.say("Nothing else passes the filter." if chosen.clients else _NOTHING)
        return FAILED
    started, clock = SystemClock().now(), time.monotonic()
    table = _Table(desk, args)
    test = Rerun(desk.exchanger, chosen.entries, manner, on_result=table.take)
    await _perform(desk, test, table)
    if args.json:
        from sonde_core.replaying.report import rerun_json

        await running.aside(desk.out.text, rerun_json(test))
    if args.junit:
        from sonde_core.replaying.report import junit

        pieces = junit(test, started=started, seconds=time.monotonic() - clock)
        await running.aside(files.write, args.junit, pieces)
    _say(test, chosen)
    return DONE if test.counts.passed else FAILED


def _manner(args: Namespace) -> Manner:
    from sonde_core.comparing import places
    from sonde_core.replay import Changes
    from sonde_core.replaying.elsewhere import read_base
    from sonde_core.replaying.rerun import Manner

    places.parse(args.ignore)  # before anything is sent
    if args.against:
        read_base(args.against)
    changes = Changes(
        address=args.against,
        credentials=args.with_credentials,
        strict=args.strict,
        seconds=args.seconds,
        given=session_options.given_fields(args),
        secrets=secrets_given.for_all(args),
    )
    return Manner(
        jobs=args.jobs or 1,
        changes=changes,
        ignore=ignored(args),
        timing=args.timing,
        fail_fast=args.fail_fast,
        reveal=args.reveal,
    )


async def _chosen(desk: Desk, args: Namespace) -> Chosen:
    from sonde_core.replaying import choosing

    if args.filter or not all(map(is_reference, args.what)):
        return await choosing.by_filter(desk.history, args.filter or " ".join(args.what))
    return await choosing.by_names(desk.history, args.what)


async def _perform(desk: Desk, test: Rerun, table: _Table) -> None:
    stopping = asyncio.ensure_future(_cancel_when_stopped(desk, test))
    printing = asyncio.ensure_future(table.follow(test))
    try:
        await test.run()
    finally:
        stopping.cancel()
        table.end()
        await printing


async def _cancel_when_stopped(desk: Desk, test: Rerun) -> None:
    await desk.stop.wait()
    test.cancel()


class _Table:
    """Prints each result once all before it are there."""

    def __init__(self, desk: Desk, args: Namespace) -> None:
        self._desk = desk
        self._prints = not args.json
        self._diff = args.diff
        self._width = shutil.get_terminal_size().columns if output.is_terminal(1) else None
        self._news = asyncio.Event()
        self._over = False
        self._shown = 0

    def take(self, _: Judged) -> None:
        """Hear of a result."""
        self._news.set()

    def end(self) -> None:
        """Hear that no more come."""
        self._over = True
        self._news.set()

    async def follow(self, test: Rerun) -> None:
        """Print until all is over; where no rows are seen, say how far it is."""
        said = time.monotonic()
        silent = not self._prints or (not output.is_terminal(1) and output.is_terminal(2))
        while not self._over:
            await self._news.wait()
            self._news.clear()
            await self._print(test)
            if silent and time.monotonic() - said > _PAUSE:
                said = time.monotonic()
                output.say(f"{test.counts.done:,} of {test.counts.total:,}: {test.counts.words}")
        await self._print(test)

    async def _print(self, test: Rerun) -> None:
        text = "".join(f"{row[: self._width]}\n" for row in self._rows(test))
        if self._prints and text:
            await running.aside(self._desk.out.text, text)

    def _rows(self, test: Rerun) -> Iterator[str]:
        from sonde_core.replaying.report import row_of

        while self._shown < len(test.results):
            result = test.results[self._shown]
            if result is None:
                return
            self._shown += 1
            yield row_of(result)
            if self._diff:
                yield from (f"    {line}" for line in result.lines)


def _say(test: Rerun, chosen: Chosen) -> None:
    from sonde_core.words import count

    if chosen.left_out:
        what = count(chosen.left_out, "replay")
        output.say(f"Left out: {what} of these; name them by their ids to perform them.")
    say_withheld(test.withheld)
    for text in test.given_up:
        output.say(f"{text} took too long and was given up: it left nothing out.")
    output.say(test.counts.summary)
