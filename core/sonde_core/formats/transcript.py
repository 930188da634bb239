r"""A session as a page of text: when, which way, what.

A line of text is shown with its line end written out (`\r\n`); what is no text is shown as hex.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from ..clock import stamp
from ..history.entry import Entry
from ..http_request import HttpRequest
from ..model import Chunk, Event, Exchange, Moment
from ..payload import escape, to_bytes
from ..recording.marks import EVENT
from ..recording.reading import moments_now
from ..recording.timeline import MOST, run_of
from ..safetext import SafeText, join, line
from ..steps import MessageKind
from .hexdump import WIDTH, rows
from .masking import shown

# A peer that sends line ends only would make a page many times the size of the recording.
ROWS: Final = 1_000_000
# Of what follows such a page: events, and messages that are short, with so many rows each.
LAST: Final = 1_000
SHORT: Final = 1 << 10
_ROWS_OF_SHORT: Final = SHORT // WIDTH

_TIME: Final = 12
# A line with its end; a longer one goes on in the next row.
_PIECE: Final = re.compile(rb"[^\n]{0,4095}\n|[^\n]{1,4096}")
# More than this share of bytes that have to be escaped is no text.
_BINARY: Final = 0.3
_SAMPLE: Final = 4096
_PLAIN: Final = frozenset({MessageKind.NONE, MessageKind.TEXT})
_USUAL: Final = frozenset(b"\t\n\r")


def as_transcript(entry: Entry, *, reveal: bool = False) -> SafeText:
    r"""Write each chunk and event with seconds since the start, `>`, `<` or `*`, and its text.

    Bytes that are not printable are escapes such as `\r` and `\x1b`, so nothing is lost and
    the result is safe to draw. Of a very long one the rest is cut, but for its last events and
    short messages, such as why it ended.

    Raises:
        BodyError: The recorded bytes cannot be read.
    """
    exchange = shown(entry, reveal).exchange
    made = [_head(exchange)]
    for index, moment in enumerate(moments_now(exchange.timeline)):
        made += islice(_lines(moment), ROWS + 1 - len(made))
        if len(made) > ROWS:
            made[ROWS:] = _after_cut(exchange.timeline, index + 1)
            break
    return join([*made, SafeText()], "\n")


def _after_cut(timeline: Sequence[Moment], first: int) -> Iterator[SafeText]:
    """Yield that it is cut, and what is told of the moments from an index on."""
    yield line(f"# cut after {ROWS:,} rows; the hex form has every byte")
    last = max(first, len(timeline) - LAST)
    if last > first:
        yield line(f"# of what follows only events are told, and the last {LAST:,} messages")
        yield from islice(_events(timeline, first, last), LAST)
    while last < len(timeline):
        run = run_of(timeline, last, with_data=False)
        for index, size in enumerate(run.sizes, last):
            if size <= SHORT:
                yield from _short(timeline[index])
            else:
                yield _row(f"{run.ats[index - last]:.6f}", "#", f"{size:,} bytes are left out")
        last += len(run)


def _events(timeline: Sequence[Moment], first: int, last: int) -> Iterator[SafeText]:
    """Yield the events between two indices, without reading any bytes."""
    while first < last:
        run = run_of(timeline, first, min(MOST, last - first), with_data=False)
        at = run.ways.find(EVENT)
        while at >= 0:
            yield from _lines(timeline[first + at])
            at = run.ways.find(EVENT, at + 1)
        first += len(run)


def _short(moment: Moment) -> Iterator[SafeText]:
    lines = _lines(moment)
    yield from islice(lines, _ROWS_OF_SHORT)
    if next(lines, None) is not None:
        yield _row("", "#", "its other lines are left out")


def write_lines(exchange: Exchange, moments: Iterable[Moment]) -> Iterator[SafeText]:
    """Yield the lines of a page one by one, as the moments are read; raises BodyError."""
    yield _head(exchange)
    for moment in moments:
        yield from _lines(moment)


def _head(exchange: Exchange) -> SafeText:
    return line(f"# {_what(exchange)} at {stamp(exchange.started)}, times in seconds")


def _lines(moment: Moment) -> Iterator[SafeText]:
    at = f"{moment.at:.6f}"
    if isinstance(moment, Event):
        yield _row(at, "*", _event(moment))
        return
    # A text is what a WebSocket message is expected to be.
    kind = "" if moment.kind in _PLAIN else f"({moment.kind}) "
    for text in _texts(moment):
        yield _row(at, moment.direction.value, kind + text)
        at = kind = ""


def _what(exchange: Exchange) -> str:
    target = escape(to_bytes(exchange.target))
    if isinstance(exchange.request, HttpRequest):
        return f"{exchange.request.method} {target}"
    if exchange.kind == "listen":
        return f"listener {target}"
    return f"client {exchange.peer} of {target}" if exchange.role == "server" else target


def _row(at: str, sign: str, text: str) -> SafeText:
    return line(f"{at:>{_TIME}} {sign} {text}")


def _event(event: Event) -> str:
    text = escape(event.text.encode("utf-8", "surrogatepass"))
    return text if event.kind.value in text else f"{event.kind.value}: {text}"


def _texts(chunk: Chunk) -> Iterator[str]:
    if not chunk.data:
        yield "(empty)"
    elif _is_text(chunk.data):
        yield from map(_written, _pieces(chunk.data))
    else:
        yield from rows(chunk.data)


def _written(piece: bytes) -> str:
    """Do what `escape` does, at once for a line of plain text: there may be millions."""
    body = piece.rstrip(b"\r\n")
    if body.isascii() and b"\\" not in body and (text := body.decode("ascii")).isprintable():
        return text + "".join("\\r" if byte == 0x0D else "\\n" for byte in piece[len(body) :])
    return escape(piece)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (found[0] for found in _PIECE.finditer(data))


def _is_text(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        return False
    if sample.isascii() and sample.translate(None, b"\t\n\r").decode("ascii").isprintable():
        return True
    text = sample.decode("utf-8", "surrogateescape")
    strange = sum(not char.isprintable() and ord(char) not in _USUAL for char in text)
    return strange <= len(text) * _BINARY
