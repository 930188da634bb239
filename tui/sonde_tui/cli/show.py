"""`sonde show`: all of one entry as text, or as JSON."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sonde_core.clock import stamp
from sonde_core.errors import BodyError
from sonde_core.model import Chunk, Direction, HttpRequest, TlsFacts
from sonde_core.safetext import charset_of, decode, line, safe
from sonde_core.secrets import mask_headers, mask_url, mask_wire
from sonde_core.words import duration, status_line

from . import DONE, options, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.body import Body
    from sonde_core.entry import Entry
    from sonde_core.model import Exchange

_HEAD_LIMIT = 1 << 18

_DESCRIPTION = """\
Print one entry: its facts, then for HTTP the request as it went out and the answer, for a session
everything that was said, with times. Control characters are made visible. Secrets are masked
unless --reveal is given."""

_EXAMPLES = """\
examples:
  sonde show @1
  sonde show 0193a7c2-5f1e --json"""


def configure(parser: options.Parser) -> None:
    """Describe the command's options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("id", metavar="ID", help=options.IDS)
    add("--json", action="store_true", help="the entry as one JSON object, for machines")
    add("--reveal", action="store_true", help="print passwords, tokens and cookies too")


def run(args: Namespace) -> int:
    """Print an entry."""
    return running.run(args, lambda desk: _show(desk, args))


async def _show(desk: Desk, args: Namespace) -> int:
    entry = await desk.history.get(desk.history.find(args.id))
    text = await asyncio.to_thread(_as_json if args.json else _as_text, entry, args.reveal)
    desk.out.text(text.rstrip("\n") + "\n")
    return DONE


def _as_json(entry: Entry, reveal: bool) -> str:
    from sonde_core.formats.json_text import as_json

    return as_json(entry, reveal=reveal)


def _as_text(entry: Entry, reveal: bool) -> str:
    exchange = entry.exchange
    facts = "\n".join(f"{name:<10} {line(text)}" for name, text in _facts(entry, reveal))
    if isinstance(exchange.request, HttpRequest):
        parts = [facts, *_http(exchange, reveal)]
    else:
        from sonde_core.formats.transcript import as_transcript

        parts = [facts, safe(as_transcript(entry, reveal=reveal))]
    return "\n\n".join(part.rstrip("\n") for part in parts)


def _facts(entry: Entry, reveal: bool) -> Iterator[tuple[str, str]]:
    exchange = entry.exchange
    yield "id", entry.id
    if entry.name:
        yield "name", entry.name
    if entry.tags:
        yield "tags", " ".join(entry.tags)
    if entry.note:
        yield "note", entry.note
    yield "time", stamp(exchange.started)
    yield "what", _what(exchange, reveal)
    yield "outcome", status_line(exchange)
    if exchange.problem and exchange.problem.hint:
        yield "hint", exchange.problem.hint
    if exchange.peer:
        yield "peer", f"{exchange.peer} from {exchange.local}" if exchange.local else exchange.peer
    if exchange.proxy:
        yield "proxy", mask_url(exchange.proxy)
    if exchange.tls:
        yield from _tls(exchange.tls)
    times = [f"{name} {duration(seconds)}" for name, seconds in exchange.timing.phases()]
    if times:
        yield "times", " · ".join(times)
    for hop in exchange.hops:
        target = hop.location if reveal else mask_url(hop.location)
        yield "redirect", f"{hop.status} {hop.reason} to {target}"
    if entry.replay_of:
        yield "replay of", entry.replay_of


def _what(exchange: Exchange, reveal: bool) -> str:
    target = exchange.target if reveal else mask_url(exchange.target)
    if isinstance(exchange.request, HttpRequest):
        return f"{exchange.request.method} {target}"
    if exchange.kind == "listen":
        return f"listener {target}"
    return f"client of {target}" if exchange.role == "server" else target


def _tls(facts: TlsFacts) -> Iterator[tuple[str, str]]:
    words = [facts.version, facts.cipher, facts.alpn]
    if facts.verified is not None:
        words.append("verified" if facts.verified else f"not verified: {facts.reason}")
    yield "tls", " · ".join(word for word in words if word)
    if certificate := facts.certificate:
        yield "peer cert", f"{certificate.subject}, by {certificate.issuer}"
        yield "valid", f"{certificate.not_before} to {certificate.not_after}"


def _http(exchange: Exchange, reveal: bool) -> Iterator[str]:
    if head := _sent_head(exchange, reveal):
        yield safe(head)
    request = exchange.request
    if isinstance(request, HttpRequest) and request.body.data.size:
        yield _body(request.body.data)
    response = exchange.response
    if response is None:
        return
    lines = [f"{response.version} {response.status} {response.reason}".rstrip()]
    lines += (f"{name}: {value}" for name, value in mask_headers(response.headers, reveal))
    yield "\n".join(line(text) for text in lines)
    if response.body.size:
        yield _body(response.body)


def _sent_head(exchange: Exchange, reveal: bool) -> str:
    """Return the head of the first request as it went over the wire; empty if none did."""
    data = b""
    for chunk in exchange.chunks():
        if not isinstance(chunk, Chunk) or chunk.direction is not Direction.SENT:
            continue
        data += chunk.data
        if b"\r\n\r\n" in data or len(data) > _HEAD_LIMIT:
            break
    head = data.partition(b"\r\n\r\n")[0]
    return decode(head if reveal else mask_wire(head)).replace("\r\n", "\n")


def _body(body: Body) -> str:
    try:
        data = body.read()
    except BodyError as error:
        return safe(f"{error.message} {error.advice}")
    if b"\0" in data[:1024]:
        kind = line(body.media_type or "no stated type")
        return f"({body.size:,} bytes, {kind}, sha256 {body.sha256})"
    return safe(decode(data, charset_of(body.media_type)))
