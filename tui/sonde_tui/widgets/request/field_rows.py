"""Rows of on or off, name and value, written in by keyboard; as many as there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Input

from sonde_core.http_request import Field
from sonde_core.secrets import MASK, is_secret_name

from .field_input import RowInput, RowMark
from .field_lines import MARK, FieldLines

Mask: TypeAlias = Callable[[str, str], str]

EMPTY: Final = Field("", "")


def as_it_is(name: str, value: str) -> str:
    """Show a value that is no secret."""
    return value


def mask_param(name: str, value: str) -> str:
    """Put stars over the value of a param or form field that gives access."""
    return MASK if value and is_secret_name(name) else value


class FieldRows(VerticalScroll, can_focus=False):
    """A list of fields, always with an empty row at the end to write the next one in.

    One row holds two inputs, and moves; those above and below it are only drawn. So a thousand
    rows cost as much as three.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1)", "Row above", id="rows.up", show=False),
        Binding("down", "go(1)", "Row below", id="rows.down", show=False),
        Binding("pageup", "page(-1)", "Rows up", id="rows.page-up", show=False),
        Binding("pagedown", "page(1)", "Rows down", id="rows.page-down", show=False),
        Binding("tab", "onward", "Next field", id="rows.onward", show=False),
        Binding("shift+tab", "back", "Field before", id="rows.back", show=False),
        Binding("f6", "switch", "Row on/off", id="rows.switch"),
        Binding("f7", "remove", "Remove row", id="rows.remove", show=False),
        Binding("f9", "restore", "Put row back", id="rows.restore", show=False),
    ]

    DEFAULT_CSS = """
    FieldRows { height: auto; scrollbar-size-vertical: 1; }
    FieldRows #row { height: 1; }
    FieldRows #row #row-name { width: 2fr; }
    FieldRows #row #row-value { width: 3fr; }
    FieldRows #row.-off Input { text-style: strike; color: $text-disabled; }
    """

    @dataclass
    class Changed(Message):
        """A row is different, new or gone."""

        rows: FieldRows

        @property
        def control(self) -> FieldRows:
            return self.rows

    def __init__(
        self,
        fields: Iterable[Field] = (),
        *,
        mask: Mask = as_it_is,
        reveal: bool = True,
        id: str | None = None,
    ) -> None:
        """Hold fields.

        Args:
            fields: Those to begin with.
            mask: Tells what is shown of a value, given its name, where nobody writes in it.
            reveal: Show values without the mask.
            id: Of the widget.
        """
        super().__init__(id=id)
        self._mask = mask
        self._reveal = reveal
        self._fields = [*fields, EMPTY]
        self._place = len(self._fields) - 1
        self._shows = False  # whether the inputs hold the row yet
        self._removed: list[tuple[int, Field]] = []
        # The mark and the inputs of the row that is written in.
        self._mark = RowMark()
        self._name_input = RowInput(placeholder="name", splits=True, id="row-name")
        self._value_input = RowInput(placeholder="value", id="row-value")
        self._row = Horizontal(self._mark, self._name_input, self._value_input, id="row")
        self._above = FieldLines(self._shown, self._name_width, id="rows-above")
        self._below = FieldLines(self._shown, self._name_width, id="rows-below")

    def compose(self) -> ComposeResult:
        yield self._above
        yield self._row
        yield self._below

    def on_mount(self) -> None:
        self._show()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The rows that hold something, also those that are off."""
        rows = [*self._fields]
        rows[self._place] = self._written  # news of the last key may still be on its way
        return tuple(row for row in rows if row.name or row.value)

    def fill(self, fields: Iterable[Field]) -> None:
        """Hold other fields."""
        self._fields = [*fields, EMPTY]
        self._place = len(self._fields) - 1
        self._removed.clear()
        self._show()

    def enter(self) -> None:
        """Write where the cursor was last; in the empty row at first."""
        self._name_input.focus()

    def reveal(self, reveal: bool) -> None:
        """Show secrets, or stars."""
        self._reveal = reveal
        self._above.refresh()
        self._below.refresh()
        self._hide_secret()

    # drawing

    def _shown(self, row: Field) -> str:
        return row.value if self._reveal else self._mask(row.name, row.value)

    def _name_width(self) -> int:
        return self._name_input.outer_size.width

    def _show(self) -> None:
        """Draw all rows, with the inputs at their place."""
        row = self._fields[self._place]
        self._shows = True
        with self.prevent(Input.Changed):
            for field, text in ((self._name_input, row.name), (self._value_input, row.value)):
                if field.value != text:
                    field.value = text
                field.cursor_position = len(text)
        self._show_around()

    def _show_around(self) -> None:
        row = self._fields[self._place]
        self._above.show(self._fields[: self._place])
        self._below.show(self._fields[self._place + 1 :])
        self._mark.is_on = row.on
        self._row.set_class(not row.on, "-off")
        self._hide_secret()
        self.call_after_refresh(self._in_view)

    def _in_view(self) -> None:
        self.scroll_to_widget(self._row, animate=False, immediate=True)

    def _hide_secret(self) -> None:
        """Draw stars for a secret that is not being written."""
        row = self._fields[self._place]
        secret = self._shown(row) != row.value
        self._value_input.password = secret and not self._value_input.has_focus

    # writing

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._keep()

    @property
    def _written(self) -> Field:
        """The row as it stands in the inputs."""
        row = self._fields[self._place]
        if not self._shows:
            return row
        return replace(row, name=self._name_input.value, value=self._value_input.value)

    def _keep(self) -> None:
        """Take what stands in the inputs into the row."""
        written = self._written
        if written == self._fields[self._place]:
            return
        self._fields[self._place] = written
        if self._place == len(self._fields) - 1:
            self._fields.append(EMPTY)
            self._show_around()
        self._hide_secret()
        self._changed()

    def _changed(self) -> None:
        self.post_message(self.Changed(self))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_onward()

    def on_descendant_focus(self) -> None:
        self._hide_secret()

    def on_descendant_blur(self) -> None:
        self._hide_secret()

    @on(RowInput.Pasted)
    def _pasted(self, message: RowInput.Pasted) -> None:
        """Take pasted pairs: the first into the row, the others into rows of their own."""
        message.stop()
        first, *others = (Field(name, value) for name, value in message.pairs)
        self._keep()
        row = self._fields[self._place]
        self._fields[self._place] = replace(first, on=row.on)
        self._fields[self._place + 1 : self._place + 1] = others
        self._place += len(others)
        if self._place == len(self._fields) - 1:
            self._fields.append(EMPTY)
        self._show()
        self._value_input.focus()
        self._changed()

    # moving

    def _go(self, place: int) -> None:
        """Write in another row; one that was emptied is gone once it is left."""
        self._keep()
        place = max(0, min(place, len(self._fields) - 1))
        if place == self._place:
            return
        left = self._fields[self._place]
        if not (left.name or left.value) and self._place < len(self._fields) - 1:
            del self._fields[self._place]
            place -= place > self._place
        self._place = place
        self._show()

    def action_go(self, by: int) -> None:
        self._go(self._place + by)

    def action_page(self, by: int) -> None:
        self._go(self._place + by * max(self.size.height - 1, 1))

    def action_onward(self) -> None:
        """To the value, then to the next row's name, then out."""
        if self._name_input.has_focus:
            self._value_input.focus()
        elif self._place == len(self._fields) - 1:
            self.screen.focus_next()
        else:
            self._go(self._place + 1)
            self._name_input.focus()

    def action_back(self) -> None:
        """To the name, then to the value of the row before, then out."""
        if self._value_input.has_focus:
            self._name_input.focus()
        elif self._place == 0:
            self.screen.focus_previous()
        else:
            self._go(self._place - 1)
            self._value_input.focus()

    @on(FieldLines.Clicked)
    def _clicked(self, message: FieldLines.Clicked) -> None:
        message.stop()
        first = self._place + 1 if message.lines is self._below else 0
        clicked = self._fields[first + message.row]
        self._go(first + message.row)
        if message.column < MARK and self._fields[self._place] is clicked:
            self.action_switch()
        on_value = message.column >= MARK + self._name_width()
        (self._value_input if on_value else self._name_input).focus()

    # rows on and off, removed and put back

    @on(RowMark.Clicked)
    def _mark_clicked(self, message: RowMark.Clicked) -> None:
        message.stop()
        self.action_switch()

    def action_switch(self) -> None:
        row = self._fields[self._place]
        self._fields[self._place] = replace(row, on=not row.on)
        self._show_around()
        self._changed()

    def action_remove(self) -> None:
        self._keep()
        row = self._fields[self._place]
        if not (row.name or row.value):
            return
        self._removed.append((self._place, row))
        del self._fields[self._place]
        self._show()
        self._changed()

    def action_restore(self) -> None:
        """Put back the row that was removed last."""
        if not self._removed:
            return
        self._keep()
        place, row = self._removed.pop()
        self._place = min(place, len(self._fields) - 1)
        self._fields.insert(self._place, row)
        self._show()
        self._changed()
