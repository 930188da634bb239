"""Replacing secrets in a recording: in each direction as one stream, or message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from ..formats.masking import masked_timeline
from ..formats.messages import END_OF_HEAD
from ..model import Chunk, Direction, Event, EventKind, Exchange, Moment
from .finding import Found, in_masked
from .spans import Span, replaced, sizes_after

# Tells where bytes are to be replaced, given what is a secret in them and where they stand.
Spans: TypeAlias = Callable[[bytes, Iterable[Found], str], Sequence[Span]]

PLACES: Final = {Direction.SENT: "sent", Direction.RECEIVED: "received"}


def changed(exchange: Exchange, spans: Spans) -> dict[Direction, list[bytes]] | None:
    """Return the bytes of each chunk by direction, with secrets replaced; None for no change.

    Raises:
        BodyError: The recorded bytes cannot be read.
    """
    raw = _pieces(exchange.timeline)
    masked = _pieces(tuple(masked_timeline(exchange)))
    done = {way: _replaced(exchange, way, raw[way], masked[way], spans) for way in Direction}
    return None if done == raw else done


def _pieces(timeline: Sequence[Moment]) -> dict[Direction, list[bytes]]:
    found: dict[Direction, list[bytes]] = {way: [] for way in Direction}
    for moment in timeline:
        if isinstance(moment, Chunk):
            found[moment.direction].append(moment.data)
    return found


def _replaced(
    exchange: Exchange,
    way: Direction,
    pieces: list[bytes],
    masked: list[bytes],
    spans: Spans,
) -> list[bytes]:
    if exchange.is_message:
        return [
            replaced(piece, spans(piece, in_masked(piece, stars), PLACES[way]))
            for piece, stars in zip(pieces, masked, strict=True)
        ]
    raw = b"".join(pieces)
    found = spans(raw, in_masked(raw, b"".join(masked)), PLACES[way])
    if not found:
        return pieces
    data, sizes = replaced(raw, found), sizes_after([len(piece) for piece in pieces], found)
    return list(_cut(data, sizes))


def _cut(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size


def with_pieces(exchange: Exchange, pieces: dict[Direction, list[bytes]]) -> Exchange:
    """Return an exchange with other bytes in its chunks, and counts that fit."""
    left = {way: iter(parts) for way, parts in pieces.items()}
    timeline: list[Moment] = []
    grown = dict.fromkeys(Direction, 0)
    for moment in exchange.timeline:
        if not isinstance(moment, Chunk):
            timeline.append(moment)
            continue
        data = next(left[moment.direction])
        grown[moment.direction] += len(data) - len(moment.data)
        if data or not moment.data:  # what it held is in the chunk before
            timeline.append(replace(moment, data=data))
    return replace(
        exchange,
        timeline=tuple(timeline),
        sent=max(0, exchange.sent + grown[Direction.SENT]),
        received=max(0, exchange.received + grown[Direction.RECEIVED]),
    )


def without_body(exchange: Exchange, way: Direction) -> Exchange:
    """Return an exchange without the bytes of the last message's body on the wire.

    They are coded, or cut into parts, so that no secret can be found in them.
    """
    first = _first_of_last(exchange, way)
    timeline: list[Moment] = list(exchange.timeline[:first])
    head, dropped, at = b"", 0, 0.0
    for moment in exchange.timeline[first:]:
        if not isinstance(moment, Chunk) or moment.direction is not way:
            timeline.append(moment)
            continue
        before = len(head)
        head = _head(head + moment.data)
        kept = max(0, len(head) - before) if not dropped else 0
        if kept:
            timeline.append(replace(moment, data=moment.data[:kept]))
        if kept < len(moment.data):
            at = at or moment.at
            dropped += len(moment.data) - kept
    if dropped:
        text = f"{dropped} bytes of a body on the wire are not kept: a secret was in them"
        timeline.append(Event(at, EventKind.DROPPED, text, {"bytes": str(dropped)}))
    return replace(exchange, timeline=tuple(timeline))


def _first_of_last(exchange: Exchange, way: Direction) -> int:
    """Return where the last message in a direction begins: behind the last request, if any."""
    if way is Direction.SENT:
        return 0
    asked = [
        index
        for index, moment in enumerate(exchange.timeline)
        if isinstance(moment, Event) and moment.kind is EventKind.REQUEST
    ]
    return asked[-1] if asked and exchange.role == "client" else 0


def _head(data: bytes) -> bytes:
    """Return the head with which bytes begin, interim ones before it included."""
    end = 0
    while True:
        place = data.find(END_OF_HEAD, end)
        if place < 0:
            return data
        interim = data[end : end + 12].startswith((b"HTTP/1.1 1", b"HTTP/1.0 1"))
        end = place + len(END_OF_HEAD)
        if not interim:
            return data[:end]
