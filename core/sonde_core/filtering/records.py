"""A list that arrives in pieces, cut into its records."""

from __future__ import annotations

import codecs
import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .forms import Form, is_json

_MARK: Final = b"\xef\xbb\xbf"
_SEPARATOR: Final = b"\x1e"
_ONE_END: Final = frozenset({b"\r", b"\n", b"\r\n"})
_PROBED: Final = 1 << 20
_FIELD: Final = re.compile(rb"(data|event|id|retry)(?:: ?(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Record:
    """One of a list.

    Attributes:
        source: As received; an event with line feeds for whatever ended its lines.
        data: The part that may be JSON.
        head: The lines of an event that are not its data.
    """

    source: bytes
    data: bytes
    head: bytes = b""


class Records:
    """Takes bytes as they come and gives the records that are whole."""

    def __init__(self, end: bytes, codec: str) -> None:
        """Cut at `end`; what is not in UTF-8 is made so."""
        self._end = end  # never in two pieces: see `_even`
        self._decoder = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)("replace")
        self._begun = False
        self._rest: list[bytes] = []

    def feed(self, data: bytes, *, last: bool = False) -> Sequence[Record]:
        """Return the records that are whole now; with `last` also the one that is left."""
        if self._decoder is not None:
            data = self._decoder.decode(data, last).encode("utf-8", "replace")
        data = self._even(data, last=last)
        if not self._begun and data:
            self._begun = True
            data = data.removeprefix(_MARK)
        return self._made(self._cut(data, last=last))

    def _cut(self, data: bytes, *, last: bool) -> list[bytes]:
        """Cut at the ends; the beginning of a record is joined once, when its end is here."""
        pieces = data.split(self._end)
        if len(pieces) == 1 and not last:
            self._rest.append(data)
            return []
        pieces[0] = b"".join([*self._rest, pieces[0]])
        self._rest = [] if last else [pieces.pop()]
        return pieces

    def _even(self, data: bytes, *, last: bool) -> bytes:
        return data

    @abstractmethod
    def _made(self, pieces: list[bytes]) -> Sequence[Record]: ...


class _Lines(Records):
    """Lines, or what is separated in another way; empty ones are left out."""

    def _made(self, pieces: list[bytes]) -> Sequence[Record]:
        return [Record(piece, piece) for piece in pieces if piece and not piece.isspace()]


class _Sequence(_Lines):
    """Records of a JSON text sequence, each with a separator before it (RFC 7464)."""

    def __init__(self, codec: str) -> None:
        super().__init__(_SEPARATOR, codec)

    def _cut(self, data: bytes, *, last: bool) -> list[bytes]:
        """Take also a last record that is whole, though the separator of the next is not here."""
        pieces = super()._cut(data, last=last)
        if data.endswith(b"\n") and self._rest:
            record = b"".join(self._rest)
            if len(record) <= _PROBED and is_json(record):
                pieces.append(record)
                self._rest = []
        return pieces


class _Events(Records):
    """Events of a stream (HTML Standard, section 9.2.6), without comments that stand alone."""

    def __init__(self, codec: str) -> None:
        super().__init__(b"\n\n", codec)
        self._held = b""

    def _even(self, data: bytes, *, last: bool) -> bytes:
        """End all lines with a line feed; hold back what may be half of an end."""
        data = self._held + data
        self._held = b""
        whole = len(data.rstrip(b"\r\n"))
        if not last and data[whole:] in _ONE_END:
            data, self._held = data[:whole], data[whole:]
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _made(self, pieces: list[bytes]) -> Sequence[Record]:
        found = (_event(piece.strip(b"\n")) for piece in pieces)
        return [event for event in found if event is not None]


def _event(block: bytes) -> Record | None:
    data: list[bytes] = []
    head: list[bytes] = []
    for line in block.split(b"\n"):
        field = _FIELD.fullmatch(line)
        if field and field[1] == b"data":
            data.append(field[2] or b"")
        elif field:
            head.append(line)
    return Record(block, b"\n".join(data), b"\n".join(head)) if data else None


def records(form: Form, codec: str) -> Records:
    """Return what cuts a form into records."""
    if form == "events":
        return _Events(codec)
    return _Sequence(codec) if form == "sequence" else _Lines(b"\n", codec)
