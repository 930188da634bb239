"""The filter line of the History tab: what is looked for, and how much of it was found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from sonde_core.entry_filter import EntryFilter, FilterError, parse
from sonde_core.entry_filter.completing import Completion, complete
from sonde_core.entry_filter.known import Known
from sonde_core.history.summary import Summary
from sonde_core.safetext import line
from sonde_core.words import entries

from ..services import Services
from ..widgets.filter_input import FilterInput
from .listing import Listing
from .saved_filters import SavedFiltersScreen
from .searching import Searching

EMPTY: Final = "Nothing here yet. Send a request (1), open a socket (2) or listen (3): it is kept."
DELETED: Final = "All is deleted; u brings back what was deleted last, until you leave."
HINT: Final = "filter: words, or status:5xx host:… time>200ms body:… (F1 lists all)"
_OFFERED: Final = 12
_SLICE: Final = 2000  # entries


class HistoryFilter(Vertical):
    """A field, and below it a line: of counts, of what may be meant, or of what is wrong."""

    DEFAULT_CSS = """
    HistoryFilter { height: auto; }
    HistoryFilter #filter { height: 1; }
    HistoryFilter #counts { height: auto; color: $text-muted; padding: 0 1; }
    HistoryFilter #counts.-failed { color: $text-error; padding: 0; }
    """

    class Changed(Message):
        """Something else is looked for, or more of it was found."""

    class Done(Message):
        """What is looked for is typed: on to the list."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._listing = Listing()
        self._text = ""  # what was understood, or not, last
        self._chosen: EntryFilter = parse("")
        self._error: FilterError | None = None
        self._every: Sequence[Summary] = ()
        self._searching: Searching | None = None
        self._known = Known()
        self._known_of: Sequence[Summary] | None = None
        self._counts = ""
        self._nothing_offered = False  # tab was pressed for nothing

    def compose(self) -> ComposeResult:
        yield FilterInput(HINT, self._completion, id="filter")
        yield Static("", id="counts", markup=False)

    @property
    def field(self) -> Input:
        """What is looked for."""
        return self.query_one("#filter", Input)

    # what is found

    async def find(self, every: Sequence[Summary]) -> Sequence[Summary] | None:
        """Return the entries that are looked for; None if others are by now.

        Those that must be read to tell come one after the other: `Changed` tells of more.
        """
        self._understand()
        if every is not self._every:
            self._every = every
            if self._chosen.is_of_now and not self._chosen.needs_entries:
                self._chosen = parse(self._chosen.text)
        if not self._chosen.needs_entries:
            return await self._listing.find(every, self._wanted)
        if self._searching is None or self._searching.chosen is not self._chosen:
            self._searching = Searching(self._services.history, self._chosen, self._found_more)
        if self._searching.due:
            self._searching.running = True
            self._search(self._searching)
        return list(self._searching.found)

    def _wanted(self) -> EntryFilter:
        self._understand()
        return self._chosen

    def _understand(self) -> None:
        """Read what is typed; the last filter stays while that is none."""
        if self.field.value == self._text:
            return
        self._text = self.field.value
        self._error = None
        try:
            chosen = parse(self._text)
        except FilterError as error:
            self._error = error
        else:
            if chosen.tree != self._chosen.tree:
                self._chosen = chosen
                self._stop_searching()
        self._show()

    @work(group="search", exclusive=True)
    async def _search(self, searching: Searching) -> None:
        await searching.run()

    def _found_more(self) -> None:
        self.post_message(self.Changed())

    def stop(self) -> bool:
        """Stop a search that goes on; tells whether there was one."""
        if self._searching is None or not self._searching.running:
            return False
        self._searching.stop()
        self.workers.cancel_group(self, "search")
        self.post_message(self.Changed())
        return True

    def _stop_searching(self) -> None:
        self._searching = None
        self.workers.cancel_group(self, "search")

    # what is told

    def tell_counts(self, found: int, every: int, more: str = "") -> None:
        """Say how many entries are listed, and what more there is to say of them."""
        told = entries(found)
        if found != every:
            told = f"{found:,} of {every:,} entries"
        if self._searching and self._searching.progress:
            told = f"{told} · {self._searching.progress}"
        nothing = DELETED if self._services.history.can_undo else EMPTY
        self._counts = f"{told}{more}" if every else nothing
        self._show()

    def _show(self) -> None:
        counts, error, offered = self.query_one("#counts", Static), self._error, self._offered()
        # Of what is still being typed it is told what may come.
        unfinished = error is not None and offered and error.end >= self.field.cursor_position
        counts.set_class(error is not None and not unfinished, "-failed")
        if error is not None and not unfinished:
            told = self._marked(error)
        elif offered:
            told = f"{error.message if error else self._counts} · tab: {offered}"
        elif self._nothing_offered:
            told = f"{self._counts} · tab: nothing to complete here; enter goes to the list"
        else:
            told = self._counts
        height = Content(told).get_height({}, max(counts.content_size.width, 1))
        counts.update(told, layout=height != counts.content_size.height)

    def _marked(self, error: FilterError) -> str:
        """Point at the place of an error, with words beside the mark where they fit."""
        field, text = self.field, self.field.value
        left = field.content_region.x - self.region.x - field.scroll_offset.x
        start = max(left + cell_len(text[: error.start]), 0)
        room = self.size.width
        mark = "^" * max(min(cell_len(text[error.start : error.end]), room - start), 1)
        told = line(f"{error.message} {error.advice}".rstrip())
        if start + len(mark) + 1 + cell_len(told) <= room:
            return f"{' ' * start}{mark} {told}"
        if cell_len(told) < start:
            return f"{told.rjust(start - 1)} {mark}"
        return f"{' ' * min(start, max(room - 1, 0))}{mark}\n{told}"

    def _offered(self) -> str:
        if not self.field.has_focus:
            return ""
        texts = self._completion(self.field.value, self.field.cursor_position).texts
        return "  ".join(line(text) for text in texts[:_OFFERED])

    # what may be meant

    def _completion(self, text: str, cursor: int) -> Completion:
        return complete(text, cursor, self._known)

    @on(events.DescendantFocus)
    def _entered(self) -> None:
        self.learn()

    def learn(self) -> None:
        """See what entries there are, before somebody types."""
        every = self._services.history.summaries()
        if every is not self._known_of:
            self._known_of = every
            self._learn()

    @on(events.DescendantBlur)
    def _left(self) -> None:
        self._nothing_offered = False
        self._show()

    @on(FilterInput.NothingOffered)
    def _none_offered(self, event: FilterInput.NothingOffered) -> None:
        event.stop()
        self._nothing_offered = True
        self._show()

    @work(group="known", exclusive=True)
    async def _learn(self) -> None:
        """See what values there are, for those who type; Textual would print each argument."""
        every, known = self._known_of or (), Known()
        for first in range(0, len(every), _SLICE):
            await asyncio.to_thread(known.add, every[first : first + _SLICE])
        self._known = known
        self._show()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._nothing_offered = False
        self._understand()
        self._show()
        self.post_message(self.Changed())

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done())

    # filters with a name

    @work(group="saved", exclusive=True)
    async def choose_saved(self) -> None:
        """Offer the filters that were kept, and to keep this one."""
        from sonde_core.entry_filter.saved import SavedFilters

        saved = SavedFilters.beside(self._services.config.path)
        screen = SavedFiltersScreen(saved, self.field.value, self._error)
        text = await self.app.push_screen_wait(screen)
        if text is not None:
            self.field.value = text
            self.field.cursor_position = len(text)
            self.post_message(self.Done())
