"""The editor of steps: plain text, with the place marked where it is no step."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

_LEFT_OUT: Final = frozenset({"f6", "f7"})  # they select, which shift and the arrows do, too


class StepsArea(TextArea, inherit_bindings=False):
    """One step a line; a line that begins with a blank belongs to the step above it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+underscore", "skip_step", "Skip step", id="steps.skip", key_display="^/"),
        *(
            each
            for each in TextArea.BINDINGS
            if not (isinstance(each, Binding) and each.key in _LEFT_OUT)
        ),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"steps-area--wrong", "steps-area--skipped"}

    DEFAULT_CSS = """
    StepsArea {
        height: 1fr; border: none; padding: 0;
        & > .steps-area--wrong { color: $text-error; text-style: bold underline; }
        & > .steps-area--skipped { color: $text-muted; text-style: italic; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(compact=True, soft_wrap=False, show_line_numbers=True, id=id)
        self._wrong: tuple[int, int] | None = None  # row and column

    @property
    def wrong(self) -> tuple[int, int] | None:
        """Row and column, from 0, of what is no step."""
        return self._wrong

    @wrong.setter
    def wrong(self, place: tuple[int, int] | None) -> None:
        if place != self._wrong:
            self._wrong = place
            self.notify_style_update()
            self.refresh()

    @property
    def head(self) -> int:
        """The row, from 0, where the step under the cursor begins."""
        return self._head_of(self.cursor_location[0])

    def go_to(self, row: int, column: int = 0) -> None:
        """Put the cursor there."""
        self.move_cursor((row, column), center=True)

    def get_line(self, line_index: int) -> Text:
        text = super().get_line(line_index)
        if text.plain.startswith("#"):
            text.stylize(self.get_component_rich_style("steps-area--skipped", partial=True))
        if self._wrong is not None and line_index == self._wrong[0]:
            begin = min(self._wrong[1], max(len(text) - 1, 0))
            text.stylize(self.get_component_rich_style("steps-area--wrong", partial=True), begin)
        return text

    def action_skip_step(self) -> None:
        """Leave out the step under the cursor, or take it in again; and go to the next one."""
        head = self.head
        if self.document.get_line(head).startswith("#"):
            bare = self.document.get_line(head).lstrip("#")
            blanks = len(bare) - len(bare.lstrip(" "))
            marks = len(self.document.get_line(head)) - len(bare) + blanks
            self.replace("", (head, 0), (head, marks), maintain_selection_offset=True)
        elif self.document.get_line(head).strip():
            self.replace("# ", (head, 0), (head, 0), maintain_selection_offset=True)
        row = head + 1
        while row < self.document.line_count - 1 and self._goes_on(row):
            row += 1
        if row < self.document.line_count:
            self.move_cursor((row, 0))

    def _head_of(self, row: int) -> int:
        while row and self._goes_on(row):
            row -= 1
        return row

    def _goes_on(self, row: int) -> bool:
        return self.document.get_line(row)[:1].isspace()
