"""What came of many replays, for machines: one JSON object, or JUnit XML as CI reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from ..clock import stamp
from ..safetext import SafeText, line
from ..secrets import mask_url
from ..words import duration, short_kind
from .verdict import Judged, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from ..history.summary import Summary
    from .repetition import Repetition
    from .rerun import Rerun

# What XML 1.0 has no place for (section 2.2).
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS: Final = {
    Verdict.CHANGED: "failure",
    Verdict.FAILED: "error",
    Verdict.STOPPED: "skipped",
}


def rerun_json(rerun: Rerun) -> str:
    """Write all results as one JSON object, a result a line."""
    counts = rerun.counts
    head = {str(verdict): many for verdict, many in counts.by_verdict.items()}
    told = {"total": counts.total, **head, "not_performed": counts.total - counts.done}
    results = ",\n".join(json.dumps(_result(each)) for each in rerun.over)
    body = f"[\n{results}\n]" if results else "[]"
    return f'{json.dumps(told)[:-1]}, "results": {body}}}\n'


def _result(each: Judged) -> dict[str, object]:
    before = each.before
    return {
        "verdict": each.verdict.value,
        "before": before.id,
        "after": each.after or None,
        "method": before.method or short_kind(before.kind),
        "target": mask_url(before.target),
        "status_before": before.status or None,
        "status": each.status or None,
        "seconds_before": before.seconds,
        "seconds": each.seconds,
        "summary": each.told,
        "difference": list(each.lines),
        "withheld": list(each.withheld),
    }


def repetition_json(repetition: Repetition, *, entry: str) -> str:
    """Write how a repeated entry went as one JSON object; the newest rounds are listed."""
    found = repetition.durations
    value = {
        "replay_of": entry,
        "times": repetition.done,
        "same": repetition.same,
        "failed": repetition.failed,
        "changed": repetition.changed,
        "seconds": {
            "min": found.shortest,
            "median": found.quantile(0.5),
            "p95": found.quantile(0.95),
            "max": found.longest,
        },
        "histogram": [
            {"from": each.start, "to": each.end, "count": each.count} for each in found.histogram()
        ],
        "rounds": [
            {
                "entry": lap.round.entry,
                "outcome": lap.round.outcome.value,
                "verdict": lap.round.verdict.value,
                "same": lap.round.same,
                "stopped": lap.round.stopped,
                "status": lap.status or None,
                "seconds": lap.round.seconds,
                "summary": lap.round.told,
                "difference": list(lap.differs),
                "since_round": lap.since or None,
                "changes": list(lap.changes),
            }
            for lap in repetition.laps
        ],
    }
    return json.dumps(value, indent=2) + "\n"


def junit(rerun: Rerun, *, started: datetime, seconds: float) -> Iterator[bytes]:
    """Write all results as JUnit XML: what changed is a failure, what failed an error.

    What was stopped, or not performed, is skipped. Secrets are masked.
    """
    counts = rerun.counts.by_verdict
    left = rerun.counts.total - rerun.counts.done + counts[Verdict.STOPPED]
    told = (
        f'tests="{rerun.counts.total}" failures="{counts[Verdict.CHANGED]}"'
        f' errors="{counts[Verdict.FAILED]}" skipped="{left}" time="{seconds:.3f}"'
    )
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="sonde" {told}>\n'.encode()
    yield f'<testsuite name="sonde replay" {told} timestamp="{_time(started)}">\n'.encode()
    for entry, each in zip(rerun.entries, rerun.results, strict=True):
        yield _case(entry, each).encode()
    yield b"</testsuite>\n</testsuites>\n"


def _case(entry: Summary, each: Judged | None) -> str:
    server, path = _parted(mask_url(entry.target))
    what = entry.method or short_kind(entry.kind)
    name = f"{what} {path}".rstrip() + f" [{entry.id}]"
    seconds = each.seconds if each else 0.0
    start = f"<testcase classname={_attribute(server)} name={_attribute(name)}"
    start += f' time="{seconds:.3f}"'
    if each is None:
        return f'{start}><skipped message="not performed"/></testcase>\n'
    if each.verdict is Verdict.SAME:
        said = f"<system-out>{_text(each.remark)}</system-out>" if each.remark else ""
        return f"{start}>{said}</testcase>\n" if said else f"{start}/>\n"
    element, message = _ELEMENTS[each.verdict], _attribute(each.told)
    if element == "skipped":
        return f"{start}><skipped message={message}/></testcase>\n"
    text = "\n".join((*each.lines, f"new entry: {each.after or 'none'}"))
    kind = f'type="{each.verdict}"'
    return f"{start}><{element} message={message} {kind}>{_text(text)}</{element}></testcase>\n"


def _parted(target: str) -> tuple[str, str]:
    """Part a server from the path; CI groups by the first. Dots would part it further."""
    scheme, sign, rest = target.partition("://")
    host, slash, path = rest.partition("/")
    return (f"{scheme}{sign}{host}", f"{slash}{path}") if sign else (target, "")


def _time(moment: datetime) -> str:
    return stamp(moment).removesuffix("Z")


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("\ufffd", text))


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))


def row_of(each: Judged, *, width: int = 0) -> SafeText:
    """Write a result as one row: verdict, what, status, time, where to, and what differs.

    Args:
        each: What came of one entry.
        width: Cells of the target at most; 0 for all of it.
    """
    before = each.before
    statuses = status_of(before.status, each.status)
    target = mask_url(before.target)
    if width and len(target) > width:
        target = f"{target[: width // 2]}…{target[len(target) - (width - width // 2 - 1) :]}"
    told = f"  {each.remark}" if each.remark else ""
    return line(
        f"{each.verdict.sign} {each.verdict:<7}  {before.method or short_kind(before.kind):<7}"
        f" {statuses:<9} {duration(each.seconds):>9}  {target}{told}"
    )


def status_of(before: int, after: int) -> str:
    """Write a status, or both where they differ."""
    if before == after:
        return str(after or "")
    return f"{before or 'none'} → {after or 'none'}"
