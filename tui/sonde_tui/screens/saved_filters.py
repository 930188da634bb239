"""Filters with a name: choose one, keep what is typed, rename, delete and put back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sonde_core.entry_filter.saved import SavedFilters
from sonde_core.errors import SondeError
from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .ask import AskScreen
from .dialog import Dialog

_EMPTY: Final = "No filter is kept yet: type one in the list's filter, then ctrl+s here keeps it."
_NAME: Final = 20


class NarrowInput(LineInput, inherit_bindings=False):
    """A field that leaves the delete key to the list below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each
        for each in LineInput.BINDINGS
        if not (isinstance(each, Binding) and "delete" in each.key.split(","))
    ]


class SavedFiltersScreen(Dialog[str]):
    """Returns the text of a filter; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep the filter as…", id="filters.keep"),
        Binding("ctrl+n", "rename", "Rename", id="filters.rename"),
        Binding("delete", "delete", "Delete", id="filters.delete"),
        Binding("f9", "restore", "Put back", id="filters.restore"),
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    SavedFiltersScreen OptionList { height: auto; max-height: 50vh; border: none; padding: 0; }
    SavedFiltersScreen #saved-note { height: auto; max-height: 5; color: $text-warning; }
    """

    def __init__(self, saved: SavedFilters, typed: str) -> None:
        """Offer what is kept.

        Args:
            saved: Where filters are kept.
            typed: A filter that can be kept; empty for none.
        """
        super().__init__()
        self._saved = saved
        self._typed = typed
        self._filters: dict[str, str] = {}
        self._shown: list[str] = []
        self._undo: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Saved filters", classes="title")
            yield NarrowInput(placeholder="type to narrow the list", id="narrow", compact=True)
            options = OptionList(markup=False)
            options.can_focus = False  # all keys are typed in the field
            yield options
            yield Static("", id="saved-note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._load()

    @work(group="saved")
    async def _load(self, name: str = "", told: str = "") -> None:
        await self._read(name, told)

    async def _read(self, name: str, told: str) -> None:
        self._filters = await asyncio.to_thread(self._saved.read)
        self._list(name)
        self._note(self._saved.warning or told or ("" if self._filters else _EMPTY))

    def _list(self, name: str = "") -> None:
        words = self.query_one("#narrow", Input).value.lower().split()
        self._shown = [
            each
            for each, text in self._filters.items()
            if all(word in f"{each} {text}".lower() for word in words)
        ]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            Option(f"{line(each):<{_NAME}} {line(self._filters[each])}") for each in self._shown
        )
        if self._shown:
            options.highlighted = self._shown.index(name) if name in self._shown else 0

    @property
    def _marked(self) -> str:
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else ""

    @on(Input.Changed, "#narrow")
    def _narrowed(self, event: Input.Changed) -> None:
        event.stop()
        self._list()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._marked:
            self.dismiss(self._filters[self._marked])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._filters[self._shown[event.option_index]])

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            options.highlighted = max(0, min(options.highlighted + by, options.option_count - 1))

    def action_keep(self) -> None:
        if not self._typed.strip():
            self._note("There is no filter to keep: type one above the list of entries first.")
            return

        def named(name: str | None) -> None:
            if name is not None:
                self._change(lambda: self._saved.keep(name, self._typed), name, before=name)

        self.app.push_screen(AskScreen("Keep the filter as"), named)

    def action_rename(self) -> None:
        old = self._marked
        if not old:
            return

        def named(name: str | None) -> None:
            if name is not None:
                self._change(lambda: self._saved.rename(old, name), name)

        self.app.push_screen(AskScreen("New name", old), named)

    def action_delete(self) -> None:
        name = self._marked
        if name:
            self._change(
                lambda: self._undo.append((name, self._saved.delete(name))),
                told=f"{line(name)} is deleted; F9 puts it back.",
            )

    def action_restore(self) -> None:
        if not self._undo:
            self._note("Nothing was deleted here.")
            return
        name, text = self._undo.pop()
        self._change(lambda: self._saved.keep(name, text), name)

    @work(group="saved")
    async def _change(
        self, change: Callable[[], object], name: str = "", told: str = "", before: str = ""
    ) -> None:
        """Change the file; what stands there under a name before can be put back."""
        replaced = self._filters.get(before)
        try:
            await asyncio.to_thread(change)
        except SondeError as error:
            self._note(f"{error.message} {error.advice}")
            return
        if replaced is not None and replaced != self._typed:
            self._undo.append((before, replaced))
        await self._read(name, told)

    def _note(self, text: str) -> None:
        note = self.query_one("#saved-note", Static)
        note.update(line(text))
        note.display = bool(text)
