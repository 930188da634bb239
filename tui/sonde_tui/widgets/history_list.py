"""The list of entries, newest first; its keys act on the row under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from sonde_core.entry import Summary
from sonde_core.model import Outcome
from sonde_core.safetext import line
from sonde_core.secrets import mask_url
from sonde_core.words import duration, size

from .line_source import LineSource, Part
from .line_view import LineView

_SIGNS: Final = {
    Outcome.DONE: " ",
    Outcome.FAILED: "✗",
    Outcome.CANCELLED: "○",
    Outcome.TIMED_OUT: "⧖",
    Outcome.CUT: "✂",
}


class EntryRows(LineSource):
    """Summaries as rows: when, what, how it went, how long, how much."""

    def __init__(self, summaries: Sequence[Summary], *, marked: str, reveal: bool) -> None:
        self._summaries = summaries
        self._marked = marked
        self._reveal = reveal
        self._today = datetime.now().astimezone().date()

    @property
    def count(self) -> int:
        return len(self._summaries)

    def line(self, row: int) -> list[Part]:
        summary = self._summaries[row]
        sign = "*" if summary.id == self._marked else _SIGNS[summary.outcome]
        flags = ("▲" if summary.pinned else " ") + ("" if summary.saved else "not saved ")
        name = f"{summary.name} · " if summary.name else ""
        target = summary.target if self._reveal else mask_url(summary.target)
        return [
            (line(f"{sign}{flags}"), "$text-warning"),
            (line(f"{self._time(summary)} "), "time"),
            (line(f"{_method(summary):<7} "), "$text-primary"),
            (line(f"{_status(summary):<9} "), _status_style(summary)),
            (line(name), "bold $foreground"),
            (line(target), ""),
            (line(f"  {duration(summary.seconds)} · {size(summary.size)}"), "muted"),
        ]

    def _time(self, summary: Summary) -> str:
        local = summary.time.astimezone()
        today = local.date() == self._today
        return local.strftime("%H:%M:%S" if today else "%b %d %H:%M").rjust(8)


def _method(summary: Summary) -> str:
    if not summary.readable:
        return "newer"
    if summary.kind == "http":
        return summary.method
    return f"{summary.kind}<" if summary.role == "server" else summary.kind


def _status(summary: Summary) -> str:
    return str(summary.status) if summary.status else summary.outcome.value


def _status_style(summary: Summary) -> str:
    if summary.outcome is not Outcome.DONE or summary.status >= 500:
        return "$text-error"
    return "$text-warning" if summary.status >= 400 else "$text-success"


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
        Binding("delete,x", "ask('delete')", "Delete", id="row.delete", key_display="del"),
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
        self._current_id = ""

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
        self._source = EntryRows(summaries, marked=marked, reveal=reveal)
        wanted = self._row_of_current(row + grown) if row or self.has_focus else 0
        if summaries:
            self.redraw()
        else:
            self.show(self._source)
        if top:  # what is seen stays where it is; at the very top, what is new comes into view
            self.scroll_to(y=max(top + wanted - row, 0), animate=False, force=True)
        self.go_to(wanted)
        self._tell_moved()

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
