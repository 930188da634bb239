"""What a body is to a filter: one JSON document, or a list of lines, records or events."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from ..body import Body
from ..text.kinds import kind_of

Form: TypeAlias = Literal["document", "lines", "sequence", "events", "text", ""]

# What each record of a list is called.
RECORDS: Final[dict[Form, str]] = {
    "lines": "lines",
    "sequence": "records",
    "events": "events",
    "text": "lines",
}
_BY_TYPE: Final[dict[str, Form]] = {
    "text/event-stream": "events",
    "application/json-seq": "sequence",
    "application/geo+json-seq": "sequence",
    "application/x-ndjson": "lines",
    "application/ndjson": "lines",
    "application/jsonl": "lines",
    "application/x-jsonl": "lines",
    "application/jsonlines": "lines",
    "application/json-lines": "lines",
    "application/stream+json": "lines",
}
_BEGINNINGS: Final = (b"\x1e{", b"\x1e[", b'\x1e"')  # of a sequence
_FIRST: Final = 1 << 16
_OPEN: Final = (b"{", b"[")
_MARK: Final = b"\xef\xbb\xbf"


def form_of(body: Body) -> Form:
    """Tell the form of a body by its type and its first bytes; empty for what is no text.

    Raises:
        BodyError: The bytes cannot be read.
    """
    main = body.media_type.partition(";")[0].strip().lower()
    if main in _BY_TYPE:
        return _BY_TYPE[main]
    first = body.read(0, _FIRST).removeprefix(_MARK).lstrip()
    if first.startswith(_BEGINNINGS):
        return "sequence"
    kind = str(kind_of(body))
    if kind in ("image", "binary"):
        return ""
    if first.startswith(_OPEN):
        return "lines" if _is_lines(first) else "document"
    if kind == "json":
        return "document"
    return "text"


def _is_lines(first: bytes) -> bool:
    """Whether a whole JSON value stands on the first line, and another one begins behind it."""
    line, _, rest = first.partition(b"\n")
    if not rest.lstrip().startswith(_OPEN):
        return False
    return is_json(line)


def is_json(record: bytes) -> bool:
    """Whether a record is one JSON value, quickly; a lone surrogate in it counts as a fault."""
    import msgspec

    try:
        msgspec.json.decode(record, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
