"""Filters with a name: choose one, keep what is typed, rename, delete and put back."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.entry_filter.saved import SavedFilters
from sonde_core.errors import SondeError
from sonde_core.quoting import brief, quoted
from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from .named_texts import NamedTextsScreen, NarrowInput, Restore, keys

_EMPTY: Final = "No filter is kept yet: type one in the list's filter, then ctrl+s here keeps it."
_NAME: Final = 20


class SavedFiltersScreen(NamedTextsScreen[str]):
    """Returns the text of a filter; None when it was left."""

    KEEP = "Keep the filter as"

    BINDINGS: ClassVar[list[BindingType]] = keys("filters", KEEP)

    DEFAULT_CSS = """
    SavedFiltersScreen OptionList { max-height: 50vh; }
    """

    def __init__(self, saved: SavedFilters, typed: str, fault: SondeError | None = None) -> None:
        """Offer what is kept.

        Args:
            saved: Where filters are kept.
            typed: What can be kept; empty for nothing.
            fault: Why that is no filter; None when it is one.
        """
        super().__init__()
        self._saved = saved
        self._kept = typed
        self._fault = fault
        self._filters: dict[str, str] = {}
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Saved filters", classes="title")
            yield NarrowInput(placeholder="type to narrow the list", id="narrow", compact=True)
            yield self.made_list()
            yield self.made_note()
        yield KeyBar()

    async def read(self) -> str:
        self._filters = await asyncio.to_thread(self._saved.read)
        return self._saved.warning or ("" if self._filters else _EMPTY)

    def list_names(self, name: str) -> None:
        words = self.typed.lower().split()
        self._shown = [
            each
            for each, text in self._filters.items()
            if all(word in f"{each} {text}".lower() for word in words)
        ]
        place = self._shown.index(name) if name in self._shown else 0
        self.offer((line(self._title(each)) for each in self._shown), place)

    def _title(self, name: str) -> str:
        return f"{line(name):<{_NAME}} {line(self._filters[name])}"

    def marked_name(self) -> str:
        return self._shown[self.place] if 0 <= self.place < len(self._shown) else ""

    def choose(self) -> None:
        if name := self.marked_name():
            self.dismiss(self._filters[name])

    def nothing_to_keep(self) -> str:
        if not self._kept.strip():
            return "There is no filter to keep: type one above the list of entries first."
        if self._fault is not None:
            told = f"{self._fault.message} {self._fault.advice}".rstrip()
            return f"{quoted(brief(self._kept, 60))} is no filter to keep: {told}"
        return ""

    def write_kept(self, name: str) -> Restore | None:
        old = self._filters.get(name)
        self._saved.keep(name, self._kept)
        if old is None or old == self._kept:
            return None
        return lambda: self._saved.keep(name, old)

    def write_renamed(self, old: str, new: str) -> None:
        self._saved.rename(old, new)

    def write_deleted(self, name: str) -> Restore:
        text = self._saved.delete(name)
        return lambda: self._saved.keep(name, text)
