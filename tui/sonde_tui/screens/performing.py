"""Steps while they are performed, and what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Static

from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.model import Problem
from sonde_core.safetext import SafeText, join, line
from sonde_core.script.results import StepResult
from sonde_core.secrets import mask_url
from sonde_core.words import count

from ..key_order import held
from ..messages import EntryRecorded
from ..performing import Plan, Work
from ..services import Services
from ..widgets.key_bar import KeyBar
from ..widgets.rows.line_view import LineView
from ..widgets.status_line import ProblemPanel
from ..widgets.step_rows import RoundRows, StepRows, step_lines
from .at_work import AtWorkScreen
from .copying import LaterText
from .veiling import Veiling

_FRAME: Final = 1 / 15
_COPIED: Final = 160  # cells of a row that is copied


class PerformingScreen(AtWorkScreen, Veiling):
    """The table of steps, live; with several rounds a row for each above it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "again", "Again", id="performing.again"),
        Binding("d", "difference", "Difference", id="performing.difference"),
        Binding("o", "entry", "In History", id="performing.entry"),
        Binding("y", "copy", "Copy", id="performing.copy"),
        Binding("escape", "leave", "Stop/back", id="performing.leave"),
    ]

    DEFAULT_CSS = """
    PerformingScreen #told { height: auto; padding: 0 1; text-style: bold; }
    PerformingScreen #where { height: auto; padding: 0 1; color: $text-muted; }
    PerformingScreen #rounds { height: 1fr; border-top: solid $panel; }
    PerformingScreen #table { height: 2fr; border-top: solid $panel; }
    """

    copied_as = "steps"

    def __init__(self, services: Services, plan: Plan) -> None:
        super().__init__()
        self._services = services
        self._plan = plan
        self._work = Work(services, plan)
        self._follows = True
        self._row = 0  # where the cursor was put last, while it follows
        self._drawn = (-1, False)  # rounds that are drawn, and whether another is under way
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="told", markup=False)
        yield Static(self._where, id="where", markup=False)
        yield ProblemPanel()
        if self._plan.times > 1:
            yield LineView(cursor=True, id="rounds")
        yield LineView(cursor=True, id="table")
        yield KeyBar()

    def on_mount(self) -> None:
        self.table.focus()
        self._timer = self.set_interval(_FRAME, self._draw)
        self._begin()

    @property
    def _where(self) -> SafeText:
        plan, reveal = self._plan, self._services.reveal
        if plan.into is not None:
            address = plan.into.request.address
        else:
            address = plan.changes.address or plan.entry.exchange.target
        into = "into the open session with " if plan.into is not None else ""
        times = "" if plan.times == 1 else f" · {count(plan.times, 'time')}"
        strict = " · stops at a difference" if plan.changes.strict else ""
        shown = address if reveal else mask_url(address)
        return line(f"{into}{shown} · {plan.pace}{times}{strict}")

    @property
    def table(self) -> LineView:
        """The steps."""
        return self.query_one("#table", LineView)

    def offers(self, action: str) -> bool:
        if action in ("difference", "entry"):
            return 0 <= self._round < len(self._work.rounds)
        return super().offers(action)

    @property
    def _round(self) -> int:
        """Which time is shown, from 0."""
        found = self.query("#rounds").results(LineView)
        return next((view.cursor_row for view in found), len(self._work.rounds) - 1)

    def _begin(self) -> None:
        work = self._work = Work(self._services, self._plan)
        app = self.app
        work.on_recorded = lambda entry: app.post_message(EntryRecorded(entry))
        self.running, self._follows, self._row, self._drawn = True, True, 0, (-1, False)
        self.query_one(ProblemPanel).problem = None
        self._say("under way…")
        # The app's worker: what is left has to end, and to be recorded.
        self._job = app.run_worker(self._perform(work), group="performing")

    async def _perform(self, work: Work) -> None:
        error: SondeError | None = None
        try:
            await work.run()
        except SondeError as caught:
            error = caught
        finally:
            if work is self._work:
                self.running = False
        if work is self._work and self.is_attached:
            self._over(error)

    def _over(self, error: SondeError | None) -> None:
        self._draw()
        if error is not None:
            self._say("Not performed.")
            self.query_one(ProblemPanel).problem = Problem.of(error)
            return
        self._say(self._work.told)

    def _say(self, text: str) -> None:
        self.query_one("#told", Static).update(line(text))

    # drawing

    def reveal_changed(self, *, reveal: bool) -> None:
        del reveal  # it is asked for anew
        for shown in self.query("#where").results(Static):
            shown.update(self._where)

    def _draw(self) -> None:
        """Draw what is under way; when it is over, for the last time."""
        work, performance = self._work, self._work.performance
        state = (len(work.rounds), self.running)
        if not self.running and state == self._drawn:
            return
        if state != self._drawn:
            self._draw_rounds()
            self.keys_changed()
        self._drawn = state
        if performance is None:
            return
        at = performance.current if self.running else -1
        if self.running:
            told = self._progress(at, len(performance.results))
            stopping = f"stopping… · {told} · escape goes back"
            self._say(stopping if work.stopped else f"{told} · escape stops")
        if self._shows_newest:
            self._show(performance.results, at)
            self._follow(at)

    def _progress(self, at: int, steps: int) -> str:
        number = f"time {len(self._work.rounds) + 1:,} of {self._plan.times:,} · "
        first = number if self._plan.times > 1 else ""
        odd = len(self._work.odd)
        told = f"{odd:,} not as expected" if odd else "as expected"
        return f"{first}step {min(at + 1, steps):,} of {steps:,} · {told} so far"

    @property
    def _shows_newest(self) -> bool:
        return self._plan.times == 1 or self._round >= len(self._work.rounds) - (not self.running)

    def _draw_rounds(self) -> None:
        for view in self.query("#rounds").results(LineView):
            newest = view.cursor_row >= sum(self._drawn) - 1  # the source has grown meanwhile
            row, rounds = view.cursor_row, self._work.rounds
            view.show(RoundRows(rounds, under_way=self.running, times=self._plan.times))
            view.go_to(view.source.count - 1 if newest else row)

    def _show(self, results: Sequence[StepResult], current: int) -> None:
        table, width = self.table, self.table.size.width
        source = table.source
        if isinstance(source, StepRows) and source.results is results:
            source.current, source.width = current, width
            table.redraw()
        else:
            table.show(StepRows(results, current=current, width=width))

    def _follow(self, row: int) -> None:
        table = self.table
        if row < 0:
            return
        if table.cursor_row != self._row:
            self._follows = False  # a person looks at something else
        if self._follows:
            table.go_to(row)
            self._row = table.cursor_row

    @on(LineView.CursorMoved, "#rounds")
    def _round_moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self.keys_changed()
        if self.running and self._shows_newest:
            return
        results = self._work.results_of(message.row)
        if results:
            self._show(results, -1)
        elif message.row < len(self._work.rounds):
            self._show((), -1)

    # keys

    @on(LineView.RowChosen, "#table")
    def _step_chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        source = self.table.source
        if isinstance(source, StepRows) and message.row < source.count:
            self._look(source.results[message.row], message.row)

    @work(group="look", exclusive=True)
    async def _look(self, result: StepResult, row: int) -> None:
        """Show both sides of a step; what came is read from the record of its own time."""
        from sonde_core.script.came import sides

        from .step_result import StepResultScreen

        try:
            with held(self):
                entry = await self._entry()
                exchange = entry.exchange if entry is not None else self._work.exchange_of()
                if exchange is None:
                    self.remark("Nothing came yet.")
                    return
                both = await asyncio.to_thread(sides, exchange, result)
        except SondeError as error:
            self.remark(f"{error.message} {error.advice}")
            return
        self.app.push_screen(StepResultScreen(row + 1, result, both))

    @on(LineView.RowChosen, "#rounds")
    def _round_chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        self.table.focus()

    def action_difference(self) -> None:
        self._differ()

    @work(group="differ", exclusive=True)
    async def _differ(self) -> None:
        from .compared import Compared
        from .difference import DifferenceScreen

        try:
            with held(self):
                after = await self._entry()
        except SondeError as error:
            self.remark(f"{error.message} {error.advice}")
            return
        before = self._plan.entry
        if after is None:
            self.remark("There is no new entry to compare yet.")
            return

        last = self._work.last
        grounds = last.grounds if last and last.entry.id == after.id else None

        async def job(_: DifferenceScreen) -> Compared:
            return Compared(before, after, grounds=grounds)

        title = "The recording, and what was performed"
        self.app.push_screen(DifferenceScreen(title, job, self._services))

    async def _entry(self) -> Entry | None:
        """Return what was recorded of the time that is shown; None while there is none."""
        rounds, number = self._work.rounds, self._round
        if not 0 <= number < len(rounds):
            return None
        last = self._work.last
        if last is not None and last.entry.id == rounds[number].entry:
            return last.entry
        return await self._services.history.get(rounds[number].entry)

    def action_entry(self) -> None:
        """Go to the entry of what is shown, in the history."""
        rounds, number = self._work.rounds, self._round
        if not 0 <= number < len(rounds):
            self.remark("There is no new entry in the history yet.")
            return
        self.go_to_entry(rounds[number].entry)

    def copied(self) -> LaterText | None:
        source = self.table.source
        if not isinstance(source, StepRows) or not source.count:
            return None
        return LaterText(lambda: join(step_lines(source.results, _COPIED), "\n"))

    @property
    def stopped(self) -> bool:
        return self._work.stopped

    def stop(self) -> None:
        self._work.stop()
        if self._plan.into is not None:
            self._job.cancel()
            if self.running:
                self.running = False
                self._over(None)
        if self.running:
            self._draw()

    def begin_anew(self) -> None:
        self._begin()
