"""Compact the history: what it would free, then how far it is, then what it freed."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from sonde_core.errors import SondeError
from sonde_core.history.history import History
from sonde_core.history.housekeeping import Outlook
from sonde_core.safetext import line, safe
from sonde_core.words import entries, size

from ..widgets.key_bar import KeyBar
from .dialog import Dialog

_FRAME: Final = 0.1
_BAR: Final = 30  # cells


class CompactScreen(Dialog[None]):
    """Asks before it begins; closing it does not stop what has begun."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+j", "begin", "Compact", id="compact.begin", key_display="enter"),
    ]

    DEFAULT_CSS = """
    CompactScreen > .box { max-width: 72; }
    CompactScreen .told { height: auto; }
    """

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._outlook: Outlook | None = None
        self._doing = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Compact the history", classes="title", markup=False)
            yield Static("", classes="told", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._timer = self.set_interval(_FRAME, self._draw)
        self._look()

    @property
    def told(self) -> Static:
        """What is said."""
        return self.query_one(".told", Static)

    @work(group="outlook", exclusive=True)
    async def _look(self) -> None:
        self._doing = "Looking what can go"
        try:
            found = await self._history.outlook()
        except SondeError as error:
            self._end(f"{error.message} {error.advice}")
            return
        self._outlook = found
        self._end(_told(found, undo=self._history.can_undo))

    def action_begin(self) -> None:
        if self._outlook is not None and not self._doing:
            self._compact()

    @work(group="compact")
    async def _compact(self) -> None:
        self._doing, self._outlook = "Compacting", None
        self._draw()
        try:
            # In a task of its own: the dialog may be closed meanwhile, and that ends this one.
            freed = await asyncio.shield(asyncio.ensure_future(self._history.compact()))
        except SondeError as error:
            self._end(f"{error.message} {error.advice}")
        else:
            self._end(f"{size(max(freed, 0))} were freed.")

    def _end(self, text: str) -> None:
        self._doing = ""
        self.told.update(safe(text))

    def _draw(self) -> None:
        if self._doing:
            done = round(_BAR * self._history.compacted)
            bar = "█" * done + "░" * (_BAR - done)
            self.told.update(line(f"{self._doing}  {bar} {self._history.compacted:4.0%}"))


def _told(found: Outlook, *, undo: bool) -> str:
    deleted = f"{entries(found.deleted)} that were deleted are still in the file."
    last = "\nAfterwards u cannot bring back what was deleted here." if undo else ""
    return (
        f"{entries(found.entries)} stay. {deleted}\n"
        f"File    {size(found.size)} → {size(found.size_after)}\n"
        f"Bodies  {size(found.bodies)} → {size(found.bodies_after)}\n"
        f"{size(max(found.freed, 0))} would be freed: press enter.{last}"
    )
