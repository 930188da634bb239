"""Rows of a recording that grows, in the forms and pieces in which it is wanted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from textual import work

from sonde_core.model import Chunk, Direction, Moment

from ..rows.line_source import LineSource
from ..rows.line_view import LineView
from ..rows.row_canvas import NARROWEST, PAUSE, SLICE
from .about import About
from .arranging import arranged, veiled
from .transcript_heads import gutter_of
from .transcript_hex import text_at
from .transcript_rows import TranscriptRows
from .transcript_times import Times

if TYPE_CHECKING:
    from sonde_core.lenses.contained import Contained
    from sonde_core.recording.units import Units

_FORMS: Final = ("text", "hex", "both")
_WIDTHS: Final = (16, 8, 4)  # bytes of a row of hex
_SIGNS: Final = 2
_TOLD: Final = 0.2  # seconds after which it is told that something takes its time
_WAITS: Final = 1.0  # seconds
_MANY: Final = 1000  # rows that are drawn anew one by one
_NOTHING: Final = About()


class Looked(NamedTuple):
    """What is looked at: a byte of a moment of the recording, or its end."""

    number: int
    offset: int
    direction: Direction | None
    at_end: bool


class TranscriptView(LineView):
    """Rows of a recording that may still grow; follows its end unless one has scrolled up.

    Attributes:
        form: `text`, `hex`, or `both` beside each other.
        joined: Whether what one side said in one go is one piece.
        lens: What cuts it into messages; None for none.
        times: How times are told.
        about: What the conversation is.
    """

    def __init__(self, *, id: str | None = None) -> None:
        self.form = "text"
        self.joined = False
        self.lens: Contained | None = None
        self.times = Times()
        self.about = _NOTHING
        self.timeline: Sequence[Moment] = ()
        self._arranged: tuple[Sequence[Moment], Units | None] = ((), None)
        self.rows = TranscriptRows((), times=self.times)
        self._counted = False  # whether the rows that come are new
        super().__init__(self.rows, cursor=True, follow=True, id=id)

    def show(
        self,
        source: LineSource | Sequence[Moment],
        *,
        row: int = 0,
        at_end: bool = False,
        about: About = _NOTHING,
    ) -> None:
        """Show another recording, from a row on, or at its end."""
        if isinstance(source, LineSource):
            raise TypeError("a transcript makes its rows from a recording")
        self.workers.cancel_group(self, "turn")
        self.timeline = source
        if about != self.about:
            self.about = about
            self.times.show(about.started)
            self.begun()
        self._arrange()
        self._take(self._make(self.form))
        super().show(self.rows, row=row)
        if at_end:
            self.action_last_row()

    def _arrange(self) -> None:
        self._arranged = arranged(self.timeline, self.about, joined=self.joined, lens=self.lens)

    def begun(self) -> None:
        """Hear that it is another conversation from now on."""

    # rows

    def _make(self, form: str) -> TranscriptRows:
        """Make the rows of what is shown, in a form."""
        timeline, units = self._arranged
        _, width, cells = self._shape(form)
        if self.lens is None or units is None or form == "hex":
            return TranscriptRows(
                timeline,
                width=width,
                cells=cells,
                both=form == "both",
                times=self.times,
                tag=self._tag,
                units=units,
            )
        from .lens_rows import LensRows

        return LensRows(
            timeline,
            units,
            self.lens,
            datagrams=self.about.is_message,
            width=width,
            times=self.times,
            tag=self._tag,
        )

    def _take(self, rows: TranscriptRows) -> None:
        """Show these rows, and have them counted in the next form too: one turns to it at once."""
        before = [self.rows, self.rows.beside]
        form = _after(rows.shape[0])
        fitting = [
            each
            for each in before
            if each is not None and each is not rows and self._fits(each, form)
        ]
        for each in before:
            if each is not None:
                each.beside = None
        rows.beside = fitting[0] if fitting else self._make(form)
        rows.index.moved = rows.changed = None
        self.rows, self._counted = rows, rows.counted

    def _fits(self, rows: TranscriptRows, form: str) -> bool:
        return rows.shape == self._shape(form) and rows.timeline is self._arranged[0]

    def _shape(self, form: str) -> tuple[str, int, int]:
        if form != "text":
            return form, self._hex_width, 0
        return form, 0, self._text_cells if self.lens is None else 0

    @property
    def _tag(self) -> str | None:
        if not self.about.is_message:
            return None
        return "dgm" if self.about.is_datagram else ""

    @property
    def _text_cells(self) -> int:
        """Cells of a wrapped row: without times, and with room for the signs of a line's end."""
        return max(self.row_width - self._gutter - _SIGNS, NARROWEST) if self.row_width else 0

    @property
    def _gutter(self) -> int:
        return gutter_of(self.times, self._tag)

    @property
    def _hex_width(self) -> int:
        room = self.outer_size.width - 1 - self._gutter  # with the scroll bar: none makes more
        fitting = (width for width in _WIDTHS if text_at(width) + width <= room)
        return next(fitting, _WIDTHS[-1])

    def moment_at_cursor(self) -> Moment | None:
        """Return the chunk, message or event under the cursor."""
        if not 0 <= self.cursor_row < self.rows.count:
            return None
        return self.rows.moment_of(self.cursor_row)

    # showing otherwise

    def show_next_form(self) -> None:
        """Show the same as text, as hex, or as both beside each other: what comes next."""
        self.form = _after(self.form)
        self._show_as()

    def show_times(self) -> None:
        """Draw with the times as they are told now."""
        for rows in (self.rows, self.rows.beside):
            if rows is not None:
                rows.gutter = self._gutter
        if self._fits(self.rows, self.form):
            self.redraw()
        else:
            self._show_as()

    def on_resize(self) -> None:
        if not self._fits(self.rows, self.form):
            self._show_as()
        elif self.rows.beside and not self._fits(self.rows.beside, _after(self.form)):
            self._take(self.rows)
            self.refresh_lines()

    def _wrap(self) -> None:
        """Cut the rows of text as they are wanted now, also those beside."""
        if self._fits(self.rows, self.form):
            self._take(self.rows)
        self._show_as()

    def reveal_changed(self, *, reveal: bool) -> None:
        """Show secrets, or stars over them."""
        self.timeline = veiled(self.timeline, self.about, reveal=reveal)
        self.rearrange()

    def rearrange(self) -> None:
        """Show the same recording in other pieces."""
        self.workers.cancel_group(self, "turn")
        looked = self.looked()
        self._arrange()
        self._turn_over(self._make(self.form), looked)

    def _show_as(self) -> None:
        """Cut the same pieces into other rows; the cursor stays on its byte."""
        self.workers.cancel_group(self, "turn")
        if self._fits(self.rows, self.form):
            return
        rows = self.rows.beside
        if rows is None or not self._fits(rows, self.form):
            rows = self._make(self.form)
        self._turn_over(rows, self.looked())

    def looked(self) -> Looked:
        """Return what is looked at, in terms of the recording."""
        rows = self.rows
        at_end = self.cursor_row >= rows.count - 1
        if not rows.count:
            return Looked(0, 0, None, at_end)
        number, offset = rows.byte_of(self.cursor_row)
        moment = rows.moment(number)
        if rows.units is not None:
            number, offset = rows.units.place_in(number, offset)
        direction = moment.direction if isinstance(moment, Chunk) else None
        return Looked(number, offset, direction, at_end)

    def _turn_over(self, rows: TranscriptRows, looked: Looked) -> None:
        if not self._turn_to(rows, looked):
            self._turn_later(rows, looked)

    @work(group="turn", exclusive=True)
    async def _turn_later(self, rows: TranscriptRows, looked: Looked) -> None:
        """Show other rows once those before the cursor's are counted.

        The end of a recording that grows as fast as it is counted is not waited for.
        """
        done, begun = False, time.monotonic()
        try:
            while not done:
                await asyncio.sleep(PAUSE)
                passed = time.monotonic() - begun
                done = self._turn_to(rows, looked, waits=passed < _WAITS)
                if passed > _TOLD:
                    self._tell("going through what was said…")
        finally:
            self._tell("")

    def _turn_to(self, rows: TranscriptRows, looked: Looked, *, waits: bool = True) -> bool:
        number, offset = looked.number, looked.offset
        done = rows.count_some(SLICE)
        if looked.at_end:
            if not done and waits:
                return False
        elif not done and rows.units is not None and not rows.units.knows(number):
            return False
        elif rows.units is not None:
            number, offset = rows.units.place_of(number, offset, looked.direction)
        if not done and not looked.at_end and rows.index.counted <= number:
            return False
        self._take(rows)
        super().show(rows)
        if looked.at_end:
            self.action_last_row()
        else:
            self.go_to(rows.row_of(number, offset))
        return True

    def _take_in(self) -> None:
        """Learn of new rows, and of rows that went because the recording dropped its middle."""
        rows = self.rows
        (moved, rows.index.moved), (changed, rows.changed) = (
            (rows.index.moved, None),
            (rows.changed, None),
        )
        if moved is not None:
            self._move_up(moved)
        counted, self._counted = self._counted, rows.counted
        super()._take_in()
        if not counted:
            self._left = None
        if changed is not None:
            self._draw_anew(changed)

    def _draw_anew(self, row: int) -> None:
        """Draw what has gone on."""
        rows = self._count - row
        if rows > _MANY:
            self._forget()
            self.refresh()
        elif rows > 0:
            self.refresh_lines(row, rows)
        self.rows_changed(max(row, 0))

    def _move_up(self, rows: int) -> None:
        """Stay on the same chunk while rows before it disappear."""
        gap = self.rows.index.gap_row or 0
        self._forget()
        if self._left is not None and self._left > gap:
            self._left = max(gap, self._left - rows)
        if gap < self.top < self.max_scroll_y:
            self.scroll_to(y=max(gap, self.top - rows), animate=False, force=True)
        if gap < self.cursor_row < self._count - 1:
            self.cursor_row = max(gap, self.cursor_row - rows)
        if self._left is not None:  # what went is no sign that they begin anew
            self._count = min(self._count, max(self._count - rows, self._left))
        self.rows_changed(gap)
        self.refresh()


def _after(form: str) -> str:
    return _FORMS[(_FORMS.index(form) + 1) % len(_FORMS)]
