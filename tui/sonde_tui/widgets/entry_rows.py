"""Entries as rows of a list: each fits into the width that there is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len

from sonde_core.history.entry import Summary
from sonde_core.model import Outcome
from sonde_core.safetext import SafeText, line
from sonde_core.secrets import mask_url
from sonde_core.words import duration, short_kind, size

from .rows.line_source import LineSource, Part

_SIGNS: Final = {
    Outcome.DONE: " ",
    Outcome.FAILED: "✗",
    Outcome.CANCELLED: "○",
    Outcome.TIMED_OUT: "⧖",
    Outcome.CUT: "✂",
}
# A target is shortened down to so many cells; below that the row runs out of the view.
_SHORTEST: Final = 10


class EntryRows(LineSource):
    """Summaries as rows: when, what, how it went; at the right end how long and how much.

    Attributes:
        width: Cells that a row is to fill; 0 for as many as it takes.
    """

    def __init__(
        self,
        summaries: Sequence[Summary],
        *,
        marked: str = "",
        reveal: bool = False,
        width: int = 0,
    ) -> None:
        self.width = width
        self._summaries = summaries
        self._marked = marked
        self._reveal = reveal
        self._today = datetime.now().astimezone().date()

    def fitting(self, width: int) -> EntryRows:
        """Return the same rows for another width."""
        return EntryRows(self._summaries, marked=self._marked, reveal=self._reveal, width=width)

    @property
    def count(self) -> int:
        return len(self._summaries)

    def line(self, row: int) -> list[Part]:
        summary = self._summaries[row]
        sign = "*" if summary.id == self._marked else _SIGNS[summary.outcome]
        flags = ("▲" if summary.pinned else " ") + ("" if summary.saved else "not saved ")
        name = f"{summary.name} · " if summary.name else ""
        start: list[Part] = [
            (line(f"{sign}{flags}"), "$text-warning"),
            (line(f"{self._time(summary)} "), "time"),
            (line(f"{_method(summary):<7} "), "$text-primary"),
            (line(f"{_status(summary):<9} "), _status_style(summary)),
        ]
        end = line(f"  {duration(summary.seconds)} · {size(summary.size)}")
        room = self.width - cell_len(end) - sum(cell_len(text) for text, _ in start)
        return [*start, *self._middle(summary, line(name), room), (end, "muted")]

    def _middle(self, summary: Summary, name: SafeText, room: int) -> list[Part]:
        """Return name and target, filled up or shortened to the room that there is."""
        url = line(summary.target if self._reveal else mask_url(summary.target))
        if self.width:
            # A name is the person's own word for it: the target gives way first, then the name.
            name = _shortened(name, max(room - _SHORTEST, _SHORTEST))
            url = _fitted(url, max(room - cell_len(name), _SHORTEST))
        return [(name, "bold $foreground"), (url, "")]

    def _time(self, summary: Summary) -> str:
        local = summary.time.astimezone()
        today = local.date() == self._today
        return local.strftime("%H:%M:%S" if today else "%b %d %H:%M").rjust(8)


def _fitted(url: SafeText, room: int) -> SafeText:
    """Fill up to the room, or leave out the scheme, then the middle: both ends tell rows apart."""
    if cell_len(url) > room:
        url = line(url.partition("://")[2] or url)
    short = _shortened(url, room)
    return line(short + " " * (room - cell_len(short)))


def _shortened(text: SafeText, room: int) -> SafeText:
    """Leave out the middle of what is longer than the room, and more of its start than its end."""
    if cell_len(text) <= room:
        return text
    head = room // 3
    return line(f"{_first(text, head)}…{_first(text[::-1], room - head - 1)[::-1]}")


def _first(text: str, room: int) -> str:
    """Return as many characters as fit into so many cells."""
    text = text[:room]
    while cell_len(text) > room:
        text = text[:-1]
    return text


def _method(summary: Summary) -> str:
    if not summary.readable:
        return "newer"
    kind = summary.method if summary.kind == "http" else short_kind(summary.kind)
    return f"{kind}<" if summary.role == "server" else kind


def _status(summary: Summary) -> str:
    """Say status and outcome: an answer that is not whole has both."""
    if not summary.status:
        return summary.outcome.value
    done = summary.outcome is Outcome.DONE
    return str(summary.status) if done else f"{summary.status} {summary.outcome}"


def _status_style(summary: Summary) -> str:
    if summary.outcome is not Outcome.DONE or summary.status >= 500:
        return "$text-error"
    return "$text-warning" if summary.status >= 400 else "$text-success"
