"""One session on the screen: what was said, and where it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical

from sonde_core.errors import SondeError
from sonde_core.model import Exchange, Moment, Problem, State
from sonde_core.rates import Rates
from sonde_core.session import Session
from sonde_core.words import session_line

from ..services import Services
from .rows.line_source import Selected
from .status_line import ProblemPanel, StatusLine
from .transcript.about import About
from .transcript.arranging import veiled
from .transcript.transcript import Transcript

FRAME: Final = 1 / 30
TICK: Final = 1.0  # without news the clock in the line still goes on
# A session reads on when somebody has looked; oftener than what is drawn, so that it is fast.
LOOK: Final = 1 / 250

OPENING: Final = frozenset(
    {State.NEW, State.RESOLVING, State.CONNECTING, State.PROXY, State.TLS},
)


class SessionView(Vertical):
    """Shows one session, under way or over, and follows it."""

    DEFAULT_CSS = """
    SessionView { height: 1fr; }
    SessionView Transcript { height: 1fr; }
    """

    def __init__(self, idle: str, services: Services, *, id: str | None = None) -> None:
        """Show nothing yet, and say in a line what to do about that."""
        super().__init__(id=id)
        self._services = services
        self._idle = idle
        self.session: Session | None = None
        self._cause: Problem | None = None  # why what is shown failed
        self._told_after_end = False
        self._rates: Rates | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(self._idle)
        yield ProblemPanel()
        yield Transcript()

    @property
    def transcript(self) -> Transcript:
        """What was said."""
        return self.query_one(Transcript)

    def attach(self, session: Session) -> None:
        """Show a session, under way or over, and follow it."""
        self.session = session
        self._tell(None)
        self._cause = None
        self._rates = Rates(session.recorder)
        self._show(session.recorder, About.session(session), at_end=True)
        self._draw(session)
        self._look(session)
        self._follow(session)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show a session that is over, from the history."""
        self._let_go()
        self._show(exchange.timeline, About.exchange(exchange))
        self.query_one(StatusLine).show_outcome(exchange)
        self._cause = exchange.problem
        self._tell(exchange.problem)

    def _show(self, timeline: Sequence[Moment], about: About, *, at_end: bool = False) -> None:
        shown = veiled(timeline, about, reveal=self._services.reveal)
        self.transcript.show(shown, at_end=at_end, about=about)

    def reveal_changed(self) -> None:
        """Draw again: secrets are to be shown, or masked again."""
        self.transcript.reveal_changed(reveal=self._services.reveal)

    def clear(self) -> None:
        """Show nothing."""
        self._let_go()
        self.transcript.show(())
        self.query_one(StatusLine).show_idle(self._idle)
        self._cause = None
        self._tell(None)

    def _let_go(self) -> None:
        self.workers.cancel_group(self, "follow")
        self.workers.cancel_group(self, "look")
        self.session = None

    @work(group="look", exclusive=True)
    async def _look(self, session: Session) -> None:
        seen = -1
        while not session.state.over:
            seen = await session.changed(seen)
            await asyncio.sleep(LOOK)

    @work(group="follow", exclusive=True)
    async def _follow(self, session: Session) -> None:
        seen = -1
        while not session.state.over:
            try:
                async with asyncio.timeout(TICK):
                    seen = await session.changed(seen)
            except TimeoutError:
                pass
            self._draw(session)
            await asyncio.sleep(FRAME)
        self._draw(session)

    def _draw(self, session: Session) -> None:
        status = self.query_one(StatusLine)
        if not session.state.over:
            if not session.closing:  # a peer that floods meanwhile would hide that it is
                self.transcript.refresh_lines()
            pace = self._rates.pace() if self._rates is not None else None
            status.show_running(session_line(session, room=status.room, pace=pace))
            return
        self.transcript.refresh_lines()
        status.show_outcome(session.exchange())
        self._cause = session.problem
        if session.problem or not self._told_after_end:
            self._tell(session.problem)

    def refuse(self, error: SondeError) -> None:
        """Tell why what was asked for was not even begun; what is shown stays."""
        self._tell(Problem.of(error, "request"))

    def _tell(self, problem: Problem | None) -> None:
        shown = self.session
        self._told_after_end = problem is not None and shown is not None and shown.state.over
        self.query_one(ProblemPanel).problem = problem

    def at_hand(self) -> tuple[Selected, str] | None:
        """Return what `y` copies: the selection, else the chunk under the cursor, or None."""
        return self.transcript.at_hand()
