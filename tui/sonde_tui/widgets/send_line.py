"""The line to type what is sent: as text, hex or the name of a file; with what was sent before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from sonde_core.payload import InputMode, LineEnding, encode, escape

from .cycle import Cycle
from .line_input import LineInput

# A longer message is no longer typed by hand; bytes.
LONGEST: Final = 10_000
# So many of the messages that were sent are kept for the up key.
REMEMBERED: Final = 500

_HINTS: Final = {
    InputMode.TEXT: r"what to send: text, with \r \n \t \0 \\ \xHH",
    InputMode.HEX: "what to send: bytes in hex, such as 48 69 0a",
    InputMode.FILE: "what to send: the path of a file",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the line, and how it is meant."""

    text: str
    mode: InputMode = InputMode.TEXT
    ending: LineEnding = LineEnding.NONE

    @property
    def data(self) -> bytes:
        """The bytes of text or hex; raises PayloadSyntaxError."""
        return encode(self.text, self.mode, self.ending)


class SendLine(Horizontal):
    """Mode, line ending and the text itself; enter submits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Sent before", id="send.before", show=False),
        Binding("down", "recall(1)", "Sent after", id="send.after", show=False),
    ]

    DEFAULT_CSS = """
    SendLine { height: 1; }
    SendLine Input { width: 1fr; }
    """

    @dataclass
    class Submitted(Message):
        """What is typed is to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: list[Typed] = []  # newest last
        self._place = 0  # which of them is shown; the number of them for what is being typed
        self._draft = Typed("")
        self._ahead: list[Typed] = []  # what a recorded session sent, still to be sent again

    def compose(self) -> ComposeResult:
        yield Cycle("as", [mode.value for mode in InputMode], id="mode")
        yield Cycle("ending", [end.value for end in LineEnding], value=LineEnding.LF, id="ending")
        yield LineInput(placeholder=_HINTS[InputMode.TEXT], id="payload", compact=True)

    @property
    def field(self) -> Input:
        """Where the text is typed."""
        return self.query_one("#payload", Input)

    @property
    def typed(self) -> Typed:
        """What is typed, as it is at this moment."""
        mode = InputMode(self.query_one("#mode", Cycle).value)
        ending = LineEnding(self.query_one("#ending", Cycle).value)
        return Typed(self.field.value, mode, ending)

    def fill(self, typed: Typed) -> None:
        """Put something into the line, to change and send."""
        self.query_one("#mode", Cycle).value = typed.mode.value
        if typed.mode is InputMode.TEXT:
            self.query_one("#ending", Cycle).value = typed.ending.value
        self.field.value = typed.text
        self.field.cursor_position = len(typed.text)

    def took(self, typed: Typed) -> None:
        """Remember what is being sent, and make room for the next."""
        if typed.text and self._sent[-1:] != [typed]:
            self._sent = [*self._sent[1 - REMEMBERED :], typed]
        self._place = len(self._sent)
        if self._ahead:
            self.fill(self._ahead.pop(0))
        else:
            self.field.value = ""

    def give_back(self, typed: Typed) -> None:
        """Put back what was not sent, unless something else is typed by now."""
        if not self.field.value:
            self.fill(typed)

    def recall(self, messages: Iterable[bytes]) -> int:
        """Offer messages one by one, to change and send again; returns how many are too long."""
        messages = list(messages)
        self._ahead = [Typed(escape(data)) for data in messages if len(data) <= LONGEST]
        too_long = len(messages) - len(self._ahead)
        self.fill(self._ahead.pop(0) if self._ahead else Typed(""))
        return too_long

    def next_mode(self) -> None:
        """Take text, hex or a file's name in turn."""
        self.query_one("#mode", Cycle).action_next()

    @on(Cycle.Changed, "#mode")
    def _mode_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        mode = InputMode(event.value)
        self.query_one("#ending", Cycle).display = mode is InputMode.TEXT
        self.field.placeholder = _HINTS[mode]

    @on(Cycle.Changed, "#ending")
    def _ending_changed(self, event: Cycle.Changed) -> None:
        event.stop()

    @on(Input.Submitted, "#payload")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())

    def action_recall(self, by: int) -> None:
        """Step through what was sent; what was being typed comes after the newest."""
        place = max(0, min(len(self._sent), self._place + by))
        if place == self._place:
            return
        if self._place == len(self._sent):
            self._draft = self.typed
        self._place = place
        self.fill(self._sent[place] if place < len(self._sent) else self._draft)
