"""What `body:` and `header:` look for, in an entry that was read.

Letters of ASCII match in either case, other ones as they stand; bytes are looked through as they
are kept: compressed ones compressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from ..body import Body
from ..errors import BodyError
from ..history.schema.bodies import GetBody, find
from ..history.schema.timeline import from_timeline
from ..history.schema.values import Record, count, from_bytes, from_text, record, rows
from ..model import Moment
from ..recording.marks import EVENT, WAYS
from ..recording.timeline import runs
from .tree import Term

SLICE: Final = 1 << 20  # bytes that are searched at once
# Tells whether an entry has what is looked for; raises ValueError for one that is none of ours.
Has: TypeAlias = Callable[[Record], bool]


def has_header(term: Term) -> Has:
    """Return what looks for a header in request, answer and redirects."""
    wanted = _lower(term.value)

    def has(plain: Record) -> bool:
        return any(
            _lower(name) == term.name and wanted in _lower(value) for name, value in _headers(plain)
        )

    return has


def _lower(text: str) -> str:
    """Fold the letters of ASCII only, as the scan of raw lines does."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _headers(plain: Record) -> Iterator[tuple[str, str]]:
    for part in _messages(plain):
        for row in rows(part.get("headers")):
            cells = rows(row)
            if len(cells) >= 2 and (len(cells) == 2 or cells[2] is not False):
                yield from_text(cells[0]), from_text(cells[1])


def _messages(plain: Record) -> Iterator[Record]:
    """Yield the request, the answer, and those of redirects."""
    for name in ("req", "res"):
        if isinstance(plain.get(name), dict):
            yield record(plain[name])
    for hop in rows(plain.get("hops")):
        yield record(hop)


def has_body(term: Term, get: GetBody, in_file: dict[tuple[str, bytes], bool]) -> Has:
    """Return what looks for text in bodies, and in what a session said.

    Args:
        term: With the text.
        get: Finds the bodies beside the file.
        in_file: What is known of them, by digest and text; it is added to.
    """
    needle = term.value.encode("utf-8", "surrogatepass").lower()

    def has(plain: Record) -> bool:
        found = any(_in_body(part, needle, get, in_file) for part in _bodies(plain))
        return found or (plain.get("kind") != "http" and _in_session(plain, needle, get))

    return has


def _bodies(plain: Record) -> Iterator[object]:
    """Yield bodies as they are written, and text that stands for one."""
    for part in _messages(plain):
        body = part.get("body")
        if not isinstance(body, dict):
            continue
        if isinstance(body.get("kind"), str):  # as a request was typed
            yield body.get("text")
            yield body.get("data")
            for row in rows(body.get("fields")):
                yield "=".join(from_text(cell) for cell in rows(row)[:2])
        else:
            yield body


def _in_body(
    part: object, needle: bytes, get: GetBody, in_file: dict[tuple[str, bytes], bool]
) -> bool:
    if isinstance(part, str):
        return needle in part.encode("utf-8", "surrogatepass").lower()
    if not isinstance(part, dict):
        return False
    if isinstance(part.get("body"), dict):  # long text lies beside
        part = record(part["body"])
    ref = part.get("ref")
    if not isinstance(ref, str):
        data = from_bytes(part)
        return data is not None and needle in data.lower()
    known = in_file.get((ref, needle))
    if known is None:
        body = find(ref, count(part.get("kept", part.get("size", 0))), get)
        known = in_file[ref, needle] = body is not None and _in_pieces(_pieces(body), needle)
    return known


def _pieces(body: Body) -> Iterator[bytes]:
    try:
        yield from body.slices(SLICE)
    except BodyError:
        return  # it is gone, or shorter than it was


def _in_pieces(pieces: Iterable[bytes], needle: bytes) -> bool:
    """Whether bytes that come in pieces hold others, be it across two of them."""
    tail = b""
    keep = len(needle) - 1
    for piece in pieces:
        data = tail + piece.lower()
        if needle in data:
            return True
        tail = data[-keep:] if keep else b""
    return False


def _in_session(plain: Record, needle: bytes, get: GetBody) -> bool:
    """Whether one side said it, in however many pieces."""
    try:
        timeline = from_timeline(plain, get)
        tails = dict.fromkeys(b"<>", b"")
        return any(_said(way, piece, needle, tails) for way, piece in _spoken(timeline))
    except BodyError:
        return False


def _spoken(timeline: Sequence[Moment]) -> Iterator[tuple[int, bytes]]:
    """Yield what was said, each with its direction."""
    for run in runs(timeline):
        place = 0
        for way, size in zip(run.ways, run.sizes, strict=True):
            if way != EVENT:
                yield ord(WAYS[way][0].value), run.data[place : place + size]
                place += size


def _said(way: int, piece: bytes, needle: bytes, tails: dict[int, bytes]) -> bool:
    data = tails[way] + piece.lower()
    keep = len(needle) - 1
    tails[way] = data[-keep:] if keep else b""
    return needle in data
