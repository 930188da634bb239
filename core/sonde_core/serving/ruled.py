"""Answer a listener's clients by rules."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from ..errors import ConnectError, EndSentError, PayloadSyntaxError, RequestError
from ..listen_request import ListenRequest
from ..steps import CloseStep, HalfCloseStep, SendStep, Step, UpgradeStep, WaitStep
from ..templates import Values, fill
from ..words import count
from .responder import WINDOW, Fired, Responder
from .rule import ECHO
from .rule_match import Ruleset
from .turns import Turns

if TYPE_CHECKING:
    from ..session import Session

# What comes without a line end is a message when so many seconds nothing follows.
SETTLE: Final = 0.1
PIECE: Final = 1 << 9  # bytes that are looked at in one turn: each may be a message
# Rules that are tried at lines in one turn, about: a regular expression takes some 10 µs.
TRIES: Final = 1 << 12
GRACE: Final = 10.0  # seconds that a client has to take our last words, and to end


class Ruled:
    """Obeys the rules of a listener for each client, message after message, to its end.

    Attributes:
        words: How many rules, and how a stream is cut.
    """

    def __init__(self, request: ListenRequest, values: Values) -> None:
        """Prepare the rules; raises PatternError."""
        self._rules = Ruleset(request.rules, request.framing)
        self._values = values
        self._turns = Turns()
        self._unsaid: WeakSet[Session] = WeakSet()
        self._cut: WeakSet[Session] = WeakSet()
        how = "as a stream" if self._rules.is_stream else "line by line"
        if self._rules.anywhere and not self._rules.is_stream:
            how = "line by line, bytes as they come"
        if request.endpoint.is_message:
            how = "message by message"
        elif self._rules.at_once:
            how = "read by read"
        self.words = f"{count(len(request.rules), 'rule')}, {how}"

    async def __call__(self, session: Session, incoming: AsyncGenerator[bytes, None]) -> None:
        """Answer one client.

        Raises:
            SondeError: The session broke.
        """
        responder = Responder(self._rules, messages=session.is_message)
        through = await self._obey(session, responder, responder.connect())
        while not through:
            data = await anext(incoming, None)
            if session.closing:
                return
            if data is None:
                await self._obey(session, responder, responder.end())
                return
            if data or session.is_message:
                through = await self._hear(session, responder, data)
            else:
                through = await self._obey(session, responder, responder.quiet())
        session.unheed()  # read on without us, or what still comes would be in the way
        if not session.state.over:
            await session.close(GRACE)

    async def _hear(self, session: Session, responder: Responder, data: bytes) -> bool:
        """Answer what a client said; tell whether the session is to be closed."""
        if session.is_message or self._rules.at_once:
            return await self._obey(session, responder, responder.feed(data))
        tls = session.tls
        at = 0
        while at < len(data):
            if at:
                await self._turns.next()
            piece = self._piece(data, at)
            at += len(piece)
            if await self._obey(session, responder, responder.feed(piece)):
                return True
            if session.tls is not tls:
                break  # the rest came before the upgrade
        return False

    def _piece(self, data: bytes, at: int) -> bytes:
        """Return what is looked at in one turn; the less, the more lines and rules there are."""
        piece = data[at : at + PIECE]
        tries = piece.count(b"\n") * len(self._rules.ready)
        return piece[: max(1, len(piece) * TRIES // tries)] if tries > TRIES else piece

    async def _obey(self, session: Session, responder: Responder, fired: Iterator[Fired]) -> bool:
        """Do what the rules say; tell whether the session is to be closed."""
        left_out = self._rules.left_out
        for number, each in enumerate(fired):
            self._tell_cut(session, responder)
            if number or session.is_behind:
                await self._turns.next()
            session.answered += 1
            for step in each.rule.actions:
                if session.state.over or await self._do(session, step, each.names):
                    return True
            if any(isinstance(step, UpgradeStep) for step in each.rule.actions):
                responder.forget()  # what came with the command is of the handshake, or forged
                break
        self._tell_cut(session, responder)
        if self._rules.left_out != left_out:
            session.note("a rule's pattern takes too long and is not tried any more")
        return session.state.over

    async def _do(self, session: Session, step: Step, names: Mapping[str, bytes]) -> bool:
        match step:
            case SendStep():
                await self._send(session, step, names)
            case WaitStep():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(step.seconds):
                        await session.finished()
            case HalfCloseStep():
                await session.send_end()
            case CloseStep():
                if step.reset:
                    session.abort()
                return True
            case UpgradeStep():
                await self._upgrade(session)
        return False

    async def _send(self, session: Session, step: SendStep, names: Mapping[str, bytes]) -> None:
        """Send a reply; one that cannot be sent is noted, and the session goes on."""
        try:
            await session.send(self._filled(session, step, names))
        except (PayloadSyntaxError, RequestError) as error:
            session.fail_note(error)
        except EndSentError:
            self._tell_unsaid(session)

    def _filled(self, session: Session, step: SendStep, names: Mapping[str, bytes]) -> bytes:
        if not step.template:
            return step.data
        if step.data == ECHO.data:
            return names["message"]
        values = self._values.with_names({"peer": session.peer.encode(), **names})
        return fill(step.data, values)

    async def _upgrade(self, session: Session) -> None:
        """Put TLS on a session; one that cannot have it goes on as it is."""
        try:
            await session.upgrade()
        except EndSentError:
            self._tell_unsaid(session)
        except (RequestError, ConnectError) as error:
            if session.state.over:
                raise
            session.fail_note(error)

    def _tell_cut(self, session: Session, responder: Responder) -> None:
        """Note once that a line of a client is more than one message."""
        if responder.cut and session not in self._cut:
            self._cut.add(session)
            session.note(
                f"a line is longer than {WINDOW >> 10} KiB:"
                " each such part of it is a message of its own for the rules"
            )

    def _tell_unsaid(self, session: Session) -> None:
        """Note once that a rule has more to say when our end was sent."""
        if not session.closing and session not in self._unsaid:
            self._unsaid.add(session)
            session.note("our end was sent, so what the rules would still say is not said")
