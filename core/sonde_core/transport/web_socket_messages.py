"""Messages in and out of WebSocket's frames, and what the rules say to each (RFC 6455).

`websockets` reads and writes the frames; what they carry is joined here to messages. The link
under it, and when that is read, is `web_socket`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from websockets.extensions import Extension
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from ..errors import WebSocketError
from ..model import EventKind
from ..steps import MessageKind
from .base import Log, MessageOwner
from .close_codes import ABNORMAL, NO_CODE, closing_words
from .web_socket_frames import Joining, fault_of, late_words, unfinished, words_of
from .web_socket_framing import NO_UTF8, Broken, Framing, is_text

LARGEST: Final = 1 << 26  # bytes of a message that is taken
MOST_FRAGMENTS: Final = 100_000  # of a message; each costs time, also an empty one
_PINGS: Final = 64  # of ours that are waited for
_KINDS: Final = {
    Opcode.TEXT: MessageKind.TEXT,
    Opcode.BINARY: MessageKind.BINARY,
    Opcode.PING: MessageKind.PING,
    Opcode.PONG: MessageKind.PONG,
}


class Messages:
    """Both directions of one session behind its handshake.

    Attributes:
        fault: How the peer broke the rules; it is told of, and nothing after it.
        peer_closed: The peer's close frame came, or the end of the stream in its place.
    """

    def __init__(
        self,
        owner: MessageOwner,
        log: Log,
        write: Callable[[bytes], None],
        *,
        peer: str,
        server_side: bool,
        extensions: Sequence[Extension],
    ) -> None:
        """Begin behind a handshake.

        Args:
            owner: Hears of messages.
            log: Takes how long a ping took.
            write: Takes the bytes of frames.
            peer: Address of the other end, for sentences about it.
            server_side: Whether the peer is the client, which masks its frames.
            extensions: As settled.
        """
        self.fault: WebSocketError | None = None
        self.peer_closed = False
        self._hears = owner
        self._log = log
        self._write = write
        self._peer = peer
        self._server_side = server_side
        self._framing = Framing(server_side=server_side, extensions=extensions, largest=LARGEST)
        self._joining = Joining()
        self._pings: dict[bytes, float] = {}
        self._rest_told = False
        self._late_told = False

    @property
    def ended(self) -> bool:
        """Whether nothing more of the peer counts."""
        return self.peer_closed or self.fault is not None

    # sending

    @property
    def can_send(self) -> bool:
        """Whether no close frame went out or came."""
        return self._framing.state is State.OPEN

    def send(self, data: bytes, kind: MessageKind) -> MessageKind:
        """Send a message; returns its kind: text when none is said and it is UTF-8."""
        kind = kind or (MessageKind.TEXT if is_text(data) else MessageKind.BINARY)
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

    def send_close(self, code: int, reason: str = "") -> None:
        """Send a close frame; the peer may go on until it answers with its own."""
        if code == NO_CODE:
            self._framing.send_close()
        else:
            self._framing.send_close(code, reason)
        self._flush()

    def _remember(self, data: bytes) -> None:
        if len(self._pings) >= _PINGS:
            del self._pings[next(iter(self._pings))]
        self._pings[data] = asyncio.get_running_loop().time()

    def _flush(self) -> None:
        if data := b"".join(self._framing.data_to_send()):
            self._write(data)

    # receiving

    @property
    def lacks(self) -> int:
        """Bytes that can be received without an end to a frame."""
        return self._framing.lacks

    def receive(self, piece: bytes) -> None:
        """Take bytes of frames, and answer what asks for it."""
        framing = self._framing
        framing.receive_data(piece)
        self._flush()  # answers, before an end of ours may follow
        for frame in framing.events_received():
            if isinstance(frame, Frame) and self.fault is None:
                self._take(frame)
        if framing.parser_exc is not None and self.fault is None:
            # The framing has sent its close frame.
            code, what = fault_of(framing.parser_exc, LARGEST, server_side=self._server_side)
            self._blame(code, what, framing.broken)
        elif framing.is_no_text and self.fault is None:
            self._blame(CloseCode.INVALID_DATA, NO_UTF8)

    def _take(self, frame: Frame) -> None:
        kind = _KINDS.get(frame.opcode)
        if kind and kind.is_control:
            self._control(bytes(frame.data), kind)
        elif frame.opcode is Opcode.CLOSE:
            self._closed()
        elif frame.fin and kind is not None:
            self._hears.on_message(bytes(frame.data), kind)
        elif (whole := self._joining.add(frame, kind)) is not None:
            self._hears.on_message(*whole)
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

    # endings

    def _closed(self) -> None:
        """The peer's close frame came; ours went out by now, as it asks for (section 5.5.1)."""
        close = self._framing.close_rcvd
        assert close is not None  # noqa: S101 - it was just received
        self.tell_rest()  # fragments whose message it cuts off (section 5.4)
        self.peer_closed = True
        facts = {"reason": close.reason} if close.reason else {}
        words = closing_words(close.code, close.reason)
        self._hears.on_end(f"the peer closed with {words}", code=str(close.code), **facts)

    def _refuse(self, code: CloseCode, what: str) -> None:
        """Close because of what the peer sent (section 7.1.7)."""
        self._framing.fail(code, what)
        self._flush()
        self._blame(code, what)

    def _blame(self, code: int, what: str, broken: Broken | None = None) -> None:
        self.tell_rest()
        if broken is not None and broken.raw:
            self._hears.on_part(broken.raw, words_of(broken))
        self._accuse(f"{self._peer} broke the rules of WebSocket: {what}.")
        self._hears.on_own_end(f"we closed with {closing_words(code, what)}", code=str(code))

    def _accuse(self, text: str) -> None:
        self.fault = WebSocketError(text, phase="receive")
        self._hears.on_fault(self.fault)

    def end(self) -> None:
        """The stream ended without a close frame of the peer: code 1006 (section 7.1.5)."""
        self.tell_rest()
        self.peer_closed = True
        if self._framing.close_sent is None:
            text = f"{self._peer} ended the connection without closing WebSocket ({ABNORMAL})."
            self._accuse(text)
        text = f"the peer ended the connection without a close frame ({ABNORMAL})"
        self._hears.on_end(text, code=str(ABNORMAL))

    def drop(self, data: bytes | bytearray) -> None:
        """Take bytes that came when nothing more of the peer counts."""
        self._framing.late.add(data)

    def tell_late(self) -> None:
        """Tell of what came after the peer's close frame, once; nothing may come after it."""
        late = self._framing.late
        if self._late_told or not (late.size and self.peer_closed):
            return
        self._late_told = True
        self._hears.on_part(bytes(late.raw), late_words(late))

    def tell_rest(self) -> None:
        """Tell of what is no whole message, once; nothing may be received after it."""
        if self._rest_told:
            return
        self._rest_told = True
        rest = self._framing.rest(max(LARGEST - self._joining.size, 1))
        for data, text, carried in unfinished(self._joining, rest):
            self._hears.on_part(data, text, carried=carried)
