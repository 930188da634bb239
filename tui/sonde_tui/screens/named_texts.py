"""Texts with names, in a file: choose one, keep what is typed, rename, delete and put back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Static

from sonde_core.errors import SondeError
from sonde_core.safetext import line

from ..key_order import held
from ..widgets.line_input import LineInput
from ..widgets.offers import Offers
from .ask import AskScreen
from .dialog import Result
from .narrowing import NarrowingScreen

# Puts back what was written over or deleted; runs in a thread.
Restore = Callable[[], None]


class NarrowInput(LineInput, inherit_bindings=False):
    """A field that leaves `delete` to the list below it: its cursor stands at the end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each
        for each in LineInput.BINDINGS
        if not (isinstance(each, Binding) and "delete" in each.key.split(","))
    ]


def keys(group: str, keep: str) -> list[BindingType]:
    """Return the keys of such a dialog.

    Args:
        group: The first part of their ids.
        keep: What keeping is called.
    """
    return [
        Binding("ctrl+s", "keep", f"{keep}…", id=f"{group}.keep"),
        Binding("ctrl+n", "rename", "Rename", id=f"{group}.rename"),
        Binding("delete", "delete", "Delete", id=f"{group}.delete"),
        Binding("f9", "restore", "Put back", id=f"{group}.restore"),
    ]


class NamedTextsScreen(NarrowingScreen[Result], Offers):
    """Has a `NarrowInput`, the list, and `made_note` below it.

    What is called `write_…` runs in a thread and may raise SondeError.
    """

    DEFAULT_CSS = """
    NamedTextsScreen #note { height: auto; max-height: 5; color: $text-warning; }
    """

    KEEP: ClassVar[str]  # what keeping is called

    def __init__(self) -> None:
        super().__init__()
        self._undo: list[tuple[str, Restore]] = []

    def offers(self, action: str) -> bool:
        if action == "keep":
            return not self.nothing_to_keep()
        if action == "restore":
            return bool(self._undo)
        return action not in ("rename", "delete") or self.place >= 0

    async def read(self) -> str:
        """Read what there is; returns what a person should know."""
        raise NotImplementedError

    def list_names(self, name: str) -> None:
        """List what was read, and mark a name in it."""
        raise NotImplementedError

    def nothing_to_keep(self) -> str:
        """Say why nothing can be kept; empty if something can."""
        raise NotImplementedError

    def marked_name(self) -> str:
        """Return the name that is marked; empty, having told why, if none is."""
        raise NotImplementedError

    def write_kept(self, name: str) -> Restore | None:
        """Write what can be kept under a name; returns what puts back another of this name."""
        raise NotImplementedError

    def write_renamed(self, old: str, new: str) -> None:
        """Write another name."""
        raise NotImplementedError

    def write_deleted(self, name: str) -> Restore:
        """Delete; returns what puts it back."""
        raise NotImplementedError

    @staticmethod
    def made_note() -> Static:
        """Return the place for what is told, to be composed."""
        return Static("", id="note", markup=False)

    def note(self, text: str) -> None:
        """Tell something, or nothing."""
        note = self.query_one("#note", Static)
        note.update(line(text))
        note.display = bool(text)

    @work(group="named")
    async def on_mount(self) -> None:
        with held(self):
            await self._show()

    async def _show(self, name: str = "", told: str = "") -> None:
        doubts = await self.read()
        self.list_names(name)
        self.note(told or doubts)
        self.keys_changed()

    def narrow(self) -> None:
        self.list_names("")
        self.keys_changed()

    def action_keep(self) -> None:
        if why := self.nothing_to_keep():
            self.note(why)
            return

        def keep(name: str) -> None:
            if restore := self.write_kept(name):
                self._undo.append((name, restore))

        self._ask(self.KEEP, "", keep)

    def action_rename(self) -> None:
        if old := self.marked_name():
            self._ask("New name", old, lambda new: self.write_renamed(old, new))

    def action_delete(self) -> None:
        if name := self.marked_name():

            def delete() -> None:
                self._undo.append((name, self.write_deleted(name)))

            self._change(delete, told=f"{name} is deleted; F9 puts it back.")

    def action_restore(self) -> None:
        if not self._undo:
            self.note("Nothing was deleted here.")
            return
        name, put_back = self._undo[-1]

        def restore() -> None:
            put_back()
            self._undo.pop()

        self._change(restore, name)

    def _ask(self, question: str, typed: str, change: Callable[[str], None]) -> None:
        """Ask for a name, and change the file with it."""

        def named(name: str | None) -> None:
            if name is not None:
                self._change(lambda: change(name), name)

        self.app.push_screen(AskScreen(question, typed), named)

    @work(group="named")
    async def _change(self, change: Callable[[], None], name: str = "", told: str = "") -> None:
        """Change the file, and list what stands in it then, with a name marked."""
        with held(self):
            try:
                await asyncio.to_thread(change)
            except SondeError as error:
                self.note(f"{error.message} {error.advice}")
                return
            await self._show(name, told)
