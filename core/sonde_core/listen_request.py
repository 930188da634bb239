"""A listener as a person asks for it: where, and what it does by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from .endpoint import Endpoint, parse
from .session_request import SessionOptions, TlsVersion
from .steps import Step

if TYPE_CHECKING:
    from .serving.forward import Forward
    from .serving.rule import Framing, HttpAnswer, Rule


_USUAL: Final = SessionOptions()


@dataclass(frozen=True, slots=True)
class ListenRequest:
    """A listener as a person asks for it.

    Attributes:
        address: Where to bind; `tcp://:0` is 127.0.0.1 on any free port.
        greeting: Sent to each client when it connects; empty for none.
        echo: Send back what each client sends.
        certificate: PEM file with our chain, for TLS; it may hold the key. Empty makes a
            throw-away one.
        key: PEM file with its key; empty when it stands with the chain.
        client_ca: PEM file of the issuers of clients' certificates: each client must have one.
        alpn: Protocols we speak, the favourite first (RFC 7301).
        max_clients: More are accepted and closed at once, with an event.
        greeting_template: Whether `{{…}}` in the greeting is filled in for each client.
        idle_timeout: Seconds without a byte either way after which a client is let go; None never.
        rules: What to answer; of those that fit a message, the first one counts.
        framing: How a byte stream is cut into messages for the rules: at line ends, or wherever a
            rule matches; `auto` takes `stream` when a pattern cannot be in a line.
        http: Answers every HTTP request, and each is an exchange of its own.
        script: The server's side of a recording, played to each client.
        script_pace: `fast` as soon as the client said what it had said; `recorded` not before
            the time that it took.
        script_strict: Whether a client is let go as soon as it says something else.
        forward: Where clients are passed on to.
        options: Of the sockets: buffers, keepalive, nodelay, linger; the interface of a group.
        subprotocols: Spoken over WebSocket; the first that a client offers is chosen.
        compression: Agree to permessage-deflate over WebSocket (RFC 7692).
        min_tls: The oldest version taken, for TLS.
    """

    address: str
    greeting: bytes = b""
    echo: bool = False
    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    alpn: tuple[str, ...] = ()
    max_clients: int = 1000
    greeting_template: bool = False
    idle_timeout: float | None = None
    rules: tuple[Rule, ...] = ()
    framing: Framing = "auto"
    http: HttpAnswer | None = None
    script: tuple[Step, ...] = ()
    script_pace: Literal["fast", "recorded"] = "fast"
    script_strict: bool = False
    forward: Forward | None = None
    options: SessionOptions = _USUAL
    subprotocols: tuple[str, ...] = ()
    compression: bool = True
    min_tls: TlsVersion = "1.2"

    @property
    def endpoint(self) -> Endpoint:
        """The address, parsed; raises EndpointSyntaxError."""
        return parse(self.address, listening=True)
