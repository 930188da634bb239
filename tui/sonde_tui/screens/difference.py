"""What differs: between a replay and what it repeats, or between two entries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from sonde_core.comparing.ignore_file import IgnoreFile
from sonde_core.comparing.offers import offers
from sonde_core.errors import SondeError
from sonde_core.live import Live, cancel
from sonde_core.model import Problem
from sonde_core.replay import replay
from sonde_core.safetext import line
from sonde_core.words import size

from ..messages import CopyAsked, EntryRecorded
from ..services import Services
from ..widgets.difference_view import DifferenceView
from ..widgets.key_bar import KeyBar
from ..widgets.status_line import ProblemPanel
from .compared import Compared, Shown, as_json, contents_of, outcome_line, step_lines
from .copying import Copying, LaterText
from .dialog import Dialog

_FRAME: Final = 1 / 30

Job: TypeAlias = Callable[["DifferenceScreen"], Awaitable[Compared]]


if TYPE_CHECKING:
    from sonde_core.replaying.verdict import Grounds

    from .ignore_rules import Wish


class DifferenceScreen(Dialog[bool], Copying):
    """Performs the job it is given, then shows both outcomes and what differs.

    Returns whether rules of comparisons were changed meanwhile.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("O", "rules", "Rules", id="difference.rules"),
        Binding("y", "copy", "Copy", id="difference.copy"),
        Binding("Y", "copy_json", "Copy as JSON", id="difference.copy-json", show=False),
        Binding("S", "save", "Save", id="difference.save"),
        Binding("ctrl+g", "reveal", "Secrets", id="reveal"),
    ]

    DEFAULT_CSS = """
    DifferenceScreen > .box { height: 90%; max-width: 100%; }
    DifferenceScreen #summary { height: auto; max-height: 4; text-style: bold; }
    DifferenceScreen #outcomes { height: auto; color: $text-muted; }
    """

    copied_as = "difference"

    @dataclass
    class Progressed(Message):
        """A comparison has gone on."""

        words: str

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, DifferenceScreen.Progressed)

    def __init__(self, title: str, job: Job, services: Services) -> None:
        super().__init__()
        self._title = title
        self._job = job
        self._services = services
        self._reveal = services.reveal
        self._compared: Compared | None = None
        self._shown: Shown | None = None
        self._besides: tuple[str, ...] = ()  # what is left out only now
        self._live: Live | None = None
        self._left = False
        self._ruled = False  # a rule was made, or deleted

    @classmethod
    def of_replay(cls, services: Services, entry_id: str) -> DifferenceScreen:
        """Perform an entry again and compare."""

        async def job(screen: DifferenceScreen) -> Compared:
            app = screen.app
            before = await services.history.get(entry_id)
            done = await replay(
                services.exchanger, before, on_live=screen.watch_live, compares=False
            )
            app.post_message(EntryRecorded(done.entry))
            return Compared.of_replay(before, done)

        return cls("Replay", job, services)

    @classmethod
    def of_entries(
        cls, services: Services, one_id: str, other_id: str, grounds: Grounds | None = None
    ) -> DifferenceScreen:
        """Compare two entries as they are: the older one is what was before.

        Args:
            services: Has the history.
            one_id: Of the one.
            other_id: Of the other.
            grounds: What the verdict rests on, too, where the newer one is a replay.
        """

        async def job(_: DifferenceScreen) -> Compared:
            found = [await services.history.get(each) for each in (one_id, other_id)]
            before, after = sorted(found, key=lambda entry: entry.exchange.started)
            return Compared(before, after, grounds=grounds)

        return cls("Compare: the older one is before", job, services)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            yield Static("under way…", id="summary", markup=False)
            yield Static("", id="outcomes", markup=False)
            yield ProblemPanel()
            yield DifferenceView()
        yield KeyBar()

    def on_mount(self) -> None:
        self._view.view.focus()
        # The app's worker, since one of ours would be cancelled with the screen: a replay that is
        # left has to end, and to be recorded.
        self.app.run_worker(self._perform(), group="difference")

    def on_unmount(self) -> None:
        self._left = True

    def watch_live(self, live: Live) -> None:
        """Follow the exchange under way, so that escape can cancel it."""
        self._live = live
        if self._left:
            cancel(self._live)
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
            if not self._gone:
                self._refuse(error)
        else:
            if not self._gone:
                self._compare(self._compared)

    @work(group="compare", exclusive=True)
    async def _compare(self, compared: Compared) -> None:
        try:
            shown = await compared.shown(
                self._services.config.path,
                besides=self._besides,
                reveal=self._reveal,
                on_progress=self._tell_progress,
            )
        except SondeError as error:
            if not self._gone:
                self._refuse(error)
        else:
            if not self._gone:
                self._show(compared, shown)

    def _tell_progress(self, words: str) -> None:
        """Tell it from the thread that compares."""
        self.post_message(self.Progressed(words))

    @on(Progressed)
    def _progressed(self, message: Progressed) -> None:
        message.stop()
        if self._shown is None:
            self._say(f"{message.words}… (escape leaves it)")

    def _refuse(self, error: SondeError) -> None:
        self.workers.cancel_group(self, "follow")
        self._say("")
        self.query_one(ProblemPanel).problem = Problem.of(error)

    def _show(self, compared: Compared, shown: Shown) -> None:
        self.workers.cancel_group(self, "follow")
        self._shown = shown
        self._say(shown.told)
        steps = shown.steps
        before, after = (outcome_line(each.exchange) for each in (compared.before, compared.after))
        self.query_one("#outcomes", Static).update(Content(f"before  {before}\nafter   {after}"))
        if shown.warning:
            self.notify(line(shown.warning), severity="warning", markup=False)
        self._view.show(shown.difference, lambda width: step_lines(steps, width))

    @property
    def _gone(self) -> bool:
        """Whether there is nothing more to be shown in."""
        return self._left or not self.query(DifferenceView)

    @property
    def _view(self) -> DifferenceView:
        return self.query_one(DifferenceView)

    def _say(self, text: str) -> None:
        for said in self.query("#summary").results(Static):  # none while the screen goes away
            said.update(Content(line(text)))

    def action_reveal(self) -> None:
        """Show secrets here, or mask them again."""
        self._reveal = not self._reveal
        if self._compared is not None:
            self._compare(self._compared)

    @on(DifferenceView.IgnoreAsked)
    def _ignore_asked(self, message: DifferenceView.IgnoreAsked) -> None:
        """Ask what is left out from now on, and where."""
        message.stop()
        places = offers(message.change)
        if not places or self._compared is None:
            self.notify("There is no rule for this.", markup=False)
            return
        from .ignore_rules import IgnoreScreen

        screen = IgnoreScreen(places, self._compared.target)

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self._leave_out(screen.wishes[int(answer)])

        self.app.push_screen(screen, chosen)

    @work(group="rule")
    async def _leave_out(self, wish: Wish) -> None:
        """Make a rule, and compare anew."""
        if wish.kept:
            file = IgnoreFile.beside(self._services.config.path)
            try:
                await asyncio.to_thread(file.add, wish.rule)
            except SondeError as error:
                self.notify(line(f"{error.message} {error.advice}"), severity="error", markup=False)
                return
            self._ruled = True
            self.notify(line(f"{wish.rule.place} is left out; O lists the rules."), markup=False)
        else:
            self._besides = (*self._besides, wish.rule.place)
        self._again()

    def action_rules(self) -> None:
        """List the rules."""
        from .ignore_rules import IgnoreRulesScreen

        def listed(changed: bool | None) -> None:
            if changed is not False:
                self._ruled = True
                self._again()

        self.app.push_screen(IgnoreRulesScreen(self._services.config.path), listed)

    def _again(self) -> None:
        """Compare anew."""
        if self._compared is not None:
            self._compare(self._compared)

    def action_copy_json(self) -> None:
        """Copy what differs as JSON."""
        if self._shown is not None:
            written = as_json(self._shown.difference)
            self.app.post_message(CopyAsked(written, "difference as JSON"))

    def action_save(self) -> None:
        """Save what differs, as text or as JSON."""
        written = self.copied()
        if self._shown is None or written is None:
            return
        from .save import SaveScreen

        contents = contents_of(self._shown.difference, written)

        def saved(told: str | None) -> None:
            if told:
                self.notify(line(told), markup=False)

        self.app.push_screen(SaveScreen(contents, self._services), saved)

    def action_leave(self) -> None:
        """Cancel what runs, which is recorded all the same, and close."""
        self._left = True
        cancel(self._live)
        self.dismiss(self._ruled)

    def copied(self) -> LaterText | None:
        write = self._view.written()
        return None if write is None else LaterText(write)
