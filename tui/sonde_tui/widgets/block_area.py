"""The editor of many lines to type what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

_LEFT_OUT: Final = frozenset({"f6", "f7"})  # they are keys of the line around it


class BlockArea(TextArea, inherit_bindings=False):
    """A plain editor, in which enter is a line feed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each
        for each in TextArea.BINDINGS
        if not (isinstance(each, Binding) and each.key in _LEFT_OUT)
    ]

    DEFAULT_CSS = """
    BlockArea { height: 30vh; min-height: 3; border: none; border-left: outer $primary; }
    """

    @dataclass
    class BlockPasted(Message):
        """Something was pasted."""

        text: str

    @dataclass
    class LeftAt(Message):
        """The cursor would go up from the first line, or down from the last."""

        by: int

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(text, compact=True, soft_wrap=True, show_line_numbers=False, id=id)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.BlockPasted(event.text))

    def action_cursor_up(self, select: bool = False) -> None:
        if self.cursor_at_first_line and not select:
            self.post_message(self.LeftAt(-1))
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if self.cursor_at_last_line and not select:
            self.post_message(self.LeftAt(1))
        else:
            super().action_cursor_down(select)

    def cut_out(self) -> tuple[str, str]:
        """Return what stands before and behind the cursor, without what is selected."""
        start, end = sorted(self.selection)
        document = self.document
        return (
            document.get_text_range(document.start, start),
            document.get_text_range(end, document.end),
        )
