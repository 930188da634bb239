"""Many entries performed again: a table of what is the same, changed or failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from sonde_core.clock import SystemClock
from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.history.summary import Summary
from sonde_core.replaying.rerun import Manner, Rerun
from sonde_core.replaying.verdict import Judged, Verdict
from sonde_core.safetext import join, line

from ..messages import EntryRecorded
from ..services import Services
from ..widgets.key_bar import KeyBar
from ..widgets.rerun_rows import RerunRows
from ..widgets.rows.line_view import LineView, TextLines
from . import elsewhere
from .at_work import AtWorkScreen
from .compared import difference_now
from .copying import LaterText

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Content

_FRAME: Final = 1 / 15
# What is listed, one after the other.
_LISTED: Final = (None, Verdict.CHANGED, Verdict.FAILED, Verdict.SAME, Verdict.STOPPED)
_COPIED: Final = 160  # cells of a row that is copied


class ReplayResultsScreen(AtWorkScreen):
    """The table, live; below it what differs in the row under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "difference", "Difference", id="results.difference"),
        Binding("f", "list_next", "Only…", id="results.list"),
        Binding("o", "entry", "In History", id="results.entry"),
        Binding("y", "copy", "Copy", id="results.copy"),
        Binding("S", "save", "Save", id="results.save"),
        Binding("ctrl+j", "again", "Again", id="results.again"),
        Binding("escape", "leave", "Stop/back", id="results.leave"),
    ]

    DEFAULT_CSS = """
    ReplayResultsScreen #told { height: auto; padding: 0 1; text-style: bold; }
    ReplayResultsScreen #where { height: auto; padding: 0 1; color: $text-muted; }
    ReplayResultsScreen #results { height: 1fr; border-top: solid $panel; }
    ReplayResultsScreen #detail { height: 7; border-top: solid $panel; }
    """

    copied_as = "table"

    def __init__(self, services: Services, entries: Sequence[Summary], manner: Manner) -> None:
        super().__init__()
        self._services = services
        self._manner = manner
        self._listed: Verdict | None = None
        self._drawn: object = None  # what was drawn last
        self._started, self._seconds = SystemClock().now(), 0.0
        self._recorded: Entry | None = None
        self._rerun = self._make(entries)

    def compose(self) -> ComposeResult:
        yield Static("", id="told", markup=False)
        yield Static("", id="where", markup=False)
        yield LineView(cursor=True, id="results")
        yield LineView(id="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        self.table.focus()
        self.set_interval(_FRAME, self._draw)
        self._begin()

    @property
    def table(self) -> LineView:
        """The entries."""
        return self.query_one("#results", LineView)

    @property
    def rerun(self) -> Rerun:
        """What is under way, or over."""
        return self._rerun

    def offers(self, action: str) -> bool:
        if action == "difference":
            return self.current is not None and bool(self.current.after)
        if action == "entry":
            return self._number >= 0
        return super().offers(action) and (action != "save" or not self.running)

    def _make(self, entries: Sequence[Summary]) -> Rerun:
        return Rerun(self._services.exchanger, entries, self._manner, on_recorded=self._note)

    def _note(self, entry: Entry) -> None:
        self._recorded = entry

    def _begin(self) -> None:
        self.running = True
        self._started = SystemClock().now()
        self._show_rows()
        # The app's worker: what is left has to end, and to be recorded.
        self.app.run_worker(self._perform(self._rerun), group="rerun")

    async def _perform(self, rerun: Rerun) -> None:
        try:
            await rerun.run()
        finally:
            if rerun is self._rerun:
                self.running = False
                self._seconds = (SystemClock().now() - self._started).total_seconds()

    # drawing

    @property
    def _room(self) -> int:
        return max(self.table.outer_size.width - 1, 40)  # with the scroll bar

    def _draw(self) -> None:
        """Draw what is new; when all is over, for the last time."""
        state = self._rerun.version, self.running, self._services.reveal
        if state == self._drawn or not self.is_current:
            return
        self._drawn = state
        if self._recorded is not None:
            self.app.post_message(EntryRecorded(self._recorded))
            self._recorded = None
        self._say()
        self._list()

    def _say(self) -> None:
        counts = self._rerun.counts
        if self.running:
            told = f"{counts.done:,} of {counts.total:,} · {counts.words} · escape stops"
        else:
            told = counts.summary
        self.query_one("#told", Static).update(line(told))
        changes = self._manner.changes
        parts = [] if changes.address else ["where they went"]
        parts += elsewhere.told(changes, reveal=self._services.reveal)
        parts.append(f"{self._manner.jobs:,} at a time")
        if self._rerun.withheld:
            parts.append(f"not sent there: {', '.join(sorted(self._rerun.withheld))}")
        if self._rerun.given_up:
            parts.append(f"took too long, left nothing out: {', '.join(self._rerun.given_up)}")
        if self._listed is not None:
            parts.append(f"only {self._listed}; f lists others")
        self.query_one("#where", Static).update(line(" · ".join(parts)))

    def _show_rows(self) -> None:
        """Show the entries that are listed; the cursor stays on its own."""
        here, reveal = self._number, self._services.reveal
        rows = RerunRows(self._rerun, self._numbers(), width=self._room, reveal=reveal)
        self.table.show(rows, row=rows.row_of(here))
        self._drawn = None

    def _numbers(self) -> list[int] | None:
        if self._listed is None:
            return None
        over = self._rerun.over
        return [each.number for each in over if each.verdict is self._listed]

    def _list(self) -> None:
        """Draw the rows anew: what stands in them has changed, or there are more."""
        rows = self.table.source
        if isinstance(rows, RerunRows):
            rows.numbers, rows.width = self._numbers(), self._room
            rows.secrets = self._services.reveal
            self.table.redraw()
        self._show_detail()

    @property
    def _number(self) -> int:
        """Which entry is under the cursor; -1 for none."""
        source, row = self.table.source, self.table.cursor_row
        return source.number(row) if isinstance(source, RerunRows) and row < source.count else -1

    @property
    def current(self) -> Judged | None:
        """What came of the entry under the cursor."""
        number = self._number
        return self._rerun.results[number] if number >= 0 else None

    @on(LineView.CursorMoved, "#results")
    def _moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        result = self.current
        lines = [] if result is None else [result.told, *result.lines]
        if result is not None and result.withheld:
            lines.append(line(f"not sent to another origin: {', '.join(result.withheld)}"))
        self.query_one("#detail", LineView).show(TextLines(lines, style_of=_style))
        self.keys_changed()

    # keys

    @on(LineView.RowChosen, "#results")
    def _chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        self.action_difference()

    def action_difference(self) -> None:
        result = self.current
        if result is None:
            self.remark("It is not over yet.")
        elif not result.after:
            self.remark("Nothing was performed, so there is nothing to compare.")
        else:
            self._show_difference(result)

    def _show_difference(self, result: Judged) -> None:
        from .difference import DifferenceScreen

        def left(ruled: bool | None) -> None:
            if ruled:
                self._renew(result)

        screen = DifferenceScreen.of_entries(
            self._services, result.before.id, result.after, result.grounds
        )
        self.app.push_screen(screen, left)

    @work(group="renew")
    async def _renew(self, result: Judged) -> None:
        """Judge a row anew: the rules of comparisons are others."""
        try:
            difference = await difference_now(self._services, result.before.id, result.after)
        except SondeError as error:
            self.remark(f"{error.message} {error.advice}")
            return
        if self._rerun.results[result.number] is result:
            self._rerun.renew(result, difference)

    def action_list_next(self) -> None:
        """List only what is changed, then what failed, and so on, as far as there is some."""
        counts = self._rerun.counts.by_verdict
        there = [each for each in _LISTED if each is None or counts[each]]
        at = there.index(self._listed) if self._listed in there else 0
        self._listed = there[(at + 1) % len(there)]
        self._show_rows()
        self._draw()

    def action_entry(self) -> None:
        """Go to the new entry of the row, in the history; else to what was performed."""
        number, result = self._number, self.current
        if number < 0:
            return
        entry_id = (result and result.after) or self._rerun.entries[number].id
        self.go_to_entry(entry_id)

    def copied(self) -> LaterText:
        reveal = self._services.reveal
        rows = RerunRows(self._rerun, self._numbers(), width=_COPIED, reveal=reveal)
        return LaterText(lambda: join(rows.all_text(), "\n"))

    def action_save(self) -> None:
        from .save import SaveScreen

        if self.running:
            self.remark("It is still under way; escape stops it.")
            return

        def saved(told: str | None) -> None:
            if told:
                self.notify(line(told), markup=False)

        self.app.push_screen(SaveScreen(self._contents(), self._services), saved)

    def _contents(self) -> list[Content]:
        from sonde_core.outlets.saving import Content
        from sonde_core.replaying.report import junit, rerun_json

        rerun, started, seconds = self._rerun, self._started, self._seconds
        return [
            Content(
                "JUnit XML", lambda: junit(rerun, started=started, seconds=seconds), "replay.xml"
            ),
            Content("JSON", lambda: iter((rerun_json(rerun).encode(),)), "replay.json"),
            Content("the table as text", self.copied().slices, "replay.txt"),
        ]

    @property
    def stopped(self) -> bool:
        return self._rerun.cancelled

    def stop(self) -> None:
        self._rerun.cancel()

    def begin_anew(self) -> None:
        self._ask_again()

    @work(group="again", exclusive=True)
    async def _ask_again(self) -> None:
        from .replay_plan import ReplayPlanScreen

        screen = ReplayPlanScreen(self._rerun.entries, self._manner)
        manner = await self.app.push_screen_wait(screen)
        if manner is not None:
            self._manner, self._listed = manner, None
            self._rerun = self._make(self._rerun.entries)
            self._begin()


def _style(text: str) -> str:
    signs = {"+": "$text-success", "-": "$text-error", "~": "$text-warning"}
    return signs.get(text[:1], "")
