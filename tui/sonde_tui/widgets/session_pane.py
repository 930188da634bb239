"""One session on the screen: what was said, where it stands, and a line to send more."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from sonde_core import files
from sonde_core.errors import SondeError
from sonde_core.model import Chunk, Direction, Exchange, Problem, State
from sonde_core.payload import InputMode, LineEnding, encode, escape
from sonde_core.session import Session
from sonde_core.words import session_line, status_line

from .cycle import Cycle
from .status_line import ProblemPanel, StatusLine
from .transcript import Transcript

FRAME: Final = 1 / 30
RECALLED: Final = 1000  # messages of a recorded session that are offered again


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
    SessionPane .send { height: 1; }
    SessionPane .send Input { width: 1fr; }
    """

    @dataclass
    class Ended(Message):
        """The session that is shown is over."""

        session: Session

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.session: Session | None = None
        self._sent: list[str] = []  # what was sent, newest last, for the up and down keys
        self._place = 0
        self._ahead: list[str] = []  # what a recalled session sent, still to be sent again

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield ProblemPanel()
        yield Transcript()
        with Horizontal(classes="send"):
            yield Cycle("as", [mode.value for mode in InputMode], id="mode")
            yield Cycle("ending", [end.value for end in LineEnding], value="LF", id="ending")
            yield Input(placeholder="what to send", id="payload", compact=True)

    # what is shown

    def attach(self, session: Session) -> None:
        """Show a session, under way or over, and follow it."""
        self.session = session
        self.query_one(ProblemPanel).problem = None
        self.query_one(Transcript).show(session.recorder)
        self._follow(session)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show a session that is over, from the history."""
        self.workers.cancel_group(self, "follow")
        self.session = None
        self.query_one(Transcript).show(exchange.timeline)
        self.query_one(StatusLine).show_outcome(exchange)
        self.query_one(ProblemPanel).problem = exchange.problem

    @work(group="follow", exclusive=True)
    async def _follow(self, session: Session) -> None:
        seen = -1
        while True:
            seen = await session.changed(seen)
            self._draw(session)
            if session.state.over:
                break
            await asyncio.sleep(FRAME)
        self.post_message(self.Ended(session))

    def _draw(self, session: Session) -> None:
        self.query_one(Transcript).refresh_lines()
        line = self.query_one(StatusLine)
        if session.state.over:
            line.show_outcome(session.exchange())
            if session.problem:
                self.query_one(ProblemPanel).problem = session.problem
        else:
            line.show_running(session_line(session))

    # sending

    @property
    def payload(self) -> Input:
        """The line to type in."""
        return self.query_one("#payload", Input)

    @on(Input.Submitted, "#payload")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.send()

    def send(self) -> None:
        """Send what is typed, as it is at this moment."""
        session, text = self.session, self.payload.value
        if session is None:
            self._refuse(Problem("send", "closed", "No session is open.", "Open one first."))
            return
        mode = InputMode(self.query_one("#mode", Cycle).value)
        ending = LineEnding(self.query_one("#ending", Cycle).value)
        self.query_one(ProblemPanel).problem = None
        if mode is InputMode.FILE:
            self._send_file(session, text)
            return
        try:
            data = encode(text, mode, ending)
        except SondeError as error:
            self._not_sent(session, error)
            return
        self._remember(text)
        self._send(session, data)

    @work(group="send")
    async def _send(self, session: Session, data: bytes) -> None:
        try:
            await opened(session)
            await session.send(data)
        except SondeError as error:
            self._not_sent(session, error)

    @work(group="send")
    async def _send_file(self, session: Session, path: str) -> None:
        try:
            await opened(session)
            slices = files.read_slices(path)
            whole = session.kind == "udp"
            while data := await asyncio.to_thread(files.take, slices, whole=whole):
                await session.send(data)
        except SondeError as error:
            self._not_sent(session, error)

    def _not_sent(self, session: Session, error: SondeError) -> None:
        """Tell it where the person looks, and in the record."""
        if not session.state.over:
            session.fail_note(error)
        self._refuse(Problem.of(error, "send"))

    def _refuse(self, problem: Problem) -> None:
        self.query_one(ProblemPanel).problem = problem

    # what was sent before

    def recall(self, exchange: Exchange) -> None:
        """Offer what a recorded session sent, message by message, to change and send again."""
        self._ahead = [
            escape(chunk.data)
            for chunk in itertools.islice(exchange.chunks(), RECALLED)
            if chunk.direction is Direction.SENT
        ]
        self.query_one("#mode", Cycle).value = InputMode.TEXT
        self.query_one("#ending", Cycle).value = LineEnding.NONE
        self._offer()

    def _offer(self) -> None:
        self.payload.value = self._ahead.pop(0) if self._ahead else ""

    def _remember(self, text: str) -> None:
        if text and (not self._sent or self._sent[-1] != text):
            self._sent.append(text)
        self._place = len(self._sent)
        self._offer()

    def on_key(self, event: events.Key) -> None:
        """Step through what was sent, from the send line."""
        if event.key in ("up", "down") and self.payload.has_focus and self._sent:
            event.stop()
            step = -1 if event.key == "up" else 1
            self._place = max(0, min(len(self._sent), self._place + step))
            recalled = self._sent[self._place] if self._place < len(self._sent) else ""
            self.payload.value = recalled
            self.payload.cursor_position = len(recalled)

    # ending

    @work(group="end")
    async def action_half_close(self) -> None:
        session = self.session
        if session is None:
            return
        try:
            await opened(session)
            await session.send_end()
        except SondeError as error:
            self._not_sent(session, error)

    @work(group="end")
    async def action_close(self) -> None:
        if self.session is not None:
            await self.session.close()

    def action_mode(self) -> None:
        self.query_one("#mode", Cycle).action_next()

    @on(Cycle.Changed, "#mode")
    def _mode_changed(self, event: Cycle.Changed) -> None:
        event.stop()
        self.query_one("#ending", Cycle).display = event.value == InputMode.TEXT
        hints = {"text": r"text, escapes \r \n \t \0 \\ \xHH", "hex": "0a ff …", "file": "path"}
        self.payload.placeholder = hints[event.value]

    # copying

    def at_hand(self) -> tuple[bytes, str] | None:
        """Return what `y` copies: the selection, else the chunk under the cursor, or None."""
        transcript = self.query_one(Transcript)
        selected = transcript.selected_text()
        if selected:
            return selected.encode("utf-8", "surrogateescape"), "selection"
        moment = transcript.moment_at_cursor()
        if isinstance(moment, Chunk):
            return moment.data, "chunk"
        return (moment.text.encode("utf-8", "surrogateescape"), "event") if moment else None


async def opened(session: Session) -> None:
    """Wait while a session is being opened, so that what is typed meanwhile is sent then."""
    seen = -1
    while session.state in (State.NEW, State.RESOLVING, State.CONNECTING, State.PROXY, State.TLS):
        seen = await session.changed(seen)
