"""What the keys of the History list do with entries."""

from __future__ import annotations

from abc import abstractmethod

from textual import on, work

from sonde_core.errors import SondeError
from sonde_core.history.entry import Summary

from ..messages import CompareAsked, EditAsked, ReplayAsked
from ..services import Services
from ..widgets.entry_view import EntryView
from ..widgets.history_list import HistoryList
from .ask import AskScreen
from .tab import Tab


class EntryActions(Tab):
    """A tab with a list of entries, and what is done with them."""

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._marked = ""

    @property
    @abstractmethod
    def rows(self) -> HistoryList:
        """The list."""

    @property
    @abstractmethod
    def view(self) -> EntryView:
        """The entry under the cursor."""

    @abstractmethod
    def list_now(self) -> None:
        """Draw the list without waiting: somebody has typed, or acted on it."""

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
        self.view.enter()

    async def _row_edit(self, summary: Summary) -> None:
        try:
            entry = await self.services.history.get(summary.id)
        except SondeError as error:
            self.view.refuse(error)
        else:
            self.app.post_message(EditAsked(entry))

    async def _row_replay(self, summary: Summary) -> None:
        self.app.post_message(ReplayAsked(summary.id))

    async def _row_compare(self, summary: Summary) -> None:
        """Compare with the marked row, else with what it was replayed from."""
        before = self._marked or summary.replay_of
        if not before or before == summary.id:
            self.tell("Mark another row with space first, then press d.", warning=True)
            return
        self.app.post_message(CompareAsked(before, summary.id))

    async def _row_mark(self, summary: Summary) -> None:
        self._marked = "" if self._marked == summary.id else summary.id
        self.list_now()

    async def _row_pin(self, summary: Summary) -> None:
        await self._change(summary.id, pinned=not summary.pinned)

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
            self.view.refuse(error)
        self.list_now()

    async def _row_delete(self, summary: Summary) -> None:
        try:
            await self.services.history.delete([summary.id])
        except SondeError as error:
            self.view.refuse(error)
            return
        if self._marked == summary.id:
            self._marked = ""
        self.tell("Deleted; u brings it back until you leave.")
        self.list_now()

    async def _undo(self) -> None:
        back = await self.services.history.undo()
        if not back:
            self.tell("Nothing to bring back.", warning=True)
        self.list_now()
