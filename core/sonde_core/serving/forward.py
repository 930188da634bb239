"""Pass on what a listener's client says, and tell it what the far side answers.

The session of the client is the record: `<` is what the client said, `>` what the far side
answered, each when it was handed on; what came from there and makes no message is `>` too, a part
with a note, though the client never gets it. TLS ends here on either side that asks for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..endpoint import DATAGRAM_SCHEMES, SESSION_SCHEMES, Endpoint, parse
from ..errors import EndSentError, RequestError, SondeError
from ..quoting import quoted
from ..session_request import SessionOptions
from .far import FarSide
from .faults import CutError, Faults, impaired

GRACE: Final = 5.0  # seconds for a far side to close, once the client has
LEAVE: Final = 1.0  # and for a client to leave, when the far side is gone
_GLANCE: Final = 0.25  # seconds from one look at what waits for a client to the next
_HERE: Final = frozenset({"127.0.0.1", "localhost", "0.0.0.0"})  # noqa: S104 - compared only

if TYPE_CHECKING:
    from ..session import Session


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a listener passes its clients on to.

    Attributes:
        address: `tcp://`, `tls://`, `udp://` or a Unix socket; for WebSocket `ws://` or `wss://`.
        options: How to open it.
        there: Faults on the way to the far side.
        back: Faults on the way to the client.
    """

    address: str
    options: SessionOptions = field(default_factory=SessionOptions)
    there: Faults = field(default_factory=Faults)
    back: Faults = field(default_factory=Faults)

    def endpoint(self, near: Endpoint) -> Endpoint:
        """Return the far endpoint.

        Args:
            near: Where the listener is bound.

        Raises:
            SondeError: It is none that the near one can be passed on to.
        """
        far = parse(self.address)
        if far.scheme not in SESSION_SCHEMES:
            raise RequestError(
                f"{quoted(self.address)} cannot be forwarded to.",
                hint="Forward to tcp://, tls://, udp://, ws:// or unix:; HTTP passes as tcp://.",
                phase="bind",
            )
        if near.is_web_socket != far.is_web_socket:
            raise RequestError(
                f"Messages and bytes do not mix: {near} to {far}.",
                hint="Forward ws:// to ws:// or wss://; from tcp:// to tcp:// it passes as bytes.",
                phase="bind",
            )
        if far.is_web_socket and (self.there.slice or self.back.slice):
            raise RequestError(
                "Messages of WebSocket stay whole.", hint="Leave out the slice.", phase="bind"
            )
        if (near.scheme in DATAGRAM_SCHEMES) != (far.scheme in DATAGRAM_SCHEMES):
            raise RequestError(
                f"Datagrams and streams do not mix: {near} to {far}.",
                hint="Forward udp:// to udp://, and tcp:// or tls:// to each other.",
                phase="bind",
            )
        if not self.options.proxy and _is_same(near, far):
            raise RequestError(
                f"What comes to {near} cannot be forwarded there.",
                hint="It would come again for ever: forward to another port or path.",
                phase="bind",
            )
        return far


def _is_same(near: Endpoint, far: Endpoint) -> bool:
    if near.is_unix or far.is_unix:
        return (near.scheme, near.path) == (far.scheme, far.path)
    hosts = {near.host, far.host}
    return near.port == far.port and (len(hosts) == 1 or hosts <= _HERE)


async def forward(session: Session, incoming: AsyncIterator[bytes], plan: Forward) -> None:
    """Connect to the far side and pass bytes both ways, to the end of both.

    Over WebSocket it is connected by now, and messages pass, each of its kind.

    Args:
        session: An accepted client's, open.
        incoming: What it says, from its first byte on.
        plan: Where to.

    Raises:
        SondeError: The far side could not be reached, or broke.
    """
    assert session.endpoint is not None  # noqa: S101 - it was accepted
    endpoint = plan.endpoint(session.endpoint)
    if endpoint.is_web_socket:
        from .passing import take_far

        far: FarSide = take_far(session)
    else:
        session.note(f"forwarding to {endpoint}")
        far = FarSide(session.log)
    watching = asyncio.ensure_future(_let_go_with(session, far))
    try:
        if not endpoint.is_web_socket:
            await far.open(endpoint, plan.options)
        if session.state.over and not endpoint.is_web_socket:
            return
        whole = session.is_message
        there = _there(session, far, impaired(incoming, plan.there, whole=whole))
        back = _back(session, far, impaired(far.incoming(), plan.back, whole=whole))
        await _passed(session, far, there, back)
        await far.close()
    except CutError:
        session.note("cut here, as asked for")
        session.abort()
    finally:
        far.abort()
        watching.cancel()
        await asyncio.wait({watching})


async def _let_go_with(session: Session, far: FarSide) -> None:
    """Drop the far side when the client is gone: nobody hears its answer any more."""
    await session.finished()
    if session.is_web_socket and session.has_peer_end and not session.broke:
        await far.ended(GRACE)  # it is told how the client closed, and may say no more
        far.abort()
    elif _is_cut(session):
        far.reset()


def _is_cut(session: Session) -> bool:
    """Whether a client is gone before it said all: the far side must not take that for its end."""
    return session.state.over and (session.broke or not session.has_peer_end)


async def _there(session: Session, far: FarSide, source: AsyncGenerator[bytes, None]) -> None:
    async with contextlib.aclosing(source):
        async for data in source:
            await far.send(data)
    if _is_cut(session):
        far.reset()
    else:
        await far.send_end()


async def _back(session: Session, far: FarSide, source: AsyncGenerator[bytes, None]) -> None:
    async with contextlib.aclosing(source):
        async for data in source:
            if session.state.over or (session.is_web_socket and session.has_peer_end):
                return
            if session.closing:
                session.note("far side: what it says now is not passed on, for our end was sent")
                return
            await session.send(data)
    if session.has_ended or session.state.over:
        return
    if far.ending is not None:
        await session.send_end(*far.ending)
    elif not session.is_message:
        await session.send_end()


async def _passed(
    session: Session, far: FarSide, there: Awaitable[None], back: Awaitable[None]
) -> None:
    """Pass on both ways; of a far side that breaks the client sees what we saw, a reset."""
    try:
        await _both(session, far, there, back)
    except EndSentError:  # it came between two looks
        raise
    except SondeError as error:
        session.fail(error, reset=session.kind not in DATAGRAM_SCHEMES)


async def _both(
    session: Session, far: FarSide, there: Awaitable[None], back: Awaitable[None]
) -> None:
    """Wait for both ways; the first that breaks ends the other."""
    ways = [asyncio.ensure_future(way) for way in (there, back)]
    ends = (_end_with(session, far, ways[1]), _leave(session, far, *ways))
    tasks = [*ways, *map(asyncio.ensure_future, ends)]
    try:
        await asyncio.gather(*ways)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _leave(
    session: Session, far: FarSide, there: asyncio.Future[None], back: asyncio.Future[None]
) -> None:
    """Close a far side that heard all of a client that is gone in order, and does not end."""
    await asyncio.wait({there})
    await session.finished()
    await asyncio.wait({back}, timeout=GRACE)
    await far.close()


async def _end_with(session: Session, far: FarSide, back: asyncio.Future[None]) -> None:
    """End a client's session when its far side, which had sent its end, is gone.

    Else that is noticed only when the client says more. Most leave by themselves at that end, and
    what was passed on before it is not cut off.
    """
    if session.is_message:
        return
    await asyncio.wait({back})
    problem = await far.ended()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEAVE):
            await session.peer_ended()
            return
    while session.unsent:  # nobody tells when the client has taken it
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GLANCE):
                await session.finished()
    if problem is not None:
        session.fail(problem, reset=True)
    elif not session.state.over:
        session.note("the far side closed")
        await session.close()
