"""The list of entries, newest first; its keys act on the row under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message

from sonde_core.history.entry import Summary

from .entry_rows import EntryRows
from .rows.line_view import LineView


class HistoryList(LineView):
    """Rows of entries with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask('open')", "Open", id="row.open"),
        Binding("e", "ask('edit')", "Edit", id="row.edit"),
        Binding("r", "ask('replay')", "Replay", id="row.replay"),
        Binding("d", "ask('compare')", "Compare", id="row.compare"),
        Binding("space", "ask('mark')", "Mark", id="row.mark"),
        Binding("p", "ask('pin')", "Pin", id="row.pin"),
        Binding("m", "ask('name')", "Name", id="row.name"),
        Binding("delete,D", "ask('delete')", "Delete", id="row.delete"),
        Binding("u", "ask('undo')", "Undo", id="row.undo"),
    ]

    @dataclass
    class Moved(Message):
        """Another entry is under the cursor; None when there is none."""

        summary: Summary | None

    @dataclass
    class Asked(Message):
        """A key asks something of an entry; None only for `undo`, which needs none."""

        what: str
        summary: Summary | None

    def __init__(self) -> None:
        super().__init__(cursor=True)
        self._summaries: Sequence[Summary] = ()
        self._look_of_rows = EntryRows(())
        self._current_id = ""
        self._sought_id = ""  # the cursor is to go there once it is listed

    @property
    def current(self) -> Summary | None:
        """The entry under the cursor."""
        if 0 <= self.cursor_row < len(self._summaries):
            return self._summaries[self.cursor_row]
        return None

    def show_entries(
        self, summaries: Sequence[Summary], *, marked: str = "", reveal: bool = False
    ) -> None:
        """List entries; the cursor stays on its entry.

        While nobody is at the list, a cursor on the newest entry stays on the newest.
        """
        row, top = self.cursor_row, self.top
        grown = len(summaries) - len(self._summaries)
        self._summaries = summaries
        self._source = self._look_of_rows = EntryRows(
            summaries, marked=marked, reveal=reveal, width=self._room
        )
        wanted = self._row_of_current(row + grown) if row or self.has_focus else 0
        if summaries:
            self.redraw()
        else:
            self.show(self._source)
        if top:  # what is seen stays where it is; at the very top, what is new comes into view
            self.scroll_to(y=max(top + wanted - row, 0), animate=False, force=True)
        self.go_to(wanted)
        self._seek()
        self._tell_moved()

    def go_to_entry(self, entry_id: str) -> None:
        """Put the cursor on an entry, now or once it is listed."""
        self._sought_id = entry_id
        self._seek()
        self._tell_moved()

    def _seek(self) -> None:
        rows = enumerate(self._summaries) if self._sought_id else ()
        found = next((row for row, each in rows if each.id == self._sought_id), None)
        if found is not None:
            self._sought_id = ""
            self.go_to(found)

    @property
    def _room(self) -> int:
        return self.outer_size.width - 1  # with the scroll bar, which comes and goes

    def on_resize(self, _: events.Resize) -> None:
        if self._room != self._look_of_rows.width:
            self._source = self._look_of_rows = self._look_of_rows.fitting(self._room)
            self.redraw()

    def _row_of_current(self, likely: int) -> int:
        """Return where the current entry stands now; where it stood when it is gone."""
        rows = self._summaries
        if 0 <= likely < len(rows) and rows[likely].id == self._current_id:
            return likely
        found = (row for row, summary in enumerate(rows) if summary.id == self._current_id)
        return next(found, max(min(self.cursor_row, len(rows) - 1), 0))

    @on(LineView.CursorMoved)
    def _cursor_moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self._tell_moved()

    def _tell_moved(self) -> None:
        current = self.current
        if (current.id if current else "") != self._current_id:
            self._current_id = current.id if current else ""
            self.post_message(self.Moved(current))

    @on(LineView.RowChosen)
    def _row_chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        self.action_ask("open")

    def action_ask(self, what: str) -> None:
        if what == "undo" or self.current is not None:
            self.post_message(self.Asked(what, self.current))
