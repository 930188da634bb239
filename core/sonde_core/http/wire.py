"""Where HTTP reads and writes: a link of ours, every byte of it recorded.

So the wire shows what really went over the stream, in plain text inside TLS, with the time at
which it came, and an error is told in our words where it happens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol

from ..endpoint import Endpoint
from ..errors import DeadlineError
from ..http_request import HttpOptions
from ..model import Direction, EventKind, State, TlsFacts
from ..session_request import SessionOptions
from ..transport.base import Link, let_go
from ..transport.connect import connect
from ..transport.edge import explain
from ..transport.securing import secure

SLICE: Final = 1 << 18
_QUEUE: Final = 1 << 20  # reading pauses above this


class Tap(Protocol):
    """Hears all that happens on the wire."""

    def log(self, kind: EventKind, text: str, **facts: str) -> object:
        """Take an event for the record."""

    def enter(self, state: State) -> None:
        """Hear what is being done now."""

    def reached(self, link: Link) -> None:
        """Hear of a connection."""

    def secured(self, facts: TlsFacts) -> None:
        """Hear what a TLS handshake settled, also one that failed."""

    def chunk(self, direction: Direction, data: bytes) -> None:
        """Take bytes for the record."""


class GoneError(Exception):
    """The peer takes no more bytes; what it said before that may still be read."""


class Stream:
    """One connection: what arrives is recorded at once, and waits to be read.

    Attributes:
        name: The peer's address.
        ragged: Whether TLS ended without being closed: the end of the data may be missing.
    """

    def __init__(self, tap: Tap, options: HttpOptions) -> None:
        self.ragged = False
        self._tap = tap
        self._options = options
        self._session = SessionOptions(
            connect_timeout=options.connect_timeout, verify=options.verify, ca_file=options.ca_file
        )
        self._link: Link | None = None
        self.name = ""
        self._came: deque[bytes] = deque()
        self._waiting = 0
        self._paused = False
        self._ended = False
        self._wrote = False
        self._error: BaseException | None = None
        self._news = asyncio.Event()

    async def open(self, endpoint: Endpoint) -> None:
        """Connect.

        Raises:
            SondeError: It could not be reached.
        """
        link = await connect(
            endpoint, self, self._tap.log, options=self._session, enter=self._tap.enter
        )
        self._link, self.name = link, link.peer
        self._tap.reached(link)

    async def read(self, most: int) -> bytes:
        """Return what came; empty at the peer's end.

        Raises:
            SondeError: The connection broke, or nothing came in time.
        """
        while not self._came:
            if self._error is not None:
                raise explain(self._error, self.name, "receive") from self._error
            if self._ended:
                return b""
            await self._wait()
        data = self._came.popleft()
        if len(data) > most:
            self._came.appendleft(data[most:])
            data = data[:most]
        self._waiting -= len(data)
        self._resume()
        return data

    async def _wait(self) -> None:
        self._news.clear()
        limit = self._options.idle_timeout
        try:
            async with asyncio.timeout(limit):
                await self._news.wait()
        except TimeoutError:
            raise DeadlineError(f"No byte came from {self.name} for {limit:g} s.") from None

    async def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            GoneError: The peer takes no more; a server may refuse a body early, with an answer.
            DeadlineError: It took nothing in time.
        """
        link = self._link
        assert link is not None  # noqa: S101 - it was opened
        for offset in range(0, len(data), SLICE):
            if self._wrote:
                await asyncio.sleep(0)  # else a peer that is gone is never heard of
            self._wrote = True
            if self._error is not None or self._ended:
                raise GoneError
            piece = data[offset : offset + SLICE]
            link.write(piece)
            self._tap.chunk(Direction.SENT, piece)
            await self._drain(link)

    async def _drain(self, link: Link) -> None:
        limit = self._options.idle_timeout
        try:
            async with asyncio.timeout(limit):
                await link.drain()
        except TimeoutError:
            if self._came:
                raise GoneError from None
            raise DeadlineError(
                f"{self.name} took no byte of the request for {limit:g} s."
            ) from None
        except OSError as error:
            raise GoneError from error

    async def secure(self, server_name: str) -> None:
        """Put TLS on the connection.

        Raises:
            SondeError: It failed; the tap heard what was seen.
        """
        link = self._link
        assert link is not None  # noqa: S101 - it was opened
        self._tap.enter(State.TLS)
        try:
            tls = await secure(
                link,
                self,
                self._log_tls,
                server_name=server_name,
                options=self._session,
                alpn=("http/1.1",),
            )
        except BaseException as error:  # whatever it is, what was seen is shown
            facts = getattr(error, "facts", None)
            if facts is not None:
                self._tap.secured(facts)
            raise
        self._link = tls
        self._tap.secured(tls.facts)
        self._tap.enter(State.OPEN)

    def _log_tls(self, kind: EventKind, text: str, **facts: str) -> object:
        if kind is EventKind.NOTE:  # the only remark of a TLS link
            self.ragged = True
        return self._tap.log(kind, text, **facts)

    def close(self) -> None:
        """Close; bytes the peer does not take are dropped."""
        if self._link is not None and self._error is None:
            let_go(self._link)

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._link is not None:
            self._link.abort()

    @property
    def left_over(self) -> int:
        """Bytes that came and were not asked for."""
        return self._waiting

    # the link's side

    def on_data(self, data: bytes) -> None:
        self._tap.chunk(Direction.RECEIVED, data)
        self._came.append(data)
        self._waiting += len(data)
        if self._waiting > _QUEUE and not self._paused and self._link is not None:
            self._paused = True
            self._link.pause()
        self._news.set()

    def on_end(self) -> None:
        if not self._ended:
            self._ended = True
            self._tap.log(EventKind.PEER_END, "the peer sent its end")
            self._news.set()

    def on_lost(self, error: BaseException | None) -> None:
        self._ended = True
        self._error = error
        self._news.set()

    def on_advice(self, error: OSError) -> None:
        """Ignore it: only datagrams have passing errors."""

    def _resume(self) -> None:
        if self._paused and self._waiting <= _QUEUE // 4 and self._link is not None:
            self._paused = False
            self._link.resume()
