"""The far side of a connection that is passed on: opened, read and written, not recorded itself.

The near side's session is the record of both: what its client says, and what it is told.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Final

from ..deadline import Deadline
from ..endpoint import DATAGRAM_SCHEMES, Endpoint
from ..errors import SondeError, TlsError
from ..model import EventKind
from ..quoting import quoted
from ..recording.recorder import MOMENT_COST
from ..session_request import SessionOptions
from ..settings import MIB
from ..transport.base import Link, Log, paces
from ..transport.connect import connect
from ..transport.edge import explain, reason
from ..transport.securing import secure
from ..transport.strays import Strays
from ..words import count

QUEUE: Final = MIB  # reading pauses above this
SLICE: Final = 1 << 18
_QUOTED: Final = 60  # bytes of what was no TLS


@contextlib.contextmanager
def of_the_far_side(log: Log) -> Iterator[None]:
    """Note what the far side said in place of TLS; the client's record is not of its handshake."""
    try:
        yield
    except SondeError as error:
        if error.heard:
            begins = quoted(error.heard[:_QUOTED].decode("utf-8", "backslashreplace"))
            text = f"far side: {count(len(error.heard), 'byte')} in place of TLS, from {begins} on"
            log(EventKind.NOTE, text)
        error.heard = b""
        if isinstance(error, TlsError):
            error.facts = None
        raise


class FarSide:
    """A connection whose bytes somebody passes on.

    Attributes:
        name: Its address; empty before it is open.
        can_half_close: Whether an end can be sent and bytes still come.
        ending: Code and reason of a close frame that came; None where there are none.
    """

    def __init__(self, log: Log) -> None:
        self.name = ""
        self.can_half_close = True
        self.ending: tuple[int, str] | None = None
        self._log = log
        self._link: Link | None = None
        self._came: deque[bytes] = deque()
        self._waiting = 0
        self._paused = False
        self._over = False
        self._is_unix = self._is_datagrams = self._is_reset = False
        self._error: BaseException | None = None
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._strays = Strays(log)

    async def open(self, endpoint: Endpoint, options: SessionOptions) -> None:
        """Connect, with TLS where the endpoint says so.

        Raises:
            SondeError: It could not be reached.
        """
        limit = Deadline(options.connect_timeout)
        link = await connect(endpoint, self, self._log, options=options, enter=lambda _: None)
        self._link = link
        if endpoint.scheme == "tls":
            name = options.server_name or endpoint.host
            with of_the_far_side(self._log):
                self._link = await secure(
                    link, self, self._log, server_name=name, options=options, left=limit.left
                )
        self.name, self.can_half_close = link.peer, link.can_half_close
        self._is_unix, self._is_datagrams = endpoint.is_unix, endpoint.scheme in DATAGRAM_SCHEMES

    async def incoming(self) -> AsyncIterator[bytes]:
        """Yield what comes, to the end of it; who is slow here slows the peer.

        Raises:
            SondeError: The connection broke.
        """
        while True:
            while self._came:
                data = self._came.popleft()
                self._waiting -= len(data) + MOMENT_COST
                self._resume()
                yield data
            if isinstance(self._error, SondeError):
                raise self._error
            if self._error is not None:
                raise explain(self._error, self.name, "receive") from self._error
            if self._over:
                return
            self._news.clear()
            await self._news.wait()

    async def send(self, data: bytes) -> None:
        """Send bytes, or one datagram; waits while they are not taken.

        Raises:
            SondeError: The connection broke.
        """
        link = self._link
        assert link is not None  # noqa: S101 - it was opened
        try:
            if link.is_message:
                link.write(data)
                await link.drain()
                return
            for offset in range(0, len(data), SLICE):
                link.write(data[offset : offset + SLICE])
                await link.drain()
        except OSError as error:
            raise explain(self._error or error, self.name, "send") from error

    async def send_end(self) -> None:
        """Send our end."""
        if self._link is not None:
            self._link.write_end()

    async def close(self, grace: float = 10.0) -> None:
        """Close once the peer has taken what was sent.

        What it does not take in so many seconds is dropped, and a NOTE says so.
        """
        link = self._link
        if link is None:
            return
        link.close()
        await self.ended(grace)
        if link.queued and not self._gone.is_set():
            left = count(link.queued, "byte")
            text = f"far side: the last {left} were not taken within {grace:g} s, and are dropped"
            self._log(EventKind.NOTE, text)
        link.abort()

    async def ended(self, grace: float | None = None) -> SondeError | None:
        """Wait until the connection is no more, but not longer than so many seconds.

        Returns what broke it, if anything did.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._gone.wait()
        return explain(self._error, self.name, "receive") if self._error is not None else None

    def abort(self) -> None:
        """Close with a reset."""
        if self._link is not None:
            self._link.abort()

    def reset(self) -> None:
        """Close with a reset since the client is gone before its end, and note that, once."""
        link = self._link
        if link is None or self._gone.is_set() or self._is_reset:
            return
        self._is_reset = True
        if not self._is_datagrams:
            how = "it sees an end, for Unix sockets have no reset" if self._is_unix else "reset"
            lost = f", {count(link.unsent, 'byte')} never left" if link.unsent else ""
            self._log(EventKind.NOTE, f"far side: {how}: the client is gone before its end{lost}")
        link.abort()

    def _resume(self) -> None:
        if self._paused and self._link is not None and self._waiting <= QUEUE // 4:
            self._paused = False
            self._link.resume()

    # the link's side

    def on_data(self, data: bytes) -> None:
        link = self._link
        if self._waiting > QUEUE and link is not None and not paces(link):
            self._strays.add("the far side sends more than the client takes")
            return
        self._came.append(data)
        self._waiting += len(data) + MOMENT_COST
        if self._waiting > QUEUE and not self._paused and link is not None:
            self._paused = True
            link.pause()
        self._news.set()

    def on_end(self) -> None:
        self._over = True
        self._news.set()

    def on_lost(self, error: BaseException | None) -> None:
        self._over = True
        self._strays.close()
        self._error = self._error or error
        self._news.set()
        self._gone.set()

    def on_advice(self, error: OSError) -> None:
        """Write it down: a datagram was refused, the next one may not be."""
        text = f"{self.name}: {reason(error)}"
        self._log(EventKind.NOTE, text)
