"""How what is typed is meant: mode, line ending, and the kind of a WebSocket message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from sonde_core.payload import InputMode, LineEnding
from sonde_core.steps import MessageKind

from .cycle import Cycle
from .typed import TEXTS, Typed

_KINDS: Final = (MessageKind.TEXT, MessageKind.BINARY, MessageKind.PING, MessageKind.PONG)


class Manner(Horizontal):
    """A row of choices; a message that brings its own gives back those of the person after it."""

    DEFAULT_CSS = """
    Manner { width: auto; height: 1; }
    """

    @dataclass
    class Changed(Message):
        """Another choice was made."""

    def __init__(self) -> None:
        super().__init__()
        self.set_reactive(Manner.shrink, False)  # else its choices are measured in no room at all
        self._chosen: Typed | None = None  # what the person chose, while a message has its own
        self._brought = Typed("")
        self._stream_ending = LineEnding.LF.value  # while messages are sent that need none

    def compose(self) -> ComposeResult:
        yield Cycle("as", [mode.value for mode in InputMode], id="mode")
        ends = [end.value for end in LineEnding]
        yield Cycle("ending", ends, value=LineEnding.LF, id="ending")
        kind = Cycle("kind", [kind.value for kind in _KINDS], id="kind")
        kind.display = False
        yield kind

    @property
    def mode(self) -> InputMode:
        return InputMode(self.query_one("#mode", Cycle).value)

    def of(self, text: str, fill: bool | None) -> Typed:
        """Return a text as it is meant now."""
        kind = self.query_one("#kind", Cycle)
        return Typed(
            text,
            self.mode,
            LineEnding(self.query_one("#ending", Cycle).value),
            MessageKind(kind.value) if kind.display else MessageKind.NONE,
            fill,
        )

    def show(self, typed: Typed) -> None:
        """Choose what a message has."""
        self.query_one("#mode", Cycle).value = typed.mode.value
        if typed.mode in TEXTS:
            self.query_one("#ending", Cycle).value = typed.ending.value
        if typed.kind:
            self.query_one("#kind", Cycle).value = typed.kind.value

    def bring(self, typed: Typed) -> None:
        """Choose what a message has, until `restore`, or until the person chooses."""
        if self._chosen is None:
            self._chosen = self.of("", None)
        self._brought = typed
        self.show(typed)

    def restore(self) -> None:
        """Choose what the person chose."""
        if self._chosen is not None:
            self.show(self._chosen)
            self._chosen = None

    def next_mode(self) -> None:
        self.query_one("#mode", Cycle).action_next()

    def offer_kinds(self, web_socket: bool) -> None:
        """Let a kind be chosen, for WebSocket; there a message has an end of its own."""
        kind, ending = self.query_one("#kind", Cycle), self.query_one("#ending", Cycle)
        if web_socket and not kind.display:
            self._stream_ending, ending.value = ending.value, LineEnding.NONE.value
        elif kind.display and not web_socket:
            ending.value = self._stream_ending
        kind.display = web_socket

    @on(Cycle.Changed)
    def _changed(self, event: Cycle.Changed) -> None:
        event.stop()
        self.query_one("#ending", Cycle).display = self.mode in TEXTS
        now, brought = self.of("", None), self._brought
        same = now.mode is brought.mode and (not brought.kind or now.kind is brought.kind)
        if not same or (now.mode in TEXTS and now.ending is not brought.ending):
            self._chosen = None
        self.post_message(self.Changed())
