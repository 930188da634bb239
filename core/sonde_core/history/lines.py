r"""The lines of a history file: `[`, one object a line with a comma between, `]`.

Lines are split at `\n` only: other characters that some call line ends may stand inside one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeGuard

from .schema.values import Record, first_value, loads

HEAD: Final = b"[\n"
FOOT: Final = b"\n]\n"
EMPTY: Final = b"[\n]\n"

# Where the part of an entry that a list shows ends. Inside a string the quotes would be escaped.
REST: Final = b',"req":'
# What a person gave an entry, and where it came from: written before that, but by others maybe not.
_LATER: Final = re.compile(rb',\s*"(?:from|pin|name|tags|note)"\s*:').search
_PADDING: Final = b" \t\r"


@dataclass(frozen=True, slots=True)
class Line:
    """One object of the file, as bytes.

    Attributes:
        offset: Where its first byte lies.
        data: Without comma and line end.
    """

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


def trimmed(offset: int, physical: bytes) -> Line | None:
    """Return the object on a physical line; None for a bracket or an empty line."""
    if physical[:1] == b"{" and physical[-2:] == b"},":  # as we write all but the last
        return Line(offset, physical[:-1])
    data = physical.rstrip(_PADDING)
    data = data.removesuffix(b",").rstrip(_PADDING)
    bare = data.lstrip(_PADDING)
    if bare in (b"", b"[", b"]"):
        return None
    return Line(offset + len(data) - len(bare), bare)


def has_later(line: bytes, cut: int, end: int) -> bool:
    """Whether what a list shows may stand in the rest of a line, too."""
    return _LATER(line, cut, end) is not None


def glance(line: bytes) -> Record:
    """Read the part of a line that a list shows, all of it if need be; raises ValueError."""
    cut = line.find(REST)
    if cut < 0 or has_later(line, cut, len(line)):
        return whole_record(line)
    if not line.endswith(b"}"):
        raise ValueError("the line breaks off")
    return whole_record(line[:cut] + b"}")


def whole_record(line: bytes) -> Record:
    """Read a line; raises ValueError."""
    value = loads(line)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def is_ours(value: object) -> TypeGuard[Record]:
    """Tell an object that Sonde wrote, of whatever version, from any other."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("v"), int)
        and isinstance(value.get("kind"), str)
        and isinstance(value.get("id"), str)
    )


def salvaged(text: str) -> Iterator[tuple[int, int, Record]]:
    """Find our objects in text that is damaged or formatted; yields where each lies."""
    position = text.find("{")
    while position >= 0:
        try:
            value, end = first_value(text, position)
        except ValueError:
            # What is broken ends with its line at the earliest.
            line_end = text.find("\n", position)
            position = text.find("{", line_end) if line_end >= 0 else -1
            continue
        if is_ours(value):
            yield position, end, value
        position = text.find("{", end)
