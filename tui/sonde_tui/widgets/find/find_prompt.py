"""What is typed after `/`, and how it is meant; it draws itself in the last row of a view.

It is no widget, which would have to be mounted first: so keys that are typed quickly all arrive.
"""

from __future__ import annotations

import re
from typing import Final
from weakref import WeakKeyDictionary

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sonde_core.safetext import line
from sonde_core.search import Query
from sonde_core.search.query import CASES, Case

_KEPT: Final = 100
_KINDS: Final = {False: "text", True: "regex"}
_CASES: Final = {"smart": "smart case", "exact": "exact case", "ignore": "any case"}
_LEAST: Final = 12  # cells for what is typed
_LINE_END: Final = re.compile(r"[\r\n]")

# What was looked for in any view of an app, the last one last.
_PASTS: WeakKeyDictionary[object, list[Query]] = WeakKeyDictionary()


def past_of(app: object) -> list[Query]:
    """Return the earlier searches of an app, to be added to."""
    return _PASTS.setdefault(app, [])


class FindPrompt:
    """A line to type in.

    Attributes:
        text: What is typed; None while nothing can be.
        regex: Whether a regular expression is meant.
        case: Which case is found.
    """

    def __init__(self) -> None:
        self.text: str | None = None
        self.regex = False
        self.case: Case = CASES[0]
        self._past: list[Query] = []
        self._at = 0  # in the past; at its end for what is new
        self._new = Query("")

    @property
    def query(self) -> Query:
        """What is typed, and how it is meant."""
        return Query(self.text or "", self.regex, self.case)

    def open(self, past: list[Query]) -> None:
        """Begin to type."""
        self.text = ""
        self._past, self._at = past, len(past)

    def close(self, *, keep: bool) -> None:
        """Type no more; what was typed can be found again if it is to be kept."""
        if keep and self.text:
            query = self.query
            if query in self._past:
                self._past.remove(query)
            self._past.append(query)
            del self._past[:-_KEPT]
        self.text = None

    def press(self, key: str, character: str | None) -> bool:
        """Obey a key; False for one that means nothing here."""
        if self.text is None:
            return False
        if key in ("up", "down"):
            self._go(-1 if key == "up" else 1)
            return True
        if key == "tab":
            self.regex = not self.regex
        elif key == "shift+tab":
            self.case = CASES[(CASES.index(self.case) + 1) % len(CASES)]
        elif key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""
        elif key == "ctrl+w":
            words = self.text.rstrip()
            self.text = words[: len(words) - len(words.split(" ")[-1])]
        elif character is not None and character.isprintable():
            self.text += character
        else:
            return False
        self._at = len(self._past)
        return True

    def paste(self, text: str) -> None:
        """Type the first line of a text."""
        self.text = (self.text or "") + _LINE_END.split(text.lstrip("\r\n"), 1)[0]

    def _go(self, by: int) -> None:
        if self._at == len(self._past):
            self._new = self.query
        self._at = max(0, min(self._at + by, len(self._past)))
        shown = self._past[self._at] if self._at < len(self._past) else self._new
        self.text, self.regex, self.case = shown.text, shown.regex, shown.case

    def draw(self, width: int, told: str, style: Style, told_style: Style, dim: Style) -> Strip:
        """Draw it in so many cells.

        Args:
            width: Cells.
            told: What came of the search so far.
            style: Of what is typed.
            told_style: Of what came of it.
            dim: Of what the keys mean.
        """
        typed = line(self.text or "")
        # What is typed comes first: a long word about it has to do with the rest.
        most = width - min(cell_len(typed), width // 2) - _LEAST
        told = f" {line(told, limit=max(most, _LEAST))} " if told else ""
        keys = f" {_KINDS[self.regex]} (tab) · {_CASES[self.case]} (shift+tab) "
        if width - cell_len(told) - cell_len(keys) - 3 < max(_LEAST, cell_len(typed)):
            keys = f" {'.*' if self.regex else 'abc'} "
        if width - cell_len(told) - cell_len(keys) - 3 < 4:
            keys = ""
        room = max(width - cell_len(told) - cell_len(keys) - 3, 4)
        field = f"/{_tail(typed, room)}▏"
        space = " " * max(room + 3 - cell_len(field), 0)
        parts = [Segment(field + space, style), Segment(keys, dim), Segment(told, told_style)]
        return Strip(parts).crop_extend(0, width, style)


def _tail(text: str, cells: int) -> str:
    """Return the end of a text that fits into so many cells."""
    if cell_len(text) <= cells:
        return text
    tail = text[1 - cells :]
    while cell_len(tail) > cells - 1:
        tail = tail[1:]
    return f"…{tail}"
