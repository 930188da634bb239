"""The History tab: everything that was said, newest first; look, replay, compare, edit, delete."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from sonde_core.entry import Entry, Summary
from sonde_core.errors import SondeError
from sonde_core.history import filter_summaries
from sonde_core.words import count

from ..messages import CompareAsked, CopyAsked, EditAsked, ReplayAsked
from ..services import Services
from ..widgets.entry_view import EntryView
from ..widgets.history_list import HistoryList
from ..widgets.status_line import ProblemPanel
from .ask import AskScreen
from .tab import Tab

EMPTY = "Nothing here yet. Send a request (1), open a socket (2) or listen (3): it is kept at once."


class HistoryTab(Tab):
    """The list of entries, and the one under the cursor."""

    DEFAULT_CSS = """
    HistoryTab #filter { height: 1; }
    HistoryTab #counts { height: 1; color: $text-muted; }
    HistoryTab #middle { height: 1fr; }
    HistoryTab HistoryList { height: 1fr; min-height: 5; }
    HistoryTab EntryView { height: 1fr; border-top: solid $panel; }
    .-wide HistoryTab #middle { layout: horizontal; }
    .-wide HistoryTab HistoryList { width: 1fr; height: 1fr; }
    .-wide HistoryTab EntryView { width: 1fr; border-top: none; border-left: solid $panel; }
    """

    def __init__(self, services: Services, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(services, id=id)
        self._entry: Entry | None = None
        self._marked = ""

    def compose(self) -> ComposeResult:
        yield Input(
            placeholder="filter: words in method, URL, name, status…", id="filter", compact=True
        )
        yield Static("", id="counts", markup=False)
        yield ProblemPanel()
        with Vertical(id="middle"):
            yield HistoryList()
            yield EntryView(self.services)

    @property
    def rows(self) -> HistoryList:
        """The list."""
        return self.query_one(HistoryList)

    @property
    def entry(self) -> Entry | None:
        return self._entry

    @property
    def entry_id(self) -> str:
        """The entry under the cursor, also while its details are still being read."""
        found = self.rows.current
        return found.id if found else ""

    def on_mount(self) -> None:
        self.services.history.on_change.append(self._changed_outside)
        self._filter()
        self._load()

    def on_unmount(self) -> None:
        self.services.history.on_change.remove(self._changed_outside)

    def arrive(self) -> None:
        self.rows.focus()
        self._refresh()

    def action_address(self) -> None:
        """The filter is this tab's address field."""
        self.query_one("#filter", Input).focus()

    # what is listed

    @work(group="load", exclusive=True)
    async def _load(self) -> None:
        """Index the whole file, off the event loop; the newest are shown already."""
        await self.services.history.load()
        self._filter()

    @work(group="refresh", exclusive=True)
    async def _refresh(self) -> None:
        """See what other instances wrote meanwhile."""
        await self.services.history.refresh()
        self._filter()

    def _changed_outside(self) -> None:
        """Hear of a change; it may come from the thread that writes."""
        self.app.call_later(self._filter)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter()

    @on(Input.Submitted, "#filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.rows.focus()

    def _filter(self) -> None:
        text = self.query_one("#filter", Input).value
        every = self.services.history.summaries()
        found = filter_summaries(every, text) if text.strip() else list(every)
        self.rows.show_entries(found, marked=self._marked)
        told = count(len(found), "entry").replace("entrys", "entries")
        if len(found) != len(every):
            told = f"{len(found):,} of {len(every):,} entries"
        self.query_one("#counts", Static).update(told if every else EMPTY)

    # the entry under the cursor

    @on(HistoryList.Moved)
    def _moved(self, message: HistoryList.Moved) -> None:
        message.stop()
        self._show(message.summary.id if message.summary else "")

    @work(group="show", exclusive=True)
    async def _show(self, entry_id: str) -> None:
        view = self.query_one(EntryView)
        if not entry_id:
            self._entry = None
            view.clear()
            return
        try:
            self._entry = await self.services.history.get(entry_id)
        except SondeError as error:
            self._entry = None
            view.refuse(error)
            return
        await view.show(self._entry)

    def cancel(self) -> bool:
        """Leave the filter for the list, and empty it the second time."""
        box = self.query_one("#filter", Input)
        if box.has_focus:
            self.rows.focus()
            return True
        if box.value:
            box.clear()
            return True
        return False

    # what is done with it

    @on(HistoryList.Asked)
    async def _asked(self, message: HistoryList.Asked) -> None:
        """Obey a key of the list."""
        message.stop()
        if message.what == "undo":
            await self._undo()
        elif message.summary is not None:
            acts = {
                "open": self._row_open,
                "edit": self._row_edit,
                "replay": self._row_replay,
                "compare": self._row_compare,
                "mark": self._row_mark,
                "pin": self._row_pin,
                "name": self._row_name,
                "delete": self._row_delete,
            }
            await acts[message.what](message.summary)

    async def _row_open(self, _: Summary) -> None:
        self.query_one(EntryView).enter()

    async def _row_edit(self, summary: Summary) -> None:
        entry = await self._get(summary.id)
        if entry is not None:
            self.app.post_message(EditAsked(entry))

    async def _row_replay(self, summary: Summary) -> None:
        self.app.post_message(ReplayAsked(summary.id))

    async def _row_compare(self, summary: Summary) -> None:
        """Compare with the marked row, else with what it was replayed from."""
        before = self._marked or summary.replay_of
        if not before or before == summary.id:
            self.app.notify("Mark another row with space first, then press d.", severity="warning")
            return
        self.app.post_message(CompareAsked(before, summary.id))

    async def _row_mark(self, summary: Summary) -> None:
        self._marked = "" if self._marked == summary.id else summary.id
        self._filter()

    async def _row_pin(self, summary: Summary) -> None:
        pinned = not summary.pinned
        await self._change(summary.id, pinned=pinned)

    async def _row_name(self, summary: Summary) -> None:
        self._ask_name(summary.id, summary.name)

    @work(group="name", exclusive=True)
    async def _ask_name(self, entry_id: str, name: str) -> None:
        answer = await self.app.push_screen_wait(AskScreen("Name of this entry", name))
        if answer is not None:
            await self._change(entry_id, name=answer)

    async def _change(
        self, entry_id: str, *, name: str | None = None, pinned: bool | None = None
    ) -> None:
        try:
            await self.services.history.set(entry_id, name=name, pinned=pinned)
        except SondeError as error:
            self._tell(error)
        self._filter()

    async def _row_delete(self, summary: Summary) -> None:
        try:
            await self.services.history.delete([summary.id])
        except SondeError as error:
            self._tell(error)
            return
        self.app.notify("Deleted; u brings it back until you leave.")
        self._filter()

    async def _undo(self) -> None:
        back = await self.services.history.undo()
        if not back:
            self.app.notify("Nothing to bring back.", severity="warning")
        self._filter()

    async def _get(self, entry_id: str) -> Entry | None:
        try:
            return await self.services.history.get(entry_id)
        except SondeError as error:
            self._tell(error)
            return None

    def _tell(self, error: SondeError) -> None:
        self.query_one(EntryView).refuse(error)

    def action_send(self) -> None:
        """Replay the row: nothing else can be sent from here."""
        if self.entry_id:
            self.app.post_message(ReplayAsked(self.entry_id))

    def action_copy(self) -> None:
        found = self.query_one(EntryView).at_hand()
        if found is None:
            self.app.notify("Nothing to copy here.", severity="warning")
            return
        self.app.post_message(CopyAsked(*found))

    def reveal_changed(self) -> None:
        if self._entry is not None:
            self._show(self._entry.id)
