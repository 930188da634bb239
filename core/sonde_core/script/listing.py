"""Replays as JSON text, for machines that read the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..formats.listing import difference_json
from ..payload import escape
from .results import StepResult
from .writing import write_step

if TYPE_CHECKING:
    from ..replay import Replay


def replay_json(replay: Replay) -> str:
    """Write a replay as one JSON object."""
    exchange = replay.entry.exchange
    value = {
        "entry": replay.entry.id,
        "replay_of": replay.entry.replay_of,
        "outcome": exchange.outcome.value,
        "verdict": replay.verdict.value,
        "same": replay.same,
        "judged_by": "steps" if replay.alone else "recording",
        "seconds": exchange.timing.total,
        "summary": replay.told,
        "steps": results(replay.steps),
        "difference": json.loads(difference_json(replay.difference)),
    }
    return json.dumps(value, indent=2) + "\n"


def results(steps: Sequence[StepResult]) -> list[dict[str, object]]:
    """Return what came of steps as plain values; bytes are text with escapes."""
    return [
        {
            "step": write_step(result.step, limit=200),
            "verdict": result.verdict.value,
            "detail": result.detail,
            "then": result.then,
            "now": result.now,
            "offset": result.offset,
            "wanted": escape(result.wanted),
            "got": escape(result.got),
        }
        for result in steps
    ]
