"""The speaking half of a session: what is sent, how far it has left, and our end."""

from __future__ import annotations

import asyncio
import errno
from contextlib import suppress
from dataclasses import replace
from typing import Final, Literal, cast

from .clock import Clock
from .conversation import Conversation
from .endpoint import MESSAGE_SCHEMES, SESSION_SCHEMES, WEB_SOCKET_SCHEMES, Endpoint
from .errors import ConnectError, EndSentError, PeerClosedError, RequestError, SondeError
from .model import Direction, EventKind, State, TlsFacts
from .recording.record_file import caught_up
from .secrets import mask_url
from .session_request import SessionRequest
from .settings import Limits
from .steps import MessageKind
from .transport.base import Link, MessageLink
from .transport.close_codes import check_closing, closing_words
from .transport.edge import explain
from .unsent import cut_short, never_left
from .words import count

LARGEST_CONTROL: Final = 125  # bytes of a ping (RFC 6455, section 5.5)
_GLANCE: Final = 0.02  # seconds to the second look at what waits for the peer
_RARELY: Final = 0.16  # and between two looks later
SLICE: Final = 1 << 18  # so much is handed over at once: progress is seen, and cancelling works
# A sender in a loop gives way to all else after so many bytes, of which each send costs some.
_BREATH: Final = 1 << 20
_SEND_COST: Final = 512
_LARGEST: Final = {
    "udp": "One datagram carries 65,507 bytes at most over IPv4.",
    "unix-dgram": "One datagram must fit into the send buffer; the options set its size.",
}
TALKING: Final = frozenset({State.OPEN, State.LOCAL_END, State.PEER_END})


class Speaking(Conversation):
    """Sends in the order it was asked to, one at a time.

    Attributes:
        request: What was asked for.
        endpoint: Where; None until the address was read.
        role: `server` for a client that a listener accepted.
        peer: Address of the other end; empty when none was reached.
        local: Our own address.
        tls: What the handshake settled, also when it failed.
    """

    def __init__(
        self,
        request: SessionRequest,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        role: Literal["client", "server"] = "client",
    ) -> None:
        super().__init__(clock, limits)
        self.request = request
        self.role: Literal["client", "server"] = role
        self.endpoint: Endpoint | None = None
        self.peer = ""
        self.local = ""
        self.tls: TlsFacts | None = None
        self._sending = asyncio.Lock()
        self._local_end = False
        self._all_left = False  # all that was sent had left for the peer when we sent our end
        self._waited = 0  # bytes that did so when that was looked at last, while it is closed
        self._dropped = 0  # bytes that were never sent, which has been told
        self._fault: SondeError | None = None  # of a peer that broke the rules of WebSocket
        self._asked = 0  # those who wait for their turn to send, or have it
        self._breath = _BREATH

    @property
    def kind(self) -> str:
        """The scheme, also of an address that cannot be read; `tcp` if it names none."""
        if self.endpoint and self.endpoint.scheme in SESSION_SCHEMES:
            return self.endpoint.scheme
        named = self.request.address.strip().partition(":")[0].lower()
        return named if named in SESSION_SCHEMES else "tcp"

    @property
    def is_message(self) -> bool:
        """Whether each chunk is a message or datagram of its own."""
        return self.kind in MESSAGE_SCHEMES

    @property
    def _name(self) -> str | Endpoint:
        if self.role == "server":
            return self.peer
        if self.endpoint and self.endpoint.is_web_socket:
            return replace(self.endpoint, path="")  # its query may hold a token
        return self.endpoint or mask_url(self.request.address)

    @property
    def is_web_socket(self) -> bool:
        """Whether messages have a kind, and an end is a close frame."""
        return self.endpoint.is_web_socket if self.endpoint else self.kind in WEB_SOCKET_SCHEMES

    async def send(self, data: bytes, kind: MessageKind = MessageKind.NONE) -> None:
        """Send bytes, one datagram or message where there are such; waits for a slow peer.

        Cancelling does not unsend: what was recorded as sent leaves.

        Args:
            data: The bytes.
            kind: Of a WebSocket message. Without one it is what a `Message` says it was; else text
                when the bytes are UTF-8, and binary when they are not.

        Raises:
            SondeError: The session is not open, or broke meanwhile; or this cannot be sent here.
        """
        if kind or self.is_web_socket:
            kind = self._kind_of(data, kind)
        if self._sent_at_once(data):
            return
        self._asked += 1
        try:
            async with self._sending:
                with self._watching():
                    await self._send_in_turn(data, kind)
        finally:
            self._asked -= 1

    def _sent_at_once(self, data: bytes) -> bool:
        """Send a piece of a stream while there is nothing to wait for: so it mostly is."""
        if self._asked or self._sending.locked() or self._breath <= 0 or not 0 < len(data) <= SLICE:
            return False
        link = self._sendable()
        if link.is_message or link.queued:
            return False
        self._looked()
        self._send_piece(link, data)
        return True

    async def _send_in_turn(self, data: bytes, kind: MessageKind) -> None:
        link = self._sendable()
        if link.is_message:
            await self._send_whole(link, data, kind)
            return
        given = 0
        try:
            while given < len(data):
                link = self._sendable() if given else link
                piece = data[given : given + SLICE]
                self._send_piece(link, piece)
                given += len(piece)
                if link.queued:
                    await self._drain(link)
                if self._breath <= 0:
                    await self._breathe()
        except asyncio.CancelledError:
            self._tell_cancelled(link, given, len(data))
            raise

    def _send_piece(self, link: Link, piece: bytes) -> None:
        link.write(piece)
        self._chunk(Direction.SENT, piece)
        self._touch()
        self._breath -= len(piece) + _SEND_COST

    async def _send_whole(self, link: Link, data: bytes, kind: MessageKind) -> None:
        if self.is_web_socket:
            await self._send_message(cast("MessageLink", link), data, kind)
        else:
            self._send_datagram(link, data)
            await self._drain_whole(link, data)
        self._breath -= len(data) + _SEND_COST
        if self._breath <= 0:
            await self._breathe()

    def _kind_of(self, data: bytes, kind: MessageKind) -> MessageKind:
        if not self.is_web_socket:
            raise RequestError(
                f"Only WebSocket has messages of a kind, such as {kind.value}.",
                hint="Send the bytes as they are.",
                phase="send",
            )
        if kind and kind.is_control and len(data) > LARGEST_CONTROL:
            raise RequestError(
                f"A {kind.value} of {len(data)} bytes is too large.",
                hint=f"It carries {LARGEST_CONTROL} bytes at most.",
                phase="send",
            )
        return kind or getattr(data, "kind", MessageKind.NONE)

    async def _send_message(self, link: MessageLink, data: bytes, kind: MessageKind) -> None:
        try:
            kind = link.write_message(data, kind)
        except OSError as error:
            raise self._over_error() or explain(error, self._name, "send") from error
        self._chunk(Direction.SENT, data, kind)
        self._touch()
        await self._drain_whole(link, data)

    def _send_datagram(self, link: Link, data: bytes) -> None:
        try:
            link.write(data)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise RequestError(
                    f"A datagram of {len(data)} bytes is too large.",
                    hint=_LARGEST.get(self.kind, ""),
                    phase="send",
                ) from error
            raise explain(error, self._name, "send") from error
        self._chunk(Direction.SENT, data)
        self._touch()

    @property
    def queued(self) -> int:
        """Bytes that were sent and still wait here for the peer to take them."""
        return self._link.queued if self._link and not self.state.over else 0

    @property
    def unsent(self) -> int:
        """Those bytes, and what the system has of them and did not send either."""
        return self._link.unsent if self._link and not self.state.over else 0

    async def _drain(self, link: Link) -> None:
        try:
            await link.drain()
        except OSError as error:
            raise self._over_error() or explain(error, self._name, "send") from error

    async def _drain_whole(self, link: Link, data: bytes) -> None:
        try:
            await self._drain(link)
        except asyncio.CancelledError:
            self._tell_cancelled(link, len(data), len(data))
            raise

    def _tell_cancelled(self, link: Link, given: int, size: int) -> None:
        """Write down how far a message had left when its sending was cancelled."""
        told = None if self.state.over else cut_short(link, given, size)
        if told is not None:
            self.log(EventKind.NOTE, told[0], **told[1])

    async def _all_gone(self, link: Link) -> None:
        """Wait until the system has taken all that was sent; nobody tells when it has."""
        pause = _GLANCE
        while not self.state.over:
            self._waited = link.queued
            self._all_left = self._all_left or not self._waited
            if self._all_left:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._over.wait()
            pause = min(pause * 2, _RARELY)  # hundreds may be closed at once

    def _tell_unsent(self, *, reset: bool = True) -> int:
        """Write down how many bytes are dropped when the link is let go now.

        Without a reset the system still sends what it has, as long as nothing waits before it.
        """
        link = self._link
        if link is None or self.state not in TALKING or not (reset or link.queued):
            return 0
        left = 0 if self._dropped else link.unsent
        if left:
            self._dropped = left
            form = "frames" if self.is_web_socket else "TLS" if self.tls else ""
            text, facts = never_left(left, form)
            self.log(EventKind.NOTE, text, **facts)
        return left

    async def _breathe(self) -> None:
        """Let the loop read, and hear of a reset: nothing else stops a sender in a loop."""
        self._breath = _BREATH
        if self.recorder.is_behind:
            await caught_up()
        else:
            await asyncio.sleep(0)

    async def send_end(self, code: int = 1000, reason: str = "") -> None:
        """Send our end and go on receiving; with the peer's end there already, it is over.

        Args:
            code: Of WebSocket's close frame (RFC 6455, section 7.4); 1005 sends none.
            reason: In that frame; 123 bytes at most.

        Raises:
            SondeError: The session is not open, or is of datagrams, which have no end.
        """
        if self.is_web_socket:
            check_closing(code, reason)
        async with self._sending:
            if self._local_end and not self.state.over:
                return
            link = self._sendable()
            if not link.can_half_close:
                raise RequestError(
                    "Datagrams have no end that could be sent.",
                    hint="Close the session.",
                    phase="send",
                )
            self._half_close(link, code, reason)

    def _half_close(self, link: Link, code: int = 1000, reason: str = "") -> None:
        if self._local_end:
            return
        self._local_end = True
        queued = link.queued
        self._all_left = not queued
        behind = f", behind {count(queued, 'byte')} that wait" if queued else ""
        if self.is_web_socket:
            cast("MessageLink", link).write_end(code, reason)
            facts = {"code": str(code)} | ({"reason": reason} if reason else {})
            text = f"we closed with {closing_words(code, reason)}{behind}"
            self.log(EventKind.HALF_CLOSED, text, **facts)
        else:
            link.write_end()
            self.log(EventKind.HALF_CLOSED, f"we sent our end{behind}")
        self._advance(State.LOCAL_END)
        if self._peer_end:
            link.close()

    # what a WebSocket link tells

    def on_message(self, data: bytes, kind: MessageKind) -> None:
        if self.state.over:
            return
        self._arrived(data, kind)
        self._touch()

    def on_wire(self) -> None:
        self.heard_at = self.recorder.elapsed

    def on_part(self, data: bytes, text: str, *, carried: bool = False) -> None:
        facts = {"part": "message"} if carried else {}
        self._keep_part(Direction.RECEIVED, data, text, **facts)

    def keep_part(self, data: bytes, text: str) -> None:
        """Record what the far side of a client that is passed on said, and nobody was given."""
        self._keep_part(Direction.SENT, data, text)

    def _keep_part(self, direction: Direction, data: bytes, text: str, **facts: str) -> None:
        if self.state.over:
            return
        if data:
            self._chunk(direction, data, MessageKind.PART)
        self.log(EventKind.NOTE, text, **facts)

    def on_fault(self, error: SondeError) -> None:
        self._fault = self._fault or error
        self._touch()

    def _hear_out(self) -> None:
        """Let a link of messages tell what it has, before the session is over."""
        if self._link and self._link.is_message and self.state in TALKING:
            cast("MessageLink", self._link).give_rest()

    def on_answer(self, data: bytes) -> None:
        if self.state.over:
            return
        self._chunk(Direction.SENT, data, MessageKind.PONG)
        self._touch()

    def on_own_end(self, text: str, **facts: str) -> None:
        if self._local_end or self.state.over:
            return
        self._local_end = True
        self.log(EventKind.HALF_CLOSED, text, **facts)
        self._advance(State.LOCAL_END)

    def _sendable(self) -> Link:
        """Return the link, or raise what keeps us from sending."""
        link = self._link
        if link and self.state is State.OPEN and not (self._local_end or self._fault):
            return link
        error = self._over_error()
        if error:
            raise error
        if self._fault:
            raise PeerClosedError(self._fault.message, hint=self._fault.advice, phase="send")
        if self._link is None or self.state not in TALKING:
            raise ConnectError("The session is not open yet.", hint="Wait for it.", phase="send")
        if self._peer_end and self.is_web_socket:
            raise PeerClosedError(
                "The peer closed, so nothing more can be sent.",
                hint="Open the session again.",
                phase="send",
            )
        if self._local_end:
            raise EndSentError("Our end was sent, so nothing more can be.", phase="send")
        return self._link

    def _over_error(self) -> SondeError | None:
        if not self.state.over:
            return None
        if self.problem is None:
            who = "The peer closed" if self._peer_end else "The session is closed"
            return PeerClosedError(
                f"{who}, so nothing more can be sent.", hint="Open the session again.", phase="send"
            )
        return PeerClosedError(self.problem.text, hint=self.problem.hint, phase="send")
