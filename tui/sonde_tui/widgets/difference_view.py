"""What differs, to be gone through change by change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from sonde_core.comparing.change import Change
from sonde_core.difference import Difference
from sonde_core.safetext import SafeText, join, line
from sonde_core.words import count

from .difference_rows import NONE, DifferenceRows
from .offers import Offers
from .rows.line_view import LineView

# Gives the lines that stand above what differs, for so many cells.
Above = Callable[[int], Sequence[SafeText]]
_NO_CHANGE: Final = "Put the cursor on a change first: ] and [ go to them."


class DifferenceView(Vertical, Offers):
    """Rows of what differs, and below them which of the changes one is at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right_square_bracket", "go_on(True)", "Next", id="difference.next", key_display="]"
        ),
        Binding(
            "left_square_bracket",
            "go_on(False)",
            "Previous",
            id="difference.previous",
            key_display="[",
        ),
        Binding("i", "ignore", "Leave out…", id="difference.ignore"),
        Binding("I", "show_ignored", "Left out", id="difference.show-ignored"),
    ]

    DEFAULT_CSS = """
    DifferenceView { height: 1fr; }
    DifferenceView LineView { height: 1fr; }
    DifferenceView #place { height: 1; color: $text-muted; }
    """

    @dataclass
    class IgnoreAsked(Message):
        """A change is not to be told any more."""

        change: Change

    def __init__(self) -> None:
        super().__init__()
        self._difference: Difference | None = None
        self._above: Above = lambda _: ()
        self._shows_ignored = False
        self._width = 0

    def compose(self) -> ComposeResult:
        yield LineView(cursor=True, id="lines")
        yield Static("", id="place", markup=False)

    @property
    def view(self) -> LineView:
        """What shows the rows."""
        return self.query_one(LineView)

    def offers(self, action: str) -> bool:
        rows, difference = self._rows, self._difference
        if action == "ignore":
            return self._change != NONE
        if action == "show_ignored":
            return difference is not None and bool(difference.left_out)
        return not action.startswith("go_on(") or (rows is not None and bool(rows.changes))

    def written(self) -> Callable[[], str] | None:
        """Return what writes all of it, as one reads it in print; None for nothing."""
        difference, ignored, width = self._difference, self._shows_ignored, self._width
        if difference is None:
            return None
        above = self._above
        return lambda: join([*above(width), *difference.lines(ignored=ignored)], "\n")

    def show(self, difference: Difference, above: Above) -> None:
        """Show what differs, and stay at the same change."""
        self._difference, self._above = difference, above
        self._draw()

    @property
    def _rows(self) -> DifferenceRows | None:
        source = self.view.source
        return source if isinstance(source, DifferenceRows) else None

    @property
    def _change(self) -> int:
        """The number of the change under the cursor, or NONE."""
        rows = self._rows
        return NONE if rows is None else rows.change_at(self.view.cursor_row)

    def _draw(self) -> None:
        """Draw for the width that there is."""
        if self._difference is None:
            return
        here, self._width = self._change, self.view.size.width
        rows = DifferenceRows(
            self._difference,
            width=self._width,
            above=self._above(self._width),
            ignored=self._shows_ignored,
        )
        last = len(rows.changes) - 1
        self.view.show(rows, row=rows.row_of(min(here, last)) if here > 0 and last > 0 else 0)
        self._tell_place()

    def _tell_place(self) -> None:
        """Say which of the changes this is, and how many were left out."""
        self.keys_changed()
        rows, number = self._rows, self._change
        if self._difference is None or rows is None:
            return
        told = []
        if number != NONE:
            told.append(f"change {number + 1:,} of {len(rows.changes):,}")
        elif rows.changes:
            told.append(f"{count(len(rows.changes), 'change')}, ] goes to the next")
        if left_out := self._difference.left_out:
            hint = "" if self._shows_ignored else " (I shows it)"
            told.append(f"{left_out:,} left out{hint}")
        self.query_one("#place", Static).update(line(" · ".join(told)))

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if self.is_attached and self.view.size.width != self._width:
            self._draw()

    @on(LineView.CursorMoved)
    def _moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self._tell_place()

    def action_go_on(self, forward: bool) -> None:
        """Go to the next change, or to the one before."""
        rows = self._rows
        row = NONE if rows is None else rows.beside(self.view.cursor_row, forward=forward)
        if row == NONE:
            self.app.bell()
        else:
            self.view.go_to(row)

    def action_show_ignored(self) -> None:
        """Show what was left out, or no more."""
        self._shows_ignored = not self._shows_ignored
        self._draw()

    def action_ignore(self) -> None:
        """Ask for a rule for the change under the cursor."""
        rows, number = self._rows, self._change
        if rows is None or number == NONE:
            self.notify(_NO_CHANGE, markup=False)
        else:
            self.post_message(self.IgnoreAsked(rows.changes[number]))
