"""The help: every key that works where the person is, and the words of the product."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ..widgets.key_bar import KeyBar
from .dialog import Dialog

WORDS = (
    ("Escapes", r"\r \n \t \0 \\ \xHH in text that is sent; hex as pairs of digits: 0a ff"),
    ("Addresses", "https://host/path   tcp://host:port   tls://   udp://   unix:/path   [::1]:80"),
    ("Selecting", "drag with the mouse, then y or ctrl+c; y alone copies what is at hand"),
    ("Settings", "config.toml: theme, and [keys] with a key for each action id of README"),
    ("History", "one JSON file, readable by you alone; every exchange is in it, failed ones too"),
)


class HelpScreen(Dialog[None]):
    """Lists the keys that work now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,q", "leave", "Close", show=False),
        Binding("j,down", "down", "Down", show=False),
        Binding("k,up", "up", "Up", show=False),
    ]

    def __init__(self, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Keys that work here", classes="title")
            with VerticalScroll():
                yield Static(self._text())
        yield KeyBar()

    def _text(self) -> Content:
        width = max(len(key) for key, _ in (*self._keys, *WORDS)) + 2
        lines = [self._row(key, text, width) for key, text in self._keys]
        lines.append(Content(""))
        lines.extend(self._row(key, text, width) for key, text in WORDS)
        return Content("\n").join(lines)

    @staticmethod
    def _row(key: str, text: str, width: int) -> Content:
        return Content.assemble((key.ljust(width), "bold $text-accent"), text)

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)
