"""Entries that are performed again as rows: how it went, what was asked, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from sonde_core.replaying.repetition import Lap
from sonde_core.replaying.report import status_of
from sonde_core.replaying.rerun import Rerun
from sonde_core.replaying.verdict import Verdict
from sonde_core.safetext import SafeText, line
from sonde_core.secrets import mask_url
from sonde_core.words import duration, short_kind

from .rows.line_source import LineSource, Part

STYLES: Final = {
    Verdict.SAME: "$text-success",
    Verdict.CHANGED: "$text-warning",
    Verdict.FAILED: "$text-error",
    Verdict.STOPPED: "$text-accent",
}
_SHORTEST: Final = 16  # cells of a target
_WIDE: Final = 100


class Table(LineSource):
    """Rows that are also written down."""

    def all_text(self) -> list[SafeText]:
        """Return the text of all rows; of many that takes a while."""
        return [line(self.text(row).rstrip()) for row in range(self.count)]


class RerunRows(Table):
    """The entries of a test, in their order, or those of them that are listed.

    Attributes:
        numbers: Places of those that are listed; None for all of them.
        width: Cells that a row is to fill.
        secrets: Whether those in targets are shown.
    """

    def __init__(
        self,
        rerun: Rerun,
        numbers: Sequence[int] | None = None,
        *,
        width: int = 80,
        reveal: bool = False,
    ) -> None:
        self.numbers = numbers
        self.width = width
        self._rerun = rerun
        self.secrets = reveal

    @property
    def count(self) -> int:
        return len(self._rerun.entries if self.numbers is None else self.numbers)

    def number(self, row: int) -> int:
        """Return which of the entries stands in a row."""
        return row if self.numbers is None else self.numbers[row]

    def row_of(self, number: int) -> int:
        """Return the row of an entry; the first one where it is not listed."""
        if self.numbers is None:
            return max(number, 0)
        return self.numbers.index(number) if number in self.numbers else 0

    def line(self, row: int) -> list[Part]:
        number = self.number(row)
        entry, result = self._rerun.entries[number], self._rerun.results[number]
        method = entry.method or short_kind(entry.kind)
        target = entry.target if self.secrets else mask_url(entry.target)
        if result is None:
            running = number in self._rerun.running
            word, style = ("… running", "strong") if running else ("· waiting", "muted")
            start: list[Part] = [(line(f"{word:<11}"), style)]
            status, told, seconds = str(entry.status or ""), "", ""
        else:
            style = STYLES[result.verdict]
            start = [(line(f"{result.verdict.sign} {result.verdict:<9}"), style)]
            status, seconds = status_of(entry.status, result.status), duration(result.seconds)
            told = result.remark
        start.append((line(f"{method:<7} "), "$text-primary"))
        start.append((line(f"{status:<10}"), style))
        if self.width >= _WIDE:
            start.append((line(f"{seconds:>9}  "), "time"))
        room = max(self.width - sum(cell_len(text) for text, _ in start), 2 * _SHORTEST)
        if not told:
            return [*start, (fitted(target, room), "")]
        share = room * 2 // 5
        rest = line(told, limit=room - share - 3)
        return [*start, (fitted(target, share), ""), (line(f"  {rest}"), "muted")]


class LapRows(Table):
    """The newest times of an entry that is repeated."""

    def __init__(self, laps: Sequence[Lap]) -> None:
        self.laps = laps

    @property
    def count(self) -> int:
        return len(self.laps)

    def line(self, row: int) -> list[Part]:
        lap = self.laps[row]
        verdict = lap.round.verdict
        told = f"against time {lap.since}: {lap.changes[0]}" if lap.changes else ""
        more = f" … {len(lap.changes) - 1} more" if len(lap.changes) > 1 else ""
        if not told and not (verdict is Verdict.SAME and lap.ended_well):
            again = verdict is Verdict.CHANGED and lap.since
            told = f"as time {lap.since}" if again else f"{lap.round.told}"
            if verdict is Verdict.CHANGED and not again:
                told = f"against the recording: {told}"
        return [
            (line(f"{verdict.sign} {lap.number:>5,}  "), STYLES[verdict]),
            (line(f"{lap.status or '':<4}"), ""),
            (line(f"{duration(lap.round.seconds):>9}  "), "time"),
            (line(f"{told}{more}"), ""),
        ]


def fitted(text: str, room: int) -> SafeText:
    """Fill a text up to so many cells, or leave out its scheme, then its middle."""
    found = line(text)
    if cell_len(found) > room:
        found = line(text.partition("://")[2] or text)
    if cell_len(found) > room:
        head = room // 3
        found = line(f"{found[:head]}…{found[len(found) - (room - head - 1) :]}")
    return line(set_cell_size(found, room))
