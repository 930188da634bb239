"""Where a line view takes its rows from."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeAlias

from rich.text import Text
from textual.content import Content

from sonde_core.safetext import SafeText, safe

# A piece of a row and how it looks: a part of `LineView` by its short name (`key`, `sent`), a
# component class by its full name, or a style such as `$text-success`; empty for plain text.
Part: TypeAlias = tuple[SafeText, str]
Line: TypeAlias = Content | Text | Sequence[Part]


class LineSource(ABC):
    """Rows by number; only those on the screen are asked for.

    Attributes:
        gutter: So many characters at the start of each row are ours (times, offsets): they are
            neither found nor selected nor copied.
    """

    gutter: int = 0

    @property
    @abstractmethod
    def count(self) -> int:
        """Rows known so far; it may grow."""

    @abstractmethod
    def line(self, row: int) -> Line:
        """Return one row as it is drawn; a tab is drawn as spaces."""

    def build(self, seconds: float) -> bool:
        """Come to know more rows, for about so many seconds; True when all are known."""
        return True

    def text(self, row: int) -> str:
        """Return what is found, selected and copied of a row."""
        line = self.line(row)
        if isinstance(line, Content | Text):
            return line.plain[self.gutter :]
        return "".join(text for text, _ in line)[self.gutter :]

    def hits(self, pattern: re.Pattern[str], first: int, last: int) -> list[int]:
        """Return the rows from `first` to before `last` that a pattern stands in, once per hit."""
        found: list[int] = []
        for row in range(first, last):
            found.extend([row] * len(pattern.findall(self.text(row))))
        return found


class TextLines(LineSource):
    """Lines of text that are all there."""

    def __init__(
        self, lines: Sequence[str], *, style_of: Callable[[str], str] | None = None
    ) -> None:
        self._lines = lines
        self._style_of = style_of

    @property
    def count(self) -> int:
        return len(self._lines)

    def line(self, row: int) -> Line:
        text = self._lines[row]
        drawn = text if isinstance(text, SafeText) else safe(text)
        return [(drawn, self._style_of(text) if self._style_of else "")]
