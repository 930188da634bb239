"""Ask before leaving with entries that reached no file, for as long as that is so."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.history.history import History
from sonde_core.safetext import line
from sonde_core.words import entries

from ..widgets.key_bar import KeyBar
from .dialog import Dialog


class LeaveScreen(Dialog[bool]):
    """Returns whether to leave all the same."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,n", "leave", "Stay", id="leave.stay"),
        Binding("L", "lose", "Leave and lose them", id="leave.lose"),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history

    def compose(self) -> ComposeResult:
        unsaved = entries(self._history.unsaved)
        with Vertical(classes="box"):
            yield Static("Not everything is saved", classes="title")
            yield Static(
                line(
                    f"{unsaved} could not be written to the history and will be lost. "
                    f"{self._history.trouble} They are written as soon as it works. "
                    "L leaves and loses them."
                ),
                markup=False,
            )
        yield KeyBar()

    def on_mount(self) -> None:
        self.app.clear_notifications()  # one of them might lie over this
        self._history.on_change.append(self._look_soon)

    def on_unmount(self) -> None:
        self._history.on_change.remove(self._look_soon)

    def on_screen_resume(self) -> None:
        self._look()  # the help lay over it meanwhile

    def _look_soon(self) -> None:
        self.call_later(self._look)

    def _look(self) -> None:
        """Close once there is nothing to ask: what waited was written."""
        if self.is_active and not self._history.unsaved:
            self.app.notify("Everything is saved now; ctrl+q leaves.", markup=False)
            self.dismiss(False)

    def action_lose(self) -> None:
        self.dismiss(True)
