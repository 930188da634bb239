"""What is compared, with stars over its secrets: only that is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

from ..body import Body
from ..known_secrets import mask_known
from ..secret_contents import LARGEST_JSON, secret_members

# What a change says when nothing but secrets differs.
MASKED: Final = "the values differ; they are masked"

# So many bytes are masked as a whole; of more, a part with so many bytes before it.
_WHOLE: Final = 16 << 20
_BEFORE: Final = 1 << 20
# JSON is looked through from its start: in a part of it nothing tells names from values.
_LARGEST_JSON: Final = 64 << 20
_VISIBLE: Final = re.compile(rb"[^\r\n]")


class Shown(Protocol):
    """What is shown of bytes."""

    def read(self, start: int, end: int) -> bytes:
        """Return as many bytes as there are, to be shown; raises BodyError."""
        ...


class Hidden:
    """What one side of a session said, masked when some of it is shown for the first time.

    Of JSON that is too large to be looked through nothing is shown.
    """

    def __init__(self, body: Body, size: int, *, is_json: bool = False) -> None:
        self._body = body
        self._size = size
        self._is_json = is_json
        self._masked: bytes | None = None

    def read(self, start: int, end: int) -> bytes:
        """Return masked bytes, as many as there are unmasked; raises BodyError."""
        if self._is_json and self._size > LARGEST_JSON:
            return self._json(start, end)
        if self._size <= _WHOLE:
            if self._masked is None:
                self._masked = masked(self._body.read(0, self._size))
            return self._masked[start:end]
        first = max(0, start - _BEFORE)
        return masked(self._body.read(first, end - first))[start - first :]

    def _json(self, start: int, end: int) -> bytes:
        if self._size > _LARGEST_JSON:
            return _VISIBLE.sub(b"*", self._body.read(start, end - start))
        if self._masked is None:
            self._masked = without_members(self._body.read(0, self._size))
        return self._masked[start:end]


class PartShown:
    """What is shown of bytes that begin within others."""

    def __init__(self, whole: Shown, start: int) -> None:
        self._whole = whole
        self._start = start

    def read(self, start: int, end: int) -> bytes:
        """Return bytes of the part; raises BodyError."""
        return self._whole.read(self._start + start, self._start + end)


def masked(data: bytes) -> bytes:
    """Return what a side said without its secrets, of the same length."""
    from ..formats.masking import mask_stream  # not needed where nothing differs

    return mask_stream(data)


def without_members(data: bytes) -> bytes:
    """Return JSON of any size, of the same length, without the values that give access."""
    found = bytearray(data)
    for start, end, _ in secret_members(data):
        found[start:end] = _VISIBLE.sub(b"*", data[start:end])
    return mask_known(bytes(found))


def without_lengths(hidden: bytes, raw: bytes) -> bytes:
    """Return masked bytes that do not tell how long each secret is."""
    from ..formats.masking import shorten

    return shorten(hidden, raw)


def cut(hidden: bytes, pieces: Sequence[bytes]) -> list[bytes]:
    """Cut masked bytes where the others are cut; no piece tells how long a secret is."""
    found = []
    start = 0
    for piece in pieces:
        part = hidden[start : start + len(piece)]
        found.append(piece if part == piece else without_lengths(part, piece))
        start += len(piece)
    return found
