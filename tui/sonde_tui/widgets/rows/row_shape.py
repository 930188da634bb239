"""Rows that are wrapped at the edge of the view, and nodes that are folded away."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from textual import events, on, work

from sonde_core.errors import BodyError

from .line_source import LineSource
from .row_canvas import PAUSE, SLICE
from .row_selection import RowSelection

if TYPE_CHECKING:  # what folds is not needed for the first screen
    from sonde_core.text.nodes import Steps

    from ..body.text_rows import Turned

_TOLD: Final = 0.2  # seconds after which it is told that something takes its time


class Place(NamedTuple):
    """What is looked at, in terms that stay while rows are cut otherwise.

    Attributes:
        offset: Of the row that is looked at.
        line: In which line of the view that row stands.
        selected: Where the selection begins and ends; empty for none.
        by_keys: Whether moving changes it.
        at_end: Whether the end is followed.
    """

    offset: int
    line: int
    selected: tuple[int, ...] = ()
    by_keys: bool = False
    at_end: bool = False


class RowShape(RowSelection):
    """Rows that may be cut otherwise; what is looked at and what is selected stay."""

    _doing = ""  # what takes its time
    _folding: asyncio.Lock | None = None

    def bar_text(self) -> str:
        return " · ".join(filter(None, (self._doing, super().bar_text())))

    def _tell(self, doing: str) -> None:
        if doing != self._doing:
            self._doing = doing
            self.refresh_bar()

    # places

    def _place(self) -> Place:
        """Return what is looked at: the row under the cursor where that is seen, or the top one."""
        row = self.cursor_row
        if not self.show_cursor or not self.top <= row < self.top + self.rows_seen:
            row = self.top
        source = self._source
        try:
            offset, selected = source.offset(row), self._selected(source)
        except (BodyError, IndexError):
            offset, selected = 0, ()
        at_end = self.follow and self.is_at_end
        return Place(offset, row - self.top, selected, self.selecting, at_end)

    def _selected(self, source: LineSource) -> tuple[int, ...]:
        ends = self.ends
        if ends is None:
            return ()
        if self._anchor is not None:
            ends = (self._anchor.y, self._anchor.x), (self.cursor_row, self._column)
        return tuple(source.byte_at(*end) for end in ends)

    def _show_at(self, place: Place) -> None:
        """Show the rows as they are cut now, at a place."""
        source = self._source
        self._anchor = None
        self.recount()
        try:
            row = source.row_at(place.offset)
            rows = [source.row_at(offset) for offset in place.selected]
            ends = [
                (row, source.column_of(row, offset))
                for row, offset in zip(rows, place.selected, strict=True)
            ]
        except BodyError:
            row, ends = 0, []
        self.go_to(row)
        self.scroll_to(0, max(row - place.line, 0), animate=False, force=True)
        if len(ends) > 1:
            self.select(ends[0], ends[1], by_keys=place.by_keys)
        if place.at_end:
            self.follow_end()

    # wrapping

    def action_wrap(self) -> None:
        """End rows at the edge of the view, or no more; the choice stays for what comes next."""
        self.wrapped = not self.wrapped
        self._wrap()

    @on(events.Resize)
    def _fit_width(self) -> None:
        if self.wrapped:
            self._wrap()

    def _wrap(self) -> None:
        if self._source.wraps and not self._wrap_some():
            self._wrap_later(self._source)

    def _wrap_some(self) -> bool:
        """Cut the rows otherwise; False when it takes longer to come as far as the place."""
        source, place = self._source, self._place()
        if source.wrapped_at == self.row_width:
            return True
        if not source.wrap(self.row_width, at=place.offset, seconds=SLICE):
            return False
        self._show_at(place)
        return True

    @work(group="wrap", exclusive=True)
    async def _wrap_later(self, source: LineSource) -> None:
        self._tell("wrapping…")
        try:
            done = False
            while source is self._source and not done:
                await asyncio.sleep(PAUSE)
                done = self._wrap_some()
        finally:
            self._tell("")

    # folding

    def action_fold(self) -> None:
        """Fold the node under the cursor, or the one around it, or unfold it."""
        self._turn(self._source, siblings=False)

    def action_fold_all(self) -> None:
        """Fold or unfold also the nodes beside it."""
        self._turn(self._source, siblings=True)

    def unfold(self, offset: int) -> bool:
        """Unfold what hides a byte; False where it is shown already."""
        try:
            unfolded = self._source.reveal(offset)
        except BodyError:
            return False
        if unfolded:
            self.recount()
        return unfolded

    @work(group="fold")
    async def _turn(self, source: LineSource, *, siblings: bool) -> None:
        from ..body.text_rows import TextRows

        if self._folding is None:
            self._folding = asyncio.Lock()
        async with self._folding:  # one after the other, as the keys came
            if not isinstance(source, TextRows) or source is not self._source:
                return
            row = self.cursor_row if self.show_cursor else self.top
            try:
                turned = await self._drive(source.turn(row, siblings=siblings))
                if turned is not None and source is self._source:
                    place = self._place_of(source.row_at(turned.place), turned.place)
                    source.fold(turned)
                    self._show_at(place)
            except BodyError as error:
                self.app.notify(error.message, severity="warning", markup=False)
            finally:
                self._tell("")

    def _place_of(self, row: int, offset: int) -> Place:
        """Return a place on the row of a node: in its line of the view, or in the first one."""
        line = row - self.top
        seen = 0 <= line < self.rows_seen
        return self._place()._replace(offset=offset, line=line if seen else 0, at_end=False)

    async def _drive(self, steps: Steps[Turned | None]) -> Turned | None:
        """Go through steps, a slice at a time."""
        begun = time.monotonic()
        while True:
            until = time.monotonic() + SLICE
            while time.monotonic() < until:
                try:
                    next(steps)
                except StopIteration as over:
                    found: Turned | None = over.value
                    return found
            if time.monotonic() - begun > _TOLD:
                self._tell("folding…")
            await asyncio.sleep(PAUSE)
