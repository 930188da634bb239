"""A look at raw lines that tells which of them may have what is looked for.

What is looked for is written as it stands in a line, so that most lines need not be parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..history.index import Row
from ..history.lines import REST
from ..history.schema.values import dumps
from .tree import Term

SPAN: Final = 1 << 20  # bytes that are looked at together
GAP: Final = 1 << 14  # bytes between two lines that are read for nothing, at most

# What comes before bytes that are not in the line as they are. In a string the quotes would
# be escaped. A needle with a common letter at its end is slow to find.
_HIDDEN: Final = (b',"ref', b'"b64')
_VALUE: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that lie near each other, in lower case.

    Attributes:
        rows: Whose lines they are, in the order of the file.
        starts: Where in the data each begins.
        data: As it stands in the file, but for the case.
    """

    rows: Sequence[Row]
    starts: Sequence[int]
    data: bytes

    def holding(self, needle: bytes) -> Iterator[tuple[int, int]]:
        """Yield which lines hold some bytes, each once, and where."""
        place = self.data.find(needle)
        while place >= 0:
            number = bisect_right(self.starts, place) - 1
            if number >= 0 and place < self.end(number):
                yield number, place
            number += 1
            if number == len(self.starts):
                return
            place = self.data.find(needle, self.starts[number])

    def is_foreign(self, number: int) -> bool:
        """Whether a line is not as we write it."""
        return self.data.find(REST, self.starts[number], self.end(number)) < 0

    def end(self, number: int) -> int:
        """Return where a line ends."""
        return self.starts[number] + self.rows[number].size


def spans(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Cut rows, newest first, into those whose lines are read together, in the file's order."""
    group: list[Row] = []
    for row in rows:
        if group:
            first = group[-1]
            gap = first.offset - row.offset - row.size
            if not 0 <= gap <= GAP or group[0].offset + group[0].size - row.offset > SPAN:
                yield group[::-1]
                group = []
        group.append(row)
    if group:
        yield group[::-1]


def candidates(term: Term, lines: Lines) -> set[int]:
    """Return the numbers of the lines that must be parsed to tell."""
    if term.key == "header":
        return _with_header(term, lines)
    found = {
        number
        for number, row in enumerate(lines.rows)
        if row.summary.kind != "http" or lines.is_foreign(number)
    }
    for needle in (*_HIDDEN, *_written(term.value)):
        found.update(number for number, _ in lines.holding(needle))
    return found


def _with_header(term: Term, lines: Lines) -> set[int]:
    """Look for the name as the first of a pair, and at what follows it."""
    values = _written(term.value)
    found = {number for number in range(len(lines.rows)) if lines.is_foreign(number)}
    for name in _written(term.name):
        needle = b'"' + name + b'",'
        for number, place in lines.holding(needle):
            end = lines.end(number)
            while 0 <= place < end and number not in found:
                start = place + len(needle)
                match = _VALUE.match(lines.data, start, end)
                if match is None or any(value in match[1] for value in values):
                    found.add(number)
                place = lines.data.find(needle, start, end)
    return found


def _written(text: str) -> set[bytes]:
    """Return text as it may stand in a line, in lower case: escaped, and as UTF-8."""
    escaped = dumps(text)[1:-1].lower()
    return {escaped, _quoted(text.encode("utf-8", "surrogatepass")).lower()}


def _quoted(data: bytes) -> bytes:
    """Escape what JSON wants escaped, and nothing else."""
    return dumps(data.decode("latin-1"))[1:-1] if data.isascii() else data
