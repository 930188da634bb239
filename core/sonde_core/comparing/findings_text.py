"""What a comparison found out as plain values, to be handed from one process to another."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypedDict

from .change import Change
from .report import Findings


class Told(TypedDict):
    """Findings as JSON has them."""

    changes: list[dict[str, object]]
    ignored: list[dict[str, object]]
    facts: list[dict[str, object]]
    notes: list[str]
    told: dict[str, int]
    sorts: dict[str, int]
    left_out: int


def value_of(found: Findings) -> dict[str, object]:
    """Return findings as plain values."""
    return asdict(found)


def findings_of(told: Told) -> Findings:
    """Return what was told."""
    changes, ignored, facts = (
        [Change(**each) for each in rows]  # type: ignore[arg-type]  # our own, as written above
        for rows in (told["changes"], told["ignored"], told["facts"])
    )
    counts = told["told"], told["sorts"], told["left_out"]
    return Findings(changes, ignored, facts, told["notes"], *counts)
