"""An entry as a capture file that Wireshark opens (draft-ietf-opsawg-pcapng).

Only the payloads and their times are real. What stands around them is made up, and a comment of
the section says so.

The few kinds of blocks that it takes are written here, so that nothing more has to be installed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from ..endpoint import join_host, parse
from ..errors import BodyError, EndpointSyntaxError
from ..history.entry import Entry
from ..http_request import HttpRequest
from ..model import Chunk, Direction, EventKind, Exchange, Moment
from ..recording.masked import MaskedTimeline
from ..safetext import line
from .flows import OURS, PEERS, Flow, Packet
from .masking import masked_request, shown
from .messages import is_request
from .packets import Address, place_of

SUFFIX: Final = ".pcapng"

# An exchange is masked as a whole, with the bodies of its requests, up to so many bytes.
_LARGEST: Final = 64 << 20

_LOOKED_AT: Final = 256  # moments

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_NAMES: Final = 4
_STATISTICS: Final = 5
_PACKET: Final = 6
_ORDER: Final = 0x1A2B3C4D
_RAW_IP: Final = 101  # LINKTYPE_RAW: a packet begins with its IP header
_COMMENT: Final = 1
_PROGRAM: Final = 4
_NAME, _RESOLUTION = 2, 9
_FLAGS: Final = 2
_NANOSECONDS: Final = 9
_WAYS: Final = {Direction.RECEIVED: 1, Direction.SENT: 2}  # inbound, outbound
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_MADE_UP: Final = (
    "Synthesised by Sonde from a recording. Payloads and their times are as they were read and "
    "written; IP, TCP and UDP headers, openings, acknowledgements and ends are made up."
)


def as_pcapng(entry: Entry, *, reveal: bool = False) -> Iterator[bytes]:
    """Yield the blocks of a capture file, as they are needed; it may be larger than memory.

    Raises:
        BodyError: No connection was made, or the recorded bytes cannot be read.
    """
    exchange = entry.exchange
    if not has_packets(exchange):
        raise BodyError(
            "No connection was made, so there are no packets.", hint="Copy the transcript instead."
        )
    request = exchange.request
    if not reveal and (isinstance(request, HttpRequest) or _has_requests(exchange)):
        if exchange.sent + exchange.received <= _LARGEST:
            exchange = shown(entry, False).exchange
        elif not isinstance(request, HttpRequest) or request.body.kind != "none":
            raise BodyError(
                "There are too many bytes to look for secrets in the request's body.",
                hint="Reveal secrets, or copy the body instead.",
            )
    timeline = exchange.timeline if reveal else MaskedTimeline(exchange.timeline)
    return blocks(exchange, timeline, reveal=reveal)


def _has_requests(exchange: Exchange) -> bool:
    """Whether one of the first pieces of a session is a request of HTTP."""
    first = islice(exchange.timeline, _LOOKED_AT)
    return any(isinstance(moment, Chunk) and is_request(moment.data) for moment in first)


def blocks(exchange: Exchange, timeline: Sequence[Moment], *, reveal: bool) -> Iterator[bytes]:
    """Yield the same of an exchange that may still be under way.

    Args:
        exchange: What is said about it is masked here, unless it is revealed.
        timeline: Its recording, masked by the caller unless it is revealed.
        reveal: Leave secrets as they are.
    """
    request = exchange.request if reveal else masked_request(exchange.request)
    exchange = replace(exchange, request=request, timeline=timeline)
    began = (exchange.started - _EPOCH) // timedelta(microseconds=1) * 1000
    yield _section(_about(exchange, reveal=reveal))
    yield _interface()
    yield from _names(exchange)
    flow = Flow(exchange)
    for packet in flow.packets():
        yield _packet(packet, began)
    if rest := flow.rest:
        ended = began + round(exchange.timing.total * 1e9)
        yield _block(_STATISTICS, struct.pack("<III", 0, *_halves(ended)), _option(_COMMENT, rest))


def has_packets(exchange: Exchange) -> bool:
    """Whether there was a connection, or a datagram."""
    return exchange.kind != "listen" and bool(exchange.peer or exchange.sent + exchange.received)


# what is said of it


def _about(exchange: Exchange, *, reveal: bool) -> str:
    kinds = {event.kind for event in exchange.events()}
    parts = [_MADE_UP]
    if exchange.kind in ("unix", "unix-dgram"):
        parts.append(
            f"It was a Unix socket: {OURS.address} stands for the client, and {PEERS.address} for "
            f"{exchange.target}."
        )
    if _has_tls(exchange):
        parts.append(
            "It went through TLS; here are the bytes within. The ports are as they were: use "
            "Decode As… where Wireshark takes the bytes for TLS."
        )
    if exchange.kind in ("ws", "wss"):
        parts.append(
            "WebSocket: the handshake is written from its headers, and the frames are made again: "
            "each message in one frame, without compression, the client's masked with zeros."
        )
    if EventKind.DROPPED in kinds:
        parts.append("Part of it was not kept; the sequence numbers leave room for it.")
    if not reveal:
        parts.append("Secrets are stars of the same length.")
    return line("\n".join(parts).replace("\n", " "), limit=8192)


def _has_tls(exchange: Exchange) -> bool:
    """Whether the bytes went through TLS; not that of the far side to which they were passed on."""
    is_own = True
    for event in exchange.events():
        if event.kind is EventKind.UPGRADING or (event.kind is EventKind.TLS and is_own):
            return True
        if exchange.role == "server" and event.kind is EventKind.CONNECTED:
            is_own = False
    return False


def _names(exchange: Exchange) -> Iterator[bytes]:
    """Yield a block that tells the name of the peer's address, if it had one."""
    found = _named(exchange)
    if found is None:
        return
    address, name = found
    text = name.encode("utf-8", "replace")
    record = struct.pack(
        "<HH", 1 if address.version == 4 else 2, len(address.packed) + len(text) + 1
    )
    value = _padded(address.packed + text + b"\0")
    yield _block(_NAMES, record + value + bytes(4))


def _named(exchange: Exchange) -> tuple[Address, str] | None:
    place = place_of(exchange.peer, PEERS)
    if place is PEERS or exchange.role == "server" or exchange.proxy:
        return None
    try:
        host = parse(exchange.target).host
    except EndpointSyntaxError:
        return None
    is_name = host and place_of(join_host(host, 1), PEERS) is PEERS
    return (place.address, line(host, limit=253)) if is_name else None


# blocks


def _section(comment: str) -> bytes:
    body = struct.pack("<IHHq", _ORDER, 1, 0, -1)
    return _block(_SECTION, body, _option(_COMMENT, comment), _option(_PROGRAM, "Sonde"))


def _interface() -> bytes:
    options = _option(_NAME, "recording"), _option(_RESOLUTION, bytes([_NANOSECONDS]))
    return _block(_INTERFACE, struct.pack("<HHI", _RAW_IP, 0, 0), *options)


def _packet(packet: Packet, began: int) -> bytes:
    high, low = _halves(began + round(packet.at * 1e9))
    head = struct.pack("<IIIII", 0, high, low, len(packet.data), packet.size)
    flags = _option(_FLAGS, struct.pack("<I", _WAYS[packet.direction]))
    comment = _option(_COMMENT, packet.comment) if packet.comment else b""
    return _block(_PACKET, b"".join((head, _padded(packet.data))), comment, flags)


def _halves(nanoseconds: int) -> tuple[int, int]:
    """Return a time as pcapng writes it; one before 1970, or after 2554, is the nearest it has."""
    nanoseconds = min(max(nanoseconds, 0), (1 << 64) - 1)
    return nanoseconds >> 32, nanoseconds & 0xFFFFFFFF


def _block(kind: int, body: bytes, *options: bytes) -> bytes:
    """Write a block; its length stands before and after what it holds."""
    parts = [body, *options, bytes(4) if options else b""]
    size = sum(map(len, parts)) + 12
    return b"".join((struct.pack("<II", kind, size), *parts, struct.pack("<I", size)))


def _option(code: int, value: str | bytes) -> bytes:
    data = value.encode("utf-8", "replace")[:0xFFF0] if isinstance(value, str) else value
    return struct.pack("<HH", code, len(data)) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
