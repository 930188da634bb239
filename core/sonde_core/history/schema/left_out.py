"""What was left out of an entry ⇄ plain JSON values."""

from __future__ import annotations

from collections.abc import Sequence

from ...left_out import Hidden, LeftOut
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


def to_hidden(places: Sequence[Hidden]) -> list[object]:
    """Write where secrets stand in what was sent."""
    return [[place.start, place.size] for place in places]


def from_hidden(value: object) -> tuple[Hidden, ...]:
    """Read where secrets stand in what was sent."""
    return tuple(_from_place(rows(each)) for each in rows(value))


def _from_place(place: list[object]) -> Hidden:
    if len(place) != 2:
        raise ValueError("a place has a start and a size")
    return Hidden(count(place[0]), count(place[1]))
