"""Long arrays: inline while short, in a file beside the history when long."""

from __future__ import annotations

from typing import Final

from ..body import Body
from .bodies import GetBody, PutBody, find
from .values import Record, count, dumps, loads, rows

INLINE_ROWS: Final = 2000


def to_many(values: list[object], put: PutBody | None) -> object:
    """Write an array; above 2,000 rows it is a file of one row a line."""
    if put is None or len(values) <= INLINE_ROWS:
        return values
    data = b"[\n" + b",\n".join(dumps(value) for value in values) + b"\n]\n"
    ref, kept = put(Body.of(data))
    outside: Record = {"ref": ref, "size": kept, "rows": len(values)}
    return outside


def from_many(value: object, get: GetBody | None) -> list[object]:
    """Read an array; one whose file is gone is empty."""
    if not isinstance(value, dict):
        return rows(value)
    body = find(value.get("ref"), count(value.get("size", 0)), get)
    return rows(loads(body.read())) if body else []
