"""Values that are secret wherever they stand: those of environments, and those of recordings.

They are known to the process: who draws, copies or compares need not carry them along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"

SHORTEST: Final = 4  # bytes; a shorter one would hide half of what is shown
_MOST: Final = 1000
_LARGEST: Final = 1 << 16  # bytes of one


class _Known:
    """What is known; replaced as a whole, as other threads look at it."""

    values: frozenset[bytes] = frozenset()
    pattern: re.Pattern[bytes] | None = None


_known: Final = _Known()


def know(values: Iterable[bytes]) -> None:
    """Take values that are secret from now on, up to a thousand."""
    more = {each for each in values if SHORTEST <= len(each) <= _LARGEST}
    if more <= _known.values:
        return
    together = sorted(more | _known.values, key=len, reverse=True)[:_MOST]
    written = dict.fromkeys(way for each in together for way in _ways(each))
    _known.pattern = re.compile(b"|".join(map(re.escape, written)))
    _known.values = frozenset(together)


def forget() -> None:
    """Know nothing."""
    _known.values, _known.pattern = frozenset(), None


def known() -> frozenset[bytes]:
    """Return the values."""
    return _known.values


def _ways(value: bytes) -> Iterable[bytes]:
    from .scrubbing.forms import ways  # few have values that are secret

    return sorted((written for _, written in ways(value)), key=len, reverse=True)


def mask_known(data: bytes) -> bytes:
    """Return bytes of the same length with stars over what is known."""
    pattern = _known.pattern
    return data if pattern is None else pattern.sub(_stars, data)


def mask_known_text(text: str) -> str:
    """Return text with a mask in place of what is known."""
    pattern = _known.pattern
    if pattern is None:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    masked = pattern.sub(MASK.encode("ascii"), raw)
    return text if masked == raw else masked.decode("utf-8", "surrogatepass")


def mask_known_bytes(data: bytes) -> bytes:
    """Return bytes with a mask, of a length of its own, in place of what is known."""
    pattern = _known.pattern
    return data if pattern is None else pattern.sub(MASK.encode("ascii"), data)


def _stars(found: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\r\n]", b"*", found[0])
