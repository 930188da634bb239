"""What was said: every chunk and event in order, with direction, time and size, as text or hex."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType

from sonde_core.model import Chunk, Moment

from ..rows.line_source import LineSource, Selected
from ..rows.line_view import LineView
from ..rows.row_canvas import NARROWEST, PAUSE, SLICE
from .transcript_rows import GUTTER, TranscriptRows

# Bytes of a row of hex, and the cells that so many take beside the gutter.
_WIDE, _NARROW = 16, 8
_SIGNS: Final = 2
_WIDE_CELLS: Final = 8 + _WIDE * 3 + 2 + _WIDE


class Transcript(LineView):
    """Rows of a recording that may still grow; follows its end unless one has scrolled up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "hex", "Text/hex", id="view.hex"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        self.rows = TranscriptRows(())
        self.hex = False
        self._counted = False  # whether the rows that come are new
        super().__init__(self.rows, cursor=True, follow=True, id=id)

    def show(
        self, source: LineSource | Sequence[Moment], *, row: int = 0, at_end: bool = False
    ) -> None:
        """Show another recording, from a row on, or at its end."""
        if isinstance(source, LineSource):
            raise TypeError("a transcript makes its rows from a recording")
        self.workers.cancel_group(self, "turn")
        self._take(TranscriptRows(source, width=self._width, cells=self._cells))
        super().show(self.rows, row=row)
        if at_end:
            self.action_last_row()

    def _take(self, rows: TranscriptRows) -> None:
        """Show these rows, and have them counted the other way too: so one turns to it at once."""
        if rows is not self.rows and rows is not self.rows.beside:
            self.rows.beside = None  # they hold each other, and a file perhaps
        if rows.beside is None:
            rows.beside = self._beside(rows)
            rows.beside.beside = rows
        rows.index.moved = None
        self.rows, self._counted = rows, rows.counted

    def _beside(self, rows: TranscriptRows) -> TranscriptRows:
        if rows.width:
            return TranscriptRows(rows.timeline, cells=self._text_cells)
        return TranscriptRows(rows.timeline, width=self._hex_width)

    def moment_at_cursor(self) -> Moment | None:
        """Return the chunk or event under the cursor."""
        if not 0 <= self.cursor_row < self.rows.count:
            return None
        return self.rows.moment_of(self.cursor_row)

    def at_hand(self) -> tuple[Selected, str] | None:
        """Return what `y` copies, and its name: the selection, else the chunk under the cursor."""
        ends, selected = self.ends, self.selected_bytes()
        if ends is not None and ends[0] != ends[1] and selected is not None:
            return selected, "selection"
        moment = self.moment_at_cursor()
        if moment is None:
            return None
        if isinstance(moment, Chunk):
            return moment.data, "chunk"
        return moment.text.encode("utf-8", "surrogateescape"), "event"

    def on_resize(self) -> None:
        if (self._width, self._cells) != (self.rows.width, self.rows.cells):
            self._show_as()
        elif not self.hex and self.rows.beside and self.rows.beside.width != self._hex_width:
            self.rows.beside = None
            self._take(self.rows)
            self.refresh_lines()

    def action_hex(self) -> None:
        """Show the same chunk the other way."""
        self.hex = not self.hex
        self._show_as()

    def _wrap(self) -> None:
        """Cut the rows of text as they are wanted now, also those beside hex."""
        if self.rows.beside is not None and not self.rows.beside.width:
            self.rows.beside = None  # it is wrapped otherwise
            self._take(self.rows)
        self._show_as()

    @property
    def _width(self) -> int:
        return self._hex_width if self.hex else 0

    @property
    def _cells(self) -> int:
        return 0 if self.hex else self._text_cells

    @property
    def _text_cells(self) -> int:
        """Cells of a wrapped row: without times, and with room for the signs of a line's end."""
        return max(self.row_width - GUTTER - _SIGNS, NARROWEST) if self.row_width else 0

    @property
    def _hex_width(self) -> int:
        room = self.outer_size.width - 1 - GUTTER  # with the scroll bar, so that none makes more
        return _WIDE if room >= _WIDE_CELLS else _NARROW

    def _show_as(self) -> None:
        """Cut the same recording into other rows; the cursor stays on its byte."""
        self.workers.cancel_group(self, "turn")
        rows, wanted = self.rows.beside, (self._width, self._cells)
        if (self.rows.width, self.rows.cells) == wanted:
            return
        if rows is None or (rows.width, rows.cells) != wanted:
            rows = TranscriptRows(self.rows.timeline, width=wanted[0], cells=wanted[1])
        place = self.rows.byte_of(self.cursor_row) if self.rows.count else (0, 0)
        at_end = self.cursor_row >= self.rows.count - 1
        if not self._turn_to(rows, place, at_end=at_end):
            self._turn_later(rows, place, at_end=at_end)

    @work(group="turn", exclusive=True)
    async def _turn_later(
        self, rows: TranscriptRows, place: tuple[int, int], *, at_end: bool
    ) -> None:
        """Show other rows once those before the cursor's are counted."""
        done = False
        while not done:
            await asyncio.sleep(PAUSE)
            done = self._turn_to(rows, place, at_end=at_end)

    def _turn_to(self, rows: TranscriptRows, place: tuple[int, int], *, at_end: bool) -> bool:
        if not rows.index.build(SLICE) and (at_end or rows.index.counted <= place[0]):
            return False
        self._take(rows)
        super().show(rows)
        if at_end:
            self.action_last_row()
        else:
            self.go_to(rows.row_of(*place))
        return True

    def _take_in(self) -> None:
        """Learn of new rows, and of rows that went because the recording dropped its middle."""
        moved, self.rows.index.moved = self.rows.index.moved, None
        if moved is not None:
            self._move_up(moved)
        counted, self._counted = self._counted, self.rows.counted
        super()._take_in()
        if not counted:
            self._left = None

    def _move_up(self, rows: int) -> None:
        """Stay on the same chunk while rows before it disappear."""
        gap = self.rows.index.gap_row or 0
        self._forget()
        if gap < self.top < self.max_scroll_y:
            self.scroll_to(y=max(gap, self.top - rows), animate=False, force=True)
        if gap < self.cursor_row < self._count - 1:
            self.cursor_row = max(gap, self.cursor_row - rows)
        self.rows_changed(gap)
        self.refresh()
