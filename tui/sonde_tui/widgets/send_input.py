"""The field of one line to type what is sent; a block that is pasted is handed on whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import events
from textual.message import Message

from .line_input import LineInput

PASTED: Final = 200_000  # characters; Textual's editor takes 2 s for a million


class SendInput(LineInput):
    """A field of one line."""

    @dataclass
    class BlockPasted(Message):
        """More than a line was pasted, or too much; Textual's field keeps the first line only."""

        text: str

    @dataclass
    class LinesWritten(Message):
        """A text of more than one line is to be typed on; escapes in it count."""

        text: str

    def on_paste(self, event: events.Paste) -> None:
        if "\n" in event.text or "\r" in event.text or len(event.text) > PASTED:
            event.stop()
            event.prevent_default()
            self.post_message(self.BlockPasted(event.text))

    def write(self, text: str) -> None:
        """Hold a text that was written elsewhere, with all its lines."""
        if "\n" in text:
            self.post_message(self.LinesWritten(text))
        else:
            self.put(text)

    def cut_out(self) -> tuple[str, str]:
        """Return what stands before and behind the cursor, without what is selected."""
        start, end = sorted(self.selection)
        return self.value[:start], self.value[end:]
