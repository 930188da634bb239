"""One session on the screen, a line to send more, and the keys for both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType

from sonde_core.endpoint import DATAGRAM_SCHEMES, STREAM_SCHEMES, TLS_SCHEMES
from sonde_core.errors import RequestError, SondeError
from sonde_core.payload import InputMode
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions

from .offers import Offers
from .repeating import Plan
from .sending import sending
from .sending_view import SendingView
from .transcript.transcript import Transcript
from .typed import Typed

GRACE: Final = 1.0  # the peer's end is awaited so long when one closes by hand
_CLOSING: Final = re.compile(r"(\d{4})?\s*(.*)", re.DOTALL)


class SessionPane(SendingView, Offers):
    """Shows one session and sends what is typed.

    Attributes:
        tls_options: Tells how a session is upgraded to TLS; None: as it was opened.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "half_close", "Half-close", id="session.half-close"),
        Binding("f8", "close", "Close", id="session.close"),
        Binding("U", "upgrade", "Upgrade to TLS", id="session.upgrade"),
        Binding("ctrl+n", "mode", "Text/hex/file", id="mode"),
        Binding("i", "write", "Write", id="send.focus"),
        Binding("f6", "lines", "Many lines", id="send.lines"),
        Binding("f7", "snippets", "Snippets", id="send.snippets"),
        Binding("R", "repeat", "Repeat", id="send.repeat"),
        Binding("ctrl+right_square_bracket", "control", "Control key", id="send.control"),
        Binding("escape", "stop", "Stop sending", id="send.stop", show=False),
    ]

    tls_options: Callable[[], SessionOptions] | None = None

    def offers(self, action: str) -> bool:
        session = self.session
        if session is None or session.state.over:
            return action not in ("half_close", "close", "upgrade", "repeat", "control")
        if action == "half_close":
            return session.kind not in DATAGRAM_SCHEMES and not session.has_ended
        if action == "upgrade":
            ended = session.has_ended or session.has_peer_end
            is_plain = session.kind in STREAM_SCHEMES - TLS_SCHEMES and session.tls is None
            return is_plain and not ended
        return True

    def _draw(self, session: Session) -> None:
        super()._draw(session)
        self.keys_changed()

    def _let_go(self) -> None:
        super()._let_go()
        self.keys_changed()

    def action_half_close(self) -> None:
        session = self._at_hand()
        if session is None:
            return
        if session.kind in ("ws", "wss"):
            self._ask_code(session)
        else:
            self.end_repeating(session)
            self._start(session, session.send_end)

    def action_upgrade(self) -> None:
        """Put TLS on the session, as its role says, after what was sent before."""
        session = self._at_hand()
        if session is None:
            return
        chosen = self.tls_options() if self.tls_options else None
        self._start(session, lambda: session.upgrade(options=chosen))

    def _at_hand(self) -> Session | None:
        """Return the session that is shown; None, having told why, if it cannot be talked to."""
        try:
            session = self._talking(self.session)
        except SondeError as error:
            self._not_done(self.session, error)
            return None
        self._tell(None)
        return session

    def _ask_code(self, session: Session) -> None:
        """Ask for what stands in WebSocket's close frame."""
        from ..screens.ask import AskScreen

        def answered(text: str | None) -> None:
            found = _CLOSING.fullmatch(text or "")
            if text is None or found is None:
                return
            if text and not found[1]:
                self.refuse(RequestError("A close code has four digits.", hint="1000 is usual."))
                return
            code, reason = int(found[1] or 1000), found[2]
            self.end_repeating(session)
            self._start(session, lambda: session.send_end(code, reason))

        self.app.push_screen(AskScreen("Close code and reason", "1000 "), answered)

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
        self.end_repeating(session)
        await session.close(GRACE)

    def action_mode(self) -> None:
        self.line.next_mode()

    async def action_lines(self) -> None:
        if self.line.mode is InputMode.FILE and not self.line.is_block:
            self.app.notify("The path of a file is one line.", markup=False)
            return
        await self.line.turn_to_lines(not self.line.is_block)
        self.editor.focus()

    def action_write(self) -> None:
        """Go to where one types what is sent."""
        self.editor.focus()

    @on(Transcript.RowChosen)
    def _row_chosen(self, event: Transcript.RowChosen) -> None:
        event.stop()
        self.editor.focus()

    def action_control(self) -> None:
        from ..screens.control import ControlScreen

        def chosen(data: bytes | None) -> None:
            if data is not None and (session := self._at_hand()) is not None:
                self._start(session, sending(session, data, self.line.typed.kind))

        self.app.push_screen(ControlScreen(), chosen)

    def action_snippets(self) -> None:
        from ..screens.snippets import SnippetScreen

        line = self.line

        def chosen(typed: Typed | None) -> None:
            if typed is not None:
                line.insert(typed)
                self.editor.focus()
            line.look_soon()  # another environment may be chosen

        sent, unsent = line.sent.newest_first, line.sent.unsent
        self.app.push_screen(SnippetScreen(self._services, line.typed, sent, unsent), chosen)

    def action_repeat(self) -> None:
        if self.is_repeating:
            self.workers.cancel_group(self, "repeat")
            return
        newest = self.line.sent.newest_first
        typed = self.line.typed if self.line.text or not newest else newest[0]
        try:
            session = self._talking(self.session)
            if typed.mode is not InputMode.FILE:
                typed.check(self._services.environments.values)
        except SondeError as error:
            self._not_done(self.session, error)
            return
        from ..screens.repeat import RepeatScreen

        def chosen(plan: Plan | None) -> None:
            if plan is not None:
                self._tell(None)
                self.repeat(session, typed, plan)

        shown = typed if self._services.reveal or typed is self.line.typed else typed.veiled()
        self.app.push_screen(RepeatScreen(shown.text, self._plan), chosen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.can_stop if action == "stop" else True

    def action_stop(self) -> None:
        self.stop()
