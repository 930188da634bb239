"""Ask for the secrets that an entry was recorded without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .dialog import Dialog


class SecretsScreen(Dialog[tuple[bytes, ...]]):
    """Returns a value for each name, in order; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "done", "Send", id="secrets.done", priority=True),
        Binding("ctrl+g", "reveal", "Show", id="secrets.reveal"),
    ]

    DEFAULT_CSS = """
    SecretsScreen .about { height: auto; color: $text-muted; }
    SecretsScreen VerticalScroll { height: auto; max-height: 1fr; }
    SecretsScreen .name { height: 1; margin-top: 1; }
    """

    def __init__(self, server: str, names: Sequence[str]) -> None:
        super().__init__()
        self._server = server
        self._names = tuple(names)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Secrets that were not recorded", classes="title", markup=False)
            about = (
                f"They are needed to send this to {line(self._server)}, go nowhere else, and are "
                "kept in memory until Sonde is left."
            )
            yield Static(about, classes="about", markup=False)
            with VerticalScroll(can_focus=False):
                for name in self._names:
                    yield Static(line(name), classes="name", markup=False)
                    yield LineInput(password=True)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query(LineInput).first().focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()

    def action_done(self) -> None:
        """Go on to the first that is empty; without one, it is all told."""
        fields = list(self.query(LineInput))
        for field in fields:
            if not field.value:
                field.focus()
                return
        self.dismiss(tuple(field.value.encode("utf-8", "surrogateescape") for field in fields))

    def action_reveal(self) -> None:
        for field in self.query(LineInput):
            field.password = not field.password
