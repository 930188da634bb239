"""Ask for a key, to send its control character."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from ..widgets.key_bar import KeyBar
from .dialog import Dialog

_SIGNS: Final = {" ": 0x00, "?": 0x7F}


class ControlScreen(Dialog[bytes]):
    """Returns the control character of the next key; None when it was left by escape."""

    DEFAULT_CSS = """
    ControlScreen > .box { max-width: 60; }
    """

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Send a control character", classes="title")
            keys = "a-z  @ [ \\ ] ^ _ ?   c is ^C, d is ^D, [ is escape, ? is delete"
            yield Static(keys, markup=False)
        yield KeyBar()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            return
        event.stop()
        event.prevent_default()
        data = control_character(event)
        if data is not None:
            self.dismiss(data)


def control_character(event: events.Key) -> bytes | None:
    """Return what a key sends together with ctrl; None if there is no such thing.

    It may be pressed with ctrl, too.
    """
    sign = event.character or ""
    if len(sign) != 1 or not sign.isascii():
        return None
    if ord(sign) < 0x20:
        return sign.encode()
    if sign in _SIGNS:
        return bytes([_SIGNS[sign]])
    code = ord(sign.upper())
    return bytes([code & 0x1F]) if 0x40 <= code <= 0x5F else None
