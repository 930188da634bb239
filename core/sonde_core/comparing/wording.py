"""Where two lines of text differ, word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from .sequences import blocks

# First and last place of what differs, in characters.
Spans: TypeAlias = list[tuple[int, int]]

_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")
# Lines that have less in common are other lines.
_ALIKE: Final = 0.4
# So that a line takes a millisecond at most: thousands of them may be drawn.
_STEPS: Final = 2000


def spans(before: str, after: str) -> tuple[Spans, Spans]:
    """Return what differs in each of two lines; nothing where they have little in common."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    least = _ALIKE * max(len(before), len(after))
    both = Counter(old) & Counter(new)
    if sum(len(word) * number for word, number in both.items()) < least:
        return [], []
    found = blocks(old, new, steps=_STEPS)
    marked = _marked(old, ((each.start, each.end) for each in found))
    others = _marked(new, ((each.new_start, each.new_end) for each in found))
    same = len(before) - sum(end - start for start, end in marked)
    if same < least:
        return [], []
    return marked, others


def _marked(words: Sequence[str], places: Iterable[tuple[int, int]]) -> Spans:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return [(starts[first], starts[last]) for first, last in places if first < last]
