"""What differs: between a replay and what it repeats, or between two entries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, TypeAlias, runtime_checkable

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from sonde_core.difference import IGNORED_BY_DEFAULT, Difference, compare
from sonde_core.errors import SondeError
from sonde_core.history.entry import Entry
from sonde_core.live import Live
from sonde_core.model import Exchange, Problem
from sonde_core.replay import replay
from sonde_core.safetext import SafeText, join, line
from sonde_core.script.results import StepResult, all_fine, summary
from sonde_core.words import size, status_line

from ..messages import EntryRecorded
from ..services import Services
from ..widgets.key_bar import KeyBar
from ..widgets.rows.line_view import LineView, TextLines
from ..widgets.status_line import ProblemPanel
from .copying import Copying
from .dialog import Dialog

_FRAME: Final = 1 / 30
_STYLES: Final = {
    "+": "$text-success",
    "-": "$text-error",
    "~": "$text-warning",
    "≠": "$text-warning",
    "−": "$text-error",  # noqa: RUF001 - the sign of a step that is missing
    "!": "$text-error",
    "»": "$text-accent",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Two entries to be compared.

    Attributes:
        steps: What came of each step, where a session was performed again.
        ignored: What the comparison leaves out.
    """

    before: Entry
    after: Entry
    steps: tuple[StepResult, ...] = ()
    ignored: tuple[str, ...] = IGNORED_BY_DEFAULT

    def shown(self, *, reveal: bool) -> tuple[Difference, tuple[StepResult, ...]]:
        """Return what differs and what came of the steps, as they are shown; it may take long."""
        before, after = self.before.exchange, self.after.exchange
        difference = compare(before, after, ignore=self.ignored, reveal=reveal)
        if reveal or not self.steps:
            return difference, self.steps
        from sonde_core.formats.masked_results import mask_results

        return difference, mask_results(self.steps, after)


Job: TypeAlias = Callable[["DifferenceScreen"], Awaitable[Compared]]


@runtime_checkable
class _Cancellable(Protocol):
    """A call or a session."""

    def cancel(self) -> None:
        """End it at once."""


class DifferenceScreen(Dialog[None], Copying):
    """Performs the job it is given, then shows both outcomes and what differs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="difference.copy"),
        Binding("ctrl+g", "reveal", "Secrets", id="reveal"),
    ]

    DEFAULT_CSS = """
    DifferenceScreen > .box { height: 90%; }
    DifferenceScreen #summary { height: auto; text-style: bold; }
    DifferenceScreen #outcomes { height: auto; color: $text-muted; }
    DifferenceScreen LineView { height: 1fr; }
    """

    copied_as = "difference"

    def __init__(self, title: str, job: Job, *, reveal: bool) -> None:
        super().__init__()
        self._title = title
        self._job = job
        self._reveal = reveal
        self._compared: Compared | None = None
        self._lines: list[SafeText] = []
        self._live: Live | None = None
        self._left = False

    @classmethod
    def of_replay(cls, services: Services, entry_id: str) -> DifferenceScreen:
        """Perform an entry again and compare."""

        async def job(screen: DifferenceScreen) -> Compared:
            app = screen.app
            before = await services.history.get(entry_id)
            done = await replay(services.exchanger, before, on_live=screen.watch_live)
            app.post_message(EntryRecorded(done.entry))
            return Compared(before, done.entry, done.steps, done.ignored)

        return cls("Replay", job, reveal=services.reveal)

    @classmethod
    def of_entries(cls, services: Services, one_id: str, other_id: str) -> DifferenceScreen:
        """Compare two entries as they are: the older one is what was before."""

        async def job(_: DifferenceScreen) -> Compared:
            found = [await services.history.get(each) for each in (one_id, other_id)]
            before, after = sorted(found, key=lambda entry: entry.exchange.started)
            return Compared(before, after)

        return cls("Compare: the older one is before", job, reveal=services.reveal)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title")
            yield Static("under way…", id="summary", markup=False)
            yield Static("", id="outcomes", markup=False)
            yield ProblemPanel()
            yield LineView(id="lines")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(LineView).focus()
        # The app's worker, since one of ours would be cancelled with the screen: a replay that is
        # left has to end, and to be recorded.
        self.app.run_worker(self._perform(), group="difference")

    def on_unmount(self) -> None:
        self._left = True

    def watch_live(self, live: Live) -> None:
        """Follow the exchange under way, so that escape can cancel it."""
        self._live = live
        if self._left:
            self._cancel()
        else:
            self._follow(live)

    @work(group="follow", exclusive=True)
    async def _follow(self, live: Live) -> None:
        seen = -1
        while not live.state.over:
            seen = await live.changed(seen)
            sent, received = live.recorder.sent, live.recorder.received
            self._say(f"{live.state} · {size(sent)} sent · {size(received)} received")
            await asyncio.sleep(_FRAME)
        self._say("comparing…")

    async def _perform(self) -> None:
        try:
            self._compared = await self._job(self)
        except SondeError as error:
            if not self._left:
                self._refuse(error)
        else:
            if not self._left:
                self._compare(self._compared)

    @work(group="compare", exclusive=True)
    async def _compare(self, compared: Compared) -> None:
        try:
            difference, steps = await asyncio.to_thread(compared.shown, reveal=self._reveal)
        except SondeError as error:
            self._refuse(error)
        else:
            self._show(compared, difference, steps)

    def _refuse(self, error: SondeError) -> None:
        self.workers.cancel_group(self, "follow")
        self._say("")
        self.query_one(ProblemPanel).problem = Problem.of(error)

    def _show(
        self, compared: Compared, difference: Difference, steps: Sequence[StepResult]
    ) -> None:
        self.workers.cancel_group(self, "follow")
        told = [] if all_fine(steps) else [summary(steps)]
        self._say(join([difference.summary, *told], " · "))
        before, after = (_outcome(each.exchange) for each in (compared.before, compared.after))
        self.query_one("#outcomes", Static).update(Content(f"before  {before}\nafter   {after}"))
        view = self.query_one(LineView)
        self._lines = [*_step_lines(steps, view.size.width), *difference.lines()]
        view.show(TextLines(self._lines, style_of=_style))

    def _say(self, text: str) -> None:
        self.query_one("#summary", Static).update(Content(line(text)))

    def action_reveal(self) -> None:
        """Show secrets here, or mask them again."""
        self._reveal = not self._reveal
        if self._compared is not None:
            self._compare(self._compared)

    def action_leave(self) -> None:
        """Cancel what runs, which is recorded all the same, and close."""
        self._left = True
        self._cancel()
        self.dismiss(None)

    def _cancel(self) -> None:
        live = self._live
        if isinstance(live, _Cancellable) and not live.state.over:
            live.cancel()

    def copied(self) -> str:
        return join(self._lines, "\n")


def _outcome(exchange: Exchange) -> SafeText:
    when = exchange.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return join([status_line(exchange), line(when)], " · ")


def _step_lines(steps: Sequence[StepResult], width: int) -> list[SafeText]:
    """Return a line for each step, and an empty one behind them."""
    if not steps:
        return []
    from ..widgets.step_rows import step_lines

    return [*step_lines(steps, width), line("")]


def _style(text: str) -> str:
    """Colour by the sign that begins the line; the sign says the same without colour."""
    return _STYLES.get(text[:1], "")
