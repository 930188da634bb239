"""A list, and a field above it that gets all keys: typing narrows, enter takes what is marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from sonde_core.safetext import SafeText

from .dialog import Dialog, Result


class NarrowingScreen(Dialog[Result]):
    """A dialog that has a field `#narrow`, and the list of `made_list` below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    NarrowingScreen OptionList { height: auto; border: none; padding: 0; }
    """

    def narrow(self) -> None:
        """List what fits what is typed."""
        raise NotImplementedError

    def choose(self) -> None:
        """Return what is marked, if anything is."""
        raise NotImplementedError

    @staticmethod
    def made_list() -> OptionList:
        """Return the list, to be composed."""
        options = OptionList(markup=False)
        options.can_focus = False  # all keys are typed in the field
        return options

    @property
    def options(self) -> OptionList:
        """The list."""
        return self.query_one(OptionList)

    @property
    def typed(self) -> str:
        """What is typed to narrow it."""
        return self.query_one("#narrow", Input).value

    @property
    def place(self) -> int:
        """Where the mark is; -1 in an empty list."""
        place = self.options.highlighted
        return -1 if place is None else place

    def offer(self, titles: Iterable[SafeText], place: int = 0) -> None:
        """Fill the list, and mark one of its rows."""
        options = self.options
        options.clear_options()
        options.add_options(Option(title) for title in titles)
        if options.option_count:
            options.highlighted = place

    @on(Input.Changed, "#narrow")
    def _narrowed(self, event: Input.Changed) -> None:
        event.stop()
        self.narrow()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.choose()

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.choose()

    def action_move(self, by: int) -> None:
        options = self.options
        if options.highlighted is not None:
            options.highlighted = max(0, min(options.highlighted + by, options.option_count - 1))

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(self.options.size.height - 1, 1))
