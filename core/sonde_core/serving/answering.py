"""What a listener does with each client: greet it, then answer in one of several manners."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..endpoint import DATAGRAM_SCHEMES, STREAM_SCHEMES
from ..errors import EndSentError, PeerClosedError, RequestError
from ..listen_request import ListenRequest
from ..model import Exchange
from ..quoting import quoted
from ..templates import Values, fill
from ..words import count
from .turns import Turns

if TYPE_CHECKING:
    from ..session import Session

# A client's part that is an exchange of its own, such as one HTTP request.
Told: TypeAlias = Callable[["Session", Exchange], Awaitable[None]]
Incoming: TypeAlias = AsyncGenerator[bytes, None]


@dataclass(frozen=True, slots=True)
class Manner:
    """How clients are answered.

    Attributes:
        answer: Looks after one that is connected, until there is nothing more to say; it raises
            SondeError when the session broke.
        words: What it does.
        quiet: After so many seconds of silence it is told so; see `Session.incoming`.
    """

    answer: Callable[[Session, Incoming], Awaitable[None]]
    words: str
    quiet: float | None = None


class Answering:
    """Looks after the clients of one listener, as its request says.

    Attributes:
        values: What templates are filled with; counters go on from client to client.
        words: What it does, such as `3 rules, line by line`; empty for nothing.
    """

    def __init__(
        self,
        request: ListenRequest,
        *,
        half_open: float,
        tell: Told,
        is_attended: Callable[[Session], bool] | None = None,
        names: Mapping[str, bytes] | None = None,
    ) -> None:
        """Prepare for the first client.

        Args:
            request: What to do.
            half_open: Seconds that a client which sent its end may still be answered by hand.
            tell: Takes what of a session is an exchange of its own.
            is_attended: Whether a person may answer a client, however long that takes; None when
                nobody can.
            names: What greeting, replies and steps may name, such as the values of an environment.

        Raises:
            SondeError: A rule cannot be used as it is written.
        """
        self.values = Values(names or {})
        self._request = request
        self._half_open = half_open
        self._is_attended = is_attended
        self._manner = _manner(request, self.values, tell)
        self._play = _player(request, self.values)
        self.words = self._manner.words if self._manner is not None else ""
        if self._play is not None:
            self.words = f"playing {count(len(request.script), 'step')} to each client"

    def hear(self, session: Session) -> Incoming | None:
        """Hear what a client says from now on; None where nobody needs to."""
        if self._manner is None:
            return None
        return session.incoming(None if session.is_message else self._manner.quiet)

    async def look_after(self, session: Session, incoming: Incoming | None) -> None:
        """Greet a client and answer it to its end; then send ours, where there is one.

        Args:
            session: Open.
            incoming: What `hear` gave, before the session was open.

        Raises:
            SondeError: The session broke.
        """
        try:
            await self._see_through(session, incoming)
        except EndSentError:  # a listener that stops sends it while there is more to say
            if not session.closing:
                session.note("no more is answered: our end was sent")

    async def _see_through(self, session: Session, incoming: Incoming | None) -> None:
        greeting = self._request.greeting
        if greeting:
            if self._request.greeting_template:
                greeting = fill(greeting, self.values.with_names({"peer": session.peer.encode()}))
            await session.send(greeting)
        greeted = session.recorder.sends
        if self._manner is not None and incoming is not None:
            async with contextlib.aclosing(incoming):
                await _answer(self._manner, session, incoming)
        elif self._play is not None:
            await self._play(session)
        else:
            await self._stay(session, greeted)
        if not session.state.over and session.kind not in DATAGRAM_SCHEMES:
            await session.send_end()

    async def _stay(self, session: Session, greeted: int) -> None:
        """Wait until the client has left: it sent its end, and nobody answers it any more."""
        await session.peer_ended()
        if self._request.greeting and not self._may_answer(session, greeted):
            if not session.state.over:
                session.note("we end too: the client sent its end, and was greeted")
            return  # what there was to say was said
        while not session.state.over:
            sends = session.recorder.sends
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._half_open):
                    await session.finished()
            if session.recorder.sends == sends and not self._may_answer(session, greeted):
                break
        if not session.state.over:
            waited = f" within {self._half_open:g} s" if self._half_open else ""
            session.note(f"we end too: the client sent its end, and nobody answered{waited}")

    def _may_answer(self, session: Session, greeted: int) -> bool:
        """Whether a person who talks to a client, or looks at it, may have more to say."""
        if self._is_attended is None:
            return False
        return session.recorder.sends > greeted or self._is_attended(session)


def _manner(request: ListenRequest, values: Values, tell: Told) -> Manner | None:
    """Choose what answers; its module is imported when it is first needed."""
    if request.forward is not None:
        from .forward import forward

        plan = request.forward
        plan.endpoint(request.endpoint)  # raises where the two do not go together
        words = f"forwarding to {plan.address}"
        return Manner(lambda session, incoming: forward(session, incoming, plan), words)
    if request.http is not None:
        from .capture import Capture

        if request.endpoint.scheme not in STREAM_SCHEMES:
            raise RequestError(
                f"HTTP is not answered on {quoted(request.address)}.",
                hint="Listen on tcp://, tls:// or unix: for it.",
                phase="bind",
            )
        return Manner(Capture(request.http, tell), f"answering HTTP with {request.http.status}")
    if request.script:
        return None
    if request.rules:
        from .ruled import SETTLE, Ruled

        ruled = Ruled(request, values)
        return Manner(ruled, ruled.words, SETTLE)
    if not request.echo:
        return None
    turns = Turns()
    return Manner(lambda session, incoming: _echo(session, incoming, turns), "echoing")


def _player(request: ListenRequest, values: Values) -> Callable[[Session], Awaitable[None]] | None:
    if not request.script:
        return None
    from .playing import Player

    return Player(request, values)


async def _answer(manner: Manner, session: Session, incoming: Incoming) -> None:
    """Answer to the end; a close frame, which is answered at once, may come before our answers."""
    try:
        await manner.answer(session, incoming)
    except PeerClosedError:
        if not (session.is_web_socket and session.has_peer_end) or session.broke:
            raise
        left = 1 + session.unheard
        what = "it was" if left == 1 else f"its last {left:,} messages were"
        session.note(f"the client closed before {what} answered")


async def _echo(session: Session, incoming: Incoming, turns: Turns) -> None:
    async for data in incoming:
        if session.closing:
            return
        await session.send(data)
        if session.is_behind:
            await turns.next()
