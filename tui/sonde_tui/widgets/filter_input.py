"""A field for a filter: tab completes the word before the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from textual.binding import Binding, BindingType
from textual.message import Message

from sonde_core.entry_filter.completing import Completion

from .line_input import LineInput

# Tells what may be meant at a place in a text.
Complete: TypeAlias = Callable[[str, int], Completion]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What tab goes through: it put in one of the texts, and the next tab takes the next one."""

    value: str
    start: int
    texts: Sequence[str]
    number: int


class FilterInput(LineInput):
    """Tab stays here also where nothing can be completed: the next letter belongs here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="filter.complete"),
    ]

    class NothingOffered(Message):
        """Tab had nothing to complete."""

    def __init__(self, placeholder: str, complete: Complete, *, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True)
        self._complete = complete
        self._turn: _Turn | None = None

    def action_complete(self) -> None:
        """Complete as far as that is plain, then go through what may be meant."""
        turn = self._turn
        if turn and turn.value == self.value:
            self._take(turn.start, turn.texts, turn.number + 1)
            return
        offered = self._complete(self.value, self.cursor_position)
        if not offered.texts:
            self.post_message(self.NothingOffered())
            return
        typed = self.value[offered.start : self.cursor_position]
        common = _common(offered.texts)
        if len(common) > len(typed):
            self._put(offered.start, common)
        else:
            self._take(offered.start, offered.texts, 0)

    def _take(self, start: int, texts: Sequence[str], number: int) -> None:
        self._put(start, texts[number % len(texts)])
        self._turn = _Turn(self.value, start, texts, number)

    def _put(self, start: int, text: str) -> None:
        rest = self.value[self.cursor_position :]
        self.value = self.value[:start] + text + rest
        self.cursor_position = start + len(text)


def _common(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    first, last = min(texts), max(texts)
    pairs = zip(first, last, strict=False)
    return first[: next((at for at, (a, b) in enumerate(pairs) if a != b), len(first))]
