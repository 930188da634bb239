"""Ask before leaving with entries that reached no file."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.words import count

from ..widgets.key_bar import KeyBar
from .dialog import Dialog


class LeaveScreen(Dialog[bool]):
    """Returns whether to leave all the same."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,n", "leave", "Stay", id="leave.stay"),
        Binding("L", "lose", "Leave and lose them", id="leave.lose"),
    ]

    def __init__(self, unsaved: int) -> None:
        super().__init__()
        self._unsaved = unsaved

    def compose(self) -> ComposeResult:
        entries = count(self._unsaved, "entry").replace("entrys", "entries")
        with Vertical(classes="box"):
            yield Static("Not everything is saved", classes="title")
            yield Static(
                f"{entries} could not be written to the history and will be lost. Make room for "
                "the file: they are written as soon as it works. L leaves and loses them.",
                markup=False,
            )
        yield KeyBar()

    def on_mount(self) -> None:
        self.app.clear_notifications()  # one of them might lie over this

    def action_lose(self) -> None:
        self.dismiss(True)
