"""The look and the way out that every dialog shares."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from ..compositor import FrontScreen

Result = TypeVar("Result")


class Dialog(ModalScreen[Result], FrontScreen[Result]):
    """A box over the screen; escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="dialog.close"),
        Binding("f1,question_mark", "app.help", "Help", id="help", key_display="F1"),
    ]

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > .box {
        width: 90%; max-width: 110; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    Dialog .title { text-style: bold; height: 1; }
    """

    def action_leave(self) -> None:
        self.dismiss(None)
