"""What changed between two exchanges: as values, as one sentence, and as lines for people.

HTTP answers are compared by status, headers and body (JSON by structure, text by lines, bytes by
ranges); sessions by what each side said and how they ended. How long it took is told and never
makes a difference. All of it is bounded, whatever the peer sent: run it in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .comparing import bodies, heads, places, sessions
from .comparing.change import Change
from .comparing.facts import facts_of
from .comparing.ignoring import IGNORED_BY_DEFAULT, NO_RULES, IgnoreRules
from .comparing.places import Places
from .comparing.report import Report
from .comparing.watch import Watch
from .http_request import HttpRequest
from .model import Exchange
from .safetext import SafeText, line
from .words import size

__all__ = ["IGNORED_BY_DEFAULT", "Change", "Difference", "IgnoreRules", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two exchanges.

    Attributes:
        same: Whether nothing did, of what was compared.
        summary: One sentence, safe to draw.
        changes: The first ones of each sort; texts of the peers in them are not safe to draw.
        unlisted: What else differs, counted, in words.
        notes: Sentences about how it was compared.
        facts: What is told and makes no difference: durations, another request, numbers and names
            that are spelled in another way.
        ignored: The first ones of what differs and was left out.
        left_out: How many those are.
        given_up: Regular expressions of the ignored places that took too long.
    """

    same: bool
    summary: SafeText
    changes: tuple[Change, ...] = ()
    unlisted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[Change, ...] = ()
    ignored: tuple[Change, ...] = ()
    left_out: int = 0
    given_up: tuple[str, ...] = ()

    def lines(self, *, ignored: bool = False) -> list[SafeText]:
        """Return it as people read it: `+`, `-`, `~`, `>` or a blank begins each line.

        Args:
            ignored: Show what was left out, too, each line with a blank before it.
        """
        return list(self._lines(ignored=ignored))

    def _lines(self, *, ignored: bool) -> Iterator[SafeText]:
        for change in self.changes:
            yield from change.lines()
        yield from (line(f"  … {text}") for text in (*self.unlisted, *self.notes))
        if ignored:
            for change in self.ignored:
                yield from (line(f"  {row}") for row in change.lines())
        yield from (fact.told() for fact in self.facts)


def compare(
    before: Exchange,
    after: Exchange,
    *,
    ignore: IgnoreRules | Sequence[str] = NO_RULES,
    reveal: bool = False,
    facts: bool = True,
    watch: Watch | None = None,
) -> Difference:
    """Compare two exchanges; takes up to a few seconds for large ones, see `compare_apart`.

    What they really hold is compared; of a secret that differs only that it does is told.

    Args:
        before: The one that was first.
        after: The other one.
        ignore: Rules, of which those for the address of `after` hold; or places left out, such as
            `header:etag`, `body.time`, `body.items[*].id`, `status`, `/^Took .* ms$/`.
        reveal: Show secrets in what differs.
        facts: Tell also the durations, and what else makes no difference.
        watch: Told how far it is; may be stopped from any thread.

    Raises:
        RequestError: One of the places is none.
        StoppedError: It was stopped.
    """
    if isinstance(ignore, IgnoreRules):
        ignore = ignore.for_endpoint(after.target)
    left_out = places.parse(ignore)
    report = Report(reveal=reveal, watch=watch, built_in=left_out.built_in)
    heads.compare_outcomes(before, after, report, left_out)
    if before.kind == after.kind == "http":
        _answers(before, after, report, left_out)
    else:
        sessions.compare(before, after, report, left_out)
    found = report.found
    same = not found.changes
    told = (*facts_of(before, after, reveal=reveal), *found.facts) if facts else ()
    return Difference(
        same,
        line(_same(after) if same else f"Differs: {', '.join(report.parts)}"),
        tuple(found.changes),
        tuple(report.unlisted),
        tuple(found.notes),
        told,
        tuple(found.ignored),
        found.left_out,
        tuple(report.given_up),
    )


async def compare_apart(
    before: Exchange,
    after: Exchange,
    *,
    ignore: IgnoreRules | Sequence[str] = NO_RULES,
    reveal: bool = False,
    facts: bool = True,
    on_progress: Callable[[str], None] | None = None,
) -> Difference:
    """Compare in a thread, and large bodies in a process; cancelling ends both at once.

    Args:
        before: The one that was first.
        after: The other one.
        ignore: As `compare` takes it.
        reveal: Show secrets in what differs.
        facts: Tell also the durations, and what else makes no difference.
        on_progress: Told in a few words how far it is; called in another thread.

    Raises:
        RequestError: One of the places is none.
    """
    watch = Watch(on_progress=on_progress)
    try:
        return await asyncio.to_thread(
            compare, before, after, ignore=ignore, reveal=reveal, facts=facts, watch=watch
        )
    finally:
        watch.stop()


def _answers(before: Exchange, after: Exchange, report: Report, left_out: Places) -> None:
    if isinstance(before.request, HttpRequest) and isinstance(after.request, HttpRequest):
        heads.tell_requests(before.request, after.request, report)
    heads.compare_hops(before.hops, after.hops, report, left_out)
    old, new = before.response, after.response
    heads.compare_answers(old, new, report, left_out)
    if old is not None and new is not None:
        bodies.compare(bodies.Pair(old.body, new.body), report, left_out)


def _same(exchange: Exchange) -> str:
    if exchange.response is not None:
        return f"Same: {exchange.response.status}, {size(exchange.response.body.size)}"
    if exchange.kind == "http" or not (exchange.sent or exchange.received):
        return f"Same: {exchange.outcome}"
    if exchange.under_way:
        return f"Same: {size(exchange.sent)} sent, {size(exchange.received)} received"
    return (
        f"Same: {exchange.outcome}, {size(exchange.sent)} sent, {size(exchange.received)} received"
    )
