"""Places in bytes that are to be replaced."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

_RUN: Final = re.compile(rb'"?\*+"?')


class Span(NamedTuple):
    """A place, and what is to stand there."""

    start: int
    end: int
    stands: bytes


def hidden(raw: bytes, masked: bytes) -> Iterator[tuple[int, int]]:
    """Yield where bytes are starred in a masked copy of the same length."""
    if raw == masked:
        return
    for found in _RUN.finditer(masked):
        start, end = found.span()
        if raw[start:end] == found[0]:
            continue
        # The quotes of a string are no part of it; where a number stood there were none.
        start += masked[start] == raw[start] == 0x22
        end -= masked[end - 1] == raw[end - 1] == 0x22
        yield start, end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order; where two overlap, the first one grows over both."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if kept and span.start < kept[-1].end:
            kept[-1] = kept[-1]._replace(end=max(kept[-1].end, span.end))
        else:
            kept.append(span)
    return kept


def replaced(data: bytes, spans: Sequence[Span]) -> bytes:
    """Return bytes with merged spans replaced."""
    parts: list[bytes] = []
    done = 0
    for start, end, stands in spans:
        parts += data[done:start], stands
        done = end
    return b"".join((*parts, data[done:])) if parts else data


def sizes_after(sizes: Sequence[int], spans: Sequence[Span]) -> list[int]:
    """Return how large the pieces of a stream are once merged spans in it are replaced.

    What stands for bytes of several pieces is in the first of them.
    """
    ends = [span.end for span in spans]
    shifts = [0, *accumulate(len(span.stands) - (span.end - span.start) for span in spans)]
    places = [0]
    for place in accumulate(sizes):
        at = bisect_left(ends, place)
        inside = at < len(spans) and spans[at].start < place
        # Ends at the end of a span that it lies in.
        places.append(ends[at] + shifts[at + 1] if inside else place + shifts[at])
    return [end - start for start, end in pairwise(places)]
