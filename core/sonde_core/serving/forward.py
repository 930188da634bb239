"""Pass on what a listener's client says, and tell it what the far side answers.

The session of the client is the record: `<` is what the client said, `>` what the far side
answered, each when it was handed on. TLS ends here on either side that asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..endpoint import DATAGRAM_SCHEMES, SESSION_SCHEMES, WEB_SOCKET_SCHEMES, Endpoint, parse
from ..errors import PeerClosedError, RequestError
from ..quoting import quoted
from ..session_request import SessionOptions
from .far import FarSide
from .faults import CutError, Faults, impaired

if TYPE_CHECKING:
    from ..session import Session


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a listener passes its clients on to.

    Attributes:
        address: `tcp://`, `tls://`, `udp://` or a Unix socket.
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
        passes = SESSION_SCHEMES - WEB_SOCKET_SCHEMES
        if near.scheme in WEB_SOCKET_SCHEMES or far.scheme not in passes:
            wrong = near if near.scheme in WEB_SOCKET_SCHEMES else quoted(self.address)
            raise RequestError(
                f"{wrong} cannot be forwarded.",
                hint="Forward tcp://, tls://, udp:// or unix:; WebSocket and HTTP pass as tcp://.",
                phase="bind",
            )
        if (near.scheme in DATAGRAM_SCHEMES) != (far.scheme in DATAGRAM_SCHEMES):
            raise RequestError(
                f"Datagrams and streams do not mix: {near} to {far}.",
                hint="Forward udp:// to udp://, and tcp:// or tls:// to each other.",
                phase="bind",
            )
        return far


async def forward(session: Session, incoming: AsyncIterator[bytes], plan: Forward) -> None:
    """Connect to the far side and pass bytes both ways, to the end of both.

    Args:
        session: An accepted client's, open.
        incoming: What it says, from its first byte on.
        plan: Where to.

    Raises:
        SondeError: The far side could not be reached, or broke.
    """
    assert session.endpoint is not None  # noqa: S101 - it was accepted
    endpoint = plan.endpoint(session.endpoint)
    session.note(f"forwarding to {endpoint}")
    far = FarSide(session.log)
    watching = asyncio.ensure_future(_let_go_with(session, far))
    try:
        await far.open(endpoint, plan.options)
        if session.state.over:
            return
        await _both(
            _there(impaired(incoming, plan.there), far),
            _back(session, impaired(far.incoming(), plan.back)),
        )
        await far.close()
    except CutError:
        session.note("cut here, as asked for")
        session.abort()
    except PeerClosedError as error:
        session.fail(error, reset=True)  # the client sees what we saw
    finally:
        far.abort()
        watching.cancel()
        await asyncio.wait({watching})


async def _let_go_with(session: Session, far: FarSide) -> None:
    """Drop the far side when the client is gone: nobody hears its answer any more."""
    await session.finished()
    if session.problem or not session.has_peer_end:
        far.abort()


async def _there(source: AsyncIterator[bytes], far: FarSide) -> None:
    async for data in source:
        await far.send(data)
    await far.send_end()


async def _back(session: Session, source: AsyncIterator[bytes]) -> None:
    async for data in source:
        if session.state.over:
            return
        await session.send(data)
    if not session.state.over and not session.is_message:
        await session.send_end()


async def _both(*ways: Awaitable[None]) -> None:
    """Wait for both ways; the first that breaks ends the other."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
