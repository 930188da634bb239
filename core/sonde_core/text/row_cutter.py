"""Lines of bytes cut into rows: where a line feed stands, and where a long line has to end."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import AnyStr, Final

from .cells import MOST, count_rows, most_cells, row_ends
from .characters import bytes_before, feed_of, shape_of, text_of, unit_of, whole

ROW_LIMIT: Final = 4096
_TAB: Final = 9


class RowCutter:
    """Cuts bytes that begin where a row begins.

    Attributes:
        feed: The bytes of a line feed.
    """

    def __init__(self, codec: str, width: int) -> None:
        """Cut text of a codec.

        Args:
            codec: A Python codec.
            width: Cells of a row; 0 for rows of 4,096 bytes.
        """
        self.codec = codec
        self.width = width
        self.feed = feed_of(codec)
        self._return = "\r".encode(codec)
        self._unit = unit_of(codec)
        self._plain = shape_of(codec) in ("utf-8", "single")  # ASCII is what it is

    def measure(self, window: bytes, *, last: bool) -> tuple[int, int]:
        """Return how many bytes whole rows take at the start of a window, and how many they are.

        Args:
            window: Begins where a row begins, and may end anywhere.
            last: Whether nothing comes after it.
        """
        if last:
            return len(window), self._count(window)
        if self._unit == 1:
            cut = window.rfind(b"\n") + 1
        else:
            cut = max(self._feeds(window), default=-self._unit) + self._unit
        if cut:
            return cut, self._count(window[:cut])
        ends = self._ends(window[: whole(window, self.codec)])
        return (ends[-1], len(ends)) if ends else (0, 0)

    def _count(self, block: bytes) -> int:
        """Return how many rows a block has, without cutting it where that can be told otherwise."""
        if self._unit == 1 and not self.width and not _has_long_line(block, b"\n", ROW_LIMIT):
            return _lines(block, b"\n")
        if not self.width:
            return len(self.rows(block))
        text = text_of(block, self.codec)
        if not text.endswith("\n\r"):  # that is a row of its own
            text = text.removesuffix("\r")
        if most_cells(text) == 1 and not _has_long_line(text, "\n", self.width):
            return _lines(text, "\n")
        return count_rows(text.replace("\r\n", "\n"), self.width)

    def lines(self, block: bytes) -> list[bytes]:
        """Return the lines of a block, without their ends."""
        if self._unit == 1:
            lines = block.split(b"\n")
        else:
            lines, start = [], 0
            for end in self._feeds(block):
                lines.append(block[start:end])
                start = end + self._unit
            lines.append(block[start:])
        if not lines[-1]:
            lines.pop()
        return lines

    def rows(self, block: bytes) -> list[bytes]:
        """Return the rows of a block, without their ends."""
        lines = self.lines(block)
        limit = self.width // MOST if self.width else ROW_LIMIT
        if max(map(len, lines), default=0) <= limit:
            return lines
        rows: list[bytes] = []
        for line in lines:
            if len(line) <= limit:
                rows.append(line)
                continue
            start = 0
            for end in self._ends(line):
                rows.append(line[start:end])
                start = end
            rows.append(line[start:])
        return rows

    def starts(self, block: bytes, rows: list[bytes]) -> list[int]:
        """Return where in a block each of its rows begins, and where the last one ends."""
        unit = self._unit
        if sum(map(len, rows)) + len(rows) * unit == len(block):
            return list(accumulate((len(row) + unit for row in rows), initial=0))
        starts, place = [0], 0
        for row in rows:
            place += len(row)
            if block[place : place + unit] == self.feed:
                place += unit
            starts.append(place)
        return starts

    def _feeds(self, block: bytes) -> list[int]:
        """Return where the line feeds of wide characters stand; others lie across characters."""
        found = re.finditer(re.escape(self.feed), block)
        return [place for hit in found if not (place := hit.start()) % self._unit]

    def _ends(self, line: bytes) -> list[int]:
        """Return where the rows of a line end, but for the last one."""
        if self.width:
            # A row is not begun for the carriage return alone, which may not be drawn.
            return self._wrapped(line.removesuffix(self._return))
        ends, start = [], 0
        while len(line) - start > ROW_LIMIT:
            start += whole(line[start : start + ROW_LIMIT], self.codec) or ROW_LIMIT
            ends.append(start)
        return ends

    def _wrapped(self, line: bytes) -> list[int]:
        if self._plain and line.isascii() and _TAB not in line:
            return list(range(self.width, len(line), self.width))
        text = text_of(line, self.codec)
        places = list(row_ends(text, self.width))
        shape = shape_of(self.codec)
        if shape == "single":
            return places
        if shape == "other":
            return [bytes_before(line, self.codec, text, place) for place in places]
        ends, before, start = [], 0, 0
        for place in places:  # each piece by itself, so that a long line is gone through once
            start += self._size(text[before:place])
            ends.append(start)
            before = place
        return ends

    def _size(self, text: str) -> int:
        """Return how many bytes a piece of a line takes."""
        if self._unit == 1:
            return len(text.encode(self.codec, "surrogateescape"))
        if self._unit == 2:
            return len(text.encode(self.codec, "surrogatepass"))
        return sum(1 if "\udc00" <= char <= "\udcff" else 4 for char in text)


def _lines(block: AnyStr, feed: AnyStr) -> int:
    return block.count(feed) + (not block.endswith(feed))


def _has_long_line(block: AnyStr, feed: AnyStr, limit: int) -> bool:
    """Whether a line is longer than a limit: such a line lies over a multiple of it."""
    for probe in range(limit, len(block), limit):
        start = block.rfind(feed, probe - limit, probe)
        end = block.find(feed, probe, probe + limit)
        start = start if start >= 0 else probe - limit - 1
        end = end if end >= 0 else min(probe + limit, len(block))
        if end - start - 1 > limit:
            return True
    return False
