"""The help: every key that works where the person is, and the words of the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ..widgets.key_bar import KeyBar
from .dialog import Dialog

WORDS: Final = (
    ("Escapes", r"\r \n \t \0 \\ \xHH in text that is sent; hex as pairs of digits: 0a ff"),
    (
        "Fields",
        "{{name}} {{counter}} {{now}} {{unix}} {{uuid}} {{random:8}} {{length:4be}} {{crc32}}"
        " in text that is sent; {{{{ is {{ itself",
    ),
    (
        "Addresses",
        "https://host/path  tcp://host:port  tls://  udp://  ws://  unix:/path  [::1]:80",
    ),
    ("Selecting", "drag with the mouse, then y or ctrl+c; y alone copies what is at hand"),
    ("Settings", "config.toml: theme, and [keys] with a key for each action id of README"),
    ("History", "one JSON file, readable by you alone; every exchange is in it, failed ones too"),
)
KEYS: Final = 15  # columns for keys; more of them push their text to the right
TEXT: Final = 50  # columns for text, so that all fits into 80


class HelpScreen(Dialog[None]):
    """Lists the keys that work now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,q", "leave", "Close", show=False),
        Binding("j,down", "down", "Down", show=False),
        Binding("k,up", "up", "Up", show=False),
    ]

    def __init__(self, sections: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Show `(key, what it does)` under each heading, in order; the words come last."""
        from sonde_core.entry_filter.language import ROWS

        super().__init__()
        self._sections = {**sections, "Words": WORDS, "Filters of the history": ROWS}

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Help", classes="title")
            with VerticalScroll():
                yield Static(self._text(), markup=False)
        yield KeyBar()

    def _text(self) -> Content:
        lines: list[Content] = []
        for heading, rows in self._sections.items():
            if rows:
                lines += [Content(""), Content.styled(heading, "bold underline")]
                lines += [part for key, text in rows for part in _row(key, text)]
        return Content("\n").join(lines[1:])

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)


def _row(key: str, text: str) -> list[Content]:
    """Return one row, in as many lines as its text takes."""
    first, *more = wrap(text, TEXT) or [""]
    start = Content.assemble((key.ljust(KEYS), "bold $text-accent"), " ", first)
    return [start, *(Content(" " * (KEYS + 1) + rest) for rest in more)]
