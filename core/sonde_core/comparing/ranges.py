"""Bytes compared as they stand, a slice at a time: bodies of any size, and sides of sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Final, TypeAlias

from ..body import Body
from ..words import count
from .change import Change, common_end, common_start
from .hidden import MASKED, Shown
from .report import Report
from .sequences import blocks

_SLICE: Final = 1 << 20
# So many bytes of a range are shown.
_SHOWN: Final = 32
# Ranges with fewer equal bytes between them are one.
_NEAR: Final = 8
_DIFFERENT: Final = re.compile(rb"[^\0]+(?:\0{1,%d}[^\0]+)*" % (_NEAR - 1))

# Of different lengths so much is lined up. A piece ends with one of eight bytes, so that both
# sides are cut alike again soon after what differs.
_LARGEST: Final = 8 << 20
_ENDS: Final = rb"\x00\x0a\x20\x5f\x7f\x9f\xbf\xff"
_PIECE: Final = re.compile(rb"[^%b]{0,255}+[%b]|[^%b]{1,256}" % (_ENDS, _ENDS, _ENDS))

_Range: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class View:
    """The first bytes of a body, as many as are compared.

    Attributes:
        hidden: What is shown of it; None to show it as it is.
    """

    body: Body
    size: int
    hidden: Shown | None = None

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`; raises BodyError."""
        end = min(end, self.size)
        return self.body.read(start, end - start) if end > start else b""

    def shown(self, start: int, end: int) -> bytes:
        """Return as many bytes to be shown, without secrets where that is wanted; raises alike."""
        return (
            self.hidden.read(start, min(end, self.size)) if self.hidden else self.read(start, end)
        )


def start_of(before: View, after: View) -> int:
    """Return how many bytes two views begin with in common."""
    most = min(before.size, after.size)
    for start in range(0, most, _SLICE):
        end = min(start + _SLICE, most)
        old, new = before.read(start, end), after.read(start, end)
        if old != new:
            return start + common_start(old, new)
    return most


def end_of(before: View, after: View, start: int) -> int:
    """Return how many bytes two views end with in common, after the first `start`."""
    most = min(before.size, after.size) - start
    for done in range(0, most, _SLICE):
        size = min(_SLICE, most - done)
        old = before.read(before.size - done - size, before.size - done)
        new = after.read(after.size - done - size, after.size - done)
        if old != new:
            return done + common_end(old, new)
    return most


def compare(before: View, after: View, report: Report, where: str, noun: str) -> None:
    """Report the ranges that differ; in very long ones a length that changed makes one range.

    Raises:
        BodyError: The bytes cannot be read.
        StoppedError: It was stopped.
    """
    report.watch.tell("comparing bytes")
    start = start_of(before, after)
    end = end_of(before, after, start)
    if before.size != after.size:
        for old, new in _lined_up(before, after, start, end):
            if report.full(noun):
                return
            report.add(noun, partial(_change, before, after, old, new, where))
        return
    for first, last in _merged(_ranges(before, after, start, before.size - end)):
        if report.full(noun):
            return
        place = first, last
        report.add(noun, partial(_change, before, after, place, place, where))


def _lined_up(before: View, after: View, start: int, end: int) -> Iterator[tuple[_Range, _Range]]:
    """Yield what differs between the common start and the common end of different lengths."""
    last, new_last = before.size - end, after.size - end
    if max(last, new_last) - start > _LARGEST or min(last, new_last) == start:
        yield (start, last), (start, new_last)
        return
    old = _PIECE.findall(before.read(start, last))
    new = _PIECE.findall(after.read(start, new_last))
    places, new_places = _places(old, start), _places(new, start)
    for block in blocks(old, new):
        one = b"".join(old[block.start : block.end])
        other = b"".join(new[block.new_start : block.new_end])
        first = common_start(one, other)
        rest = common_end(one[first:], other[first:])
        yield (
            (places[block.start] + first, places[block.end] - rest),
            (new_places[block.new_start] + first, new_places[block.new_end] - rest),
        )


def _places(pieces: Sequence[bytes], start: int) -> list[int]:
    return list(accumulate(map(len, pieces), initial=start))


def _ranges(before: View, after: View, start: int, end: int) -> Iterator[tuple[int, int]]:
    for offset in range(start, end, _SLICE):
        last = min(offset + _SLICE, end)
        old, new = before.read(offset, last), after.read(offset, last)
        if old == new:
            continue
        mixed = int.from_bytes(old, "little") ^ int.from_bytes(new, "little")
        for match in _DIFFERENT.finditer(mixed.to_bytes(len(old), "little")):
            yield offset + match.start(), offset + match.end()


def _merged(ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join ranges that a slice's end keeps apart."""
    held: tuple[int, int] | None = None
    for start, end in ranges:
        if held and start - held[1] < _NEAR:
            held = held[0], end
            continue
        if held:
            yield held
        held = start, end
    if held:
        yield held


def _change(
    before: View, after: View, old: tuple[int, int], new: tuple[int, int], where: str
) -> Change:
    place = _place(old)
    removed, added = old[1] - old[0], new[1] - new[0]
    if not removed:
        place = _place(new)
    elif removed != added:
        place = f"{place}, {count(added, 'byte')} in their place"
    was, now = _shown(before, *old), _shown(after, *new)
    return Change(where, place, was, now, MASKED if was == now else "", block=True)


def _place(place: tuple[int, int]) -> str:
    first, last = place[0], place[1] - 1
    return f"byte {first}" if last <= first else f"bytes {first}-{last}"


def _shown(view: View, start: int, end: int) -> str | None:
    if end <= start:
        return None
    return hexed(view.shown(start, min(end, start + _SHOWN)), end - start)


def hexed(data: bytes, size: int) -> str:
    """Write the first bytes of `size` as hex and as text."""
    shown = data[:_SHOWN]
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in shown)
    more = f" … {count(size - len(shown), 'byte')} more" if size > len(shown) else ""
    return f"{shown.hex(' ')}  |{text}|{more}"
