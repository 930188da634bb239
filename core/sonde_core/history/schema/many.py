"""Long arrays: inline while short, in a file beside the history when long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ...body import Body, Spool
from .bodies import GetBody, PutBody, find
from .values import Record, count, dumps, loads, rows

INLINE_ROWS: Final = 2000
_SLICE: Final = 1 << 16  # bytes that are parsed at once: other threads wait meanwhile


def to_many(values: Sequence[object], put: PutBody | None) -> object:
    """Write an array; above 2,000 rows it is a file of one row a line."""
    if put is None or len(values) <= INLINE_ROWS:
        return list(values)
    return to_file(values, len(values), put)


def to_file(values: Iterable[object], number: int, put: PutBody) -> Record:
    """Write so many rows into a file."""
    ref, kept = put(_filed(values))
    return {"ref": ref, "size": kept, "rows": number}


def _filed(values: Iterable[object]) -> Body:
    spool, between = Spool(), b"[\n"
    for value in values:
        spool.write(between + dumps(value))
        between = b",\n"
    spool.write(b"\n]\n")
    return spool.body()


def from_many(value: object, get: GetBody | None) -> list[object]:
    """Read an array; one whose file is gone is empty."""
    return list(each_of(value, get))


def each_of(value: object, get: GetBody | None) -> Iterator[object]:
    """Yield the rows of an array that may be long, without holding all; like `from_many`."""
    if not isinstance(value, dict):
        yield from rows(value)
        return
    body = find(value.get("ref"), count(value.get("size", 0)), get)
    if body is None:
        return
    if body.read(0, 2) != b"[\n":  # another program wrote it its own way
        yield from rows(loads(body.read()))
        return
    for text in _pieces(body):
        yield from rows(loads(text))


def _pieces(body: Body) -> Iterator[bytes]:
    """Yield a file that has one row a line as arrays of some rows each."""
    parts: list[bytes] = []  # of what is not yielded yet; the bracket at the start is the file's
    for piece in body.slices(_SLICE):
        if parts and parts[-1].endswith(b",") and piece.startswith(b"\n"):
            yield b"".join(parts)[:-1] + b"]"
            parts, piece = [b"["], piece[1:]
        whole, found, rest = piece.rpartition(b",\n")
        if found:
            yield b"".join((*parts, whole, b"]"))
            parts = [b"["]
        parts.append(rest)
    yield b"".join(parts)
