"""The private interface of every transport: a `Link` carries bytes, its owner hears of them."""

from __future__ import annotations

from typing import Protocol

from ..errors import SondeError
from ..model import EventKind
from ..steps import MessageKind


class Log(Protocol):
    """Takes an event for the record."""

    def __call__(self, kind: EventKind, text: str, **facts: str) -> object: ...


class LinkOwner(Protocol):
    """Hears what a link receives. Every call comes from the event loop's thread."""

    def on_data(self, data: bytes) -> None:
        """Bytes of one read, a copy that may be kept; for datagrams one datagram, maybe empty."""

    def on_end(self) -> None:
        """The peer half-closed: no more bytes come, ours may still go."""

    def on_lost(self, error: BaseException | None) -> None:
        """The link is gone; None when it was closed in order. Called once, last."""

    def on_advice(self, error: OSError) -> None:
        """A passing error that does not end the link, such as a refused datagram."""


class Link(Protocol):
    """Carries bytes both ways.

    Attributes:
        owner: Who hears what arrives; may be replaced (TLS puts itself between).
        is_message: True when each write and each `on_data` is one datagram.
        can_half_close: Whether `write_end` leaves the other direction open.
        local: Our address as text, such as `127.0.0.1:5000`.
        peer: The peer's address as text.
    """

    owner: LinkOwner
    is_message: bool
    can_half_close: bool
    local: str
    peer: str

    def write(self, data: bytes) -> None:
        """Hand bytes over for sending; never waits."""

    async def drain(self) -> None:
        """Wait until the bytes handed over are few enough to hand over more.

        Raises:
            OSError: The link was lost meanwhile.
        """

    @property
    def queued(self) -> int:
        """Bytes handed over and not yet taken by the kernel."""
        ...

    @property
    def unsent(self) -> int:
        """Bytes that `abort` drops: those queued, and those that the kernel did not send."""
        ...

    def write_end(self) -> None:
        """Send our end (FIN, or TLS close_notify) after what is queued."""

    def pause(self) -> None:
        """Stop reading: the peer feels it through its own socket."""

    def resume(self) -> None:
        """Read on."""

    def close(self) -> None:
        """Close after what is queued was sent; `on_lost(None)` follows."""

    def abort(self) -> None:
        """Close at once and drop what is queued; a TCP peer sees a reset when data is unread."""


class MessageLink(Link, Protocol):
    """Carries messages that have a kind."""

    def write_message(self, data: bytes, kind: MessageKind) -> MessageKind:
        """Hand a message over; returns its kind: text when none is said and it is UTF-8.

        Raises:
            ConnectionError: The link is closed or being closed.
        """
        ...

    def write_end(self, code: int = 1000, reason: str = "") -> None:
        """Send a close frame."""

    def give_rest(self) -> None:
        """Tell the owner of what came and was not told of, before it ends."""


class MessageOwner(LinkOwner, Protocol):
    """Hears of messages, and of what the link does by itself."""

    def on_message(self, data: bytes, kind: MessageKind) -> None:
        """A whole message came."""

    def on_wire(self) -> None:
        """Bytes came, maybe of a message that is not whole yet."""

    def on_part(self, data: bytes, text: str, *, carried: bool = False) -> None:
        """A message was not finished: what came of it, and words for that; more does not come.

        Without `carried` the bytes are of no text or binary message, but of the protocol.
        """

    def on_answer(self, data: bytes) -> None:
        """A ping was answered with a pong."""

    def on_end(self, text: str = "", **facts: str) -> None:
        """The peer closed; nothing more can be sent, for its close frame is answered at once."""

    def on_own_end(self, text: str, **facts: str) -> None:
        """We closed, because of what the peer sent."""

    def on_fault(self, error: SondeError) -> None:
        """The peer broke the rules: the session fails with that, however it ends."""


def paces(link: Link) -> bool:
    """Whether the peer feels it when reading pauses; datagrams come all the same."""
    return link.can_half_close or not link.is_message


def let_go(link: Link) -> None:
    """Close a link, with its last words if the peer takes them: else it would hold us for ever."""
    link.close()
    if link.queued:
        link.abort()
