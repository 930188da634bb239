"""The filter line of the History tab: what is looked for, and how much of it was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from sonde_core.history.entry import Summary

from ..widgets.line_input import LineInput
from .listing import Listing

EMPTY: Final = "Nothing here yet. Send a request (1), open a socket (2) or listen (3): it is kept."


class HistoryFilter(Vertical):
    """A field, and a line of counts below it."""

    DEFAULT_CSS = """
    HistoryFilter { height: auto; }
    HistoryFilter #filter { height: 1; }
    HistoryFilter #counts { height: auto; color: $text-muted; padding: 0 1; }
    """

    class Changed(Message):
        """Something else is looked for."""

    class Done(Message):
        """What is looked for is typed: on to the list."""

    def __init__(self) -> None:
        super().__init__()
        self._listing = Listing()

    def compose(self) -> ComposeResult:
        yield LineInput(
            placeholder="filter: words in method, URL, name, status…", id="filter", compact=True
        )
        yield Static("", id="counts", markup=False)

    @property
    def field(self) -> Input:
        """What is looked for."""
        return self.query_one("#filter", Input)

    async def find(self, every: Sequence[Summary]) -> Sequence[Summary] | None:
        """Return the entries that are looked for; None if others are by now."""
        return await self._listing.find(every, lambda: self.field.value)

    def tell_counts(self, found: int, every: int, more: str = "") -> None:
        """Say how many entries are listed, and what more there is to say of them."""
        told = "1 entry" if found == 1 else f"{found:,} entries"
        if found != every:
            told = f"{found:,} of {every:,} entries"
        self.query_one("#counts", Static).update(f"{told}{more}" if every else EMPTY)

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done())
