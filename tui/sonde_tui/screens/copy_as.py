"""Choose in which form the entry at hand goes to the clipboard."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sonde_core import formats
from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.safetext import line

from ..messages import CopyAsked
from ..services import Services
from ..widgets.key_bar import KeyBar
from .dialog import Dialog


class CopyAsScreen(Dialog[None]):
    """Lists the forms; enter copies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
        Binding("ctrl+g", "reveal", "Secrets", id="copy-as.reveal"),
    ]

    DEFAULT_CSS = """
    CopyAsScreen OptionList { max-height: 60vh; }
    """

    def __init__(self, entry: Entry, services: Services) -> None:
        super().__init__()
        self._entry = entry
        self._reveal = services.reveal

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Copy as", classes="title")
            yield OptionList(
                *(
                    Option(form.title, id=name)
                    for name, form in formats.FORMATS.items()
                    if form.fits(self._entry)
                ),
                markup=False,
            )
            yield Static(self._secrets(), id="secrets", markup=False)
        yield KeyBar()

    def _secrets(self) -> str:
        if self._reveal:
            return "Secrets are copied as they are."
        return "Secrets are masked; ctrl+g copies them as they are. Of bodies only form fields are."

    def action_reveal(self) -> None:
        """Copy secrets as they are, this time, or mask them again."""
        self._reveal = not self._reveal
        self._say(self._secrets())

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        name, reveal = event.option_id or "", self._reveal
        self._say(f"Writing {formats.FORMATS[name].title}…")
        self.run_worker(self._copy(name, reveal), group="copy-as", exclusive=True)

    async def _copy(self, name: str, reveal: bool) -> None:
        """Write the form in a thread, which for a large entry takes a while, and hand it on."""
        try:
            data = await asyncio.to_thread(formats.copyable, self._entry, name, reveal)
        except SondeError as error:
            self._say(f"{error.message} {error.advice}")
            return
        if not self.is_current:
            return  # it was left meanwhile
        self.app.post_message(CopyAsked(data, formats.FORMATS[name].title))
        self.dismiss(None)

    def _say(self, text: str) -> None:
        self.query_one("#secrets", Static).update(line(text))
