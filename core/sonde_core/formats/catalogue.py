"""The forms in which an entry can be copied, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import BodyError
from ..history.entry import Entry
from ..http_request import HttpRequest
from ..model import Direction, Exchange
from ..safetext import line
from ..script.derive import steps_to_replay
from ..script.writing import write_steps
from .curl import as_curl
from .har import as_har
from .hexdump import as_hex, as_hex_of
from .http_text import as_headers, as_http
from .json_text import as_json
from .masking import shown
from .messages import check_whole, joined_bytes, said, whole
from .pcap import as_pcap
from .pcapng import as_pcapng, has_packets
from .python_http import as_httpx
from .python_socket import as_socket_script, can_repeat
from .transcript import as_transcript

# More bytes than this are not turned into text, which would take several times as much memory.
LARGEST: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Format:
    """A form of an entry.

    Attributes:
        title: What it is, for a list.
        make: Writes an entry, with secrets or without; see `copyable` for what it raises.
        fits: Whether an entry can be written so.
        takes: What it can be made of, to say so where it cannot.
        bounded: Whether all that was said becomes part of it.
        pieces: Writes an entry of any size piece by piece, where that is possible.
    """

    title: str
    make: Callable[[Entry, bool], bytes]
    fits: Callable[[Entry], bool]
    takes: str
    bounded: bool = False
    pieces: Callable[[Entry, bool], Iterator[bytes]] | None = None


def copyable(entry: Entry, name: str, reveal: bool) -> bytes:
    """Return an entry in a form of `FORMATS`; it may take a while, so call it in a thread.

    Args:
        entry: What to write.
        name: A key of `FORMATS`.
        reveal: Leave secrets as they are; a body is always as it is.

    Raises:
        SondeError: The entry cannot be written so, or its bytes are not kept any more.
    """
    form = FORMATS[name]
    if not form.fits(entry):
        raise BodyError(f"This entry has no form {name!r}.", hint=f"It is made of {form.takes}.")
    size = _size(entry.exchange)
    if form.bounded and size > LARGEST:
        raise BodyError(
            f"The entry has {size:,} bytes, too many for the form {name!r}.",
            hint=f"Up to {LARGEST:,} are written so; copy the body instead.",
        )
    return form.make(entry, reveal)


def pieces(entry: Entry, name: str, reveal: bool) -> Iterator[bytes]:
    """Yield what `copyable` returns, for a file: of any size, where the form allows it.

    Raises:
        SondeError: Like `copyable`, at once or while it is read.
    """
    form = FORMATS[name]
    if form.pieces is not None and form.fits(entry):
        return form.pieces(entry, reveal)
    return iter((copyable(entry, name, reveal),))


def _size(exchange: Exchange) -> int:
    body = exchange.response.body.size if exchange.response else 0
    return exchange.sent + exchange.received + body


def _text(text: str) -> bytes:
    """Encode text; bytes that were no UTF-8 become themselves again."""
    return text.encode("utf-8", "surrogateescape")


def _body(entry: Entry) -> bytes:
    exchange = entry.exchange
    if isinstance(exchange.request, HttpRequest):
        return whole(exchange.response.body) if exchange.response else b""
    return joined_bytes(exchange, Direction.RECEIVED)


def _body_pieces(entry: Entry) -> Iterator[bytes]:
    exchange = entry.exchange
    if not isinstance(exchange.request, HttpRequest):
        yield from said(exchange, Direction.RECEIVED)
    elif exchange.response:
        check_whole(exchange.response.body)
        yield from exchange.response.body.slices()


def _sent(entry: Entry, reveal: bool) -> bytes:
    if not reveal and _size(entry.exchange) > LARGEST:
        raise BodyError(
            f"The entry has {_size(entry.exchange):,} bytes, too many to look for secrets.",
            hint="Reveal secrets, and they are written as they are.",
        )
    return joined_bytes(shown(entry, reveal).exchange, Direction.SENT)


def _sent_pieces(entry: Entry, reveal: bool) -> Iterator[bytes]:
    return said(entry.exchange, Direction.SENT) if reveal else iter((_sent(entry, reveal),))


def _python(entry: Entry, reveal: bool) -> bytes:
    write = as_httpx if _is_http(entry) else as_socket_script
    return _text(write(entry, reveal=reveal))


def _steps(entry: Entry, reveal: bool) -> str:
    """Write the steps; those of HTTP are its request, to where it went."""
    entry = shown(entry, reveal)
    if not _is_http(entry):
        return write_steps(steps_to_replay(entry.exchange))
    from ..promotion import raw_of

    raw = raw_of(entry)
    return f"# {line(raw.address)}\n{write_steps(raw.steps)}"


def _has_body(entry: Entry) -> bool:
    exchange = entry.exchange
    if isinstance(exchange.request, HttpRequest):
        return exchange.response is not None and exchange.response.body.size > 0
    return exchange.received > 0


def _is_http(entry: Entry) -> bool:
    return isinstance(entry.exchange.request, HttpRequest)


def _has_bytes(entry: Entry) -> bool:
    return entry.exchange.sent + entry.exchange.received > 0


FORMATS: Final = {
    "body": Format(
        "Body: what was received",
        lambda entry, _: _body(entry),
        _has_body,
        "an answer that has a body, or a session in which something was received",
        pieces=lambda entry, _: _body_pieces(entry),
    ),
    "headers": Format(
        "Headers of the answer",
        lambda entry, reveal: as_headers(entry, reveal=reveal),
        lambda entry: entry.exchange.response is not None,
        "an HTTP answer",
    ),
    "curl": Format(
        "curl command",
        lambda entry, reveal: _text(as_curl(entry, reveal=reveal)),
        _is_http,
        "an HTTP request",
    ),
    "python": Format(
        "Python script",
        _python,
        lambda entry: _is_http(entry) or can_repeat(entry.exchange),
        "an HTTP request, or a session that you opened",
    ),
    "http": Format(
        "HTTP message: the request as sent",
        lambda entry, reveal: as_http(entry, reveal=reveal),
        _is_http,
        "an HTTP request",
        bounded=True,
    ),
    "hex": Format(
        "Hex: every byte, both ways",
        lambda entry, reveal: _text(as_hex(entry, reveal=reveal)),
        _has_bytes,
        "bytes that were sent or received",
        bounded=True,
    ),
    "json": Format(
        "JSON: the whole entry",
        lambda entry, reveal: _text(as_json(entry, reveal=reveal)),
        lambda _: True,
        "any entry",
        bounded=True,
    ),
    "har": Format(
        "HAR: HTTP Archive",
        lambda entry, reveal: _text(as_har(entry, reveal=reveal)),
        _is_http,
        "an HTTP request",
        bounded=True,
    ),
    "transcript": Format(
        "Transcript: what was said, with times",
        lambda entry, reveal: _text(as_transcript(entry, reveal=reveal)),
        lambda _: True,
        "any entry",
        bounded=True,
    ),
    "steps": Format(
        "Steps: what was sent and expected, to edit and replay",
        lambda entry, reveal: _text(_steps(entry, reveal)),
        lambda entry: entry.exchange.kind != "listen",
        "a session, or an HTTP request",
        bounded=True,
    ),
    "sent": Format(
        "Bytes sent",
        _sent,
        lambda entry: entry.exchange.sent > 0,
        "bytes that were sent",
        pieces=_sent_pieces,
    ),
    "hex-sent": Format(
        "Hex: every byte sent",
        lambda entry, reveal: _text(as_hex_of(entry, Direction.SENT, reveal=reveal)),
        lambda entry: entry.exchange.sent > 0,
        "bytes that were sent",
        bounded=True,
    ),
    "hex-received": Format(
        "Hex: every byte received",
        lambda entry, reveal: _text(as_hex_of(entry, Direction.RECEIVED, reveal=reveal)),
        lambda entry: entry.exchange.received > 0,
        "bytes that were received",
        bounded=True,
    ),
    "pcapng": Format(
        "Capture file for Wireshark (pcapng)",
        lambda entry, reveal: b"".join(as_pcapng(entry, reveal=reveal)),
        lambda entry: has_packets(entry.exchange),
        "a connection that was made",
        bounded=True,
        pieces=lambda entry, reveal: as_pcapng(entry, reveal=reveal),
    ),
    "pcap": Format(
        "Capture file for older programs (pcap, no comments)",
        lambda entry, reveal: b"".join(as_pcap(entry, reveal=reveal)),
        lambda entry: has_packets(entry.exchange),
        "a connection that was made",
        bounded=True,
        pieces=lambda entry, reveal: as_pcap(entry, reveal=reveal),
    ),
}
