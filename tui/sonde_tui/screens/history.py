"""The History tab: everything that was said, newest first; look, replay, compare, edit, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry, Summary

from ..messages import ReplayAsked
from ..services import Services
from ..widgets.entry_view import EntryView
from ..widgets.history_list import HistoryList
from .entry_actions import EntryActions
from .following import Following
from .history_filter import HistoryFilter
from .ordering import Ordering

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content

# Seconds between two drawings of a list to which entries are added quickly.
PAUSE: Final = 0.1
COVERED: Final = 1.0
# The same while older entries are indexed, which stand far down in the list.
INDEXING: Final = 0.4
# Moves of the cursor that follow each other within so many seconds are quick, and it rests after.
QUICK: Final = 0.25
RESTED: Final = 0.08
LONGEST: Final = 0.5
# A longer list is put together in a thread.
MANY: Final = 5000


class HistoryTab(EntryActions):
    """The list of entries, and the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "address", "Filter", id="history.filter"),
        Binding("ctrl+s", "saved_filters", "Saved filters", id="history.saved-filters"),
        Binding("s", "facts", "Facts", id="facts"),
    ]

    DEFAULT_CSS = """
    HistoryTab #middle { height: 1fr; }
    HistoryTab HistoryList { height: 1fr; min-height: 5; }
    HistoryTab EntryView { height: 1fr; border-top: solid $panel; }
    """

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._entry: Entry | None = None
        self._listed: Sequence[Summary] = ()
        self._ordering = Ordering()
        self._following = Following(self, self._others_wrote)
        self._list_asked = 0  # which drawing of the list is wanted
        self._drawing = False
        self._drawn = asyncio.Event()  # the list is as was last asked for
        self._hurry = asyncio.Event()  # somebody waits for the list: they typed, or acted
        self._wanted_id = ""  # the entry to be shown; None of them is shown half
        self._moved_at = 0.0
        self._quick = False  # whether the cursor moved on soon after it had moved
        self._shown = asyncio.Event()  # no entry is on its way to the screen
        self._shown.set()

    def compose(self) -> ComposeResult:
        yield HistoryFilter(self.services)
        with Vertical(id="middle"):
            yield HistoryList()
            yield EntryView(self.services)

    @property
    def rows(self) -> HistoryList:
        """The list."""
        return self.query_one(HistoryList)

    @property
    def view(self) -> EntryView:
        """The entry under the cursor."""
        return self.query_one(EntryView)

    @property
    def filter(self) -> Input:
        """What is looked for."""
        return self.search.field

    @property
    def search(self) -> HistoryFilter:
        """The line above the list."""
        return self.query_one(HistoryFilter)

    @property
    def entry(self) -> Entry | None:
        entry = self._entry
        return entry if entry is not None and entry.id == self.entry_id else None

    @property
    def entry_id(self) -> str:
        """The entry under the cursor, also while its details are still being read."""
        found = self.rows.current
        return found.id if found else ""

    def on_mount(self) -> None:
        self.services.history.on_change.append(self._list)
        self._list()
        self._load()
        self._following.begin()

    def on_unmount(self) -> None:
        self.services.history.on_change.remove(self._list)

    def arrive(self) -> None:
        self.rows.focus()
        self._following.look()

    def go_to(self, entry_id: str) -> None:
        """Show an entry in the list of all; it may have been added just now."""
        self.filter.clear()
        self.rows.go_to_entry(entry_id)
        self.list_now()

    def action_address(self) -> None:
        """The filter is this tab's address field."""
        self.filter.focus()

    def action_saved_filters(self) -> None:
        self.search.choose_saved()

    # what is listed

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        """Index the whole file, off the event loop; the newest are shown before."""
        await self.services.history.refresh()
        await self.services.history.load()
        self.list_now()
        self.search.learn()

    async def _others_wrote(self, replaced: bool) -> None:
        """See what other instances wrote; an entry that is shown may be another one by now."""
        await self.services.history.refresh()
        await self._shown.wait()
        if replaced and self._entry is not None and not await self._is_as_shown(self._entry):
            self._show_wanted()

    async def _is_as_shown(self, entry: Entry) -> bool:
        try:
            now = await self.services.history.get(entry.id)
        except SondeError:
            return True  # it is gone: the list goes on to another one
        return await asyncio.to_thread(lambda: now == entry)

    @on(HistoryFilter.Changed)
    def _filter_changed(self, message: HistoryFilter.Changed) -> None:
        message.stop()
        self.list_now()

    @on(HistoryFilter.Done)
    def _filter_done(self, message: HistoryFilter.Done) -> None:
        message.stop()
        self.rows.focus()

    def list_now(self) -> None:
        """Draw the list without waiting: somebody has typed, or acted on it."""
        self._list()
        self._hurry.set()

    def _list(self) -> None:
        """Have the list drawn soon; changes that come quickly are drawn together."""
        self._list_asked += 1
        self._drawn.clear()
        if not self._drawing:
            self._drawing = True
            self._draw_list()

    @work(group="list")
    async def _draw_list(self) -> None:
        """Draw the list until it is as was last asked for; what was typed last wins."""
        drawn = 0
        while drawn != self._list_asked:
            self._hurry.clear()
            drawn = self._list_asked
            every = await self._every()
            found = await self.search.find(every)
            if found is None:
                continue
            shown = await self._ordering.put(found, partial(self._still_wanted, drawn))
            if shown is not None:
                self._listed = found
                self.rows.show_entries(shown, marked=self.marked, reveal=self.services.reveal)
                self.search.tell_counts(len(found), len(every), self._told_more(found))
                if drawn == self._list_asked:
                    self._drawn.set()
                await self._pause()
        self._drawing = False

    @property
    def _between(self) -> float:
        if not self.screen.is_current:
            return COVERED
        return PAUSE if self.services.history.complete else INDEXING

    async def _pause(self) -> None:
        """Let some time go by; more of it while another screen lies over the list."""
        try:
            async with asyncio.timeout(self._between):
                await self._hurry.wait()
        except TimeoutError:
            pass

    async def _every(self) -> Sequence[Summary]:
        summaries = self.services.history.summaries
        return await asyncio.to_thread(summaries) if self.rows.source.count > MANY else summaries()

    def _still_wanted(self, drawn: int) -> bool:
        """Tell whether nobody waits for another list by now."""
        return drawn == self._list_asked or not self._hurry.is_set()

    def _told_more(self, found: Sequence[Summary]) -> str:
        """Say what is marked, and how the list is put in order."""
        parts: list[str] = []
        if self.marked:
            parts.append(f"{len(self.marked):,} marked")
            unseen = len(self.marked) - sum(each.id in self.marked for each in found)
            if unseen:
                parts.append(f"{unseen:,} of them not listed")
        return "".join(f" · {part}" for part in (*parts, *self._ordering.told()))

    async def list_drawn(self) -> None:
        if not self._drawn.is_set():
            self._hurry.set()
            await self._drawn.wait()

    @property
    def listed(self) -> Sequence[Summary]:
        """All entries that pass the filter, newest first."""
        return self._listed

    def regroup(self, what: str) -> None:
        """Change between list and tree, or between repeated entries as one or each."""
        if said := self._ordering.turn(what):
            self.tell(said)
        self.list_now()

    # the entry under the cursor

    @on(HistoryList.Moved)
    def _moved(self, message: HistoryList.Moved) -> None:
        message.stop()
        self._wanted_id = message.summary.id if message.summary else ""
        now = monotonic()
        self._quick, self._moved_at = now - self._moved_at < QUICK, now
        self._show_wanted()

    def _show_wanted(self) -> None:
        if self._shown.is_set():
            self._shown.clear()
            self._show()

    @work(group="show")
    async def _show(self) -> None:
        """Show the entry that is wanted; the ones that were passed meanwhile are left out."""
        shown = None
        while shown != self._wanted_id:
            await self._rested()
            shown = self._wanted_id
            await self._show_entry(shown)
        self._shown.set()

    async def _rested(self) -> None:
        """Wait until the cursor rests for a moment; whoever holds a key down reads no entry."""
        last = monotonic() + LONGEST
        while self._quick:
            left = min(self._moved_at + RESTED, last) - monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def _show_entry(self, entry_id: str) -> None:
        self._entry = None
        try:
            entry = await self.services.history.get(entry_id) if entry_id else None
        except SondeError as error:
            self.view.clear()
            self.view.refuse(error)
            return
        if entry is None:
            self.view.clear()
            return
        await self.view.show(entry)
        self._entry = entry

    def cancel(self) -> bool:
        """Stop a search; leave the filter for the list, and empty it the second time."""
        if self.search.stop():
            return True
        if self.filter.has_focus or self.view.has_focus_within:
            self.rows.focus()
            return True
        if self.filter.value:
            self.filter.clear()
            return True
        return False

    def action_send(self) -> None:
        """Replay the row: nothing else can be sent from here."""
        if self.entry_id:
            self.app.post_message(ReplayAsked(self.entry_id))

    async def row_shown(self) -> None:
        self._quick = False
        await self._shown.wait()

    async def contents(self) -> Sequence[Content]:
        """Offer what the entry of the row under the cursor has, once it is shown."""
        await self._shown.wait()
        return self.view.contents()

    def action_copy(self) -> None:
        self._copy()

    @work(group="copy", exclusive=True)
    async def _copy(self) -> None:
        """Copy from the entry of the row under the cursor, once it is shown."""
        await self._shown.wait()
        if not self.view.copy():
            self.tell("Nothing to copy here.", warning=True)

    def reveal_changed(self) -> None:
        self.view.reveal_changed()
        self.list_now()
