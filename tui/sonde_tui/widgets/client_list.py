"""The clients of a listener: who, in which state, how much each way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import on
from textual.message import Message

from sonde_core.model import State
from sonde_core.safetext import line, safe
from sonde_core.words import size

from .rows.line_source import LineSource, Part
from .rows.line_view import LineView

if TYPE_CHECKING:
    from sonde_core.session import Session

_SIGNS: Final = {State.CLOSED: "·", State.FAILED: "✗", State.OPEN: "●"}


class ClientRows(LineSource):
    """Sessions as rows, newest last."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = sessions

    @property
    def count(self) -> int:
        return max(len(self._sessions), 1)

    def line(self, row: int) -> list[Part]:
        if not self._sessions:
            return [(safe("no client yet"), "muted")]
        session = self._sessions[row]
        state = session.state
        style = "muted" if state.over else "$text-success"
        recorder = session.recorder
        return [
            (line(f"{_SIGNS.get(state, '◐')} {session.peer or 'unnamed'} "), style),
            (line(f"<{size(recorder.received)} >{size(recorder.sent)} "), "muted"),
            (line(str(state)), "$text-error" if state is State.FAILED else "muted"),
        ]


class ClientList(LineView):
    """Rows of clients; moving shows one, enter goes to its line."""

    @dataclass
    class Chosen(Message):
        """A client is to be shown, and talked to when enter was pressed."""

        session: Session
        to_talk: bool

    def __init__(self) -> None:
        super().__init__(ClientRows(()), cursor=True)
        self.sessions: list[Session] = []

    def show_clients(self, sessions: Sequence[Session], *, chosen: Session | None = None) -> None:
        """List clients; the cursor goes to the one that is chosen, or stays on its client."""
        wanted = chosen or self.current
        row = self.cursor_row
        self.sessions = list(sessions)
        self._source = ClientRows(self.sessions)
        self.redraw()
        if wanted in self.sessions:
            moved = self.sessions.index(wanted) - row
            if chosen is None and moved:  # others went; what is seen stays where it is
                self.scroll_to(y=max(self.top + moved, 0), animate=False, force=True)
            self.go_to(row + moved)

    @property
    def current(self) -> Session | None:
        """The client under the cursor."""
        if 0 <= self.cursor_row < len(self.sessions):
            return self.sessions[self.cursor_row]
        return None

    @on(LineView.CursorMoved)
    def _moved(self, message: LineView.CursorMoved) -> None:
        message.stop()
        self._choose(to_talk=False)

    @on(LineView.RowChosen)
    def _row_chosen(self, message: LineView.RowChosen) -> None:
        message.stop()
        self._choose(to_talk=True)

    def _choose(self, *, to_talk: bool) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self.current, to_talk))
