"""Choose one of many: typing narrows the list, enter takes what is marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .dialog import Dialog


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things to choose from.

    Attributes:
        value: What is returned for it.
        title: What stands in the list, and is looked through.
        words: More to look through.
    """

    value: str
    title: str
    words: str = ""

    def fits(self, typed: str) -> bool:
        """Whether each word that is typed stands in it."""
        text = f"{self.title} {self.words}".lower()
        return all(word in text for word in typed.lower().split())


class ChooseScreen(Dialog[str]):
    """Returns the value of a choice; None when it was left.

    Attributes:
        choices: All that there are.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    ChooseScreen OptionList { height: auto; max-height: 16; border: none; padding: 0; }
    ChooseScreen > .box { max-width: 72; }
    """

    def __init__(self, title: str, choices: Sequence[Choice], *, value: str = "") -> None:
        """List choices; the one of `value` is marked at first."""
        super().__init__()
        self._title = title
        self.choices = choices
        self._shown: Sequence[Choice] = choices
        self._value = value

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(line(self._title), classes="title", markup=False)
            yield LineInput(placeholder="type to narrow the list", id="narrow", compact=True)
            options = OptionList(markup=False)
            options.can_focus = False  # all keys are typed in the field
            yield options
        yield KeyBar()

    def on_mount(self) -> None:
        self._list()

    @property
    def _options(self) -> OptionList:
        return self.query_one(OptionList)

    def _list(self) -> None:
        options = self._options
        options.clear_options()
        options.add_options(Option(line(choice.title)) for choice in self._shown)
        values = [choice.value for choice in self._shown]
        if values:
            options.highlighted = values.index(self._value) if self._value in values else 0

    @on(Input.Changed, "#narrow")
    def _narrowed(self, event: Input.Changed) -> None:
        event.stop()
        self._shown = [choice for choice in self.choices if choice.fits(event.value)]
        self._list()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if (index := self._options.highlighted) is not None:
            self.dismiss(self._shown[index].value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index].value)

    def action_move(self, by: int) -> None:
        options = self._options
        if options.highlighted is not None:
            options.highlighted = max(0, min(options.highlighted + by, options.option_count - 1))

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(self._options.size.height - 1, 1))
