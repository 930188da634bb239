"""One session on the screen, what is typed sent to it, and what of that still waits."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final, TypeAlias

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Input, Static

from sonde_core.errors import ConnectError, PeerClosedError, SondeError
from sonde_core.model import Direction, Exchange, Problem
from sonde_core.payload import InputMode
from sonde_core.safetext import line
from sonde_core.sent import sent_before
from sonde_core.session import Session
from sonde_core.words import size

from ..services import Services
from .repeating import Plan, Repeating
from .send_line import SendLine
from .sending import FileSending, Job, Queue, sending
from .session_view import OPENING, SessionView
from .typed import Typed

if TYPE_CHECKING:
    from textual.widgets import TextArea

_Meant: TypeAlias = tuple[str, InputMode, bool | None]

RECALLED: Final = 1000  # messages of a recorded session that are offered again


class SendingView(SessionView):
    """Shows one session and sends to it, one thing after the other."""

    DEFAULT_CSS = """
    SendingView #activity {
        height: 1; padding: 0 1; color: $text-warning; display: none; text-wrap: nowrap;
    }
    SendingView #activity.-shown { display: block; }
    """

    def __init__(self, idle: str, services: Services, *, id: str | None = None) -> None:
        """Show nothing yet, and say in a line what to do about that."""
        super().__init__(idle, services, id=id)
        self._queue = Queue()
        self._repeating: Repeating | None = None
        self._repeated: Session | None = None
        self._plan = Plan()
        self._slip: _Meant | None = None  # what has the fault which is told
        self._told_activity = ""

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Static("", id="activity", markup=False)
        yield SendLine(self._services.environments)

    @property
    def line(self) -> SendLine:
        """Where one types what to send."""
        return self.query_one(SendLine)

    @property
    def payload(self) -> Input:
        """The field of one line in it."""
        return self.line.field

    @property
    def editor(self) -> Input | TextArea:
        """Where text is typed now, to put the focus there."""
        return self.line.editor

    # what is shown

    def attach(self, session: Session) -> None:
        super().attach(session)
        address = _name(session)
        web_socket = session.kind in ("ws", "wss")
        if self.line.turn_to(address, web_socket=web_socket) and session.role == "client":
            self._load_sent(address, session.request.address)

    @work(group="sent")
    async def _load_sent(self, name: str, address: str) -> None:
        chunks = await sent_before(self._services.history, address)
        self.line.sent.put_before(name, map(Typed.of_chunk, chunks))

    def _let_go(self) -> None:
        super()._let_go()
        self._draw_activity(None)

    def _draw(self, session: Session) -> None:
        super()._draw(session)
        self._draw_activity(session)

    def _draw_activity(self, session: Session | None) -> None:
        text = self._activity(session) if session is not None and not session.state.over else ""
        if text == self._told_activity:  # a layout for each frame would be dear
            return
        self._told_activity = text
        activity = self.query_one("#activity", Static)
        activity.set_class(bool(text), "-shown")
        activity.update(line(text))

    def _activity(self, session: Session) -> str:
        waits = self._queue.words(session) if session.state not in OPENING else ""
        repeating = self._repeating if self._repeated is session else None
        return waits or (repeating.words if repeating else "")

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
            self.line.refuse_nothing()
            job = self._job(session, typed)
        except SondeError as error:
            self._slipped(session, typed, error)
            return
        self._tell(None)
        self.line.took(typed)
        self._start(session, job, typed)

    def _slipped(self, session: Session | None, typed: Typed | None, error: SondeError) -> None:
        """Tell what was not done; a fault in what is typed only as long as it is there."""
        self._not_done(session, error)
        if error.kind == "syntax" and session is self.session and typed is not None:
            self._slip = _meant(typed) if _meant(typed) == _meant(self.line.typed) else None

    @on(SendLine.Changed)
    def _line_changed(self, event: SendLine.Changed) -> None:
        """Tell no more of a fault that is not there any more."""
        event.stop()
        if self._slip is not None and _meant(self.line.typed) != self._slip:
            self._tell(None)

    def _job(self, session: Session, typed: Typed) -> Job:
        if typed.mode is InputMode.FILE:
            return FileSending(session, typed)
        if typed.has_braces:
            return self._filling(session, typed)
        return sending(session, typed.data, typed.kind)

    def _filling(self, session: Session, typed: Typed) -> Job:
        """Return the job to fill a message in when its turn comes, and to send it."""

        async def job() -> None:
            environments = self._services.environments
            await asyncio.to_thread(environments.refresh)
            data, give_back = typed.fill_in(environments.values)
            before = session.recorder.sent
            try:
                await session.send(data, typed.kind)
            except BaseException:
                if session.recorder.sent == before:
                    give_back()
                raise

        return job

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

    def _start(self, session: Session, job: Job, typed: Typed | None = None) -> None:
        self.run_worker(self._perform(session, job, typed), group=_group(session))

    async def _perform(self, session: Session, job: Job, typed: Typed | None) -> None:
        """Do what was asked for, in the order in which it was: a session takes one at a time."""
        begun: list[int] = []

        async def opened() -> None:
            await _opened(session)
            begun.append(session.recorder.sent)
            await job()

        file = job if isinstance(job, FileSending) else None
        try:
            await self._queue.perform(session, opened, file=file)
            self._has_left(session, typed)
        except SondeError as error:
            self._give_back(session, typed)
            self._slipped(session, typed, error)
        except asyncio.CancelledError:
            if not session.state.over and self.is_attached:
                given = session.recorder.sent - begun[0] if begun else 0
                self._taken_back(session, typed, given, file)
            raise

    def _has_left(self, session: Session, typed: Typed | None) -> None:
        if typed is not None and self.is_attached:
            self.line.sent.left(_name(session), typed)

    def _give_back(self, session: Session, typed: Typed | None) -> None:
        if typed is not None and session is self.session:
            self.line.give_back(typed)

    def _taken_back(
        self, session: Session, typed: Typed | None, given: int, file: FileSending | None
    ) -> None:
        """Say how much of a file has left; give back what is not begun."""
        if given and typed is not None:
            self._has_left(session, typed)
            if file is not None:  # the session tells of the piece that was under way
                left = size(max(file.size - file.left, 0))
                session.note(f"so {left} out of {size(file.size)} of the message had left")
        else:
            self._give_back(session, typed)

    def _not_done(self, session: Session | None, error: SondeError) -> None:
        """Tell it where the person looks; in the record too, unless it is a slip of the person."""
        slip = error.kind == "syntax" and not error.phase
        if session is not None and not session.state.over and not slip:
            session.fail_note(error)
        if session is self.session:
            self._tell(Problem.of(error, "send"))

    def _tell(self, problem: Problem | None) -> None:
        self._slip = None
        super()._tell(problem)

    def recall(self, exchange: Exchange) -> int:
        """Offer what a recorded session sent, message by message; returns how many are too long."""
        chunks = itertools.islice(exchange.chunks(), RECALLED)
        return self.line.recall(each for each in chunks if each.direction is Direction.SENT)

    @property
    def is_repeating(self) -> bool:
        """Whether a message is sent again and again."""
        return self._repeating is not None

    @work(group="repeat", exclusive=True)
    async def repeat(self, session: Session, typed: Typed, plan: Plan) -> None:
        """Send a message as planned, until that is stopped or the session is over."""
        self._plan = plan
        self.line.sent.add(typed)
        self._repeating = repeating = Repeating(plan)
        self._repeated = session

        async def send() -> None:
            job = self._job(session, typed)
            file = job if isinstance(job, FileSending) else None
            await self._queue.perform(session, job, file=file)
            self._has_left(session, typed)
            self._draw_activity(self.session)
            self.line.look_soon()

        try:
            await _opened(session)
            await repeating.run(session, send)
        except SondeError as error:
            if not session.has_ended:  # else it was told to stop, in other words
                self._not_done(session, error)
        finally:
            self._repeating = self._repeated = None
            if self.is_attached:
                self.line.look_soon()
                self._draw_activity(self.session)
                self.app.notify(repeating.total, markup=False)

    def end_repeating(self, session: Session) -> None:
        """Send to a session no more of what is repeated."""
        if self._repeated is session:
            self.workers.cancel_group(self, "repeat")

    @property
    def can_stop(self) -> bool:
        """Whether something is being sent that can be stopped."""
        session = self.session
        waits = session is not None and self._queue.waits(session)
        opening = session is not None and session.state in OPENING
        return self._repeating is not None or (waits and not opening)

    def stop(self) -> None:
        """Stop repeating, and take back what has not left yet."""
        self.workers.cancel_group(self, "repeat")
        if self.session is not None:
            self.workers.cancel_group(self, _group(self.session))


def _meant(typed: Typed) -> _Meant:
    """Return that of a message in which there can be a fault."""
    return typed.text, typed.mode, typed.fill


def _name(session: Session) -> str:
    """Return under which name is remembered what was sent."""
    return f"{session.role} {session.request.address}"


def _group(session: Session) -> str:
    return f"send {id(session)}"


async def _opened(session: Session) -> None:
    """Wait while a session is being opened, so that what is typed meanwhile is sent then."""
    seen = -1
    while session.state in OPENING:
        seen = await session.changed(seen)
