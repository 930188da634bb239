"""What changed between two exchanges: as values, as one sentence, and as lines for people.

HTTP answers are compared by status, headers and body (JSON by structure, text by lines, bytes by
ranges); sessions by what each side said and how they ended. How long it took is told and never
makes a difference. All of it is bounded, whatever the peer sent: run it in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from .comparing import bodies, heads, places, sessions
from .comparing.ignoring import IGNORED_BY_DEFAULT, NO_RULES, IgnoreRules
from .comparing.places import Places
from .comparing.report import Change, Report
from .errors import BodyError
from .http_request import HttpRequest
from .model import Chunk, Direction, Exchange
from .safetext import SafeText, line
from .secrets import mask_url
from .words import duration, size

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
        facts: What is told and makes no difference: durations, and another request.
    """

    same: bool
    summary: SafeText
    changes: tuple[Change, ...] = ()
    unlisted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[Change, ...] = ()

    def lines(self) -> list[SafeText]:
        """Return it as people read it: `+`, `-`, `~` or a blank begins each line."""
        return list(self._lines())

    def _lines(self) -> Iterator[SafeText]:
        for change in self.changes:
            yield from change.lines()
        yield from (line(f"  … {text}") for text in (*self.unlisted, *self.notes))
        for fact in self.facts:
            name = f"{fact.where} {fact.path}".rstrip()
            yield line(f"  {name}: {fact.before or 'none'} → {fact.after or 'none'}")


def compare(
    before: Exchange,
    after: Exchange,
    *,
    ignore: IgnoreRules | Sequence[str] = NO_RULES,
    reveal: bool = False,
) -> Difference:
    """Compare two exchanges; takes up to a few seconds for large ones.

    What they really hold is compared; of a secret that differs only that it does is told.

    Args:
        before: The one that was first.
        after: The other one.
        ignore: Rules, of which those for the address of `after` hold; or places left out, such as
            `header:etag`, `body.time`, `body.items[*].id`, `status`, `/^Took .* ms$/`.
        reveal: Show secrets in what differs.

    Raises:
        RequestError: One of the places is none.
    """
    if isinstance(ignore, IgnoreRules):
        ignore = ignore.for_endpoint(after.target)
    left_out = places.parse(ignore)
    report = Report(reveal=reveal)
    heads.compare_outcomes(before, after, report, left_out)
    if before.kind == after.kind == "http":
        _answers(before, after, report, left_out)
    else:
        sessions.compare(before, after, report, left_out)
    same = not report.changes
    return Difference(
        same,
        line(_same(after) if same else f"Differs: {', '.join(report.parts)}"),
        tuple(report.changes),
        tuple(report.unlisted),
        tuple(report.notes),
        tuple(_facts(before, after, reveal=reveal)),
    )


def _answers(before: Exchange, after: Exchange, report: Report, left_out: Places) -> None:
    heads.compare_hops(before.hops, after.hops, report, left_out)
    old, new = before.response, after.response
    heads.compare_answers(old, new, report, left_out)
    if old is not None and new is not None and not left_out.has("body"):
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


def _facts(before: Exchange, after: Exchange, *, reveal: bool) -> Iterator[Change]:
    old, new = (_asked(each, reveal=reveal) for each in (before, after))
    if old != new:
        yield Change("request", "", old, new)
    if not (before.under_way or after.under_way):
        yield Change("time", "in all", duration(before.timing.total), duration(after.timing.total))
    first, then = _first_byte(before), _first_byte(after)
    if first or then:
        yield Change("time", "to the first byte", first, then)


def _asked(exchange: Exchange, *, reveal: bool) -> str:
    request = exchange.request
    target = exchange.target if reveal else mask_url(exchange.target)
    return f"{request.method} {target}" if isinstance(request, HttpRequest) else target


def _first_byte(exchange: Exchange) -> str | None:
    with suppress(BodyError):  # the file of the recording may be gone
        for moment in exchange.timeline:
            if isinstance(moment, Chunk) and moment.direction is Direction.RECEIVED:
                return duration(moment.at)
    return None
