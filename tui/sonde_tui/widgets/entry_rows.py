"""Entries as rows of a list: each fits into the width that there is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from rich.cells import cell_len

from sonde_core.history.outline import Folds, Heading, Item, Repeated
from sonde_core.history.summary import Summary
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
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
# So many of repeated entries are asked whether they are marked.
_LOOKED_AT: Final = 1000


class EntryRows(LineSource):
    """Entries as rows: when, what, how it went; at the right end how long and how much.

    Attributes:
        items: What stands in each row.
        depths: How far each row is moved in; empty for a plain list.
        width: Cells that a row is to fill; 0 for as many as it takes.
    """

    def __init__(
        self,
        items: Sequence[Item],
        *,
        depths: Sequence[int] = (),
        folds: Folds | None = None,
        marked: Collection[str] = (),
        reveal: bool = False,
        width: int = 0,
    ) -> None:
        """Take rows.

        Args:
            items: Entries, and what stands for several.
            depths: How far each row is moved in; empty for a plain list.
            folds: What of them is unfolded; None where nothing can be.
            marked: Ids.
            reveal: Show secrets.
            width: In cells.
        """
        self.items = items
        self.width = width
        self.depths = depths
        self._folds = folds
        self._marked = marked
        self._reveal = reveal
        self._today = datetime.now().astimezone().date()

    def fitting(self, width: int) -> EntryRows:
        """Return the same rows for another width."""
        return EntryRows(
            self.items,
            depths=self.depths,
            folds=self._folds,
            marked=self._marked,
            reveal=self._reveal,
            width=width,
        )

    @property
    def count(self) -> int:
        return len(self.items)

    @property
    def foldable(self) -> bool:
        return self._folds is not None

    def line(self, row: int) -> list[Part]:
        item = self.items[row]
        depth = self.depths[row] if self.depths else 0
        if isinstance(item, Heading):
            return self._heading(item, depth)
        summary = item.entries[0] if isinstance(item, Repeated) else item
        start: list[Part] = [
            (line(f"{self._sign(item, summary)}{_flags(summary)}"), "$text-warning"),
            (line("  " * depth), ""),
            (line(f"{self._time(summary)} "), "time"),
            (line(f"{_method(summary):<7} "), "$text-primary"),
            (line(f"{_status(summary):<9} "), _status_style(summary)),
        ]
        if isinstance(item, Repeated):
            times = f"{self._fold_sign(item)}{_TIMES}{len(item.entries):,} "
            start.append((line(times), "$text-accent"))
        end = line(f"  {duration(summary.seconds)} · {size(summary.size)}")
        room = self.width - cell_len(end) - sum(cell_len(text) for text, _ in start)
        return [*start, *self._middle(summary, room, short=depth > 0), (end, "muted")]

    def _heading(self, item: Heading, depth: int) -> list[Part]:
        """Return a host or a part of a path, and how many entries lie below it."""
        start = line(f"  {'  ' * depth}{self._fold_sign(item)} ")
        end = line(f"  {item.count:,}")
        title = line(item.title if self._reveal else mask_url(item.title))
        room = self.width - cell_len(start) - cell_len(end)
        if self.width:
            title = _fitted(title, max(room, _SHORTEST))
        return [(start, "$text-warning"), (title, "bold $text-accent"), (end, "muted")]

    def _fold_sign(self, item: Heading | Repeated) -> str:
        return "▾" if self._folds and self._folds.shows(item) else "▸"

    def _sign(self, item: Summary | Repeated, summary: Summary) -> str:
        """Return the mark, or else how it went; of repeated ones any can be marked."""
        if self._marked:
            those = islice(item.entries, _LOOKED_AT) if isinstance(item, Repeated) else (item,)
            if any(each.id in self._marked for each in those):
                return "*"
        return _SIGNS[summary.outcome]

    def _middle(self, summary: Summary, room: int, *, short: bool) -> list[Part]:
        """Return name, tags and target, filled up or shortened to the room that there is."""
        name = line(f"{summary.name} · " if summary.name else "")
        tags = _tags(summary, room - cell_len(name) - _SHORTEST if self.width else None)
        target = summary.target if self._reveal else mask_url(summary.target)
        url = line(_last_part(target) if short else target)
        if self.width:
            # A name is the person's own word for it: tags give way first, then the target.
            room -= cell_len(tags)
            name = _shortened(name, max(room - _SHORTEST, _SHORTEST))
            url = _fitted(url, max(room - cell_len(name), _SHORTEST))
        return [(name, "bold $foreground"), (tags, "$text-accent"), (url, "")]

    def _time(self, summary: Summary) -> str:
        local = summary.time.astimezone()
        today = local.date() == self._today
        return local.strftime("%H:%M:%S" if today else "%b %d %H:%M").rjust(8)


def _flags(summary: Summary) -> str:
    return ("▲" if summary.pinned else " ") + ("" if summary.saved else "not saved ")


def _tags(summary: Summary, room: int | None) -> SafeText:
    """Return the sign of a note, and the tags that fit; of the others their number."""
    text = "✎ " if summary.note else ""
    for number, tag in enumerate(summary.tags):
        more = line(f"{text}#{tag} ")
        if room is not None and cell_len(more) > room:
            return line(f"{text}+{len(summary.tags) - number} ")
        text = more
    return line(text)


def _last_part(target: str) -> str:
    """Return what the headings above do not say: the last part of the path, and the query."""
    path, mark, query = target.partition("?")
    part = path.rpartition("/")[2] if "://" in path else path
    return f"{part or '/'}{mark}{query}"


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
    if room < 2:
        return line("")
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
