"""Choose one of many: typing narrows the list, enter takes what is marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .narrowing import NarrowingScreen


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


class ChooseScreen(NarrowingScreen[str]):
    """Returns the value of a choice; None when it was left.

    Attributes:
        choices: All that there are.
    """

    DEFAULT_CSS = """
    ChooseScreen OptionList { max-height: 16; }
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
            yield self.made_list()
        yield KeyBar()

    def on_mount(self) -> None:
        self.narrow()

    def narrow(self) -> None:
        self._shown = [choice for choice in self.choices if choice.fits(self.typed)]
        values = [choice.value for choice in self._shown]
        place = values.index(self._value) if self._value in values else 0
        self.offer((line(choice.title) for choice in self._shown), place)

    def choose(self) -> None:
        if self.place >= 0:
            self.dismiss(self._shown[self.place].value)
