"""One session on the screen: what was said, where it stands, and a line to send more."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar, Final
from weakref import WeakKeyDictionary

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from sonde_core.errors import ConnectError, PeerClosedError, SondeError
from sonde_core.model import Direction, Exchange, Problem, State
from sonde_core.outlets import files
from sonde_core.payload import InputMode
from sonde_core.session import Session
from sonde_core.words import session_line

from .rows.line_source import Selected
from .send_line import SendLine, Typed
from .status_line import ProblemPanel, StatusLine
from .transcript.transcript import Transcript

FRAME: Final = 1 / 30
TICK: Final = 1.0  # without news the clock in the line still goes on
# A session reads on when somebody has looked; oftener than what is drawn, so that it is fast.
LOOK: Final = 1 / 250
GRACE: Final = 1.0  # the peer's end is awaited so long when one closes by hand
RECALLED: Final = 1000  # messages of a recorded session that are offered again

OPENING: Final = frozenset(
    {State.NEW, State.RESOLVING, State.CONNECTING, State.PROXY, State.TLS},
)


class SessionPane(Vertical):
    """Shows one session and sends what is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "half_close", "Half-close", id="session.half-close"),
        Binding("f8", "close", "Close", id="session.close"),
        Binding("ctrl+n", "mode", "Text/hex/file", id="mode"),
    ]

    DEFAULT_CSS = """
    SessionPane { height: 1fr; }
    SessionPane Transcript { height: 1fr; }
    """

    def __init__(self, idle: str, *, id: str | None = None) -> None:
        """Show nothing yet, and say in a line what to do about that."""
        super().__init__(id=id)
        self._idle = idle
        self.session: Session | None = None
        self._turns: WeakKeyDictionary[Session, asyncio.Lock] = WeakKeyDictionary()
        self._cause: Problem | None = None  # why what is shown failed
        self._told_after_end = False

    def compose(self) -> ComposeResult:
        yield StatusLine(self._idle)
        yield ProblemPanel()
        yield Transcript()
        yield SendLine()

    @property
    def transcript(self) -> Transcript:
        """What was said."""
        return self.query_one(Transcript)

    @property
    def line(self) -> SendLine:
        """Where one types what to send."""
        return self.query_one(SendLine)

    @property
    def payload(self) -> Input:
        """The field of that line, to put the focus there."""
        return self.line.field

    # what is shown

    def attach(self, session: Session) -> None:
        """Show a session, under way or over, and follow it."""
        self.session = session
        self._tell(None)
        self._cause = None
        self.transcript.show(session.recorder, at_end=True)
        self._draw(session)
        self._look(session)
        self._follow(session)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show a session that is over, from the history."""
        self._let_go()
        self.transcript.show(exchange.timeline)
        self.query_one(StatusLine).show_outcome(exchange)
        self._cause = exchange.problem
        self._tell(exchange.problem)

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
            status.show_running(session_line(session, room=status.room))
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

    # sending

    @on(SendLine.Submitted)
    def _submitted(self, event: SendLine.Submitted) -> None:
        event.stop()
        self.send()

    def send(self) -> None:
        """Send what is typed, as it is at this moment, after what was typed before."""
        session, typed = self.session, self.line.typed
        try:
            session = self._talking(session)
            if typed.mode is InputMode.FILE:
                job = _file_job(session, typed.text)
            else:
                job = _bytes_job(session, typed.data)
        except SondeError as error:
            self._not_done(session, error)
            return
        self._tell(None)
        self.line.took(typed)
        self._perform(session, job, typed)

    def _talking(self, session: Session | None) -> Session:
        """Return the session if something can still be done with it."""
        if session is None:
            text, hint = self._with_cause("No session is open", self._idle)
            raise ConnectError(text, hint=hint)
        if session.state.over:
            again = "Choose a client that is connected: ctrl+s goes to the clients."
            hint = again if session.role == "server" else "ctrl+j opens it again."
            text, hint = self._with_cause("The session is over", hint)
            raise PeerClosedError(text, hint=hint)
        return session

    def _with_cause(self, text: str, hint: str) -> tuple[str, str]:
        """Say that nothing was sent, after why what is shown failed, if it did: it still counts."""
        text = f"{text}, so nothing was sent."
        cause = self._cause
        if cause is None:
            return text, hint
        return f"{cause.text} {text}", f"{cause.hint} {hint}".strip()

    @work(group="send")
    async def _perform(
        self, session: Session, job: Callable[[], Awaitable[None]], typed: Typed | None
    ) -> None:
        """Do what was asked for, in the order in which it was: a session takes one at a time."""
        async with self._turns.setdefault(session, asyncio.Lock()):
            try:
                await _opened(session)
                await job()
            except SondeError as error:
                self._not_done(session, error)
                if typed is not None and session is self.session:
                    self.line.give_back(typed)

    def _not_done(self, session: Session | None, error: SondeError) -> None:
        """Tell it where the person looks; in the record too, unless it is a slip of the person."""
        slip = error.kind == "syntax" and not error.phase
        if session is not None and not session.state.over and not slip:
            session.fail_note(error)
        if session is self.session:
            self._tell(Problem.of(error, "send"))

    def recall(self, exchange: Exchange) -> int:
        """Offer what a recorded session sent, message by message; returns how many are too long."""
        chunks = itertools.islice(exchange.chunks(), RECALLED)
        return self.line.recall(c.data for c in chunks if c.direction is Direction.SENT)

    # keys

    def action_half_close(self) -> None:
        try:
            session = self._talking(self.session)
        except SondeError as error:
            self._not_done(self.session, error)
        else:
            self._tell(None)
            self._perform(session, session.send_end, None)

    def action_close(self) -> None:
        """Close in order; asked for again while the peer's end is awaited, at once."""
        session = self.session
        if session is None or session.state.over:
            return
        if session.closing:
            session.abort()
        else:
            self.end(session)

    @work(group="end")
    async def end(self, session: Session) -> None:
        """Close a session in order, or cancel it while it is being opened, shown or not."""
        await session.close(GRACE)

    def action_mode(self) -> None:
        self.line.next_mode()

    def at_hand(self) -> tuple[Selected, str] | None:
        """Return what `y` copies: the selection, else the chunk under the cursor, or None."""
        return self.transcript.at_hand()


def _bytes_job(session: Session, data: bytes) -> Callable[[], Awaitable[None]]:
    async def job() -> None:
        await session.send(data)

    return job


def _file_job(session: Session, name: str) -> Callable[[], Awaitable[None]]:
    path = str(Path(name).expanduser()) if name.startswith("~/") else name

    async def job() -> None:
        await asyncio.to_thread(files.check_regular, path)
        slices = files.read_slices(path)
        whole = session.is_message
        empty = True
        while data := await asyncio.to_thread(files.take, slices, whole=whole):
            empty = False
            await session.send(data)
        if empty:
            session.note(f"{path} is empty: nothing was sent")

    return job


async def _opened(session: Session) -> None:
    """Wait while a session is being opened, so that what is typed meanwhile is sent then."""
    seen = -1
    while session.state in OPENING:
        seen = await session.changed(seen)
