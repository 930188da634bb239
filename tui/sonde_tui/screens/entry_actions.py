"""What the keys of the History list do with entries: with the marked ones, or with the row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import nullcontext
from itertools import chain
from typing import Final

from textual import on, work

from sonde_core.errors import SondeError
from sonde_core.history.summary import Summary
from sonde_core.secrets import mask_url

from .. import rerunning
from ..key_order import held
from ..messages import CompareAsked, EditAsked, ReplayAsked
from ..services import Services
from ..widgets.entry_view import EntryView
from ..widgets.history_list import HistoryList
from .ask import AskScreen
from .tab import Tab

# Deleting more entries than that takes so long that keys are heard meanwhile.
_MANY: Final = 1000


class EntryActions(Tab):
    """A tab with a list of entries, and what is done with them."""

    def __init__(self, services: Services, *, id: str) -> None:
        super().__init__(services, id=id)
        self._marked: dict[str, None] = {}  # in the order in which they were marked
        self._acts: dict[str, Callable[[Summary], Awaitable[None]]] = {
            "open": self._row_open,
            "edit": self._row_edit,
            "name": self._row_name,
            "note": self._row_note,
            "repeat": self._row_repeat,
        }
        self._acts_on_all: dict[str, Callable[[Sequence[Summary]], Awaitable[None]]] = {
            "replay": self._replay_all,
            "compare": self._compare,
            "pin": self._pin_all,
            "tag": self._tag_all,
            "delete": self._delete_all,
        }

    @property
    @abstractmethod
    def rows(self) -> HistoryList:
        """The list."""

    @property
    @abstractmethod
    def view(self) -> EntryView:
        """The entry under the cursor."""

    @property
    @abstractmethod
    def listed(self) -> Sequence[Summary]:
        """All entries that pass the filter, newest first."""

    @abstractmethod
    async def row_shown(self) -> None:
        """Wait until the entry under the cursor is shown."""

    @abstractmethod
    def list_now(self) -> None:
        """Draw the list without waiting: somebody has typed, or acted on it."""

    @abstractmethod
    async def list_drawn(self) -> None:
        """Wait until the list has all that came while another screen lay over it."""

    @abstractmethod
    def regroup(self, what: str) -> None:
        """Change between list and tree, or between repeated entries as one or each."""

    @property
    def marked(self) -> Collection[str]:
        """Ids of the entries that are marked, in the order in which they were."""
        return self._marked

    @on(HistoryList.Asked)
    async def _asked(self, message: HistoryList.Asked) -> None:
        """Obey a key of the list."""
        message.stop()
        what, summary = message.what, message.summary
        if what in self._acts_on_all:
            if those := self._those(summary):
                await self._act_on_all(what, summary, those)
            else:
                self._tell_heading()
        elif what in self._acts:
            if summary is not None:
                await self._acts[what](summary)
            else:
                self._tell_heading()
        elif what == "undo":
            self._undo()
        elif what == "replay_listed":
            self._replay_listed()
        elif what in ("mark", "mark_all"):
            self._mark(self.rows.chosen if what == "mark" else ())
        else:
            self.regroup(what)

    def _tell_heading(self) -> None:
        """Say why a key does nothing, unless there is nothing at all."""
        if self.rows.item is not None:
            self.tell("This is no entry; space marks all below it, right unfolds it.", warning=True)

    def _those(self, summary: Summary | None) -> Sequence[Summary]:
        """Return what an act is for: what is marked, or else the row."""
        if self._marked:
            every = {each.id: each for each in self.services.history.summaries()}
            self._marked = {each: None for each in self._marked if each in every}
            if self._marked:
                return [every[each] for each in self._marked]
        return [] if summary is None else [summary]

    async def _act_on_all(
        self, what: str, summary: Summary | None, those: Sequence[Summary]
    ) -> None:
        """Act at once on what is seen; a comparison shows what it is of."""
        if what == "compare" or self._are_seen(those):
            await self._acts_on_all[what](those)
        else:
            self._ask_which(what, summary, those)

    def _are_seen(self, those: Sequence[Summary]) -> bool:
        """Whether a person knows what an act is for: the row is of it, or some on the screen."""
        ids = {each.id for each in those}
        return any(each.id in ids for each in chain(self.rows.chosen, self.rows.seen))

    @work(group="which", exclusive=True)
    async def _ask_which(
        self, what: str, summary: Summary | None, those: Sequence[Summary]
    ) -> None:
        """Ask, where what is marked is out of sight: the row may be meant, or all of that."""
        from .choose import Choice, ChooseScreen

        choices = [Choice("marked", f"{_marked_entries(len(those))}, not on the screen now")]
        if summary is not None:
            row = f"this row: {summary.method or summary.kind} {mask_url(summary.target)}"
            choices.insert(0, Choice(summary.id, row))
        screen = ChooseScreen(f"{what.capitalize()} which?", choices)
        answer = await self.app.push_screen_wait(screen)
        if answer is not None:
            await self._acts_on_all[what]([summary] if summary and answer != "marked" else those)

    def _named(self, those: Sequence[Summary]) -> str:
        """Say what an act was for."""
        marked = len(those) > 1 or those[0].id in self._marked
        return _marked_entries(len(those)) if marked else "this entry"

    # marking

    def _mark(self, those: Sequence[Summary]) -> None:
        """Mark entries, or unmark them when all of them are; none given: all that are listed.

        For all the rule is another one: when anything is marked, all marks go.
        """
        ids = dict.fromkeys(each.id for each in those or self.listed)
        if (self._marked and not those) or (those and ids.keys() <= self._marked.keys()):
            gone = ids if those else self._marked
            self._marked = {each: None for each in self._marked if each not in gone}
        else:
            self._marked |= ids
        self.list_now()

    # one entry

    async def _row_open(self, _: Summary) -> None:
        await self.row_shown()
        self.view.enter()

    async def _row_edit(self, summary: Summary) -> None:
        try:
            entry = await self.services.history.get(summary.id)
        except SondeError as error:
            self.view.refuse(error)
        else:
            self.app.post_message(EditAsked(entry))

    async def _row_name(self, summary: Summary) -> None:
        self._ask_name(summary.id, summary.name)

    @work(group="name", exclusive=True)
    async def _ask_name(self, entry_id: str, name: str) -> None:
        answer = await self.app.push_screen_wait(AskScreen("Name of this entry", name))
        if answer is not None:
            await self._change([entry_id], name=answer)

    async def _row_repeat(self, summary: Summary) -> None:
        self._repeat(summary)

    @work(group="replay", exclusive=True)
    async def _repeat(self, summary: Summary) -> None:
        await rerunning.repeat(self.app, self.services, summary)

    async def _row_note(self, summary: Summary) -> None:
        self._ask_note(summary.id, summary.note)

    @work(group="name", exclusive=True)
    async def _ask_note(self, entry_id: str, note: str) -> None:
        from .note import NoteScreen

        answer = await self.app.push_screen_wait(NoteScreen("Note to this entry", note))
        if answer is not None:
            await self._change([entry_id], note=answer)

    # all that are marked

    async def _replay_all(self, those: Sequence[Summary]) -> None:
        if len(those) > 1:
            self._replay_marked(those)
        else:
            self.app.post_message(ReplayAsked(those[0].id))

    @work(group="replay", exclusive=True)
    async def _replay_marked(self, those: Sequence[Summary]) -> None:
        await rerunning.replay_marked(self.app, self.services, those)

    @work(group="replay", exclusive=True)
    async def _replay_listed(self) -> None:
        await self.list_drawn()
        await rerunning.replay_listed(self.app, self.services, self.listed)

    async def _compare(self, _: Sequence[Summary]) -> None:
        """Compare the two that are marked; the row with the marked one, or what it replayed."""
        current, marked = self.rows.current, list(self._marked)
        if len(marked) > 2:
            self.tell(f"{len(marked)} are marked: two are compared. * unmarks all.", warning=True)
            return
        if len(marked) == 2:
            before, after = self._in_order(marked)
        elif current is not None:
            before, after = (marked or [""])[0], current.id
            before = current.replay_of if before in ("", after) else before
        else:
            before = after = ""
        if not before:
            self.tell("Mark another row with space first, then press d.", warning=True)
            return
        self.app.post_message(CompareAsked(before, after))

    def _in_order(self, ids: Collection[str]) -> list[str]:
        """Return ids, the older entry first."""
        return [each.id for each in reversed(self.services.history.summaries()) if each.id in ids]

    async def _pin_all(self, those: Sequence[Summary]) -> None:
        pinned = all(each.pinned for each in those)
        changing = [each.id for each in those if each.pinned is pinned]
        await self._change(changing, pinned=not pinned)
        if (named := self._named(those)) != "this entry":
            self.tell(f"{named} {'unpinned' if pinned else 'pinned'}.".capitalize())

    async def _tag_all(self, those: Sequence[Summary]) -> None:
        self._ask_tags(those)

    @work(group="name", exclusive=True)
    async def _ask_tags(self, those: Sequence[Summary]) -> None:
        """Ask for the tags that all have; those that only some have stay."""
        from sonde_core.history import tags

        from .tags import TagsScreen

        now = tags.shared(those)
        question = f"Tags of {self._named(those)}"
        screen = TagsScreen(question, now, tags.known(self.services.history.summaries()))
        answer = await self.app.push_screen_wait(screen)
        if answer is None:
            return
        gone = [tag for tag in now if tag not in answer]
        for tagged, ids in tags.changed(those, add=answer, remove=gone).items():
            await self._change(ids, tags=tagged)

    async def _change(
        self,
        ids: Sequence[str],
        *,
        name: str | None = None,
        pinned: bool | None = None,
        tags: Sequence[str] | None = None,
        note: str | None = None,
    ) -> None:
        try:
            await self.services.history.set(ids, name=name, pinned=pinned, tags=tags, note=note)
        except SondeError as error:
            self.view.refuse(error)
        self.list_now()

    async def _delete_all(self, those: Sequence[Summary]) -> None:
        ids, named = [each.id for each in those], self._named(those)
        marked = {each: None for each in ids if each in self._marked}
        self._marked = {each: None for each in self._marked if each not in marked}
        if len(ids) > _MANY:
            self.tell(f"Deleting {len(ids):,} entries… u brings them back.")
        self._delete(ids, named, marked)

    @work(group="delete", description="delete")  # else each id would be printed
    async def _delete(self, ids: Sequence[str], named: str, marked: dict[str, None]) -> None:
        """Delete while other keys are heard; the next one waits for what is short."""
        try:
            with held(self) if len(ids) <= _MANY else nullcontext():
                await self.services.history.delete(ids)
        except SondeError as error:
            self._marked |= marked
            self.view.refuse(error)
            self.list_now()
            return
        if named != "this entry":
            back = "them" if len(ids) > 1 else "it"
            self.tell(f"{named} deleted; u brings {back} back until you leave.".capitalize())
        else:
            self.tell("Deleted; u brings it back until you leave.")
        self.list_now()

    @work(group="undo")
    async def _undo(self) -> None:
        follows = any(each.group == "delete" and not each.is_finished for each in self.workers)
        if follows:
            self.tell("Undo follows once the deletion is done.")
        with nullcontext() if follows else held(self):
            back = await self.services.history.undo()
        if not back:
            self.tell("Nothing to bring back.", warning=True)
        elif len(back) > 1:
            self.tell(f"{len(back):,} are back.")
        self.list_now()


def _marked_entries(number: int) -> str:
    return "the marked entry" if number == 1 else f"{number:,} marked entries"
