"""What the panes of a request have in common, and the rows they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from sonde_core.http_request import HttpRequest

from ..line_input import LineInput


class RequestPane(VerticalScroll, can_focus=False):
    """One part of a request: shows it, and writes it back into a request.

    A pane is made with the request it shows; what stands in its widgets is read when it is asked.
    """

    DEFAULT_CSS = """
    RequestPane { height: 1fr; }
    """

    @dataclass
    class Changed(Message):
        """Something in the pane is different."""

        pane: RequestPane

    def __init__(self, request: HttpRequest, *, id: str) -> None:
        super().__init__(id=id)
        self._shown = request

    @property
    def suffix(self) -> str:
        """The kind of file that the text in it would stand in."""
        return ".txt"

    def fill(self, request: HttpRequest) -> None:
        """Show a request's part."""
        raise NotImplementedError

    def apply(self, request: HttpRequest) -> HttpRequest:
        """Return the request with what stands in this pane.

        Raises:
            RequestError: What stands there cannot be sent.
        """
        raise NotImplementedError

    def reveal(self, reveal: bool) -> None:
        """Show secrets, or stars; for panes that hold some."""

    def enter(self) -> None:
        """Put the focus where a person would begin to write."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return

    def changed(self) -> None:
        """Tell that something is different."""
        self.post_message(self.Changed(self))


class LabelledRow(Horizontal):
    """A word and the field it names, on one row."""

    DEFAULT_CSS = """
    LabelledRow { height: 1; }
    LabelledRow > Static { width: 22; color: $text-muted; padding: 0 1; }
    LabelledRow > Input { width: 1fr; }
    LabelledRow > Cycle { padding: 0; }
    """

    def __init__(self, label: str, field: Widget, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label
        self._field = field

    def compose(self) -> ComposeResult:
        yield Static(self._label, markup=False)
        yield self._field


def text_field(
    id: str,
    value: str = "",
    *,
    placeholder: str = "",
    password: bool = False,
    suggested: bool = False,
) -> LineInput:
    """Make a field of one row."""
    return LineInput(
        value,
        placeholder=placeholder,
        password=password,
        compact=True,
        suggested=suggested,
        id=id,
    )
