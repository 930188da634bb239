"""Bytes as rows of hex and text, in the layout of `hexdump -C`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..history.entry import Entry
from ..model import Chunk, Direction, Event, EventKind, Moment
from ..safetext import line
from .masking import shown

WIDTH: Final = 16

_HALF: Final = WIDTH // 2 * 3
_VISIBLE: Final = bytes(code if 0x20 <= code < 0x7F else 0x2E for code in range(256))


def rows(data: bytes, offset: int = 0) -> Iterator[str]:
    """Yield a row for each 16 bytes; `offset` is where the first one stands in its stream."""
    for start in range(0, len(data), WIDTH):
        piece = data[start : start + WIDTH]
        pairs = piece.hex(" ")
        text = piece.translate(_VISIBLE).decode("ascii")
        left, right = pairs[:_HALF], pairs[_HALF:]
        yield f"{offset + start:08x}  {left:<{_HALF}} {right:<{_HALF}} |{text}|"


def as_hex(entry: Entry, *, reveal: bool = False) -> str:
    """Write all bytes of both directions in order: seconds, direction, offset in it, bytes.

    Raises:
        BodyError: The recorded bytes cannot be read.
    """
    return "".join(pages(shown(entry, reveal).exchange.timeline))


def pages(moments: Iterable[Moment]) -> Iterator[str]:
    """Yield the rows of each moment that has some."""
    offsets = {Direction.SENT: 0, Direction.RECEIVED: 0}
    for moment in moments:
        if isinstance(moment, Chunk):
            offset = offsets[moment.direction]
            offsets[moment.direction] += len(moment.data)
            kind = f" {moment.kind}" if moment.kind else ""
            before = f"{moment.at:12.6f} {moment.direction}{kind}"
            found = rows(moment.data, offset) if moment.data else [f"{offset:08x}  (empty)"]
            yield "".join(f"{before} {row}\n" for row in found)
        elif _is_gap(moment):
            yield f"{moment.at:12.6f} # {line(moment.text)}: offsets after this do not count them\n"


def as_hex_of(entry: Entry, direction: Direction, *, reveal: bool = False) -> str:
    """Write the bytes of one direction as one stream, as `hexdump -C` would; raises likewise."""
    return "".join(_joined(shown(entry, reveal).exchange.timeline, direction))


def _joined(moments: Iterable[Moment], direction: Direction) -> Iterator[str]:
    offset, rest = 0, b""
    for moment in moments:
        if isinstance(moment, Chunk) and moment.direction is direction:
            rest += moment.data
            whole = len(rest) - len(rest) % WIDTH
            yield "".join(f"{row}\n" for row in rows(rest[:whole], offset))
            offset, rest = offset + whole, rest[whole:]
        elif isinstance(moment, Event) and _is_gap(moment):
            yield "".join(f"{row}\n" for row in rows(rest, offset))
            yield f"# {line(moment.text)}: offsets after this do not count them\n"
            offset, rest = offset + len(rest), b""
    yield "".join(f"{row}\n" for row in rows(rest, offset))


def _is_gap(event: Event) -> bool:
    return event.kind is EventKind.DROPPED
