"""The cells of a terminal, as far as Textual draws on them; quicker than pyte by far.

Reading the screen must not be what is measured: a full frame takes a millisecond.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<mark>[?>=<]?)(?P<numbers>[0-9;]*)[ $]?(?P<final>[@-~])"
    r"|\x1b[P\]](?:[^\x1b\x07]*)(?:\x1b\\|\x07)"
    r"|\x1b[()][A-Z0-9]|\x1b[^\[P\]]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
)


class Grid:
    """Text and style of each cell; every character is taken to be one cell wide.

    Attributes:
        rows: Text of each row.
        styles: For each row the numbers of the last select graphic rendition, cell by cell.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._count = columns, rows
        self.rows = [" " * columns] * rows
        self.styles = [[""] * columns for _ in range(rows)]
        self._left = self._top = 0
        self._style = ""
        self._rest = ""

    @property
    def text(self) -> str:
        """All rows."""
        return "\n".join(self.rows)

    def feed(self, data: str) -> None:
        """Draw what was written to the terminal."""
        data = self._rest + data
        end = 0
        while match := _TOKEN.match(data, end):
            end = match.end()
            if (text := match["text"]) is not None:
                self._put(text)
            elif match["control"]:
                self._control(match["control"])
            elif match["final"] and not match["mark"]:
                self._sequence(match["final"], match["numbers"])
        self._rest = data[end:]

    def _put(self, text: str) -> None:
        top, left = self._top, self._left
        text = text[: self._columns - left]
        right = left + len(text)
        row = self.rows[top]
        self.rows[top] = row[:left] + text + row[right:]
        self.styles[top][left:right] = [self._style] * len(text)
        self._left = right

    def _control(self, control: str) -> None:
        if control == "\r":
            self._left = 0
        elif control == "\n":
            self._top = min(self._top + 1, self._count - 1)
        elif control == "\b":
            self._left = max(self._left - 1, 0)

    def _sequence(self, final: str, numbers: str) -> None:
        if final == "m":
            self._style = numbers if numbers not in ("", "0") else ""
        elif final in "Hf":
            first, _, second = numbers.partition(";")
            self._top = min(int(first or 1), self._count) - 1
            self._left = min(int(second or 1), self._columns) - 1
        elif final in "JK":
            self._erase(whole=final == "J")

    def _erase(self, *, whole: bool) -> None:
        """Empty the screen, or the row from the cursor on."""
        for top in range(self._count) if whole else (self._top,):
            left = 0 if whole else self._left
            self.rows[top] = self.rows[top][:left].ljust(self._columns)
            self.styles[top][left:] = [""] * (self._columns - left)
