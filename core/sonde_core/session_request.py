"""A socket session as a person asks for it: where, how, and what to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from .endpoint import Endpoint, parse
from .steps import Step

if TYPE_CHECKING:
    from .listen_request import ListenRequest

TlsVersion: TypeAlias = Literal["1.0", "1.1", "1.2", "1.3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """How to open and hold a session; times in seconds, sizes in bytes.

    Attributes:
        idle_timeout: End after so long without a byte either way; None never.
        ca_file: PEM file of issuers to trust in place of the system's.
        server_name: For SNI and the certificate; empty: the endpoint's host.
        alpn: Protocols to offer (RFC 7301).
        min_tls: The oldest version taken.
        certificate: PEM file with our chain, for a peer that asks who we are; it may hold the key.
        key: PEM file with its key; empty when it stands with the chain.
        proxy: `socks5://[user:password@]host:port` or `http://…`; empty for none.
        source: Address, `address:port` or `:port` to come from; empty for any.
        nodelay: Send small pieces at once (TCP_NODELAY).
        keepalive: Ask a silent peer whether it is there (SO_KEEPALIVE).
        reuse: Take a source port that an old connection still holds which had this, too
            (SO_REUSEADDR).
        linger: How long a close waits for what is queued (SO_LINGER); 0 resets, None is usual.
        send_buffer: SO_SNDBUF; 0 for the system's.
        receive_buffer: SO_RCVBUF; 0 for the system's.
        hops: How many networks a multicast datagram may cross (IP_MULTICAST_TTL).
        interface: Address or name of the interface for multicast; empty for the system's.
        headers: Of a WebSocket handshake, besides its own.
        subprotocols: To offer over WebSocket, the favourite first.
        compression: Offer permessage-deflate over WebSocket (RFC 7692).
    """

    connect_timeout: float = 10.0
    idle_timeout: float | None = None
    verify: bool = True
    ca_file: str = ""
    server_name: str = ""
    alpn: tuple[str, ...] = ()
    min_tls: TlsVersion = "1.2"
    certificate: str = ""
    key: str = ""
    proxy: str = ""
    source: str = ""
    nodelay: bool = True
    keepalive: bool = False
    reuse: bool = False
    linger: float | None = None
    send_buffer: int = 0
    receive_buffer: int = 0
    hops: int = 1
    interface: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    compression: bool = True


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A socket session as a person asks for it.

    Attributes:
        address: The endpoint as typed; it may be none, and then the exchange fails and says so.
        steps: What to do, in order; empty for a session that is typed by hand.
        listener: Of a client's session: what the listener that it came to was asked for.
    """

    address: str
    options: SessionOptions = SessionOptions()
    steps: tuple[Step, ...] = ()
    listener: ListenRequest | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The address, parsed; raises EndpointSyntaxError."""
        return parse(self.address)
