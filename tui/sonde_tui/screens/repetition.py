"""One entry performed again and again: how long it takes, and what changes."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from sonde_core.comparing.ignoring import IgnoreRules
from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.live import Live, cancel
from sonde_core.model import Problem
from sonde_core.replay import Replay, replay
from sonde_core.replaying.repetition import Lap, Repetition
from sonde_core.safetext import SafeText, join, line
from sonde_core.secrets import mask_url

from ..messages import CompareAsked, EntryRecorded
from ..services import Services
from ..widgets.key_bar import KeyBar
from ..widgets.repeating import Plan
from ..widgets.rerun_rows import LapRows
from ..widgets.rows.line_view import LineView
from ..widgets.status_line import ProblemPanel
from . import elsewhere
from .at_work import AtWorkScreen
from .copying import LaterText

_FRAME: Final = 1 / 15
_BAR: Final = 60  # cells of a bar at most
_NUMBERS: Final = 34  # cells beside it


class RepetitionScreen(AtWorkScreen):
    """Statistics, a histogram, and the newest times, live."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "before", "With the one before", id="repetition.before"),
        Binding("o", "entry", "In History", id="repetition.entry"),
        Binding("y", "copy", "Copy", id="repetition.copy"),
        Binding("ctrl+j", "again", "Again", id="repetition.again"),
        Binding("escape", "leave", "Stop/back", id="repetition.leave"),
    ]

    DEFAULT_CSS = """
    RepetitionScreen #told { height: auto; padding: 0 1; text-style: bold; }
    RepetitionScreen #what { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    RepetitionScreen #times { height: 1; padding: 0 1; }
    RepetitionScreen #histogram { height: auto; padding: 0 1; color: $text-accent; }
    RepetitionScreen #laps { height: 1fr; min-height: 4; border-top: solid $panel; }
    """

    copied_as = "statistics"

    def __init__(self, services: Services, entry: Entry, plan: Plan, rules: IgnoreRules) -> None:
        super().__init__()
        self._services = services
        self._entry = entry
        self._plan = plan
        self._rules = rules
        self._drawn: object = None  # what was drawn last
        self._live: Live | None = None
        self._work = self._make()

    def compose(self) -> ComposeResult:
        yield Static("under way…", id="told", markup=False)
        yield Static(self._what, id="what", markup=False)
        yield Static("", id="times", markup=False)
        yield Static("", id="histogram", markup=False)
        yield ProblemPanel()
        yield LineView(cursor=True, id="laps")
        yield KeyBar()

    def on_mount(self) -> None:
        self.laps.focus()
        self.set_interval(_FRAME, self._draw)
        self._begin()

    @property
    def laps(self) -> LineView:
        """The newest times."""
        return self.query_one("#laps", LineView)

    @property
    def work(self) -> Repetition:
        """What is under way, or over."""
        return self._work

    @property
    def _what(self) -> SafeText:
        target = self._entry.exchange.target
        shown = target if self._services.reveal else mask_url(target)
        plan = self._plan
        times = f"{plan.times:,} times" if plan.times else "until it is stopped"
        pause = f", every {plan.seconds:g} s" if plan.seconds else ""
        told = elsewhere.told(plan.changes, reveal=self._services.reveal) if plan.changes else []
        return line(" · ".join([shown, *told, f"{times}{pause}"]))

    def offers(self, action: str) -> bool:
        if action == "entry":
            return self._lap is not None
        if action == "before":
            lap, laps = self._lap, self._work.laps
            return lap is not None and lap.number > laps[0].number
        return super().offers(action)

    def _make(self) -> Repetition:
        return Repetition(self._once, self._plan.times, self._plan.seconds)

    async def _once(self) -> Replay:
        done = await replay(
            self._services.exchanger,
            self._entry,
            on_live=self._watch,
            ignore=self._rules,
            changes=self._plan.changes,
        )
        self.app.post_message(EntryRecorded(done.entry))
        if done.withheld and not self._work.done and self.is_attached:
            self.remark(f"Not sent to another origin: {', '.join(done.withheld)}.")
        return done

    def _watch(self, live: Live) -> None:
        self._live = live
        if self._work.stopped:
            cancel(live)

    def _begin(self) -> None:
        self.running, self._drawn = True, None
        self.query_one(ProblemPanel).problem = None
        self.laps.show(LapRows(list(self._work.laps)))
        # The app's worker: what is left has to end, and to be recorded.
        self.app.run_worker(self._perform(self._work), group="repetition")

    async def _perform(self, work: Repetition) -> None:
        try:
            await work.run()
        except SondeError as error:
            if self.is_attached:
                self.query_one(ProblemPanel).problem = Problem.of(error)
        finally:
            if work is self._work:
                self.running = False

    # drawing

    def _draw(self) -> None:
        """Draw what is new; when all is over, for the last time."""
        work = self._work
        state = work.version, self.running, self._services.reveal
        if state == self._drawn or not self.is_current:
            return
        self._drawn = state
        under_way = f"time {work.done + 1:,} under way · " if self.running else ""
        stops = " · escape stops" if self.running else ""
        self.query_one("#told", Static).update(line(f"{under_way}{work.summary}{stops}"))
        self.query_one("#what", Static).update(self._what)
        self.query_one("#times", Static).update(work.times_taken if work.durations.count else "")
        self.query_one("#histogram", Static).update(join(self._bars(), "\n"))
        self._draw_laps()
        self.keys_changed()

    def _bars(self) -> list[SafeText]:
        return self._work.histogram(max(min(self.size.width - _NUMBERS, _BAR), 10))

    def _draw_laps(self) -> None:
        """Draw the times; a cursor on the newest one stays on the newest."""
        laps, view = list(self._work.laps), self.laps
        source = view.source
        if not isinstance(source, LapRows):
            return
        newest = view.cursor_row >= len(source.laps) - 1
        here = self._lap
        source.laps = laps
        view.redraw()
        if newest:
            view.go_to(len(laps) - 1)
        elif here is not None and laps:
            view.go_to(max(here.number - laps[0].number, 0))

    @property
    def _lap(self) -> Lap | None:
        """The time under the cursor."""
        source, row = self.laps.source, self.laps.cursor_row
        return source.laps[row] if isinstance(source, LapRows) and row < source.count else None

    # keys

    @on(LineView.CursorMoved, "#laps")
    def _moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self.keys_changed()

    @on(LineView.RowChosen, "#laps")
    def _chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        if lap := self._lap:
            self.app.post_message(CompareAsked(self._entry.id, lap.round.entry))

    def action_before(self) -> None:
        """Compare with the time before."""
        lap, laps = self._lap, self._work.laps
        before = next((each for each in laps if lap and each.number == lap.number - 1), None)
        if lap and before:
            self.app.post_message(CompareAsked(before.round.entry, lap.round.entry))
        else:
            self.remark("There is no time before it to compare with.")

    def action_entry(self) -> None:
        """Go to the entry of the time under the cursor, in the history."""
        lap = self._lap
        if lap is None:
            self.remark("There is no new entry in the history yet.")
            return
        self.go_to_entry(lap.round.entry)

    def copied(self) -> LaterText:
        rows = LapRows(list(self._work.laps))
        head = [self._work.summary, self._work.times_taken, *self._bars()]
        return LaterText(lambda: join([*head, *rows.all_text()], "\n"))

    @property
    def stopped(self) -> bool:
        return self._work.stopped

    def stop(self) -> None:
        self._work.stop()
        cancel(self._live)

    def begin_anew(self) -> None:
        self._work = self._make()
        self._begin()
