"""The vocabulary of an exchange: what happened, and what came of it.

What is asked for has modules of its own. All values are frozen: a request is what it was at the
moment of the key press. Text that came from a peer keeps bytes that are no UTF-8 as surrogates
(`surrogateescape`); it passes `safetext` before it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from .body import EMPTY, Body
from .endpoint import MESSAGE_SCHEMES
from .errors import SondeError
from .http_request import HttpRequest
from .session_request import SessionRequest
from .steps import MessageKind

Header: TypeAlias = tuple[str, str]


class Direction(StrEnum):
    """Which way bytes went."""

    SENT = ">"
    RECEIVED = "<"


class EventKind(StrEnum):
    """What happens in an exchange that is not bytes."""

    RESOLVED = "resolved"
    TRIED = "tried"  # one address that could not be reached, with its error
    CONNECTED = "connected"
    ACCEPTED = "accepted"
    BOUND = "bound"
    PROXY = "proxy"
    UPGRADING = "upgrading"  # from here on the session speaks TLS (STARTTLS)
    TLS = "tls"
    REQUEST = "request"  # an HTTP request was written whole
    RESPONSE = "response"  # an HTTP response's headers are there
    REDIRECT = "redirect"
    HALF_CLOSED = "half-closed"  # we sent our end
    PEER_END = "peer end"  # the peer sent its end
    CLOSED = "closed"
    ERROR = "error"
    DROPPED = "dropped"  # part of the recording that was not kept
    NOTE = "note"


class State(StrEnum):
    """Where an exchange stands; it only moves forward."""

    NEW = "new"
    RESOLVING = "resolving"
    CONNECTING = "connecting"
    PROXY = "proxy"
    TLS = "TLS"
    OPEN = "open"
    SENDING = "sending"
    WAITING = "waiting"
    RECEIVING = "receiving"
    LOCAL_END = "local end"
    PEER_END = "peer end"
    CLOSED = "closed"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        return self in _OVER


_OVER: Final = frozenset({State.CLOSED, State.FAILED})


class Outcome(StrEnum):
    """How an exchange ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of bytes as one read or write saw it.

    Attributes:
        at: Seconds since the exchange's start, monotonic.
        kind: What a WebSocket message is.
    """

    at: float
    direction: Direction
    data: bytes
    kind: MessageKind = MessageKind.NONE


class Message(bytes):
    """Bytes that know what kind of message they were: sent on, they are one of that kind again.

    Attributes:
        kind: What it is.
    """

    kind = MessageKind.NONE

    @classmethod
    def of(cls, data: bytes, kind: MessageKind) -> Message:
        message = cls(data)
        message.kind = kind
        return message


@dataclass(frozen=True, slots=True)
class Event:
    """What is not bytes.

    Attributes:
        at: Seconds since the exchange's start, monotonic.
        text: One line for people; may hold text of the peer.
        facts: Named values, such as `address`, `version`, `cipher`.
    """

    at: float
    kind: EventKind
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


Moment: TypeAlias = Chunk | Event


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an exchange did not end well: an error as a value.

    Attributes:
        phase: `request`, `resolve`, `connect`, `tls`, `send`, `wait`, `receive` or `bind`.
        kind: The error's `kind`, a closed set; see `errors`.
        text: One sentence: what failed, with the value.
        hint: One sentence: what to try.
    """

    phase: str
    kind: str
    text: str
    hint: str = ""

    @classmethod
    def of(cls, error: SondeError, phase: str = "") -> Problem:
        """Tell what an error tells, without what is secret in the URLs that it names."""
        from .secrets import mask_url  # it takes its words from here

        text, hint = mask_url(error.message), mask_url(error.advice)
        return cls(error.phase or phase, error.kind, text, hint)

    def __str__(self) -> str:
        return f"{self.text} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a peer's certificate says (RFC 5280); times as RFC 3339 text.

    Attributes:
        names: Host names and addresses that it is for; of very many the first.
        serial: In hexadecimal.
        key: Kind and size of the public key, such as `RSA 2048` or `EC secp256r1`.
        signature: How its issuer signed it, such as `sha256WithRSAEncryption`.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    sha256: str
    serial: str = ""
    key: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What a TLS handshake settled.

    Attributes:
        verified: None when the handshake failed before it could be told.
        reason: Why verification failed; empty when it did not.
        chain: The certificates as the peer sent them, its own first; also when they were refused.
        more: How many more it sent than are kept.
        server_name: The name that was asked for.
    """

    version: str = ""
    cipher: str = ""
    alpn: str = ""
    verified: bool | None = None
    reason: str = ""
    chain: tuple[Certificate, ...] = ()
    more: int = 0
    server_name: str = ""

    @property
    def certificate(self) -> Certificate | None:
        """The peer's own."""
        return self.chain[0] if self.chain else None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds by phase; None for a phase that did not happen or did not end."""

    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    request: float | None = None
    wait: float | None = None
    receive: float | None = None
    total: float = 0.0

    PHASES = ("resolve", "connect", "tls", "request", "wait", "receive")

    def phases(self) -> Iterator[tuple[str, float]]:
        """Yield the phases that happened, in order."""
        for name in self.PHASES:
            value = getattr(self, name)
            if value is not None:
                yield name, value


Request: TypeAlias = HttpRequest | SessionRequest


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The final response of an HTTP exchange (RFC 9110, section 3.4).

    Attributes:
        headers: In wire order and case.
        trailers: Fields after a chunked body.
        body: Without transfer and content codings.
        url: Where it came from, after redirects.
    """

    status: int
    reason: str = ""
    version: str = "HTTP/1.1"
    headers: tuple[Header, ...] = ()
    trailers: tuple[Header, ...] = ()
    body: Body = EMPTY
    url: str = ""

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect on the way: what was asked, and the answer that sent us on."""

    method: str
    url: str
    status: int
    reason: str
    headers: tuple[Header, ...]
    location: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with what came of it.

    Attributes:
        started: Wall time, UTC.
        role: `server` for a client that our listener accepted.
        kind: `http`, the scheme of a session, or `listen` for a listener that failed to bind.
        peer: Address of the other end, as text; empty when none was reached.
        local: Our own address, as text.
        timeline: Chunks and events in order.
        sent: Bytes sent in all, also those the timeline dropped.
        received: Bytes received in all.
        under_way: It has not ended; what is told of its end is what it would be now.
    """

    request: Request
    started: datetime
    outcome: Outcome
    kind: str
    role: Literal["client", "server"] = "client"
    problem: Problem | None = None
    timeline: Sequence[Moment] = ()
    timing: Timing = Timing()
    response: HttpResponse | None = None
    hops: tuple[Hop, ...] = ()
    peer: str = ""
    local: str = ""
    proxy: str = ""
    tls: TlsFacts | None = None
    sent: int = 0
    received: int = 0
    under_way: bool = False

    def chunks(self) -> Iterator[Chunk]:
        """Yield the bytes, in order."""
        return (moment for moment in self.timeline if isinstance(moment, Chunk))

    def events(self) -> Iterator[Event]:
        """Yield what is not bytes, in order; the bytes between are not read."""
        from .recording.timeline import events_of

        return events_of(self.timeline)

    @property
    def is_message(self) -> bool:
        """Whether each chunk is a message or datagram of its own."""
        return self.kind in MESSAGE_SCHEMES

    @property
    def target(self) -> str:
        """The URL or address that was asked."""
        return self.request.url if isinstance(self.request, HttpRequest) else self.request.address
