"""The clients of a listener: who, in which state, how much each way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import on
from textual.message import Message

from sonde_core.model import State
from sonde_core.rates import Rates
from sonde_core.safetext import line, safe
from sonde_core.words import duration, size

from .rows.line_source import LineSource, Part
from .rows.line_view import LineView

if TYPE_CHECKING:
    from sonde_core.session import Session

_SIGNS: Final = {State.CLOSED: "·", State.FAILED: "✗", State.OPEN: "●"}
# Cells of what stands in a column, so that the columns stand one below the other.
_PEER: Final = 21
_SIZE: Final = 7
_TIME: Final = 8


class ClientRows(LineSource):
    """Sessions as rows, newest last: who, how much each way, since when, and what it has."""

    def __init__(
        self, sessions: Sequence[Session], rates: Mapping[Session, Rates] | None = None
    ) -> None:
        self._sessions = sessions
        self._rates = rates or {}

    @property
    def count(self) -> int:
        return max(len(self._sessions), 1)

    def line(self, row: int) -> list[Part]:
        if not self._sessions:
            return [(safe("no client yet"), "muted")]
        session = self._sessions[row]
        state, recorder = session.state, session.recorder
        style = "muted" if state.over else "$text-success"
        sign = _SIGNS.get(state, "◐")
        answered = f"{session.answered:,} answered " if session.answered else ""
        return [
            (line(f"{sign} {session.peer or 'unnamed':<{_PEER}} "), style),
            (line(f"<{size(recorder.received):<{_SIZE}}>{size(recorder.sent):<{_SIZE}}"), ""),
            (line(f"{_lasted(session):>{_TIME}}  "), "muted"),
            (line(answered), "$text-primary"),
            (line(f"{state}  "), "$text-error" if state is State.FAILED else "muted"),
            (line("  ".join(self._more(session))), "muted"),
        ]

    def _more(self, session: Session) -> Iterator[str]:
        recorder = session.recorder
        if session.tls is not None:
            yield f"{session.tls.version} {session.tls.alpn}".strip()
        noun = "messages" if session.is_message else "chunks"
        yield f"<{recorder.reads:,} >{recorder.sends:,} {noun}"
        if session in self._rates:
            yield f"{size(round(sum(self._rates[session].pace())))}/s"


def _lasted(session: Session) -> str:
    """Say how long it has been there, or was."""
    over = session.state.over
    return duration(session.exchange().timing.total if over else session.recorder.elapsed)


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
        self._rates: dict[Session, Rates] = {}

    def measure(self, live: Iterable[Session]) -> None:
        """Note how much has gone each way; of clients that are gone no pace is told."""
        before = self._rates
        self._rates = {each: before.get(each) or Rates(each.recorder) for each in live}
        for rates in self._rates.values():
            rates.pace()

    def show_clients(self, sessions: Sequence[Session], *, chosen: Session | None = None) -> None:
        """List clients; the cursor goes to the one that is chosen, or stays on its client."""
        wanted = chosen or self.current
        row = self.cursor_row
        self.sessions = list(sessions)
        self._source = ClientRows(self.sessions, self._rates)
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
