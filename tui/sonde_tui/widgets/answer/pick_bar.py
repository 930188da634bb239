"""A field for what an answer is filtered by, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from sonde_core.errors import SondeError
from sonde_core.safetext import line

from ..line_input import LineInput


class PickBar(Vertical):
    """One row to type an expression in; it tells its text while it is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Whole body", id="pick.leave"),
    ]

    DEFAULT_CSS = """
    PickBar { height: auto; display: none; }
    PickBar.-open { display: block; }
    PickBar Static { height: auto; max-height: 3; color: $text-muted; padding: 0 1; }
    PickBar Static.-failed { color: $text-error; }
    """

    @dataclass
    class Typed(Message):
        """The expression is different."""

        text: str

    @dataclass
    class Left(Message):
        """The field was left; `keep` is False when the whole body is wanted again."""

        keep: bool

    def compose(self) -> ComposeResult:
        yield LineInput(
            placeholder='filter: a.b[0].c or data["description"] or a JMESPath; in lists /text too',
            id="pick",
            compact=True,
        )
        yield Static("", id="pick-note", markup=False)

    @property
    def text(self) -> str:
        """What is filtered by; empty when the bar is not open."""
        return self._field.value.strip() if self.has_class("-open") else ""

    @property
    def _field(self) -> Input:
        return self.query_one("#pick", Input)

    def open(self) -> None:
        """Show the field; what is there is selected: what is typed takes its place."""
        self.add_class("-open")
        self._field.select_all()
        self.screen.set_focus(self._field)  # at once: what is typed next belongs into it
        self.post_message(self.Typed(self.text))

    def tell(self, error: SondeError | None) -> None:
        """Show what is wrong with the expression, or nothing."""
        self._note(f"{error.message} {error.advice}" if error else "", failed=error is not None)

    def say(self, text: str, *, failed: bool = False) -> None:
        """Show words that are no error, such as how much came through."""
        self._note(text, failed=failed)

    def _note(self, text: str, *, failed: bool) -> None:
        note = self.query_one("#pick-note", Static)
        shown, before = line(text), str(note.content)
        note.set_class(failed, "-failed")
        # Counts come often: the screen is laid out anew only when they need another row.
        one_row = note.display and max(cell_len(shown), cell_len(before)) <= note.size.width
        note.update(shown, layout=not one_row)
        note.display = bool(text)

    @on(Input.Changed, "#pick")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-open"):
            self.post_message(self.Typed(self.text))

    @on(Input.Submitted, "#pick")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Left(keep=True))

    def action_leave(self) -> None:
        self.remove_class("-open")
        self.tell(None)
        self.post_message(self.Left(keep=False))
