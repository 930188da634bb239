"""Text compared by lines; only what lies between the first and the last difference is held.

A very long line, as of JSON or HTML without line feeds, is compared in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from ..words import count
from .change import Change, excerpt, excerpts
from .hidden import MASKED
from .hidden import cut as hide
from .left_out_lines import keys, says_nothing, with_left_out
from .ranges import View, end_of, start_of
from .report import Report
from .sequences import Block, blocks

# What differs is compared by lines up to this size and so many lines; above it by bytes.
MOST: Final = 16 << 20
LINES: Final = 400_000
_SLICE: Final = 1 << 20
_LONG: Final = 2000
# A piece ends after what ends something in most formats, so that both sides are cut alike; the
# first of these that gives few enough pieces.
_CUTS: Final = tuple(
    (ends, re.compile(rb"[^%b]{1,1000}[%b]?|[%b]" % (ends, ends, ends)))
    for ends in (b",;>}", b";>}", b"}")
)
_LAST_CUT: Final = re.compile(rb".{40,1000}?[,;>}]|.{1,1000}", re.DOTALL)
_SHOWN: Final = 12
# What is shown around a difference within a very long line.
_CONTEXT: Final = 80


@dataclass(frozen=True, slots=True)
class _Middle:
    """What lies between the common start and the common end of a text.

    Attributes:
        line: Number of the line in which it begins, from 0.
        column: How many bytes of that line come before it.
        shown: The pieces as they are shown, without secrets where that is wanted; made once.
    """

    pieces: Sequence[bytes]
    line: int
    column: int
    shown: Callable[[], Sequence[bytes]]


def compare(
    before: View,
    after: View,
    report: Report,
    where: str,
    noun: str,
    patterns: Sequence[re.Pattern[str]] = (),
) -> bool:
    """Report the lines that differ; False when there is too much to compare by lines.

    Args:
        before: What was there.
        after: What is there.
        report: Takes what differs.
        where: What the changes call it.
        noun: What one place is called where they are counted.
        patterns: What they match of a line is left out.

    Raises:
        BodyError: The bytes cannot be read.
        StoppedError: It was stopped.
    """
    report.watch.tell("comparing text")
    start = start_of(before, after)
    end = end_of(before, after, start)
    start = _line_start(before, start)
    end -= _after_feed(before, after, end)
    if max(before.size, after.size) - start - end > MOST:
        return False
    parts = [view.read(start, view.size - end) for view in (before, after)]
    if max(part.count(b"\n") for part in parts) > LINES:
        return False
    line, column = _place(before, start)
    cut = _cut_for(parts)
    old, new = (
        _middle(view, start, _pieces(part, cut), (line, column))
        for view, part in zip((before, after), parts, strict=True)
    )
    walks = _Walk(old), _Walk(new)
    tries = report.watch.tries
    lines = keys(old.pieces, patterns, tries), keys(new.pieces, patterns, tries)
    tries(None)
    found = blocks(*lines)
    for block in with_left_out(found, old.pieces, new.pieces) if patterns else found:
        if report.full(noun):
            break
        if report.watch.late:
            report.unfinished(
                f"the rest of the text, from line {walks[0].to(block.start)[0] + 1:,} on"
            )
            break
        change = partial(_change, block, old, new, walks, where)
        report.add(noun, change, ignored=bool(patterns) and says_nothing(block, *lines))
    return True


def _middle(view: View, start: int, pieces: Sequence[bytes], place: tuple[int, int]) -> _Middle:
    @cache
    def shown() -> Sequence[bytes]:
        if view.hidden is None:
            return pieces
        return hide(view.shown(start, start + sum(map(len, pieces))), pieces)

    return _Middle(pieces, *place, shown)


def _line_start(view: View, start: int) -> int:
    """Go back to the start of a line, or in a very long one as far as is shown."""
    before = view.read(max(0, start - _LONG), start)
    feed = before.rfind(b"\n")
    if feed >= 0:
        return start - len(before) + feed + 1
    return 0 if start <= _LONG else _character_start(view, start - _CONTEXT)


def _character_start(view: View, start: int) -> int:
    """Go back to the first byte of a UTF-8 character."""
    before = view.read(max(0, start - 3), start + 1)
    while len(before) > 1 and before[-1] & 0xC0 == 0x80:
        before, start = before[:-1], start - 1
    return start


def _after_feed(before: View, after: View, end: int) -> int:
    """Return how many bytes of the common end belong to a line that begins before it."""
    if not end or all(_begins_line(view, view.size - end) for view in (before, after)):
        return 0
    first = before.size - end
    rest = before.read(first, first + _LONG)
    feed = rest.find(b"\n")
    if feed >= 0:
        return feed + 1
    if end <= _LONG:
        return end
    take = _CONTEXT
    while take < len(rest) and rest[take] & 0xC0 == 0x80:
        take += 1
    return take


def _begins_line(view: View, place: int) -> bool:
    return place == 0 or view.read(place - 1, place) == b"\n"


def _place(view: View, start: int) -> tuple[int, int]:
    line, last = 0, -1
    for offset in range(0, start, _SLICE):
        data = view.read(offset, min(offset + _SLICE, start))
        line += data.count(b"\n")
        feed = data.rfind(b"\n")
        last = offset + feed if feed >= 0 else last
    return line, start - last - 1


def _cut_for(parts: Sequence[bytes]) -> re.Pattern[bytes]:
    for ends, pattern in _CUTS:
        if all(sum(map(part.count, ends)) <= LINES for part in parts):
            return pattern
    return _LAST_CUT


def _pieces(data: bytes, cut: re.Pattern[bytes]) -> list[bytes]:
    lines = data.split(b"\n")
    pieces = [line + b"\n" for line in lines[:-1]]
    if lines[-1]:
        pieces.append(lines[-1])
    if all(len(piece) <= _LONG for piece in pieces):
        return pieces
    return [part for piece in pieces for part in _cut(piece, cut)]


def _cut(piece: bytes, cut: re.Pattern[bytes]) -> list[bytes]:
    return [piece] if len(piece) <= _LONG else cut.findall(piece)


class _Walk:
    """Tells line and column of pieces that are asked for in order."""

    def __init__(self, middle: _Middle) -> None:
        self._pieces = middle.pieces
        self._line, self._column = middle.line, middle.column
        self._next = 0

    def to(self, place: int) -> tuple[int, int]:
        """Return line and column of a piece, both from 0."""
        for piece in self._pieces[self._next : place]:
            if piece.endswith(b"\n"):
                self._line, self._column = self._line + 1, 0
            else:
                self._column += len(piece)
        self._next = max(place, self._next)
        return self._line, self._column


def _change(
    block: Block, old: _Middle, new: _Middle, places: tuple[_Walk, _Walk], where: str
) -> Change:
    removed = old.pieces[block.start : block.end]
    added = new.pieces[block.new_start : block.new_end]
    here, there = places[0].to(block.start), places[1].to(block.new_start)
    path = _named(*here, removed) if removed else _named(*there, added)
    was = old.shown()[block.start : block.end]
    now = new.shown()[block.new_start : block.new_end]
    return Change(where, path, *_shown(was, now), MASKED if was == now else "", block=True)


def _named(line: int, column: int, pieces: Sequence[bytes]) -> str:
    if column:
        return f"line {line + 1:,}, byte {column + 1:,}"
    lines = sum(piece.endswith(b"\n") for piece in pieces[:-1])
    return f"lines {line + 1:,}-{line + 1 + lines:,}" if lines else f"line {line + 1:,}"


def _shown(removed: Sequence[bytes], added: Sequence[bytes]) -> tuple[str | None, str | None]:
    if len(removed) == len(added) == 1:
        before, after = (_text(pieces[0]) for pieces in (removed, added))
        if before != after and before.removesuffix("\n") == after.removesuffix("\n"):
            return before.replace("\n", "␊"), after.replace("\n", "␊")
        return excerpts(before.removesuffix("\n"), after.removesuffix("\n"))
    return _rows(removed), _rows(added)


def _rows(pieces: Sequence[bytes]) -> str | None:
    if not pieces:
        return None
    rows = [excerpt(_text(piece).removesuffix("\n")) for piece in pieces[:_SHOWN]]
    more = len(pieces) - len(rows)
    return "\n".join(rows + ([f"… {count(more, 'line')} more"] if more else []))


def _text(piece: bytes) -> str:
    return piece.decode("utf-8", "surrogateescape")
