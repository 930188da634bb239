"""What differs as rows: both sides beside each other where there is room, else one below the other.

Words that differ are underlined, so that they are seen without colour as well.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from sonde_core.comparing.change import Change
from sonde_core.comparing.wording import Spans, spans
from sonde_core.difference import Difference
from sonde_core.safetext import SafeText, line
from sonde_core.text.cells import CELLS

from .rows.line_source import Line, LineSource, Part

WIDE: Final = 100  # cells from which both sides fit beside each other
NONE: Final = -1
_INDENT: Final = 4
_OFTEN: Final = 8  # rows between two looks at the clock
_MOMENT: Final = 0.05
_SIGNS: Final = {
    "+": "$text-success",
    "-": "$text-error",
    "~": "$text-warning",
    ">": "$text-accent",
    "≠": "$text-warning",
    "−": "$text-error",  # noqa: RUF001 - the sign of a step that is missing
    "!": "$text-error",
    "»": "$text-accent",
}
_DIFFERS: Final = {"-": "$text-error bold underline", "+": "$text-success bold underline"}
_EDGE: Final[Part] = (SafeText(" │ "), "muted")


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One row.

    Attributes:
        change: The number of the change it is of, from 0; or NONE.
    """

    parts: Sequence[Part]
    change: int = NONE


class DifferenceRows(LineSource):
    """Rows that are made as one comes to them, since there may be very many.

    Attributes:
        changes: What the rows are of, by number; what was left out stands behind.
        rows: Those that are made so far.
    """

    def __init__(
        self,
        difference: Difference,
        *,
        width: int,
        above: Iterable[SafeText] = (),
        ignored: bool = False,
    ) -> None:
        """Draw a difference for so many cells.

        Args:
            difference: What is drawn.
            width: From `WIDE` on both sides stand beside each other.
            above: Lines that stand before it.
            ignored: Draw what was left out, too.
        """
        self.changes = (*difference.changes, *(difference.ignored if ignored else ()))
        self.rows: list[DifferenceRow] = []
        self._difference = difference
        self._width = width
        self._making = self._make(above, ignored=ignored)

    def _make(self, above: Iterable[SafeText], *, ignored: bool) -> Iterator[DifferenceRow]:
        difference = self._difference
        yield from (DifferenceRow(_plain(text)) for text in above)
        yield from self._of(difference.changes, 0)
        told = (line(f"  … {text}") for text in (*difference.unlisted, *difference.notes))
        yield from (DifferenceRow(_plain(text)) for text in told)
        if ignored and difference.ignored:
            yield DifferenceRow([(line("  left out:"), "muted")])
            for row in self._of(difference.ignored, len(difference.changes)):
                yield DifferenceRow(_muted(row.parts), row.change)
        yield from (DifferenceRow(_plain(fact.told())) for fact in difference.facts)

    def build(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        for row in self._making:
            self.rows.append(row)
            if not len(self.rows) % _OFTEN and time.monotonic() > end:
                return False
        return True

    @property
    def count(self) -> int:
        return len(self.rows)

    def line(self, row: int) -> Line:
        return self.rows[row].parts

    def change_at(self, row: int) -> int:
        """Return the number of the change of a row, or NONE."""
        return self.rows[row].change if 0 <= row < len(self.rows) else NONE

    def row_of(self, change: int) -> int:
        """Return the first row of a change; of one that there is not, the first row."""
        while (not self.rows or self.rows[-1].change < change) and not self.build(_MOMENT):
            pass
        return next((row for row in range(len(self.rows)) if self.change_at(row) == change), 0)

    def beside(self, row: int, *, forward: bool) -> int:
        """Return the row where the next change begins, or the one before; NONE for none."""
        here = self.change_at(row)
        rows = range(row + 1, len(self.rows)) if forward else range(row - 1, -1, -1)
        found = (each for each in rows if self._begins(each) and self.change_at(each) != here)
        return next(found, NONE)

    def _begins(self, row: int) -> bool:
        number = self.change_at(row)
        return number != NONE and (row == 0 or self.change_at(row - 1) != number)

    def _of(self, changes: Sequence[Change], first: int) -> Iterator[DifferenceRow]:
        draw = _beside if self._width >= WIDE else _below
        for number, change in enumerate(changes, first):
            drawn = draw(change, self._width)
            yield from (DifferenceRow(parts, number) for parts in drawn)


def _plain(text: SafeText) -> list[Part]:
    """Colour by the sign that begins a line; the sign says the same without colour."""
    return [(text, _SIGNS.get(text[:1], ""))]


def _muted(parts: Sequence[Part]) -> list[Part]:
    """Draw what makes no difference."""
    return [(text, "muted") for text, _ in parts]


def _below(change: Change, width: int) -> Iterator[list[Part]]:
    """Draw a change as one reads it in print; the marks below the words are underlines here."""
    rows = [row for row in change.lines() if not row.lstrip(" ").startswith("^")]
    marked: tuple[Spans, Spans] = [], []
    if [row[:1] for row in rows] == ["~", "-", "+"]:
        marked = spans(rows[1][_INDENT:], rows[2][_INDENT:])
    for number, row in enumerate(rows):
        found = marked[number - 1] if number and any(marked) else []
        places = [(first + _INDENT, last + _INDENT) for first, last in found]
        looks = _SIGNS.get(row[:1], ""), _DIFFERS.get(row[:1], "")
        start = 0
        while start < len(row) or not start:
            # A row that goes on is further to the right than its sign.
            end = _end_of_row(row, start, width - (_INDENT if start else 0) - 1)
            parts = _with(SafeText(row[start:end]), _inside(places, start, end), *looks)
            yield [(SafeText(" " * _INDENT), ""), *parts] if start else parts
            start = max(end, 1)


def _inside(places: Spans, start: int, end: int) -> Spans:
    """Return what of some places lies in a part of the text, counted from there."""
    cut = [(max(first, start) - start, min(last, end) - start) for first, last in places]
    return [(first, last) for first, last in cut if first < last]


def _beside(change: Change, width: int) -> Iterator[list[Part]]:
    """Draw both sides beside each other, below what they are of."""
    if change.to:
        yield from (_plain(row) for row in change.lines())
        return
    note = f" ({change.note})" if change.note else ""
    sign = "+" if change.before is None else "-" if change.after is None else "~"
    yield _plain(line(f"{sign} {change.place}{note}"))
    room = (width - 3) // 2 - 2
    for old, new in zip_longest(_texts(change.before), _texts(change.after), fillvalue=None):
        marked = spans(old, new) if old is not None and new is not None else ([], [])
        left = _cut(old, "-", marked[0], room)
        right = _cut(new, "+", marked[1], room)
        for row in range(max(len(left), len(right))):
            ours = left[row] if row < len(left) else []
            theirs = right[row] if row < len(right) else []
            yield [*_filled(ours, room + 2), _EDGE, *theirs]


def _texts(text: str | None) -> list[SafeText]:
    return [] if text is None else [line(row) for row in text.split("\n")]


def _cut(text: SafeText | None, sign: str, places: Spans, room: int) -> list[list[Part]]:
    """Cut a text into rows of so many cells, with its sign before the first one."""
    if text is None:
        return []
    rows: list[list[Part]] = []
    start = 0
    while start < len(text) or not rows:
        end = _end_of_row(text, start, room)
        style = "" if places else _SIGNS[sign]
        head = SafeText(f"{sign if not rows else ' '} ")
        shown = _inside(places, start, end)
        row = _with(SafeText(text[start:end]), shown, style, _DIFFERS[sign])
        rows.append([(head, _SIGNS[sign]), *row])
        start = end
    return rows


def _end_of_row(text: str, start: int, room: int) -> int:
    if text.isascii():
        return min(len(text), start + max(room, 1))
    taken = 0
    for place in range(start, len(text)):
        taken += CELLS[text[place]]
        if taken > room:
            return max(place, start + 1)
    return len(text)


def _with(text: SafeText, places: Spans, style: str, differs: str) -> list[Part]:
    parts: list[Part] = []
    end = 0
    for start, last in places:
        parts += [(SafeText(text[end:start]), style), (SafeText(text[start:last]), differs)]
        end = last
    parts.append((SafeText(text[end:]), style))
    return [part for part in parts if part[0]] or [(SafeText(""), style)]


def _filled(parts: list[Part], room: int) -> list[Part]:
    width = sum(CELLS[char] for text, _ in parts for char in text)
    return [*parts, (SafeText(" " * max(0, room - width)), "")]
