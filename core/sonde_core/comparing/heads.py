"""What comes before a body, compared: outcome, redirects, status, headers; secrets stay masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..model import Exchange, Header, Hop, HttpResponse
from ..secrets import mask_header, mask_url
from .hidden import MASKED
from .places import Places
from .report import Change, Report, excerpt, excerpts, shortened


def compare_outcomes(before: Exchange, after: Exchange, report: Report, places: Places) -> None:
    """Report another kind of exchange, another end, or another reason for a failure.

    One that is under way has no end yet.
    """
    if before.kind != after.kind and not places.has("kind"):
        words = f"kind {before.kind} → {after.kind}"
        report.tell(words, Change("kind", "", before.kind, after.kind))
    old, new = _outcome(before, reveal=True), _outcome(after, reveal=True)
    under_way = before.under_way or after.under_way
    if old == new or under_way or places.has("outcome"):
        return
    words = f"outcome {before.outcome} → {after.outcome}"
    if before.outcome is after.outcome:
        words = f"why it is {after.outcome}"
    old, new = (_outcome(each, reveal=report.reveal) for each in (before, after))
    note = MASKED if old == new else ""
    report.tell(words, Change("outcome", "", *excerpts(old, new), note))


def _outcome(exchange: Exchange, *, reveal: bool) -> str:
    if not exchange.problem:
        return f"{exchange.outcome}"
    text = exchange.problem.text
    return f"{exchange.outcome}: {text if reveal else mask_url(text)}"


def compare_answers(
    before: HttpResponse | None, after: HttpResponse | None, report: Report, places: Places
) -> None:
    """Report another status line, and headers and trailers that differ in any order."""
    if not places.has("status"):
        _tell(report, "status", _status(before), _status(after))
    if before is None or after is None:
        return
    if not places.has("version"):
        _tell(report, "version", before.version, after.version)
    compare_fields(before.headers, after.headers, report, places, "header")
    compare_fields(before.trailers, after.trailers, report, places, "trailer")


def _status(response: HttpResponse | None) -> str | None:
    return f"{response.status} {response.reason}".rstrip() if response else None


def _tell(report: Report, where: str, before: str | None, after: str | None) -> None:
    if before == after:
        return
    short = [(text or "none").partition(" ")[0] for text in (before, after)]
    words = f"{where} {short[0]} → {short[1]}" if short[0] != short[1] else f"reason of the {where}"
    report.tell(words, Change(where, "", before, after))


def compare_fields(
    before: Sequence[Header],
    after: Sequence[Header],
    report: Report,
    places: Places,
    where: str,
) -> None:
    """Report fields by name, whatever its case; each value of a repeated name counts."""
    old, new = _by_name(before), _by_name(after)
    for name in dict.fromkeys([*old, *new]):
        if places.has(where, name) or report.full(where):
            continue
        gone = list((Counter(old.get(name, ())) - Counter(new.get(name, ()))).elements())
        come = list((Counter(new.get(name, ())) - Counter(old.get(name, ()))).elements())
        for number in range(max(len(gone), len(come))):
            was = gone[number] if number < len(gone) else None
            now = come[number] if number < len(come) else None
            report.add(where, _field(where, name, was, now, reveal=report.reveal))


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
    if places.has("redirect"):
        return
    for number in range(max(len(before), len(after))):
        old, new = (_hop(hops, number) for hops in (before, after))
        if old != new:
            if not report.reveal:
                old, new = (text and mask_url(text) for text in (old, new))
            shown = shortened(old, new)
            note = MASKED if shown[0] == shown[1] else ""
            report.add("redirect", Change("redirect", str(number + 1), *shown, note))


def _hop(hops: Sequence[Hop], number: int) -> str | None:
    if number >= len(hops):
        return None
    hop = hops[number]
    return f"{hop.status} to {hop.location}"
