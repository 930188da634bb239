"""WebSocket as a link over any link (RFC 6455), with permessage-deflate (RFC 7692).

When the link is read, and how it ends; what came is `web_socket_messages`'s.
"""

from __future__ import annotations

import asyncio
import errno
from typing import Final

from websockets.frames import CloseCode

from ..steps import MessageKind
from ..words import count
from .base import Link, LinkOwner, Log, MessageOwner, let_go
from .web_socket_handshake import Settled
from .web_socket_messages import Messages

LINGER: Final = 1.0  # seconds for the peer to close the connection once both ends were sent
# So many bytes are taken at once: of empty messages they hold 512, and they may be a thousand times
# as many when they are decompressed.
_SLICE: Final = 1 << 10
_LARGE: Final = 1 << 16  # and so many of a frame that is longer: they are only put together
_TURN: Final = 0.01  # seconds, after which others have theirs
_LAST_TURN: Final = 0.1  # seconds to take what waits here when all is over
_UNTAKEN: Final = 1 << 20  # of answers to pings, above which no more is read
_SETTLED: Final = Settled()


class WebSocketLink:
    """Messages over a link; it puts itself between that link and its owner.

    Attributes:
        settled: What the handshake settled.
    """

    is_message = True
    can_half_close = True

    def __init__(
        self,
        link: Link,
        owner: MessageOwner,
        log: Log,
        *,
        server_side: bool,
        settled: Settled = _SETTLED,
        early: bytes = b"",
    ) -> None:
        """Take over a paused link whose handshake is done; nothing is read before `begin`.

        Args:
            link: What carries the frames.
            owner: Hears of messages.
            log: Takes how long a ping took.
            server_side: Whether the peer is the client, which masks its frames.
            settled: By the handshake.
            early: Bytes that came with the end of the handshake.
        """
        self.owner: LinkOwner = owner
        self.local = link.local
        self.peer = link.peer
        self.settled = settled
        self._link = link
        self._hears = owner
        self._server_side = server_side
        self._messages = Messages(
            owner,
            log,
            self._send,
            peer=link.peer,
            server_side=server_side,
            extensions=settled.extensions,
        )
        self._pending = bytearray(early)
        self._paused = False
        self._end_waits = False
        self._rest_given = False
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._relief: asyncio.Task[None] | None = None
        link.owner = self

    def begin(self) -> None:
        """Read from now on."""
        if self._pending:
            self._hears.on_wire()
        self._go_on()

    # sending

    @property
    def queued(self) -> int:
        return 0 if self._over else self._link.queued

    @property
    def unsent(self) -> int:
        return 0 if self._over else self._link.unsent

    def write(self, data: bytes) -> None:
        self.write_message(data, MessageKind.NONE)

    def write_message(self, data: bytes, kind: MessageKind) -> MessageKind:
        """Hand a message over; returns its kind: text when none is said and it is UTF-8.

        Raises:
            ConnectionError: The link is closed or being closed.
        """
        if self._over or not self._messages.can_send:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the connection is being closed")
        return self._messages.send(data, kind)

    async def drain(self) -> None:
        await self._link.drain()

    def write_end(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame; the peer may go on until it answers with its own."""
        if not self._over and self._messages.can_send:
            self._messages.send_close(code, reason)

    def close(self) -> None:
        """Close the connection: in order when both ends were sent, else at once."""
        if self._over:
            return
        if self._messages.ended:
            self._linger()
            return
        self.write_end(CloseCode.GOING_AWAY)
        self._link.close()

    def abort(self) -> None:
        self._link.abort()

    def _send(self, data: bytes) -> None:
        if not self._over:
            self._link.write(data)

    # reading

    def pause(self) -> None:
        self._paused = True
        self._link.pause()

    def resume(self) -> None:
        self._paused = False
        if self._pending:
            asyncio.get_running_loop().call_soon(self._go_on)
        elif self._relief is None:
            self._link.resume()

    def _go_on(self) -> None:
        """Deliver what waits here, then read on."""
        if self._over:
            return
        self._feed()
        if self._end_waits and not self._pending:
            self.on_end()
        elif not self._paused and not self._pending and self._relief is None:
            self._link.resume()

    def on_data(self, data: bytes) -> None:
        if self._timer is not None or self._over:
            self._messages.drop(data)
            return
        self._hears.on_wire()
        if self._pending or self._paused or len(data) > _SLICE:
            waits = bool(self._pending)
            self._pending += data
            if not waits:
                self._feed()
        else:
            self._step(data)
        self._spare()

    def _feed(self) -> None:
        """Take what waits here, unless it is too much for one turn of the loop."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _TURN
        while self._pending and not (self._paused or self._over):
            if loop.time() > end:
                self._link.pause()
                loop.call_soon(self._go_on)
                return
            self._step(self._next())

    def _next(self) -> bytes:
        """Take the next slice of what waits here."""
        size = max(_SLICE, min(self._messages.lacks, _LARGE))
        piece = bytes(self._pending[:size])
        del self._pending[:size]
        return piece

    def _step(self, piece: bytes) -> None:
        self._messages.receive(piece)
        if self._messages.ended:
            self._linger()

    # endings

    def _linger(self) -> None:
        """Let the last frame reach the peer: read nothing more, up to its end of the stream."""
        if self._timer is not None or self._over:
            return
        self._timer = asyncio.get_running_loop().call_later(LINGER, let_go, self._link)
        self._drop_pending()
        self._paused = False
        if self._server_side or self._messages.fault:
            self._link.write_end()  # else the server is waited for, to end first (7.1.1)
        self._link.resume()

    def _drop_pending(self) -> None:
        self._messages.drop(self._pending)
        self._pending.clear()

    def on_end(self) -> None:
        """The stream ended; what waits here comes first."""
        if self._messages.ended:
            self._link.close()
            return
        self._end_waits = bool(self._pending)
        if not self._end_waits:
            self._messages.end()
            self._link.close()

    def on_lost(self, error: BaseException | None) -> None:
        if self._over:
            return
        self._over = True
        if self._timer:
            self._timer.cancel()
        if self._relief:
            self._relief.cancel()
        self.give_rest()
        self._pending.clear()
        if self._messages.peer_closed:
            error = None  # all was said
        self.owner.on_lost(self._messages.fault or error)

    def give_rest(self) -> None:
        """Tell of what came and was not told of: it is over, and more is not asked for."""
        self._take_rest()
        if self._messages.ended:
            self._drop_pending()
            self._messages.tell_late()

    def _take_rest(self) -> None:
        """Take what waits here, and tell of what is no whole message."""
        if self._rest_given or self._messages.ended:
            return
        self._rest_given = True
        loop = asyncio.get_running_loop()
        end = loop.time() + _LAST_TURN
        while self._pending and loop.time() < end:
            self._step(self._next())
        if not self._messages.ended:
            self._messages.tell_rest()
            if self._pending:
                text = f"{count(len(self._pending), 'byte')} more came that were not read"
                self._hears.on_part(b"", text)
            self._pending.clear()

    def on_advice(self, error: OSError) -> None:
        self.owner.on_advice(error)

    # a peer that asks and does not read the answers

    def _spare(self) -> None:
        """Read no more while too many answers wait for the peer."""
        if self._relief is None and self._link.queued > _UNTAKEN and not self._over:
            self._link.pause()
            self._relief = asyncio.get_running_loop().create_task(self._relieved())

    async def _relieved(self) -> None:
        try:
            await self._link.drain()
        except OSError:
            return  # `on_lost` tells
        self._relief = None
        if not self._paused:
            self._go_on()
