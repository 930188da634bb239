"""What was left out of an entry ⇄ plain JSON values."""

from __future__ import annotations

from collections.abc import Sequence

from ...left_out import LeftOut
from .values import count, from_text, record, rows, texts, to_text


def to_left_out(secrets: Sequence[LeftOut]) -> list[object]:
    """Write which secrets an entry is without, and where they stood."""
    return [
        {
            "number": each.number,
            "name": to_text(each.name),
            "places": [to_text(place) for place in each.places],
        }
        for each in secrets
    ]


def from_left_out(value: object) -> tuple[LeftOut, ...]:
    """Read which secrets an entry is without."""
    plain = (record(each) for each in rows(value))
    return tuple(
        LeftOut(
            count(each.get("number")), from_text(each.get("name", "")), texts(each.get("places"))
        )
        for each in plain
    )
