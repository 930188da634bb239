"""`sonde show`: all of one entry as text, or as JSON."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from sonde_core.clock import stamp
from sonde_core.errors import BodyError
from sonde_core.model import HttpRequest, TlsFacts
from sonde_core.safetext import charset_of, codec_of, decode, line, safe
from sonde_core.words import duration, status_line

from . import DONE, options, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.body import Body
    from sonde_core.entry import Entry
    from sonde_core.model import Exchange, Header

_HEAD_LIMIT: Final = 1 << 18  # bytes
_BODY_LIMIT: Final = 1 << 18
_HALF: Final = "\ufffd"

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
    return running.run(args, lambda desk: _show(desk, args), reads=True)


async def _show(desk: Desk, args: Namespace) -> int:
    entry = await desk.history.get(desk.history.find(args.id))
    text = await asyncio.to_thread(_as_json if args.json else _as_text, entry, args.reveal)
    desk.out.text(text.rstrip("\n") + "\n")
    return DONE


def _as_json(entry: Entry, reveal: bool) -> str:
    from sonde_core.formats.json_text import as_json

    return as_json(entry, reveal=reveal)


def _as_text(entry: Entry, reveal: bool) -> str:
    from sonde_core.formats.masking import shown

    entry = shown(entry, reveal)
    exchange = entry.exchange
    facts = "\n".join(f"{name:<10} {line(text)}" for name, text in _facts(entry))
    if isinstance(exchange.request, HttpRequest):
        parts = [facts, *_http(exchange, exchange.request)]
    else:
        from sonde_core.formats.transcript import as_transcript

        parts = [facts, as_transcript(entry, reveal=True)]
    return "\n\n".join(part.rstrip("\n") for part in parts)


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    exchange = entry.exchange
    yield "id", entry.id
    if entry.name:
        yield "name", entry.name
    if entry.tags:
        yield "tags", " ".join(entry.tags)
    if entry.note:
        yield "note", entry.note
    yield "time", stamp(exchange.started)
    yield "what", _what(exchange)
    yield "outcome", status_line(exchange)
    if exchange.problem and exchange.problem.hint:
        yield "hint", exchange.problem.hint
    if exchange.peer:
        yield "peer", f"{exchange.peer} from {exchange.local}" if exchange.local else exchange.peer
    if exchange.proxy:
        yield "proxy", exchange.proxy
    if exchange.tls:
        yield from _tls(exchange.tls)
    times = [f"{name} {duration(seconds)}" for name, seconds in exchange.timing.phases()]
    if times:
        yield "times", " · ".join(times)
    for hop in exchange.hops:
        yield "redirect", f"{hop.status} {hop.reason} to {hop.location}"
    if entry.replay_of:
        yield "replay of", entry.replay_of


def _what(exchange: Exchange) -> str:
    target = exchange.target
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


def _http(exchange: Exchange, request: HttpRequest) -> Iterator[str]:
    if head := _sent_head(exchange):
        yield safe(head)
        if request.body.data.size:
            yield _body(request.body.data)
    response = exchange.response
    if response is None:
        return
    first = f"{response.version} {response.status} {response.reason}".rstrip()
    yield "\n".join(line(text) for text in (first, *_fields(response.headers)))
    if response.body.size:
        yield _body(response.body)
    if response.trailers:
        yield "\n".join(line(text) for text in _fields(response.trailers))


def _fields(headers: Sequence[Header]) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in headers)


def _sent_head(exchange: Exchange) -> str:
    """Return the head of the first request as it went over the wire; empty if none did."""
    from sonde_core.formats.messages import END_OF_HEAD, sent_requests

    sent = sent_requests(exchange)
    head = sent[0].partition(END_OF_HEAD)[0] if sent else b""
    return head[:_HEAD_LIMIT].decode("utf-8", "replace").replace("\r\n", "\n")


def _body(body: Body) -> str:
    """Return a body's text, the first part of a long one; what is no text is described."""
    try:
        data = body.read(0, _BODY_LIMIT)
    except BodyError as error:
        return safe(f"{error.message} {error.advice}")
    charset = charset_of(body.media_type)
    if _is_binary(data, charset):
        kind = line(body.media_type or "no stated type")
        return f"({body.size:,} bytes, {kind}, sha256 {body.sha256})"
    text = decode(data, charset)
    if body.size > len(data):
        # The last character may be cut in two.
        more = f"({body.size - len(data):,} more bytes; `sonde copy ID` has all that is kept)"
        text = f"{text.removesuffix(_HALF)}\n{more}"
    return safe(text)


def _is_binary(data: bytes, charset: str) -> bool:
    """Tell what is no text by its NULs, of which only UTF-16 and UTF-32 have some."""
    wide = codec_of(data, charset).startswith(("utf-16", "utf-32"))
    return not wide and b"\0" in data[:1024]
