"""Items of two JSON lists lined up: which stay, which moved, and which are compared one by one."""

from __future__ import annotations

import itertools
import marshal
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import eq
from typing import Final

from .json_values import Value
from .sequences import Block, blocks

# Members that tell which thing an object is, whatever else of it changes.
_IDS: Final = ("id", "_id", "ID", "Id", "uuid", "guid", "key")
# The format of values written down in which equal ones have equal bytes.
_FORMAT: Final = 2


@dataclass(slots=True)
class Lines:
    """What became of the items; all are places in the two lists, in order.

    Attributes:
        blocks: Where the lists differ; between them items stay.
        pairs: To be compared one by one; also such as moved and changed.
        moved: The same thing elsewhere among the others.
        gone: Only in the first list.
        come: Only in the second one.
    """

    blocks: list[Block]
    pairs: list[tuple[int, int]] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    come: list[int] = field(default_factory=list)

    def staying(self, size: int) -> Iterator[tuple[int, int]]:
        """Yield where the items stand that stay, of a first list of so many."""
        place = new_place = 0
        for block in [*self.blocks, Block(size, size, 0, 0)]:
            yield from zip(range(place, block.start), itertools.count(new_place), strict=False)
            place, new_place = block.end, block.new_end


def line_up(
    before: Sequence[Value], after: Sequence[Value], same: Callable[[Value], Value] | None
) -> Lines:
    """Line up the items of two lists.

    Args:
        before: What was there.
        after: What is there.
        same: Returns one and the same for items that mean the same, whatever they are; None where
            only equal ones do.
    """
    found = list(_blocks(before, after))
    if same is not None:
        found = [each for block in found for each in _meaning(before, after, block, same)]
    gone = [place for block in found for place in range(block.start, block.end)]
    come = [place for block in found for place in range(block.new_start, block.new_end)]
    lines = Lines(found, moved=list(_unique(_tokens(before, gone), _tokens(after, come))))
    old, new = _rest(lines.moved, gone, come)
    known = list(_unique(_ids(before, old), _ids(after, new)))
    _pair(found, lines, known)
    return lines


def _rest(
    taken: Iterable[tuple[int, int]], gone: Iterable[int], come: Iterable[int]
) -> tuple[list[int], list[int]]:
    old, new = {one for one, _ in taken}, {other for _, other in taken}
    return [one for one in gone if one not in old], [other for other in come if other not in new]


def _pair(found: Iterable[Block], lines: Lines, known: Sequence[tuple[int, int]]) -> None:
    """Pair what is left of each block: what has the same id anywhere, else by place."""
    same = dict(known)
    taken = {one for one, _ in lines.moved}, {other for _, other in lines.moved}
    theirs = set(same.values())
    for block in found:
        old = [place for place in range(block.start, block.end) if place not in taken[0]]
        new = [place for place in range(block.new_start, block.new_end) if place not in taken[1]]
        inside = range(block.new_start, block.new_end)
        for place in old:
            if place in same:
                lines.pairs.append((place, same[place]))
                if same[place] not in inside:
                    lines.moved.append((place, same[place]))
        old = [place for place in old if place not in same]
        new = [place for place in new if place not in theirs]
        both = min(len(old), len(new))
        lines.pairs.extend(zip(old, new, strict=False))
        lines.gone.extend(old[both:])
        lines.come.extend(new[both:])
    lines.pairs.sort(key=lambda pair: pair[1])
    lines.moved.sort()


def _blocks(before: Sequence[Value], after: Sequence[Value]) -> Iterator[Block]:
    """Yield what differs; where most items are in their places, those hold the others apart."""
    same = list(map(eq, before, after))
    if len(before) == len(after) and 2 * sum(same) >= len(same):
        for here, run in itertools.groupby(range(len(same)), same.__getitem__):
            if not here:
                places = list(run)
                yield from _within(before, after, Block(*(places[0], places[-1] + 1) * 2))
        return
    start = same.index(False) if False in same else len(same)
    yield from _within(before, after, Block(start, len(before), start, len(after)))


def _meaning(
    before: Sequence[Value], after: Sequence[Value], block: Block, same: Callable[[Value], Value]
) -> Iterator[Block]:
    """Yield what of a block differs also in what it means."""
    start, end, new_start, new_end = block
    old = [same(item) for item in before[start:end]]
    new = [same(item) for item in after[new_start:new_end]]
    for each in _within(old, new, Block(0, len(old), 0, len(new))):
        first, last = each.start + start, each.end + start
        yield Block(first, last, each.new_start + new_start, each.new_end + new_start)


def _within(before: Sequence[Value], after: Sequence[Value], block: Block) -> Iterator[Block]:
    start, end, new_start, new_end = block
    if end - start == new_end - new_start == 1:
        if before[start] != after[new_start]:
            yield block
        return
    old = [token(item) for item in before[start:end]]
    new = [token(item) for item in after[new_start:new_end]]
    for each in blocks(old, new):
        yield Block(
            each.start + start,
            each.end + start,
            each.new_start + new_start,
            each.new_end + new_start,
        )


def token(value: Value) -> bytes:
    """Return what equal values share, and others do not."""
    return marshal.dumps(value, _FORMAT)


def _tokens(items: Sequence[Value], places: Iterable[int]) -> Iterator[tuple[Hashable, int]]:
    return ((token(items[place]), place) for place in places)


def _ids(items: Sequence[Value], places: Iterable[int]) -> Iterator[tuple[Hashable, int]]:
    for place in places:
        item = items[place]
        if not isinstance(item, dict):
            continue
        name = next((name for name in _IDS if isinstance(item.get(name), str | bytes)), None)
        if name is not None:
            yield (name, token(item[name])), place


def _unique(
    before: Iterable[tuple[Hashable, int]], after: Iterable[tuple[Hashable, int]]
) -> Iterator[tuple[int, int]]:
    """Yield where stands what is once in each; of what is there more often nobody knows which."""
    old, new = _once(before), _once(after)
    yield from ((place, new[mark]) for mark, place in old.items() if mark in new)


def _once(marks: Iterable[tuple[Hashable, int]]) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    twice = set()
    for mark, place in marks:
        if mark in found:
            twice.add(mark)
        found[mark] = place
    return {mark: place for mark, place in found.items() if mark not in twice}
