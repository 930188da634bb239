"""Ask for a note of many lines."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from ..widgets.key_bar import KeyBar
from .dialog import Dialog

LONGEST: Final = 20_000  # characters; what is pasted beyond is left out


class NoteScreen(Dialog[str]):
    """Returns what is typed; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "keep", "Keep", id="note.keep", priority=True),
    ]

    DEFAULT_CSS = """
    NoteScreen TextArea { height: 40vh; min-height: 5; border: none; padding: 0; }
    """

    def __init__(self, question: str, text: str = "") -> None:
        super().__init__()
        self._question = question
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._question, classes="title", markup=False)
            area = TextArea(self._text, compact=True, soft_wrap=True, show_line_numbers=False)
            area.move_cursor(area.document.end)
            yield area
        yield KeyBar()

    def action_keep(self) -> None:
        self.dismiss(self.query_one(TextArea).text.strip()[:LONGEST])
