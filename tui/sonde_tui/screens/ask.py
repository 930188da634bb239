"""Ask for one line of text."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .dialog import Dialog


class AskScreen(Dialog[str]):
    """Returns what is typed; None when it was left."""

    def __init__(self, question: str, value: str = "") -> None:
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._question, classes="title", markup=False)
            yield LineInput(self._value, id="answer")
        yield KeyBar()

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
