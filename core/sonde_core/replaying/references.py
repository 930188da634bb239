"""Whether a word stands for one entry, or is a word of a filter."""

from __future__ import annotations

import re
from typing import Final

# An id is a UUIDv7, and those begin with 0 until the year 2527 (RFC 9562, section 5.7); a whole one
# that another program made may begin otherwise.
_REFERENCE: Final = re.compile(r"@.*|0[0-9a-f-]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_reference(word: str) -> bool:
    """Whether a word stands for one entry: `@N`, or what looks like the start of an id.

    How it looks alone decides: what a word means does not hang on what is in the history.
    """
    return _REFERENCE.fullmatch(word) is not None
