"""A field of one line."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import Input


class LineInput(Input, inherit_bindings=False):
    """An input without the keys to scroll up and down, that is not selected when it is entered.

    It has no other line to go to, and in the footer and the help those keys would hide what up and
    down do in the widget around it. A text that is selected is gone with the next letter, which is
    meant for a text that the app suggests, as long as it stands there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*Input.BINDINGS]

    DEFAULT_CSS = """
    LineInput:nocolor > .input--selection { text-style: reverse; }
    """

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        *,
        password: bool = False,
        max_length: int = 0,
        compact: bool = False,
        suggested: bool = False,
        id: str | None = None,
    ) -> None:
        """Make a field; the arguments are those of Textual's `Input`.

        With `suggested` the text is one that the app suggests, to be replaced by typing.
        """
        super().__init__(
            value,
            placeholder,
            password=password,
            max_length=max_length,
            select_on_focus=False,
            compact=compact,
            id=id,
        )
        self._suggestion = value if suggested else ""

    def on_mount(self) -> None:
        self.to_end()

    def on_focus(self, event: events.Focus) -> None:
        # Not when it is the terminal that is entered again: the cursor stays where it was.
        if not event.from_app_focus and self._suggestion and self.value == self._suggestion:
            self.select_all()

    def on_paste(self, event: events.Paste) -> None:
        """Take all lines, as one; Textual's field keeps the first only, be it empty."""
        if "\n" in event.text or "\r" in event.text:
            lines = (each.strip() for each in event.text.splitlines())
            event.text = " ".join(filter(None, lines))

    def suggest(self, text: str) -> None:
        """Hold a text, to be taken or replaced."""
        self.value = self._suggestion = text
        self.select_all()

    def put(self, text: str) -> None:
        """Hold a text, to be gone on with."""
        self.value, self._suggestion = text, ""
        self.to_end()

    def to_end(self) -> None:
        """Move the cursor behind the text."""
        self.cursor_position = len(self.value)
