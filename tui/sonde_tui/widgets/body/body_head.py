"""What stands above a body: how it is shown, what it is, and what is to be known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from sonde_core.body import Body
from sonde_core.safetext import SafeText, line
from sonde_core.words import body_cut, size

from .body_looks import MODES

_TYPE_LIMIT: Final = 48
# Columns from which on the number of the row has room in any case.
_WIDE: Final = 60
_GAP: Final = 2


def described(body: Body, kind: str, *, arriving: bool, charset: str = "") -> str:
    """Say in one line what a body is and how much: `application/json · 1.2 KB · …`."""
    unnamed = f"no type, {kind} by its first bytes" if body.size and kind else "no type"
    parts = [line(body.media_type, limit=_TYPE_LIMIT) or unnamed]
    if not arriving:
        parts.append(body_cut(body))  # early: the end of a line may find no room
    parts.append(charset)
    parts.append(f"{size(body.size)} so far" if arriving else size(body.size))
    if body.coding:
        parts.append(f"{size(body.wire)} {line(body.coding, limit=_TYPE_LIMIT)} on the wire")
    return " · ".join(filter(None, parts))


def places_of(row: int, count: int, offset: int) -> tuple[str, ...]:
    """Say where a row stands, the longest words first: `row 3 of 1,204 · byte 96`.

    Args:
        row: From 0 on.
        count: Of all rows.
        offset: The byte of the body it begins with; negative when that is not known.
    """
    number = f"row {row + 1:,}"
    among = f"{number} of {count:,}"
    if offset < 0:
        return among, number
    byte = f" · byte {offset:,}"
    return among + byte, number + byte, among, number


class BodyHead(Widget):
    """One row: the modes with the one that is shown, what the body is, and where one is in it."""

    DEFAULT_CSS = """
    BodyHead { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    mode: reactive[str] = reactive(MODES[0])
    text: reactive[str] = reactive("")
    places: reactive[tuple[str, ...]] = reactive(())
    pictured: reactive[bool] = reactive(False)

    @dataclass
    class Chosen(Message):
        """A mode was clicked."""

        mode: str

    def render(self) -> Content:
        labels = [self._label(mode) for mode in MODES]
        told = Content("").join([*labels, Content(f" {self.text}")])
        place = self._place(told.cell_length)
        if not place:
            return told
        room = self.size.width - len(place) - _GAP
        told = told.truncate(room, ellipsis=True, pad=True)
        return Content("").join([told, Content(" " * _GAP + place)])

    def _place(self, taken: int) -> str:
        """Return the most that can be told about the place beside the rest."""
        room = self.size.width - taken - _GAP
        fitting = [place for place in self.places if len(place) <= room]
        if fitting or not self.places:
            return fitting[0] if fitting else ""
        return self.places[-1] if self.size.width >= _WIDE else ""

    def validate_text(self, text: str) -> SafeText:
        return line(text)

    def _label(self, mode: str) -> Content:
        label = Content(f" {self._title(mode)} ")
        return label.stylize("bold reverse") if mode == self.mode else label

    def _title(self, mode: str) -> str:
        return "picture" if self.pictured and mode == MODES[0] else mode

    def on_click(self, event: events.Click) -> None:
        right = 0
        for mode in MODES:
            right += len(self._title(mode)) + 2
            if event.x < right:
                self.post_message(self.Chosen(mode))
                return


class BodyNote(Widget):
    """What is wrong with a body, or done to it, and a hint; nothing takes it away but the next."""

    DEFAULT_CSS = """
    BodyNote {
        height: auto; max-height: 4; display: none; padding: 0 1;
        border-left: outer $warning; color: $text-warning;
    }
    BodyNote.-shown { display: block; }
    """

    text: reactive[str] = reactive("", layout=True)

    def render(self) -> Content:
        return Content(self.text)

    def validate_text(self, text: str) -> SafeText:
        return line(text)

    def watch_text(self, text: str) -> None:
        self.set_class(bool(text), "-shown")
