"""What a row of name and value is written in: its mark and its inputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from ..line_input import LineInput
from .field_lines import OFF, ON

# Rows that are taken from one paste; more than that is no list of headers.
PASTED: Final = 1000

# Many terminals paste carriage returns for line feeds.
_LINES: Final = re.compile(r"\r\n|\r|\n")
# `Name: value` or `name=value`; a URL is neither.
_PAIR: Final = re.compile(r"\s*([^\s:=]+)[ \t]*(?::(?!//)|=)[ \t]*(.*?)\s*")


def split_pair(text: str) -> tuple[str, str] | None:
    """Cut `Name: value` or `name=value` in two; None if it is neither.

    >>> split_pair("Accept: text/plain")
    ('Accept', 'text/plain')
    """
    found = _PAIR.fullmatch(text)
    return (found[1], found[2]) if found else None


def split_pairs(text: str) -> list[tuple[str, str]]:
    """Cut lines of `Name: value`; empty when one of them is none, or there are too many."""
    lines = [line for line in _LINES.split(text, PASTED + 1) if line.strip()]
    pairs = [pair for line in lines if (pair := split_pair(line))]
    return pairs if len(pairs) == len(lines) <= PASTED else []


class RowMark(Widget):
    """Says whether the row is on; a click switches it."""

    DEFAULT_CSS = """
    RowMark { width: 4; height: 1; }
    """

    is_on: reactive[bool] = reactive(True)

    @dataclass
    class Clicked(Message):
        """The mark was clicked."""

    def render(self) -> Content:
        return Content(ON if self.is_on else OFF)

    def on_click(self) -> None:
        self.post_message(self.Clicked())


class RowInput(LineInput):
    """A field of the row."""

    @dataclass
    class Pasted(Message):
        """Pairs of name and value were pasted into an empty field for names."""

        pairs: list[tuple[str, str]]

    def __init__(self, *, placeholder: str, splits: bool = False, id: str) -> None:
        """Make an empty field.

        Args:
            placeholder: Shown while it is empty.
            splits: Whether pairs that are pasted are taken apart.
            id: Of the widget.
        """
        super().__init__(placeholder=placeholder, id=id, compact=True)
        self._splits = splits

    def on_paste(self, event: events.Paste) -> None:
        if self._splits and not self.value and (pairs := split_pairs(event.text)):
            event.stop()
            event.prevent_default()  # Input would take the first line as it is
            self.post_message(self.Pasted(pairs))
