"""Ask for a note of many lines."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from sonde_core.errors import RequestError
from sonde_core.history import notes
from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from .dialog import Dialog


class NoteScreen(Dialog[str]):
    """Returns what is typed; None when it was left, or nothing was changed.

    It stays, and says why, while that is too long.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "keep", "Keep", id="note.keep", priority=True),
    ]

    DEFAULT_CSS = """
    NoteScreen TextArea { height: 40vh; min-height: 5; border: none; padding: 0; }
    NoteScreen #fault { color: $text-error; height: auto; display: none; }
    """

    def __init__(self, question: str, text: str = "") -> None:
        super().__init__()
        self._question = question
        self._text = text
        self._first = ""  # the same as the editor writes it, which has its own ends of lines

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._question, classes="title", markup=False)
            area = TextArea(self._text, compact=True, soft_wrap=True, show_line_numbers=False)
            area.move_cursor(area.document.end)
            self._first = area.text
            yield area
            yield Static("", id="fault", markup=False)
        yield KeyBar()

    def action_keep(self) -> None:
        text = self.query_one(TextArea).text
        try:
            note = None if text == self._first else notes.read(text)
        except RequestError as error:
            fault = self.query_one("#fault", Static)
            fault.update(line(f"{error.message} {error.advice}"))
            fault.display = True
        else:
            self.dismiss(note)
