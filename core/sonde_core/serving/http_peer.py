"""The server's end of HTTP/1.1 on a session: requests are read with h11, event by event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import h11

from ..session import Session

HEAD: Final = 1 << 18  # bytes of a request's head
_GO_ON: Final = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")


class HttpPeer:
    """One client that speaks HTTP.

    Attributes:
        http: The state of the conversation.
    """

    def __init__(self, session: Session, incoming: AsyncGenerator[bytes, None]) -> None:
        """Take a session, and what it says from its first byte on."""
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD)
        self.session = session
        self._incoming = incoming

    def patience(self) -> float:
        """Return how many seconds the next bytes are waited for."""
        raise NotImplementedError

    def came(self, data: bytes) -> None:
        """Hear of bytes that came, before they are read."""

    def read_up(self) -> None:
        """Hear that all that came was read, and more is needed."""

    async def event(self) -> h11.Event:
        """Return what comes next of a request; a client that waits for it is told to go on.

        Raises:
            h11.RemoteProtocolError: It is no HTTP.
            TimeoutError: Nothing came.
            SondeError: The session broke.
        """
        while True:
            event = self.http.next_event()
            if not isinstance(event, type):  # NEED_DATA and PAUSED are classes
                return event
            self.read_up()
            if self.http.they_are_waiting_for_100_continue:
                await self.send(_GO_ON)
            async with asyncio.timeout(self.patience()):
                data = await anext(self._incoming, b"")
            self.came(data)
            self.http.receive_data(data)

    async def send(self, event: h11.Event) -> None:
        """Send what stands for an event."""
        if data := self.http.send(event):
            await self.write(data)

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        await self.session.send(data)


def origin(session: Session, host: str) -> str:
    """Return scheme and authority that a client used.

    Args:
        session: The client's.
        host: Its Host header; empty for none.
    """
    scheme = "https" if session.tls else "http"
    local = "localhost" if "/" in session.local else session.local
    return f"{scheme}://{host or local or 'localhost'}"
