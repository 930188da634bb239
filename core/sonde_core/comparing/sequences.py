"""Which items of two sequences differ, in time that is bounded whatever they hold.

The standard library's `difflib` takes quadratic time, and more on repeated items. Here what both
begin and end with is taken off, items that stand once in each are anchors (patience diff), and
between them Myers' algorithm (An O(ND) Difference Algorithm, 1986) works as far as its steps last;
what is left then is one block.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

# Steps for all of a comparison: half a second at most.
STEPS: Final = 2_000_000
# Differences that are looked for between two anchors.
_MOST: Final = 400


class Block(NamedTuple):
    """Items of one sequence in place of items of another; either may be none."""

    start: int
    end: int
    new_start: int
    new_end: int


def blocks(
    before: Sequence[Hashable], after: Sequence[Hashable], *, steps: int = STEPS
) -> list[Block]:
    """Return what differs, in order."""
    return _Search(before, after, steps).run()


class _Search:
    def __init__(self, before: Sequence[Hashable], after: Sequence[Hashable], steps: int) -> None:
        self._before = before
        self._after = after
        self._steps = steps + 4 * (len(before) + len(after))

    def run(self) -> list[Block]:
        found: list[Block] = []
        waiting = [Block(0, len(self._before), 0, len(self._after))]
        while waiting:
            block = self._trimmed(waiting.pop())
            if block.start == block.end or block.new_start == block.new_end:
                if block.start != block.end or block.new_start != block.new_end:
                    found.append(block)
                continue
            between = self._split(block)
            if between:
                waiting.extend(reversed(between))
            else:
                found.extend(self._shortest(block))
        return _merged(found)

    def _trimmed(self, block: Block) -> Block:
        before, after = self._before, self._after
        start, end, new_start, new_end = block
        while start < end and new_start < new_end and before[start] == after[new_start]:
            start, new_start = start + 1, new_start + 1
        while start < end and new_start < new_end and before[end - 1] == after[new_end - 1]:
            end, new_end = end - 1, new_end - 1
        self._steps -= end - start + new_end - new_start
        return Block(start, end, new_start, new_end)

    def _split(self, block: Block) -> list[Block]:
        """Return the blocks between the anchors; none when there is no anchor."""
        if self._steps <= 0:
            return []
        parts: list[Block] = []
        start, new_start = block.start, block.new_start
        for place, new_place in self._anchors(block):
            parts.append(Block(start, place, new_start, new_place))
            start, new_start = place + 1, new_place + 1
        if parts:
            parts.append(Block(start, block.end, new_start, block.new_end))
        return parts

    def _anchors(self, block: Block) -> list[tuple[int, int]]:
        old = self._before[block.start : block.end]
        new = self._after[block.new_start : block.new_end]
        self._steps -= len(old) + len(new)
        counts, new_counts = Counter(old), Counter(new)
        places = {item: place for place, item in enumerate(new, block.new_start)}
        pairs = [
            (place, places[item])
            for place, item in enumerate(old, block.start)
            if counts[item] == 1 and new_counts[item] == 1
        ]
        return _increasing(pairs)

    def _shortest(self, block: Block) -> list[Block]:
        """Return the fewest changes, or the block as it is when that would take too long."""
        width, height = block.end - block.start, block.new_end - block.new_start
        furthest = {1: 0}
        trace: list[dict[int, int]] = []
        for done in range(_MOST + 1):
            if self._steps <= 0:
                break
            trace.append(dict(furthest))
            self._steps -= 2 * done + 1
            for diagonal in range(-done, done + 1, 2):
                x = self._advance(block, furthest, diagonal, done)
                if x >= width and x - diagonal >= height:
                    return _traced(block, trace, done)
        return [block]

    def _advance(self, block: Block, furthest: dict[int, int], diagonal: int, done: int) -> int:
        x = first = _step(furthest, diagonal, done)
        before, after = self._before, self._after
        place, new_place = block.start + x, block.new_start + x - diagonal
        while place < block.end and new_place < block.new_end and before[place] == after[new_place]:
            place, new_place = place + 1, new_place + 1
        x = place - block.start
        self._steps -= x - first
        furthest[diagonal] = x
        return x


def _step(furthest: dict[int, int], diagonal: int, done: int) -> int:
    down = diagonal == -done or (
        diagonal != done and furthest[diagonal - 1] < furthest[diagonal + 1]
    )
    return furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1


def _traced(block: Block, trace: list[dict[int, int]], done: int) -> list[Block]:
    """Walk back from the end and collect one block for each step."""
    x, y = block.end - block.start, block.new_end - block.new_start
    found: list[Block] = []
    while done:
        furthest, diagonal = trace[done], x - y
        down = diagonal == -done or (
            diagonal != done and furthest[diagonal - 1] < furthest[diagonal + 1]
        )
        origin = diagonal + 1 if down else diagonal - 1
        x = furthest[origin]
        y = x - origin
        start, new_start = block.start + x, block.new_start + y
        found.append(Block(start, start + (not down), new_start, new_start + down))
        done -= 1
    return found[::-1]


def _merged(found: list[Block]) -> list[Block]:
    merged: list[Block] = []
    for block in found:
        last = merged[-1] if merged else None
        if last and last.end == block.start and last.new_end == block.new_start:
            merged[-1] = Block(last.start, block.end, last.new_start, block.new_end)
        else:
            merged.append(block)
    return merged


def _increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of pairs, not always neighbours, that rises in both places."""
    tops: list[int] = []  # the smallest end of a run of each length
    owners: list[int] = []
    previous: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(tops, place)
        previous.append(owners[length - 1] if length else -1)
        if length == len(tops):
            tops.append(place)
            owners.append(number)
        else:
            tops[length], owners[length] = place, number
    run: list[tuple[int, int]] = []
    number = owners[-1] if owners else -1
    while number >= 0:
        run.append(pairs[number])
        number = previous[number]
    return run[::-1]
