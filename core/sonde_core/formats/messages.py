"""The HTTP messages within a recording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..body import Body
from ..errors import BodyError
from ..http_request import HttpRequest
from ..model import Direction, EventKind, Exchange, Header
from ..recording.marks import WAYS_OF
from ..recording.reading import runs_now

END_OF_HEAD: Final = b"\r\n\r\n"

# A request line (RFC 9112, section 3); each is written in a piece of its own.
_REQUEST_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} [!-~]+ HTTP/1\.[01]\r\n")
_LONGEST_HEAD: Final = 1 << 20
_VERSION: Final = re.compile(rb"HTTP/[0-9]\.[0-9](?= )")


def split_requests(pieces: Iterable[bytes]) -> list[list[bytes]]:
    """Group what was sent by request; what comes before the first one is a group too."""
    groups: list[list[bytes]] = []
    for piece in pieces:
        if not groups or _REQUEST_LINE.match(piece):
            groups.append([])
        groups[-1].append(piece)
    return groups


def is_request(piece: bytes) -> bool:
    """Whether a piece begins with a request line."""
    return _REQUEST_LINE.match(piece) is not None


def asking(exchange: Exchange) -> Direction:
    """Tell which way requests of HTTP went: to us where our listener answered them."""
    return Direction.RECEIVED if exchange.role == "server" else Direction.SENT


def sent_requests(exchange: Exchange) -> list[bytes]:
    """Return each request as it went out, redirected ones too; without a proxy's CONNECT.

    Of what our listener answered it is the one request that came in.
    """
    way = asking(exchange)
    pieces = (chunk.data for chunk in exchange.chunks() if chunk.direction is way)
    groups = [pieces] if way is Direction.RECEIVED else split_requests(pieces)
    found = [b"".join(group) for group in groups]
    request = exchange.request
    if isinstance(request, HttpRequest) and request.method != "CONNECT":
        found = [data for data in found if not data.startswith(b"CONNECT ")]
    return [data for data in found if _REQUEST_LINE.match(data)]


def answer_versions(exchange: Exchange) -> list[str]:
    """Return the HTTP version that answered each of `sent_requests`; empty where none did."""
    found: list[str] = []
    request, way = exchange.request, asking(exchange)
    tunnels = not isinstance(request, HttpRequest) or request.method != "CONNECT"
    waiting = False
    for chunk in exchange.chunks():
        if chunk.direction is not way:
            if waiting:
                version = _VERSION.match(chunk.data)
                found[-1] = version[0].decode("ascii") if version else ""
                waiting = False
        elif way is Direction.RECEIVED:
            waiting = waiting or not found
            found = found or [""]
        elif _REQUEST_LINE.match(chunk.data):
            waiting = not (tunnels and chunk.data.startswith(b"CONNECT "))
            found += [""] * waiting
    return found


def sent_headers(exchange: Exchange) -> tuple[Header, ...]:
    """Return the headers that went out first; none where the request never left."""
    lines = _first_head(exchange).split(b"\r\n")[1:]
    return tuple(header(line.decode("utf-8", "surrogateescape")) for line in lines)


def _first_head(exchange: Exchange) -> bytes:
    """Return what stands before the body in the first of `sent_requests`; reads no further."""
    way, request = asking(exchange), exchange.request
    tunnels = not isinstance(request, HttpRequest) or request.method != "CONNECT"
    head = bytearray()
    for chunk in exchange.chunks():
        if chunk.direction is not way:
            continue
        if way is Direction.SENT:
            begins = _REQUEST_LINE.match(chunk.data)
            if not head and (not begins or (tunnels and chunk.data.startswith(b"CONNECT "))):
                continue
            if head and begins:
                break
        head += chunk.data
        if END_OF_HEAD in head or len(head) > _LONGEST_HEAD:
            break
    found = bytes(head).partition(END_OF_HEAD)[0]
    return found if _REQUEST_LINE.match(head) else b""


def header(line: str) -> Header:
    """Split a line of a head into name and value."""
    name, _, value = line.partition(":")
    return name, value.strip(" \t")


def joined_bytes(exchange: Exchange, direction: Direction) -> bytes:
    """Return all that was said in a direction.

    Raises:
        BodyError: Not all of it is kept.
    """
    return b"".join(said(exchange, direction))


def said(exchange: Exchange, direction: Direction) -> Iterator[bytes]:
    """Yield the same in pieces; raises likewise."""
    if is_gapped(exchange):
        raise BodyError(
            "Part of what was said is not kept, so it cannot be joined.",
            hint="The transcript has what is there.",
        )
    signs = WAYS_OF[direction]
    for run in runs_now(exchange.timeline):
        if signs.issuperset(run.ways):
            yield run.data
        else:
            pieces = zip(run.ways, run.pieces(), strict=True)
            yield b"".join(data for way, data in pieces if way in signs)


def is_gapped(exchange: Exchange) -> bool:
    """Whether part of the recording was not kept."""
    return any(event.kind is EventKind.DROPPED for event in exchange.events())


def whole(body: Body, *, limit: int | None = None) -> bytes:
    """Return all bytes of a body.

    Args:
        body: What to read.
        limit: More bytes than this are refused.

    Raises:
        BodyError: They are not kept, only a part is, or they are too many.
    """
    if limit is not None and body.size > limit:
        raise BodyError(
            f"The body has {body.size:,} bytes, too many to be written out.",
            hint=f"Up to {limit:,} are; copy the body itself instead.",
        )
    check_whole(body)
    return body.read()


def check_whole(body: Body) -> None:
    """Raise BodyError where only a part of a body is kept."""
    if body.kept and body.stored < body.size:
        raise BodyError(
            f"Only the first {body.stored:,} of {body.size:,} bytes are kept.",
            hint="The size and the digest are those of the whole; replay the entry to get it.",
        )
