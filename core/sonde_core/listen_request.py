"""A listener as a person asks for it: where, and what it does by itself."""

from __future__ import annotations

from dataclasses import dataclass

from .endpoint import Endpoint, parse


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
    """

    address: str
    greeting: bytes = b""
    echo: bool = False
    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    alpn: tuple[str, ...] = ()
    max_clients: int = 1000

    @property
    def endpoint(self) -> Endpoint:
        """The address, parsed; raises EndpointSyntaxError."""
        return parse(self.address, listening=True)
