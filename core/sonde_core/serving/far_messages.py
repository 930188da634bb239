"""The far side of a WebSocket client that a listener passes on: messages in place of bytes."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from ..deadline import Deadline
from ..endpoint import Endpoint
from ..errors import PeerClosedError, SondeError, WebSocketError
from ..model import EventKind, Message
from ..session_request import SessionOptions
from ..steps import MessageKind
from ..transport.base import Log, MessageLink
from ..transport.close_codes import ABNORMAL
from ..transport.connect import connect
from ..transport.edge import explain
from ..transport.securing import secure
from ..transport.web_socket_loading import load
from .far import QUEUE, FarSide, of_the_far_side

if TYPE_CHECKING:
    from ..transport.web_socket_handshake import Settled

_PINGS: Final = 64  # that were passed on and may still be answered
_OWN: Final = frozenset({EventKind.REQUEST, EventKind.RESPONSE})


class FarMessages(FarSide):
    """A WebSocket connection whose messages somebody passes on.

    Pings are answered at once on either side, and passed on besides; so are pongs that answer
    none that was passed on, and no others.

    Attributes:
        near_ending: Code and reason of the client's close frame, to be passed on.
    """

    def __init__(self, log: Log, keep: Callable[[bytes, str], None]) -> None:
        """Begin before anything is open.

        Args:
            log: Takes what happens there.
            keep: Takes bytes that came from there and make no message, with a sentence.
        """
        super().__init__(self._far_log)
        self._own_log = log
        self._keep = keep
        self.near_ending: tuple[int, str] = (1000, "")
        self._told_late = False
        self._settled: Settled | None = None
        self._there: deque[bytes] = deque(maxlen=_PINGS)  # pings of the client
        self._back: deque[bytes] = deque(maxlen=_PINGS)  # pings of the far side

    def _far_log(self, kind: EventKind, text: str, **facts: str) -> object:
        """Write down what happens there; its handshake must not be taken for the client's."""
        if kind in _OWN:
            return self._own_log(EventKind.NOTE, f"far side: {text}", **facts)
        return self._own_log(kind, text, **facts)

    async def open(self, endpoint: Endpoint, options: SessionOptions) -> None:
        """Connect, with TLS where the endpoint says so, and open WebSocket.

        Raises:
            SondeError: It could not be reached, or does not speak it there.
        """
        await load()
        from ..transport.web_socket_exchange import Early
        from ..transport.web_socket_opening import open_web_socket

        early = Early()
        limit = Deadline(options.connect_timeout)
        link = await connect(endpoint, early, self._log, options=options, enter=lambda _: None)
        if endpoint.has_tls:
            name = options.server_name or endpoint.host
            with of_the_far_side(self._log):
                link = await secure(
                    link,
                    early,
                    self._log,
                    server_name=name,
                    options=options,
                    alpn=("http/1.1",),
                    left=limit.left,
                )
        opened = await open_web_socket(
            link,
            self,
            self._log,
            address=str(endpoint),
            endpoint=endpoint,
            options=options,
            early=early,
            left=limit.left,
        )
        self._link, self._settled, self.name = opened, opened.settled, opened.peer

    @property
    def settled(self) -> Settled:
        """What its handshake settled, and the headers of its answer."""
        assert self._settled is not None  # noqa: S101 - it was opened
        return self._settled

    async def send(self, data: bytes) -> None:
        """Send a message of the kind that it was; waits while they are not taken.

        What comes after the far side has closed is dropped, and that is noted.
        """
        link = cast("MessageLink", self._link)
        try:
            link.write_message(data, getattr(data, "kind", MessageKind.NONE))
            await link.drain()
        except OSError as error:
            if isinstance(self._error, SondeError):
                raise self._error from error
            if self.ending is None:
                raise explain(self._error or error, self.name, "send") from error
            if not self._told_late:
                self._told_late = True
                text = "far side: it had closed before what the client said last"
                self._own_log(EventKind.NOTE, text)

    async def send_end(self) -> None:
        """Send a close frame with what the client's had; of one that sent none, just end."""
        if self._link is None:
            return
        if self.near_ending[0] == ABNORMAL:
            self._link.abort()
        else:
            cast("MessageLink", self._link).write_end(*self.near_ending)

    def take_aside(self, data: bytes, kind: MessageKind) -> None:
        """Pass on a ping or pong of the client; not while too much waits."""
        if kind is MessageKind.PONG and data in self._back:
            self._back.remove(data)
            return
        link = self._link
        if self._over or link is None or link.queued > QUEUE:
            return
        if kind is MessageKind.PING:
            self._there.append(data)
        with contextlib.suppress(OSError):  # it is being closed
            cast("MessageLink", link).write_message(data, kind)

    # the link's side

    def on_message(self, data: bytes, kind: MessageKind) -> None:
        if kind is MessageKind.PONG and data in self._there:
            self._there.remove(data)
            return
        if kind is MessageKind.PING:
            self._back.append(data)
        self.on_data(Message.of(data, kind))

    def on_wire(self) -> None:
        """Ignore it: only messages are passed on."""

    def on_answer(self, data: bytes) -> None:
        """Ignore it: the client's record is of the client."""

    def on_part(self, data: bytes, text: str, *, carried: bool = False) -> None:
        """Keep it as said by this side, though the client never gets it."""
        self._keep(data, f"far side: {text}; not passed on")

    def on_own_end(self, text: str, **facts: str) -> None:
        self._own_log(EventKind.NOTE, f"far side: {text}")

    def on_fault(self, error: SondeError) -> None:
        self._error = self._error or error

    def on_end(self, text: str = "", **facts: str) -> None:
        code = int(facts.get("code", ABNORMAL))
        self._own_log(EventKind.NOTE, f"far side: {text}", **facts)
        if code != ABNORMAL:
            self.ending = code, facts.get("reason", "")
        elif isinstance(self._error, WebSocketError):
            self._error = PeerClosedError(self._error.message, phase="receive")
        super().on_end()


def asking(
    plan: SessionOptions, offered: tuple[str, ...], headers: tuple[tuple[str, str], ...]
) -> SessionOptions:
    """Return how to ask the far side: as the client did, but for what the plan says itself."""
    named = {name.lower() for name, _ in plan.headers}
    passed = [(name, value) for name, value in headers if name.lower() not in named]
    return replace(
        plan, headers=(*passed, *plan.headers), subprotocols=plan.subprotocols or offered
    )
