"""Ask for a few values, one in a row, before something starts."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from sonde_core.errors import SondeError
from sonde_core.safetext import SafeText, line

from ..widgets.key_bar import KeyBar
from .dialog import Dialog, Result


class FormScreen(Dialog[Result]):
    """Returns what is made of the rows; stays, and says why, while they cannot be understood.

    A form has a binding for `start`.
    """

    DEFAULT_CSS = """
    FormScreen > .box { overflow-y: auto; }
    FormScreen #about { color: $text-muted; height: auto; max-height: 5; }
    FormScreen #note { color: $text-error; height: auto; }
    """

    def __init__(self, title: str, about: SafeText) -> None:
        """Make a form; `about` says for what it is."""
        super().__init__()
        self._title = title
        self._about = about

    def rows(self) -> Iterable[Widget]:
        """Return the rows, to be composed."""
        raise NotImplementedError

    def read(self) -> Result:
        """Return what is made of them; raises SondeError."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            yield Static(self._about, id="about", markup=False)
            yield from self.rows()
            yield Static("", id="note", markup=False)
        yield KeyBar()

    def text(self, name: str) -> str:
        """Return what stands in a field."""
        return self.query_one(f"#{name}", Input).value.strip()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    def action_start(self) -> None:
        try:
            self.dismiss(self.read())
        except SondeError as error:
            self.query_one("#note", Static).update(line(f"{error.message} {error.advice}"))
