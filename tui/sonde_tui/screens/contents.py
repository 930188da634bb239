"""The dialogs that ask what is to be given away, and where to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sonde_core.outlets.saving import Content
from sonde_core.safetext import SafeText, line
from sonde_core.words import size

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .dialog import Dialog

Result = TypeVar("Result")


class ContentsDialog(Dialog[Result]):
    """A list of what there is, the best first, and a field; up and down in it choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Other form", id="contents.next"),
        Binding("up", "move(-1)", "Previous", id="contents.previous", show=False),
    ]

    DEFAULT_CSS = """
    ContentsDialog OptionList {
        height: auto; max-height: 10; border: none; padding: 0; background: $surface;
    }
    ContentsDialog OptionList > .option-list--option-highlighted {
        color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
    }
    ContentsDialog:nocolor OptionList > .option-list--option-highlighted { text-style: reverse; }
    ContentsDialog #note { height: auto; color: $text-muted; }
    ContentsDialog #note.-warning { color: $text-warning; }
    """

    def __init__(self, title: str, contents: Sequence[Content]) -> None:
        """Offer contents; there is one at least."""
        super().__init__()
        self._title = title
        self._contents = contents

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            options = OptionList(*map(_option, self._contents), markup=False, id="contents")
            options.can_focus = False  # all keys are typed in the field
            yield options
            yield LineInput(self.suggestion(self._contents[0]), suggested=True, id="field")
            yield Static("", id="note", markup=False)
            yield from self.below()
        yield KeyBar()

    def on_mount(self) -> None:
        self.options.highlighted = 0
        self.field.focus()

    def below(self) -> Iterable[Widget]:
        """Make what stands below the field."""
        return ()

    def suggestion(self, content: Content) -> str:
        """Return what stands in the field at first for one of the contents."""
        raise NotImplementedError

    @property
    def options(self) -> OptionList:
        """The list of contents."""
        return self.query_one("#contents", OptionList)

    @property
    def field(self) -> LineInput:
        """Where to."""
        return self.query_one("#field", LineInput)

    @property
    def content(self) -> Content:
        """What is chosen."""
        return self._contents[self.options.highlighted or 0]

    def say(self, text: str, *, warning: bool = False) -> None:
        """Tell something below the field."""
        note = self.query_one("#note", Static)
        note.set_class(warning, "-warning")
        note.update(line(text))

    def chosen(self) -> None:
        """Another one of the contents was chosen."""
        note = self.content.note
        self.say(note, warning=bool(note))

    @on(OptionList.OptionHighlighted, "#contents")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.chosen()

    def action_move(self, by: int) -> None:
        last = len(self._contents) - 1
        self.options.highlighted = max(0, min((self.options.highlighted or 0) + by, last))


def _option(content: Content) -> Option:
    return Option(titled(content))


def titled(content: Content) -> SafeText:
    """Return the title of a content with its size, where that is known."""
    told = f" · {size(content.size)}" if content.size is not None else ""
    return line(f"{content.title}{told}")
