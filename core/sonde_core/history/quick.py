"""What a list shows of an entry, made of plain values, and the plain values of it."""

from __future__ import annotations

from datetime import UTC, datetime
from sys import intern
from typing import Final

from ..model import Outcome
from .summary import KINDS, Summary
from .usual_line import Parts, usual_parts

_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}


def quick_summary(data: bytes, first: int = 0, last: int | None = None) -> Summary | None:
    """Read the usual line of an entry; None for any other. See `usual_parts`."""
    parts = usual_parts(data, first, last)
    return summary_of(parts) if parts else None


def summary_of(parts: Parts) -> Summary | None:
    """Return the summary; None if there is no such kind, outcome or time."""
    outcome, readable = _OUTCOMES.get(parts[4]), parts[-1]
    if outcome is None or (readable and parts[2] not in KINDS):
        return None
    try:
        time = datetime.fromisoformat(parts[1])
    except ValueError:
        return None
    return Summary(
        parts[0],
        time if time.tzinfo is UTC else time.astimezone(UTC),
        intern(parts[2]),
        parts[3],
        outcome,
        intern(parts[5]),
        parts[6],
        *parts[7:16],
        True,
        readable,
    )


def parts_of(summary: Summary) -> Parts:
    """Return plain values of which the same summary can be made."""
    return (
        summary.id,
        summary.time.isoformat(),
        summary.kind,
        summary.target,
        summary.outcome.value,
        summary.method,
        summary.role,
        summary.status,
        summary.seconds,
        summary.sent,
        summary.size,
        summary.name,
        summary.pinned,
        summary.tags,
        summary.note,
        summary.replay_of,
        summary.readable,
    )
