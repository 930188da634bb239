"""`sonde show`: all of one entry as text, or as JSON."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from sonde_core.clock import stamp
from sonde_core.errors import BodyError
from sonde_core.http_request import HttpRequest
from sonde_core.model import TlsFacts
from sonde_core.safetext import charset_of, codec_of, decode, line, safe
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.words import count, duration, status_line

from . import DONE, options, remarks, running
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.body import Body
    from sonde_core.history.entry import Entry
    from sonde_core.model import Exchange, Header

_HEAD_LIMIT: Final = 1 << 18  # bytes
_BODY_LIMIT: Final = 1 << 18
_HALF: Final = "\ufffd"

_DESCRIPTION = f"""\
Print one entry: its facts, then for HTTP each request as it went out and its answer, redirects
first; for a session, and where no HTTP came back, everything that was said, with times. Control
characters are made visible. {options.MASKED}"""

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
    if entry.exchange.kind == "http" and not args.json:
        await remarks.say(entry.exchange)
    return DONE


def _as_json(entry: Entry, reveal: bool) -> str:
    from sonde_core.formats.json_text import as_json

    return as_json(entry, reveal=reveal)


def _as_text(entry: Entry, reveal: bool) -> str:
    from sonde_core.formats.masking import hide_lengths, masked

    clean = entry if reveal else hide_lengths(masked(entry), entry)
    exchange = clean.exchange
    facts = "\n".join(f"{name:<10} {line(text)}" for name, text in _facts(clean))
    if isinstance(exchange.request, HttpRequest) and (exchange.response or not exchange.received):
        heads = list(_sent_heads(entry.exchange, reveal))
        parts = [facts, *_http(exchange, exchange.request, heads)]
    else:
        from sonde_core.formats.transcript import as_transcript

        parts = [facts, as_transcript(clean, reveal=True)]
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
    if isinstance(exchange.request, SessionRequest):
        yield from _options(exchange.request.options)
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


def _options(chosen: SessionOptions) -> Iterator[tuple[str, str]]:
    """Yield how a session was opened, where that is not as usual."""
    usual = SessionOptions()
    for name in (field.name for field in fields(chosen)):
        value = getattr(chosen, name)
        if value != getattr(usual, name):
            yield "option", f"{name.replace('_', ' ')}: {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(": ".join(each) if isinstance(each, tuple) else each for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tls(facts: TlsFacts) -> Iterator[tuple[str, str]]:
    words = [facts.version, facts.cipher, facts.alpn]
    if facts.verified is not None and (facts.version or facts.chain):
        words.append("verified" if facts.verified else f"not verified: {facts.reason}")
    if told := " · ".join(word for word in words if word):
        yield "tls", told
    for depth, each in enumerate(facts.chain):
        yield "issuer" if depth else "peer cert", f"{each.subject}, by {each.issuer}"
        if each.names:
            yield "names", ", ".join(each.names)
        yield "valid", f"{each.not_before} to {each.not_after}"
        yield "key", " · ".join(filter(None, (each.key, each.signature)))
        yield "sha256", each.sha256
    if facts.more:
        yield "more", f"{count(facts.more, 'certificate')} are not kept"


def _http(exchange: Exchange, request: HttpRequest, heads: list[_Head]) -> Iterator[str]:
    known = iter(heads)
    for hop in exchange.hops:
        head = next(known, None)
        yield from _asked(head or _Head(f"{hop.method} {hop.url}"), request, heads)
        yield _answer_head(head.version if head else "", hop.status, hop.reason, hop.headers)
    if head := next(known, None):
        yield from _asked(head, request, heads)
    response = exchange.response
    if response is None:
        return
    yield _answer_head(response.version, response.status, response.reason, response.headers)
    if response.body.size:
        yield _body(response.body)
    if response.trailers:
        yield "\n".join(line(text) for text in _fields(response.trailers))


def _asked(head: _Head, request: HttpRequest, heads: list[_Head]) -> Iterator[str]:
    yield safe(head.text)
    if head is heads[0] and request.body.data.size:
        yield _body(request.body.data)
    elif head.has_body:
        yield "(the same body again)"


def _answer_head(version: str, status: int, reason: str, headers: Sequence[Header]) -> str:
    first = f"{version} {status} {reason}".strip()
    return "\n".join(line(text) for text in (first, *_fields(headers)))


def _fields(headers: Sequence[Header]) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in headers)


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of a request as it went over the wire, and the HTTP version that answered it."""

    text: str
    version: str = ""
    has_body: bool = False


def _sent_heads(exchange: Exchange, reveal: bool) -> Iterator[_Head]:
    """Yield what is known of the requests that went out."""
    from sonde_core.formats.http_text import mask_request
    from sonde_core.formats.messages import END_OF_HEAD, answer_versions, is_gapped, sent_requests

    request = exchange.request
    assert isinstance(request, HttpRequest)  # noqa: S101 - the caller looked
    # After a gap nobody knows which request is which.
    last = 1 if is_gapped(exchange) else None
    asked = sent_requests(exchange)[:last]
    for data, version in zip(asked, answer_versions(exchange), strict=False):
        head, _, content = data.partition(END_OF_HEAD)
        if not reveal:
            head = mask_request(head, request)  # without a body its length stays as it was sent
        text = head[:_HEAD_LIMIT].decode("utf-8", "replace").replace("\r\n", "\n")
        yield _Head(text, version, bool(content))


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
