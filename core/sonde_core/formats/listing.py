"""Lists and comparisons as JSON text, for machines that read the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..clock import stamp
from ..secrets import mask_url

if TYPE_CHECKING:
    from ..difference import Change, Difference
    from ..history.housekeeping import Outlook
    from ..history.summary import Summary


def summaries_json(summaries: Sequence[Summary]) -> str:
    """Write summaries as one JSON array with one entry a line, in their order."""
    lines = ",\n".join(json.dumps(_summary(summary)) for summary in summaries)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _summary(summary: Summary) -> dict[str, object]:
    return {
        "id": summary.id,
        "time": stamp(summary.time),
        "kind": summary.kind,
        "role": summary.role,
        "method": summary.method,
        "target": mask_url(summary.target),
        "outcome": summary.outcome.value,
        "status": summary.status or None,
        "seconds": summary.seconds,
        "sent": summary.sent,
        "size": summary.size,
        "name": summary.name,
        "pinned": summary.pinned,
        "tags": list(summary.tags),
        "note": summary.note,
        "replay_of": summary.replay_of or None,
        "readable": summary.readable,
    }


def difference_json(difference: Difference) -> str:
    """Write what differs as one JSON object."""
    value = {
        "same": difference.same,
        "summary": difference.summary,
        "changes": [_change(change) for change in difference.changes],
        "unlisted": list(difference.unlisted),
        "notes": list(difference.notes),
        "facts": [_change(fact) for fact in difference.facts],
        "left_out": difference.left_out,
        "ignored": [_change(change) for change in difference.ignored],
    }
    return json.dumps(value, indent=2) + "\n"


def _change(change: Change) -> dict[str, object]:
    return {
        "where": change.where,
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "note": change.note,
        "moved_to": change.to or None,
    }


def outlook_json(outlook: Outlook, freed: int) -> str:
    """Write what a compaction leaves, and the bytes that it freed or would free."""
    return f"{json.dumps({**asdict(outlook), 'freed': freed})}\n"
