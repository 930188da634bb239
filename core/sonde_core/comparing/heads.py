"""What comes before a body, compared: outcome, redirects, status, headers; secrets stay masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from ..http_request import HttpRequest
from ..model import Exchange, Header, Hop, HttpResponse
from ..secrets import mask_header, mask_url
from ..words import size
from .change import Change, excerpt, excerpts, shortened
from .hidden import MASKED
from .places import Places
from .report import Report

_ORDER: Final = "the same values in another order"


def compare_outcomes(before: Exchange, after: Exchange, report: Report, places: Places) -> None:
    """Report another kind of exchange, another end, or another reason for a failure.

    One that is under way has no end yet.
    """
    if before.kind != after.kind:
        words = f"kind {before.kind} → {after.kind}"
        change = Change("kind", "", before.kind, after.kind)
        report.tell(words, change, ignored=places.has("kind"))
    old, new = _outcome(before, reveal=True), _outcome(after, reveal=True)
    under_way = before.under_way or after.under_way
    if old == new or under_way:
        return
    words = f"outcome {before.outcome} → {after.outcome}"
    if before.outcome is after.outcome:
        words = f"why it is {after.outcome}"
    old, new = (_outcome(each, reveal=report.reveal) for each in (before, after))
    note = MASKED if old == new else ""
    change = Change("outcome", "", *excerpts(old, new), note)
    report.tell(words, change, ignored=places.has("outcome"))


def _outcome(exchange: Exchange, *, reveal: bool) -> str:
    if not exchange.problem:
        return f"{exchange.outcome}"
    text = exchange.problem.text
    return f"{exchange.outcome}: {text if reveal else mask_url(text)}"


def compare_answers(
    before: HttpResponse | None, after: HttpResponse | None, report: Report, places: Places
) -> None:
    """Report another status line, and headers and trailers that differ in any order."""
    _tell(report, "status", _status(before), _status(after), ignored=places.has("status"))
    if before is None or after is None:
        return
    ignored = places.has("version")
    _tell(report, "version", before.version, after.version, ignored=ignored)
    compare_fields(before.headers, after.headers, report, places, "header")
    compare_fields(before.trailers, after.trailers, report, places, "trailer")


def _status(response: HttpResponse | None) -> str | None:
    return f"{response.status} {response.reason}".rstrip() if response else None


def _tell(
    report: Report, where: str, before: str | None, after: str | None, *, ignored: bool
) -> None:
    if before == after:
        return
    short = [(text or "none").partition(" ")[0] for text in (before, after)]
    words = f"{where} {short[0]} → {short[1]}" if short[0] != short[1] else f"reason of the {where}"
    report.tell(words, Change(where, "", before, after), ignored=ignored)


def compare_fields(
    before: Sequence[Header],
    after: Sequence[Header],
    report: Report,
    places: Places,
    where: str,
) -> None:
    """Report fields by name, whatever its case; each value of a repeated name counts."""
    if before == after:
        return
    old, new = _by_name(before), _by_name(after)
    for name in dict.fromkeys([*old, *new]):
        if report.full(where):
            break
        ignored = places.has(where, name)
        for change in _changes(where, name, old.get(name, []), new.get(name, []), report):
            report.add(where, change, ignored=ignored)
    _spelling(before, after, report, where)


def _changes(
    where: str, name: str, before: Sequence[str], after: Sequence[str], report: Report
) -> Iterator[Change]:
    if before == after:
        return
    gone = list((Counter(before) - Counter(after)).elements())
    come = list((Counter(after) - Counter(before)).elements())
    for was, now in zip_longest(gone, come):
        yield _field(where, name, was, now, reveal=report.reveal)
    if not gone and not come:  # their order means something (RFC 9110, 5.3)
        shown = (
            ", ".join(_masked(name, each, report) for each in side) for side in (before, after)
        )
        old, new = shown
        yield Change(where, excerpt(name), *excerpts(old, new), _ORDER, block=True)


def _masked(name: str, value: str, report: Report) -> str:
    return value if report.reveal else mask_header(name, value)


def _spelling(
    before: Sequence[Header], after: Sequence[Header], report: Report, where: str
) -> None:
    """Tell of names in another order or case: that means nothing (RFC 9110, section 5.3)."""
    old, new = ([name for name, _ in fields] for fields in (before, after))
    lowered, renamed = ([name.lower() for name in names] for names in (old, new))
    both = set(lowered) & set(renamed)
    orders = [
        list(dict.fromkeys(name for name in names if name in both)) for names in (lowered, renamed)
    ]
    if orders[0] != orders[1]:
        first, then = (excerpt(", ".join(order)) for order in orders)
        change = Change(f"{where}s", "in another order", first, then)
        report.fact(f"{where} order", change)
    spelled, respelled = dict(zip(lowered, old, strict=True)), dict(zip(renamed, new, strict=True))
    for name in orders[0]:
        if spelled[name] != respelled[name]:
            change = Change(f"{where}s", "in another case", spelled[name], respelled[name])
            report.fact(f"{where} in another case", change)


def tell_requests(before: HttpRequest, after: HttpRequest, report: Report) -> None:
    """Tell what was asked otherwise; that is no difference between the answers."""
    old, new = (_by_name(_sent(each)) for each in (before, after))
    where = "request header"
    for name in dict.fromkeys([*old, *new]):
        for change in _changes(where, name, old.get(name, []), new.get(name, []), report):
            report.fact(where, replace(change, block=False))
    one, other = before.body.data, after.body.data
    if (one.size, one.sha256) != (other.size, other.sha256):
        # No digest: from it one could find out a short secret.
        change = Change("request body", "", size(one.size), size(other.size), "other bytes")
        report.fact("request body", change)


def _sent(request: HttpRequest) -> Iterator[Header]:
    return ((row.name, row.value) for row in request.headers if row.on)


def _by_name(fields: Iterable[Header]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(value)
    return found


def _field(where: str, name: str, before: str | None, after: str | None, *, reveal: bool) -> Change:
    if not reveal:
        before = None if before is None else mask_header(name, before)
        after = None if after is None else mask_header(name, after)
    note = MASKED if before == after else ""
    return Change(where, excerpt(name), *shortened(before, after), note)


def compare_hops(
    before: Sequence[Hop], after: Sequence[Hop], report: Report, places: Places
) -> None:
    """Report redirects that lead elsewhere, in order."""
    ignored = places.has("redirect")
    for number in range(max(len(before), len(after))):
        old, new = (_hop(hops, number) for hops in (before, after))
        if old != new:
            if not report.reveal:
                old, new = (text and mask_url(text) for text in (old, new))
            shown = shortened(old, new)
            note = MASKED if shown[0] == shown[1] else ""
            change = Change("redirect", str(number + 1), *shown, note)
            report.add("redirect", change, ignored=ignored)


def _hop(hops: Sequence[Hop], number: int) -> str | None:
    if number >= len(hops):
        return None
    hop = hops[number]
    return f"{hop.status} to {hop.location}"
