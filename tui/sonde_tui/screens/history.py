"""The History tab: everything that was said, newest first; look, replay, compare, edit, delete."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from sonde_core.history.entry import Entry
from sonde_core.history.summary import Summary

from ..messages import ReplayAsked
from ..services import Services
from ..widgets.entry_view import EntryView
from ..widgets.history_list import HistoryList
from .drawing import Drawing, StillWanted
from .entry_actions import EntryActions
from .following import Following
from .history_filter import HistoryFilter
from .ordering import Ordering
from .showing import Showing

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content

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
        self._listed: Sequence[Summary] = ()
        self._view = EntryView(services)
        self._ordering = Ordering()
        self._listed_version = -1  # of the history
        self._following = Following(self, self._others_wrote)
        self._drawing = Drawing(self, self._draw_list)
        self._showing = Showing(self, self._view)

    def compose(self) -> ComposeResult:
        yield HistoryFilter(self.services)
        with Vertical(id="middle"):
            yield HistoryList()
            yield self._view

    @property
    def rows(self) -> HistoryList:
        """The list."""
        return self.query_one(HistoryList)

    @property
    def view(self) -> EntryView:
        """The entry under the cursor."""
        return self._view

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
        entry = self._showing.entry
        return entry if entry is not None and entry.id == self.entry_id else None

    @property
    def has_content(self) -> bool:
        return bool(self.entry_id)

    def offers(self, action: str) -> bool:
        if action in ("send", "app.copy_as"):  # what is under the cursor is waited for
            return bool(self.entry_id)
        return super().offers(action)

    @property
    def entry_id(self) -> str:
        """The entry under the cursor, also while its details are still being read."""
        found = self.rows.current
        return found.id if found else ""

    def on_mount(self) -> None:
        self.services.history.on_change.append(self._drawing.soon)
        self._drawing.soon()
        self._load()
        self._following.begin()

    def on_unmount(self) -> None:
        self.services.history.on_change.remove(self._drawing.soon)

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
        await self._showing.done()
        if replaced:
            await self._showing.check()

    @on(HistoryFilter.Changed)
    def _filter_changed(self, message: HistoryFilter.Changed) -> None:
        message.stop()
        self.list_now()

    @on(HistoryFilter.Done)
    def _filter_done(self, message: HistoryFilter.Done) -> None:
        message.stop()
        self.rows.focus()

    def list_now(self) -> None:
        self._drawing.now()

    async def _draw_list(self, still_wanted: StillWanted) -> bool:
        every = await self._every()
        found = await self.search.find(every)
        shown = None if found is None else await self._ordering.put(found, still_wanted)
        if found is None or shown is None:
            return False
        self._listed = found
        self.rows.show_entries(
            shown,
            marked=self.marked,
            reveal=self.services.reveal,
            can_undo=self.services.history.can_undo,
        )
        self.search.tell_counts(len(found), len(every), self._told_more(found))
        return True

    async def _every(self) -> Sequence[Summary]:
        summaries, version = self.services.history.summaries, self.services.history.version
        many = self.rows.source.count > MANY and version != self._listed_version
        every = await asyncio.to_thread(summaries) if many else summaries()
        self._listed_version = version
        return every

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
        await self._drawing.done()

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
        self._showing.want(message.summary.id if message.summary else "")
        self.keys_changed()

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
        self._showing.hurry()
        await self._showing.done()

    async def contents(self) -> Sequence[Content]:
        """Offer what the entry of the row under the cursor has, once it is shown."""
        await self._showing.done()
        return self.view.contents()

    def action_copy(self) -> None:
        self._copy()

    @work(group="copy", exclusive=True)
    async def _copy(self) -> None:
        """Copy from the entry of the row under the cursor, once it is shown."""
        await self._showing.done()
        if not self.view.copy():
            self.tell("Nothing to copy here.", warning=True)

    def reveal_changed(self) -> None:
        self.view.reveal_changed()
        self.list_now()
