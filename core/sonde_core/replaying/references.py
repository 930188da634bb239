"""Whether a word stands for one entry, or is a word of a filter."""

from __future__ import annotations

import re
from typing import Final

_REFERENCE: Final = re.compile(r"@.*|[0-9a-f][0-9a-f-]*")


def is_reference(word: str) -> bool:
    """Whether a word stands for one entry: `@N`, or what looks like the start of an id.

    How it looks alone decides: what a word means does not hang on what is in the history.
    """
    return _REFERENCE.fullmatch(word) is not None
