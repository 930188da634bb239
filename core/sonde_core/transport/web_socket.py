"""WebSocket as a link over any link (RFC 6455), with permessage-deflate (RFC 7692).

`websockets` reads and writes the frames; what they carry is joined here to messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, cast

from websockets.extensions import Extension
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from ..errors import WebSocketError
from ..model import EventKind
from ..steps import MessageKind
from ..words import count
from .base import Link, LinkOwner, Log, MessageOwner, let_go
from .close_codes import ABNORMAL, NO_CODE, closing_words
from .web_socket_frames import Joining, fault_of, is_text, unfinished
from .web_socket_framing import Framing

LARGEST: Final = 1 << 26  # bytes of a message that is taken
MOST_FRAGMENTS: Final = 100_000  # of a message; each costs time, also an empty one
LINGER: Final = 1.0  # seconds for the peer to close the connection once both ends were sent
# So many bytes are taken at once: of empty messages they hold 2,000, and they may be a thousand
# times as many when they are decompressed.
_SLICE: Final = 1 << 12
_TURN: Final = 0.01  # seconds, after which others have theirs
_LAST_TURN: Final = 0.1  # seconds to take what waits here when all is over
_UNTAKEN: Final = 1 << 20  # of answers to pings, above which no more is read
_PINGS: Final = 64  # of ours that are waited for
_KINDS: Final = {
    Opcode.TEXT: MessageKind.TEXT,
    Opcode.BINARY: MessageKind.BINARY,
    Opcode.PING: MessageKind.PING,
    Opcode.PONG: MessageKind.PONG,
}


class WebSocketLink:
    """Messages over a link; it puts itself between that link and its owner.

    Attributes:
        extensions: In use, as the handshake settled them.
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
        extensions: Sequence[Extension] = (),
        early: bytes = b"",
    ) -> None:
        """Take over a paused link whose handshake is done; nothing is read before `begin`.

        Args:
            link: What carries the frames.
            owner: Hears of messages.
            log: Takes how long a ping took.
            server_side: Whether the peer is the client, which masks its frames.
            extensions: As settled.
            early: Bytes that came with the end of the handshake.
        """
        self.owner: LinkOwner = owner
        self.local = link.local
        self.peer = link.peer
        self.extensions = tuple(extensions)
        self._link = link
        self._log = log
        self._server_side = server_side
        self._framing = Framing(server_side=server_side, extensions=extensions, largest=LARGEST)
        self._pending = bytearray(early)
        self._paused = False
        self._joining = Joining()
        self._pings: dict[bytes, float] = {}
        self._fault: WebSocketError | None = None
        self._peer_closed = False
        self._end_waits = False
        self._rest_told = False
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._relief: asyncio.Task[None] | None = None
        link.owner = self

    @property
    def _hears(self) -> MessageOwner:
        return cast("MessageOwner", self.owner)

    def begin(self) -> None:
        """Read from now on."""
        if self._pending:
            self._hears.on_wire()
        self._go_on()

    # sending

    @property
    def queued(self) -> int:
        return 0 if self._over else self._link.queued

    def write(self, data: bytes) -> None:
        self.write_message(data, MessageKind.NONE)

    def write_message(self, data: bytes, kind: MessageKind) -> MessageKind:
        """Hand a message over; returns its kind: text when none is said and it is UTF-8.

        Raises:
            ConnectionError: The link is closed or being closed.
        """
        kind = kind or (MessageKind.TEXT if is_text(data) else MessageKind.BINARY)
        if self._over or self._framing.state is not State.OPEN:
            raise ConnectionAbortedError(103, "the connection is being closed")
        match kind:
            case MessageKind.TEXT:
                self._framing.send_text(data)
            case MessageKind.PING:
                self._remember(data)
                self._framing.send_ping(data)
            case MessageKind.PONG:
                self._framing.send_pong(data)
            case _:
                self._framing.send_binary(data)
        self._flush()
        return kind

    async def drain(self) -> None:
        await self._link.drain()

    def write_end(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame; the peer may go on until it answers with its own."""
        if self._over or self._framing.state is not State.OPEN:
            return
        if code == NO_CODE:
            self._framing.send_close()
        else:
            self._framing.send_close(code, reason)
        self._flush()

    def close(self) -> None:
        """Close the connection: in order when both ends were sent, else at once."""
        if self._over:
            return
        if self._peer_closed or self._fault:
            self._linger()
            return
        self.write_end(CloseCode.GOING_AWAY)
        self._link.close()

    def abort(self) -> None:
        self._link.abort()

    def _remember(self, data: bytes) -> None:
        if len(self._pings) >= _PINGS:
            del self._pings[next(iter(self._pings))]
        self._pings[data] = asyncio.get_running_loop().time()

    def _flush(self) -> None:
        data = b"".join(self._framing.data_to_send())
        if data and not self._over:
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
        piece = bytes(self._pending[:_SLICE])
        del self._pending[:_SLICE]
        return piece

    def _step(self, piece: bytes) -> None:
        framing = self._framing
        framing.receive_data(piece)
        self._flush()  # answers, before an end of ours may follow
        for frame in framing.events_received():
            if isinstance(frame, Frame) and self._fault is None:
                self._take(frame)
        if framing.parser_exc is not None and self._fault is None:
            self._broken(framing.parser_exc)

    def _take(self, frame: Frame) -> None:
        kind = _KINDS.get(frame.opcode)
        if kind and kind.is_control:
            self._control(bytes(frame.data), kind)
        elif frame.opcode is Opcode.CLOSE:
            self._closed()
        elif frame.fin and kind is not None:
            self._message(bytes(frame.data), kind)
        elif (whole := self._joining.add(frame, kind)) is not None:
            self._message(*whole)
        elif self._joining.fragments >= MOST_FRAGMENTS:
            text = f"a message in more than {MOST_FRAGMENTS:,} fragments"
            self._refuse(CloseCode.MESSAGE_TOO_BIG, text)

    def _control(self, data: bytes, kind: MessageKind) -> None:
        self._hears.on_message(data, kind)
        if kind is MessageKind.PING:
            self._hears.on_answer(data)
        elif (sent := self._pings.pop(data, None)) is not None:
            passed = (asyncio.get_running_loop().time() - sent) * 1000
            self._log(EventKind.NOTE, f"pong after {passed:.1f} ms", ms=f"{passed:.3f}")

    def _message(self, data: bytes, kind: MessageKind) -> None:
        self._hears.on_message(data, kind)
        if kind is MessageKind.TEXT and not is_text(data):
            self._refuse(CloseCode.INVALID_DATA, "text that is no UTF-8")

    # endings

    def _closed(self) -> None:
        """The peer's close frame came; ours went out by now, as it asks for (section 5.5.1)."""
        close = self._framing.close_rcvd
        assert close is not None  # noqa: S101 - it was just received
        self._peer_closed = True
        words = closing_words(close.code, close.reason)
        self._hears.on_end(f"the peer closed with {words}", code=str(close.code), **_why(close))
        self._linger()

    def _refuse(self, code: CloseCode, what: str) -> None:
        """Close because of what the peer sent (section 7.1.7)."""
        self._framing.fail(code, what)
        self._flush()
        self._blame(code, what)

    def _broken(self, error: Exception) -> None:
        """Say what the framing found wrong; it has sent its close frame."""
        self._blame(*fault_of(error, LARGEST, server_side=self._server_side))

    def _blame(self, code: int, what: str) -> None:
        self._tell_rest()
        self._accuse(f"{self.peer} broke the rules of WebSocket: {what}.")
        self._hears.on_own_end(f"we closed with {closing_words(code, what)}", code=str(code))
        self._linger()

    def _accuse(self, text: str) -> None:
        self._fault = WebSocketError(text, phase="receive")
        self._hears.on_fault(self._fault)

    def _linger(self) -> None:
        """Let the last frame reach the peer: drop what still comes, up to its end of the stream."""
        if self._timer is not None or self._over:
            return
        self._timer = asyncio.get_running_loop().call_later(LINGER, let_go, self._link)
        self._pending.clear()
        self._paused = False
        if self._server_side or self._fault:  # a client waits for the server to end (7.1.1)
            self._link.write_end()
        self._link.resume()

    def on_end(self) -> None:
        """The stream ended; without close frames before it, that is code 1006 (section 7.1.5)."""
        if self._peer_closed or self._fault:
            self._link.close()
            return
        self._end_waits = bool(self._pending)
        if self._end_waits:
            return
        self._tell_rest()
        self._peer_closed = True
        if self._framing.close_sent is None:
            text = f"{self.peer} ended the connection without closing WebSocket ({ABNORMAL})."
            self._accuse(text)
        text = f"the peer ended the connection without a close frame ({ABNORMAL})"
        self._hears.on_end(text, code=str(ABNORMAL))
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
        if self._peer_closed and not self._fault:
            error = None  # all was said
        self.owner.on_lost(self._fault or error)

    def give_rest(self) -> None:
        """Tell of what came and was not told of: it is over, and more is not asked for."""
        if self._rest_told or self._peer_closed or self._fault:
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + _LAST_TURN
        while self._pending and loop.time() < end:
            self._step(self._next())
        if not (self._peer_closed or self._fault):
            self._tell_rest()
            if self._pending:
                text = f"{count(len(self._pending), 'byte')} more came that were not read"
                self._hears.on_part(b"", text)
        self._pending.clear()

    def _tell_rest(self) -> None:
        """Tell of what is no whole message."""
        if self._rest_told:
            return
        self._rest_told = True
        rest = self._framing.rest(max(LARGEST - self._joining.size, 1))
        for data, text in unfinished(self._joining, rest):
            self._hears.on_part(data, text)

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


def _why(close: object) -> dict[str, str]:
    reason = str(getattr(close, "reason", ""))
    return {"reason": reason} if reason else {}
