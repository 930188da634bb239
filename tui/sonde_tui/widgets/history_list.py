"""The list of entries, newest first; its keys act on the row under the cursor."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message

from sonde_core.history.outline import (
    Folds,
    Heading,
    Item,
    Outline,
    Repeated,
    below,
    key_of,
    newest,
)
from sonde_core.history.summary import Summary

from .entry_rows import EntryRows
from .offers import Offers
from .rows.line_view import LineView

_OF_THE_LIST: Final = ("ask('tree')", "ask('together')")


class HistoryList(LineView, Offers):
    """Rows of entries with a cursor: each entry by itself, or an outline of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask('open')", "Open", id="row.open"),
        Binding("e", "ask('edit')", "Edit", id="row.edit"),
        Binding("r", "ask('replay')", "Replay", id="row.replay"),
        Binding("d", "ask('compare')", "Compare", id="row.compare"),
        Binding("space", "ask('mark')", "Mark", id="row.mark"),
        Binding("p", "ask('pin')", "Pin", id="row.pin"),
        Binding("t", "ask('tag')", "Tags", id="row.tags"),
        Binding("delete,D", "ask('delete')", "Delete", id="row.delete"),
        Binding("u", "ask('undo')", "Undo", id="row.undo"),
        Binding("m", "ask('name')", "Name", id="row.name"),
        Binding("a", "ask('note')", "Note", id="row.note"),
        Binding("v", "ask('tree')", "Tree/list", id="row.tree"),
        Binding("c", "ask('together')", "Repeats as one", id="row.together"),
        Binding("R", "ask('repeat')", "Repeat", id="row.repeat", show=False),
        Binding("M", "ask('replay_listed')", "Replay all listed", id="row.replay-all", show=False),
        Binding("asterisk", "ask('mark_all')", "Mark all/none", id="row.mark-all", show=False),
        Binding("right", "unfold", "Unfold", id="row.unfold", show=False),
        Binding("left", "fold_up", "Fold", id="row.fold", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another entry is under the cursor; None when there is none."""

        summary: Summary | None

    @dataclass
    class Asked(Message):
        """A key asks something of an entry; None when the cursor is on none."""

        what: str
        summary: Summary | None

    def __init__(self) -> None:
        super().__init__(cursor=True)
        self._entries: Sequence[Summary] | Outline = ()
        self._items: Sequence[Item] = ()
        self._folds = Folds()
        self._marked: Collection[str] = ()
        self._secrets = False
        self._can_undo = False
        self._look_of_rows = EntryRows(())
        self._current_id = ""  # of the entry under the cursor
        self._current_key = ""  # of what stands in its row
        self._sought_id = ""  # the cursor is to go there once it is listed

    @property
    def item(self) -> Item | None:
        """What stands in the row of the cursor: an entry, several as one, or a heading."""
        if 0 <= self.cursor_row < len(self._items):
            return self._items[self.cursor_row]
        return None

    @property
    def current(self) -> Summary | None:
        """The entry under the cursor; of repeated ones the newest."""
        item = self.item
        return None if item is None else newest(item)

    @property
    def chosen(self) -> Sequence[Summary]:
        """All entries that the row under the cursor stands for."""
        item = self.item
        return () if item is None else below(item)

    @property
    def seen(self) -> Iterator[Summary]:
        """All entries of the rows that are on the screen."""
        for item in self._items[self.top : self.top + self.size.height]:
            yield from below(item)

    def show_entries(
        self,
        entries: Sequence[Summary] | Outline,
        *,
        marked: Collection[str] = (),
        reveal: bool = False,
        can_undo: bool = False,
    ) -> None:
        """List entries; the cursor stays on its entry.

        While nobody is at the list, a cursor on the newest entry stays on the newest.
        """
        current = self.current
        if isinstance(entries, Outline):
            if current is not None and type(self._entries) is not type(entries):
                entries.open_to(current, self._folds)
            if not self._items and (only := entries.root.single):
                self._folds.turn(only, show=True)
        self._entries, self._marked, self._secrets = entries, marked, reveal
        self._can_undo = can_undo
        self._show()

    def _show(self) -> None:
        row, top = self.cursor_row, self.top
        items, depths = self._rows()
        grown = len(items) - len(self._items)
        self._items = items
        self._source = self._look_of_rows = EntryRows(
            items,
            depths=depths,
            folds=self._folds if isinstance(self._entries, Outline) else None,
            marked=self._marked,
            reveal=self._secrets,
            width=self._room,
        )
        wanted = self._row_of_current(row + grown) if row or self.has_focus else 0
        if items:
            self.redraw()
        else:
            self.show(self._source)
        if top:  # what is seen stays where it is; at the very top, what is new comes into view
            self.scroll_to(y=max(top + wanted - row, 0), animate=False, force=True)
        self.go_to(wanted)
        self._seek()
        self._tell_moved()

    def _rows(self) -> tuple[Sequence[Item], Sequence[int]]:
        if isinstance(self._entries, Outline):
            return self._entries.rows(self._folds)
        return self._entries, ()

    def go_to_entry(self, entry_id: str) -> None:
        """Put the cursor on an entry, now or once it is listed."""
        self._sought_id = entry_id
        self._seek()
        self._tell_moved()

    def _seek(self) -> None:
        found = self._row_of(self._sought_id) if self._sought_id else None
        if found is not None:
            self._sought_id = ""
            self.go_to(found)

    @property
    def _room(self) -> int:
        return self.outer_size.width - 1  # with the scroll bar, which comes and goes

    def on_resize(self, _: events.Resize) -> None:
        if self._room != self._look_of_rows.width:
            self._source = self._look_of_rows = self._look_of_rows.fitting(self._room)
            self.redraw()

    def _row_of_current(self, likely: int) -> int:
        """Return where the current row stands now; where it stood when it is gone."""
        rows = self._items
        if 0 <= likely < len(rows) and key_of(rows[likely]) == self._current_key:
            return likely
        same = (row for row, item in enumerate(rows) if key_of(item) == self._current_key)
        found = next(same, None)
        if found is None and self._current_id:
            found = self._row_of(self._current_id)
        return max(min(self.cursor_row, len(rows) - 1), 0) if found is None else found

    def _row_of(self, entry_id: str) -> int | None:
        """Return the row of an entry, by itself or among repeated ones."""
        for row, item in enumerate(self._items):
            if isinstance(item, Summary):
                if item.id == entry_id:
                    return row
            elif isinstance(item, Repeated) and any(each.id == entry_id for each in item.entries):
                return row
        return None

    @on(LineView.CursorMoved)
    def _cursor_moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self._tell_moved()

    def _tell_moved(self) -> None:
        item, current = self.item, self.current
        self._current_key = "" if item is None else key_of(item)
        if (current.id if current else "") != self._current_id:
            self._current_id = current.id if current else ""
            self.post_message(self.Moved(current))
        self.keys_changed()

    def offers(self, action: str) -> bool:
        if action == "ask('undo')":
            return self._can_undo
        if action in ("ask('open')", "ask('mark')"):
            return self.item is not None
        if action in ("ask('edit')", "ask('name')", "ask('note')"):
            return self.current is not None
        if action in _OF_THE_LIST or not action.startswith("ask("):
            return True
        return self.current is not None or bool(self._marked)

    @on(LineView.RowChosen)
    def _row_chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        self.action_ask("open")

    def action_ask(self, what: str) -> None:
        if what == "open" and isinstance(self.item, Heading):
            self.action_fold()
        else:
            self.post_message(self.Asked(what, self.current))

    # folding

    def action_unfold(self) -> None:
        """Show what lies below the row; where nothing does, move to the side."""
        if isinstance(item := self.item, Heading | Repeated) and not self._folds.shows(item):
            self._set_fold(item, show=True)
        else:
            self.action_move_right()

    def action_fold_up(self) -> None:
        """Hide what lies below the row, or go to the row that this one lies below."""
        if isinstance(item := self.item, Heading | Repeated) and self._folds.shows(item):
            self._set_fold(item, show=False)
        elif (above := self._row_above()) is not None:
            self.go_to(above)
        else:
            self.action_move_left()

    def action_fold(self) -> None:
        """Fold the row, or the one it lies below, or unfold it."""
        item = self.item
        if not isinstance(item, Heading | Repeated):
            above = self._row_above()
            if above is None:
                return
            item = self._items[above]
            self.go_to(above)
            self._tell_moved()
        if isinstance(item, Heading | Repeated):
            self._set_fold(item, show=not self._folds.shows(item))

    def action_fold_all(self) -> None:
        """Unfold all headings, or fold all."""
        if isinstance(self._entries, Outline):
            self._folds.turn_all()
            self._show()

    def _set_fold(self, item: Heading | Repeated, *, show: bool) -> None:
        self._folds.turn(item, show=show)
        self._show()

    def _row_above(self) -> int | None:
        """Return the row that the one under the cursor lies below."""
        depths = self._look_of_rows.depths
        row = self.cursor_row
        if not 0 <= row < len(depths):
            return None
        return next((at for at in range(row - 1, -1, -1) if depths[at] < depths[row]), None)
