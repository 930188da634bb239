"""Where a line view takes its rows from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from rich.text import Text
from textual.content import Content
from textual.strip import Strip

from sonde_core.safetext import SafeText, safe

from .drawn import drawn_index, expand

# A piece of a row and how it looks: a part of `LineView` by its short name (`key`, `sent`), a
# component class by its full name, or a style such as `$text-success`; empty for plain text.
Part: TypeAlias = tuple[SafeText, str]
Line: TypeAlias = Content | Text | Strip | Sequence[Part]


class Later(Protocol):
    """Bytes that are read when they are wanted, since there may be many: in a thread."""

    def read(self) -> bytes:
        """Return all of them; raises BodyError."""
        ...


Selected: TypeAlias = bytes | Later


class LineSource(ABC):
    """Rows by number; only those on the screen are asked for.

    Attributes:
        gutter: So many characters at the start of each row are ours (times, offsets): they are
            neither found nor selected nor copied.
        selectable: Whether parts of rows are selected by keys; rows that are things by themselves
            are not.
        wraps: Whether rows can end after so many cells.
        foldable: Whether parts can be folded away.
    """

    gutter: int = 0
    selectable: bool = False
    wraps: bool = False

    @property
    def foldable(self) -> bool:
        return False

    @property
    def wrapped_at(self) -> int:
        """Cells after which rows end now; 0 for rows as long as their lines."""
        return 0

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

    def head(self, row: int, cells: int) -> tuple[Line, int]:
        """Return at least the first cells of a row, and about how many more there are."""
        return self.line(row), 0

    def wrap(self, width: int, *, at: int = 0, seconds: float = 0.0) -> bool:
        """Let rows end after so many cells; a long text is cut step by step.

        Args:
            width: Cells of a row; 0 for rows as long as their lines.
            at: The rows change once the one that shows this byte is known.
            seconds: How long this may take.

        Returns:
            Whether the rows are cut so now; it is asked again until they are.
        """
        return True

    def reveal(self, offset: int) -> bool:
        """Unfold what hides a place; False where it is shown already; raises BodyError."""
        return False

    def column_of(self, row: int, offset: int) -> int:
        """Return the column in which a place is shown; raises BodyError."""
        return self.gutter

    def byte_at(self, row: int, column: int) -> int:
        """Return the place that is shown in a column; raises BodyError."""
        return row

    def offset(self, row: int) -> int:
        """Return what stays the same place when rows are cut otherwise; raises BodyError."""
        return row

    def row_at(self, offset: int) -> int:
        """Return the row of such a place; raises BodyError."""
        return offset

    def text(self, row: int) -> str:
        """Return what is found, selected and copied of a row."""
        line = self.line(row)
        if isinstance(line, Strip):
            return line.text[self.gutter :]
        if isinstance(line, Content | Text):
            return line.plain[self.gutter :]
        return "".join(text for text, _ in line)[self.gutter :]

    def selected(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> Selected:
        """Return what lies between two places, as it is copied; raises BodyError.

        Args:
            first_row: Where it begins.
            first_column: A character of the row as it is drawn, gutter included.
            last_row: Where it ends.
            last_column: The first character that is not selected any more.
        """
        parts = []
        for row in range(first_row, min(last_row, self.count - 1) + 1):
            text = self.text(row)
            start = self._index(text, first_column) if row == first_row else 0
            end = self._index(text, last_column) if row == last_row else len(text)
            parts.append(text[start:end])
        return "\n".join(parts).encode("utf-8", "surrogateescape")

    def marked(
        self, row: int, first: tuple[int, int], last: tuple[int, int], drawn: int
    ) -> list[tuple[int, int]]:
        """Return which columns of a row are drawn as selected, as (start, end).

        Args:
            row: One of those that are selected, at least in part.
            first: Row and column where the selection begins.
            last: Row and column where it ends.
            drawn: Characters of the row as drawn.
        """
        start = first[1] if row == first[0] else 0
        end = last[1] if row == last[0] else drawn
        return [(max(start, self.gutter), end)]

    def measure(self, first: tuple[int, int], last: tuple[int, int]) -> int:
        """Return how many bytes are selected; -1 where that cannot be told at once."""
        return -1

    def begins(self, row: int) -> int:
        """Return the column of the first character of a row that can be selected."""
        return self.gutter

    def stepped(self, row: int, column: int, by: int) -> tuple[int, int]:
        """Return the place of the next character, or of the one before with -1.

        It goes over the ends of rows, and stays where there is no other one. What lies below the
        last row is its place behind the last line feed.
        """
        place = max(column - self.gutter, 0) + by
        length = len(expand(self.text(row), self.gutter))
        if place < 0 and row:
            return row - 1, self.gutter + len(expand(self.text(row - 1), self.gutter))
        if place > length and row + 1 < self.count:
            return row + 1, self.gutter
        return row, self.gutter + min(max(place, 0), length)

    def _index(self, text: str, column: int) -> int:
        return drawn_index(text, max(column - self.gutter, 0), self.gutter)


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
