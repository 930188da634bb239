"""Rows of name and value as they are drawn while nobody writes in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sonde_core.http_request import Field
from sonde_core.safetext import line

ON, OFF = "[x] ", "[ ] "
MARK: Final = len(ON)  # cells that the sign takes, in the row that is written in too
_LONGEST: Final = 500  # characters of a value that can ever be seen in a row


class FieldLines(Widget):
    """Draws rows; only those that are on the screen cost anything."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"field-lines--off"}

    DEFAULT_CSS = """
    FieldLines { height: auto; width: 1fr; }
    FieldLines > .field-lines--off { color: $text-disabled; text-style: strike; }
    """

    @dataclass
    class Clicked(Message):
        """A row was clicked.

        Attributes:
            row: Counted from this widget's first one.
            column: Cells from the left.
        """

        lines: FieldLines
        row: int
        column: int

        @property
        def control(self) -> FieldLines:
            return self.lines

    def __init__(
        self, mask: Callable[[Field], str], name_width: Callable[[], int], *, id: str
    ) -> None:
        """Draw nothing yet.

        Args:
            mask: Tells what is shown of a row's value.
            name_width: Tells how many cells names take.
            id: Of the widget.
        """
        super().__init__(id=id)
        self._mask = mask
        self._name_width = name_width
        self._fields: Sequence[Field] = ()

    def show(self, fields: Sequence[Field]) -> None:
        """Draw these rows."""
        grown = len(fields) != len(self._fields)
        self._fields = fields
        self.refresh(layout=grown)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._fields)

    def render_line(self, y: int) -> Strip:
        base = self.visual_style.rich_style
        width = self.size.width
        if y >= len(self._fields):
            return Strip.blank(width, base)
        row = self._fields[y]
        style = base if row.on else base + self.get_component_rich_style("field-lines--off")
        names = self._name_width()
        return Strip(
            [
                Segment(ON if row.on else OFF, base),
                Segment(_fitted(row.name, names - 1), style),
                Segment(" ", base),
                Segment(_fitted(self._mask(row), width - MARK - names), style),
            ]
        ).crop_extend(0, width, base)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked(self, event.y, event.x))


def _fitted(text: str, width: int) -> str:
    return set_cell_size(line(text, limit=min(max(width, 1), _LONGEST)), max(width, 0))
