"""`sonde scrub`: secrets are taken out of entries that are recorded already."""

from __future__ import annotations

import asyncio
import os
import time
from argparse import Namespace
from typing import TYPE_CHECKING, Final

from sonde_core.errors import NotFoundError
from sonde_core.safetext import line
from sonde_core.secrets import mask_url
from sonde_core.words import count, entries

from . import DONE, FAILED, options, output, running, standard_input
from .running import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sonde_core.history.rewriting import Rewriting, Scrubbed
    from sonde_core.history.summary import Summary
    from sonde_core.scrubbing.scrubber import Scrubber

# Seconds between two words about how far it is.
_PAUSE: Final = 5.0
# Seconds in which an entry that is looked at comes to its end after a signal, mostly.
_GRACE: Final = 0.5
_LARGEST: Final = 1 << 20  # bytes of secrets that are read

_DESCRIPTION = """\
Take the secrets out of all entries that pass FILTER (as in `sonde history`; "" for every entry):
what stands in credentials, cookies, tokens and passwords, told by the names of headers,
parameters, fields and JSON members, is removed wherever else it stands in the entry too: from
URLs, heads, bodies, steps, the bytes on the wire, notes and names. A stand-in takes its place, as
in `Bearer ***secret-1***`; a replay asks for what is missing.

The file and the bodies beside are rewritten at once or not at all, other Sondes may run meanwhile,
and what was deleted before is removed for good. Entries that do not pass FILTER keep what they
have. Bytes that are coded or encrypted by a protocol of its own cannot be looked through."""

_EXAMPLES: Final = """\
examples:
  sonde scrub host:api.example.org --dry-run
  sonde scrub since:2h --pattern 'card=([0-9]{16})'
  sonde scrub "" --literal -"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.usage = "sonde scrub FILTER [--dry-run] [--pattern REGEX]... [--literal TEXT]..."
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("filter", nargs="+", metavar="FILTER", help="which entries; or @1, @2 from the newest")
    add("--dry-run", action="store_true", help="tell what would be done, and change nothing")
    add(
        "--pattern",
        metavar="REGEX",
        action="append",
        default=[],
        help="what it matches is secret, or what its first group does",
    )
    add(
        "--literal",
        metavar="TEXT",
        action="append",
        default=[],
        help="this is secret; - asks for it, or takes each line of standard input",
    )


def run(args: Namespace) -> int:
    """Scrub."""
    return running.run(args, lambda desk: _scrub(desk, args), reads=True)


async def _scrub(desk: Desk, args: Namespace) -> int:
    from sonde_core.history.rewriting import Rewriting

    scrubber = await running.aside(_scrubber, args)
    chosen = await _chosen(desk, args.filter)
    if not chosen:
        output.say("Nothing matches.")
        return DONE
    told = _Progress(len(chosen))
    run = Rewriting(chosen, scrubber, written=not args.dry_run, tell=told)
    done = await _unless_stopped(desk, run)
    changed = [each for each in done if each.changed]
    desk.out.text("".join(f"{_row(each, chosen[each.id])}\n" for each in changed))
    troubles = [each for each in done if each.trouble]
    for each in troubles:
        output.say(f"sonde: {each.id} was left as it is. {each.trouble}")
    _say_summary(done, changed, dry_run=args.dry_run)
    _say_damaged(desk)
    return FAILED if troubles else DONE


async def _unless_stopped(desk: Desk, run: Rewriting) -> list[Scrubbed]:
    """Scrub; the first signal ends it, unless the new file is taking the place of the old one."""
    work = asyncio.ensure_future(desk.history.scrub(run))
    signal = asyncio.ensure_future(desk.stop.wait())
    await asyncio.wait({work, signal}, return_when=asyncio.FIRST_COMPLETED)
    signal.cancel()
    if not work.done() and run.stop():
        await asyncio.wait({work}, timeout=_GRACE)
        if not work.done():
            # A pattern is at work in a thread, which nothing ends; the file is whole at any moment.
            output.say("sonde: Stopped: nothing was taken out.")
            os._exit(FAILED)
    return await work


class _Progress:
    """Says now and then how far it is; called in another thread."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._next = time.monotonic() + _PAUSE

    def __call__(self, done: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _PAUSE
            output.say(f"{done:,} of {self._total:,} entries looked through…")


def _scrubber(args: Namespace) -> Scrubber:
    from sonde_core.scrubbing.patterns import Pattern
    from sonde_core.scrubbing.scrubber import Scrubber

    patterns = [Pattern(text) for text in args.pattern]
    return Scrubber(patterns, dict(_literals(args.literal)))


def _literals(texts: Sequence[str]) -> Mapping[bytes, str]:
    found: list[str] = []
    for text in texts:
        found += _asked() if text == "-" else [text]
    values = (text.encode("utf-8", "surrogateescape") for text in found if text)
    return {value: f"literal {number}" for number, value in enumerate(values, 1)}


def _asked() -> list[str]:
    if output.is_terminal(0):
        from getpass import getpass

        return [getpass("Secret to remove: ")]
    data = standard_input.take(_LARGEST, "The list of secrets")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return [each.removesuffix("\r") for each in lines]


async def _chosen(desk: Desk, words: Sequence[str]) -> dict[str, Summary]:
    """Return the entries that are meant, by id."""
    if all(word.startswith("@") for word in words):
        await desk.history.load()
        ids = {desk.history.find(word) for word in words}
        found = {each.id: each for each in desk.history.summaries() if each.id in ids}
        if len(found) < len(ids):
            raise NotFoundError("An entry went away meanwhile.")
        return found
    from sonde_core.entry_filter.selecting import select

    return {each.id: each async for each in select(desk.history, " ".join(words))}


def _row(done: Scrubbed, summary: Summary) -> str:
    names = ", ".join(dict.fromkeys(each.name for each in done.secrets))
    places = sum(len(each.places) for each in done.secrets)
    what = f"{summary.method or summary.kind} {mask_url(summary.target)}"
    return f"{done.id}  {line(what)}  {line(names)} ({count(places, 'place')})"


def _say_summary(done: Sequence[Scrubbed], changed: Sequence[Scrubbed], *, dry_run: bool) -> None:
    if not changed:
        output.say(f"No secrets were found in {entries(len(done))}.")
        return
    secrets = sum(len(each.secrets) for each in changed)
    verb = "would be taken" if dry_run else "taken"
    output.say(
        f"{count(secrets, 'secret')} {verb} out of {len(changed):,} of {len(done):,} entries."
    )


def _say_damaged(desk: Desk) -> None:
    path = desk.history.path
    for each in sorted(path.parent.glob(f"{path.name}.damaged-*")):
        output.say(f"sonde: {each} holds what the file was before; remove it if secrets are in it.")
