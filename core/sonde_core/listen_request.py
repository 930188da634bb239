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
        certificate: PEM file with chain and key for `tls://`; empty makes a throw-away one.
        max_clients: More are accepted and closed at once, with an event.
    """

    address: str
    greeting: bytes = b""
    echo: bool = False
    certificate: str = ""
    max_clients: int = 1000

    @property
    def endpoint(self) -> Endpoint:
        """The address, parsed; raises EndpointSyntaxError."""
        return parse(self.address, listening=True)
