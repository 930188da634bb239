"""Ask for tags: words, completed from those in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widgets import Input, Static

from sonde_core.history import tags
from sonde_core.safetext import line

from ..widgets.key_bar import KeyBar
from ..widgets.line_input import LineInput
from .dialog import Dialog

_SHOWN: Final = 400  # characters of the tags in use


class _Completing(Suggester):
    """Completes the last word from the tags in use."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        start = begun(value)
        found = fitting(self._known, value)
        return value + found[0][len(start) :] if start and found else None


class TagsScreen(Dialog[tuple[str, ...]]):
    """Returns the tags; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="tags.complete", priority=True),
    ]

    DEFAULT_CSS = """
    TagsScreen .known { height: auto; max-height: 4; color: $text-muted; }
    """

    def __init__(self, question: str, now: Sequence[str], known: Sequence[str]) -> None:
        """Ask.

        Args:
            question: Stands above the field.
            now: What stands in it at first.
            known: Tags in use, the most frequent first.
        """
        super().__init__()
        self._question = question
        self._now = now
        self._known = known

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(line(self._question), classes="title", markup=False)
            field = LineInput(_shown(self._now), "words, with spaces between", id="tags")
            field.suggester = _Completing(self._known)
            yield field
            yield Static("", classes="known", markup=False)
        yield KeyBar()

    @property
    def field(self) -> Input:
        """What is typed."""
        return self.query_one("#tags", Input)

    def on_mount(self) -> None:
        self._tell(self.field.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell(event.value)

    def _tell(self, value: str) -> None:
        found = fitting(self._known, value)
        told = f"in use: {' '.join(found)}" if found else ""
        self.query_one(".known", Static).update(line(told, limit=_SHOWN))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(tags.read(event.value))

    def action_complete(self) -> None:
        """Take the first tag that begins so."""
        value = self.field.value
        found = fitting(self._known, value)
        if found:
            self.field.value = f"{value[: len(value) - len(begun(value))]}{found[0]} "
            self.field.cursor_position = len(self.field.value)


def begun(value: str) -> str:
    """Return the word that is being typed; empty after a space."""
    return value.replace(",", " ").rpartition(" ")[2].lstrip("#")


def fitting(known: Sequence[str], value: str) -> list[str]:
    """Return the tags in use that begin with the last word, without those that are there."""
    start = begun(value)
    there = frozenset(tags.read(value[: len(value) - len(start)]))
    return [tag for tag in known if tag.startswith(start) and tag not in there and tag != start]


def _shown(now: Sequence[str]) -> str:
    return "".join(f"{tag} " for tag in now)
