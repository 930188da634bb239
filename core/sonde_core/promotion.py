"""An HTTP entry as a raw session, and a raw session whose bytes are HTTP as HTTP exchanges."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Final
from urllib.parse import quote

from .endpoint import DEFAULT_PORTS, join_host, parse
from .errors import EndpointSyntaxError, HttpError, RequestError
from .formats.http_text import as_http
from .formats.plan import LARGEST
from .history.entry import Entry
from .http.outgoing import prepare
from .http.recorded import REQUEST_LINE, Message, answers_of, requests_of
from .http.stream import Stream
from .http_request import Field, HttpRequest, RequestBody
from .model import Chunk, Direction, EventKind, Exchange, HttpResponse, Outcome, Problem, Timing
from .recording.reading import moments_now
from .session_request import SessionOptions, SessionRequest
from .steps import ExpectStep, SendStep

# So many requests of one session are shown.
MOST: Final = 1000

# Of a request for a tunnel (RFC 9110, section 9.3.6).
_CREDENTIALS: Final = re.compile(
    rb"CONNECT .*?\r\nProxy-Authorization: Basic ([A-Za-z0-9+/=]+)\r\n", re.IGNORECASE | re.DOTALL
)
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_LOOKED_AT: Final = 1 << 16  # bytes of a direction that tell whether it holds requests
_LOOPBACK: Final[dict[str, str]] = dict.fromkeys(("localhost", "::1"), "127.0.0.1")
_ANY: Final = ("*", "0.0.0.0", "::")  # noqa: S104 - where a listener may be reached by any name


def raw_of(entry: Entry) -> SessionRequest:
    """Return an HTTP entry as a raw session: its request byte for byte, then the answer.

    Of redirects it is the first request. Where a proxy was asked for it, so it is again. It may
    read files, so call it in a thread.

    Raises:
        SondeError: It is none, cannot be sent as it is written, or its bytes are not kept.
    """
    exchange = entry.exchange
    request = exchange.request
    if not isinstance(request, HttpRequest):
        raise RequestError("This entry is a raw session already.", hint="Press e to edit it.")
    if exchange.sent > LARGEST:
        raise RequestError(
            f"The request has {exchange.sent:,} bytes, too many to be edited.",
            hint=f"Up to {LARGEST:,} are; replay the entry instead.",
        )
    data = as_http(entry, reveal=True)
    address, options = _where(exchange, request)
    return SessionRequest(address, options, (SendStep(data), ExpectStep("prefix", b"HTTP/")))


def _where(exchange: Exchange, request: HttpRequest) -> tuple[str, SessionOptions]:
    """Return where the request went, and how."""
    outgoing = prepare(replace(request, body=RequestBody(), headers=()))
    target = outgoing.endpoint
    secure = target.scheme == "https"
    asked = request.options
    options = SessionOptions(
        connect_timeout=asked.connect_timeout,
        verify=asked.verify,
        ca_file=asked.ca_file,
        alpn=("http/1.1",) if secure else (),
        proxy=_proxy(exchange) if secure else "",
    )
    place = join_host(target.host, target.port)
    if exchange.proxy and not secure:  # it was asked for the whole URL
        proxy = parse(exchange.proxy)
        place = join_host(proxy.host, proxy.port)
    return f"{'tls' if secure else 'tcp'}://{place}", options


def _proxy(exchange: Exchange) -> str:
    """Return the proxy that made a tunnel, with the credentials that it was given."""
    if not exchange.proxy:
        return ""
    sent = (chunk.data for chunk in exchange.chunks() if chunk.direction is Direction.SENT)
    found = _CREDENTIALS.match(next(sent, b""))
    try:
        known = b64decode(found[1]).decode() if found else ""
    except ValueError:
        known = ""
    if not known:
        return exchange.proxy
    user, _, password = known.partition(":")
    return exchange.proxy.replace("://", f"://{quote(user, '')}:{quote(password, '')}@", 1)


def http_of(exchange: Exchange) -> tuple[Exchange, ...]:
    """Return the requests that a session carried, each with its answer, as HTTP exchanges.

    Broken ones are read as far as they make sense; the problem says what is wrong. Each has the
    whole recording as its wire. It may take a while, so call it in a thread.

    Raises:
        HttpError: Its bytes are no HTTP.
        BodyError: They cannot be read.
    """
    if exchange.is_message:
        raise HttpError("Messages and datagrams are no HTTP.", hint=_HINT)
    asking = next((way for way in Direction if _asks(exchange, way)), None)
    if asking is None:
        raise HttpError("No request of HTTP/1 begins this session.", hint=_HINT)
    requests = list(islice(requests_of(Stream(_pieces(exchange, asking))), MOST))
    answering = Direction.SENT if asking is Direction.RECEIVED else Direction.RECEIVED
    methods = iter([_words(message)[0] for message in requests])
    answers = answers_of(Stream(_pieces(exchange, answering)), methods)
    final = (message for message in answers if message.status >= 200 or message.status == 101)
    base = _base(exchange)
    return tuple(_pair(exchange, base, message, next(final, None)) for message in requests)


_HINT: Final = "The transcript and its lenses show what it is."


def _asks(exchange: Exchange, direction: Direction) -> bool:
    """Whether what was said in a direction begins with a request."""
    seen = 0
    pieces = []
    for at, data in _pieces(exchange, direction):
        pieces.append((at, data[:_LOOKED_AT]))
        seen += len(data)
        if seen >= _LOOKED_AT:
            break
    return Stream(pieces).peek(REQUEST_LINE)


def _pieces(exchange: Exchange, direction: Direction) -> Iterator[tuple[float, bytes]]:
    """Yield what was said in a direction, to a gap in the recording."""
    for moment in moments_now(exchange.timeline):
        if not isinstance(moment, Chunk):
            if moment.kind is EventKind.DROPPED:
                return
        elif moment.direction is direction:
            yield moment.at, moment.data


def _base(exchange: Exchange) -> str:
    """Return scheme and host of URLs whose request names no host."""
    secure = exchange.tls is not None or exchange.kind == "tls"
    scheme = "https" if secure else "http"
    try:
        endpoint = parse(exchange.target, listening=True)
    except EndpointSyntaxError:
        return f"{scheme}://localhost"
    host = endpoint.host or "localhost"
    port = endpoint.port
    return f"{scheme}://{_authority(join_host(host, port) if port else host, scheme)}"


def _authority(host: str, scheme: str) -> str:
    return host.removesuffix(f":{DEFAULT_PORTS[scheme]}")


def _words(request: Message) -> tuple[str, str]:
    """Return method and target; blanks within a target stay."""
    method, _, rest = request.first.strip().partition(" ")
    target = rest.strip().rpartition(" ")[0].strip()
    return method.strip(), target


def _pair(exchange: Exchange, base: str, asked: Message, answer: Message | None) -> Exchange:
    method, target = _words(asked)
    response = None if answer is None else _response(answer, _url(base, target, asked))
    problem = _problem(asked, answer)
    ended = asked.ended if answer is None else answer.ended
    return replace(
        exchange,
        request=_request(method, _url(base, target, asked), asked),
        started=exchange.started + timedelta(seconds=asked.began),
        outcome=Outcome.DONE if problem is None else Outcome.FAILED,
        kind="http",
        problem=problem,
        response=response,
        timing=_timing(asked, answer, ended),
    )


def _url(base: str, target: str, asked: Message) -> str:
    if "://" in target.partition("?")[0]:
        return target
    hosts = asked.values("host")
    if hosts and hosts[0].strip():
        scheme = base.partition(":")[0]
        base = f"{scheme}://{_authority(hosts[0].strip(), scheme)}"
    return base + (target if target.startswith("/") else "/")


def _request(method: str, url: str, asked: Message) -> HttpRequest:
    body = RequestBody()
    if asked.body.size:
        body = RequestBody("bytes", data=asked.body, media_type=asked.body.media_type)
    # How a body is announced depends on who sends it.
    fields = tuple(
        Field(name, value, name.lower() not in _FRAMING) for name, value in asked.headers
    )
    return HttpRequest(method, url, headers=fields, body=body)


def _response(answer: Message, url: str) -> HttpResponse:
    version, _, rest = answer.first.partition(" ")
    return HttpResponse(
        answer.status,
        rest.strip().partition(" ")[2].strip(),
        version,
        answer.headers,
        answer.trailers,
        answer.body,
        url,
    )


def _problem(asked: Message, answer: Message | None) -> Problem | None:
    def of(text: str, phase: str) -> Problem:
        return Problem(phase, HttpError.kind, text, "The wire (w) has every byte.")

    if answer is None:
        return of("No answer to this request is in the session.", "wait")
    if answer.trouble:
        return of(f"The answer is not as it should be: {answer.trouble}.", "receive")
    if asked.trouble:
        return of(f"The request is not as it should be: {asked.trouble}.", "send")
    return None


def _timing(asked: Message, answer: Message | None, ended: float) -> Timing:
    sent = max(asked.ended - asked.began, 0.0)
    total = max(ended - asked.began, 0.0)
    if answer is None:
        return Timing(request=sent, total=total)
    return Timing(
        request=sent,
        wait=max(answer.began - asked.ended, 0.0),
        receive=max(answer.ended - answer.began, 0.0),
        total=total,
    )


def titles(found: Iterable[Exchange]) -> list[str]:
    """Name each of several exchanges in a line, to choose from."""
    return [_title(exchange) for exchange in found]


def other_place(session: Exchange, found: Exchange) -> str:
    """Return with whom a session was, where its request names another; empty where it does not."""
    request = found.request
    assert isinstance(request, HttpRequest)  # noqa: S101 - it is HTTP
    try:
        named, where = parse(request.url), parse(session.target, listening=True)
    except EndpointSyntaxError:
        return session.target
    hosts = [_LOOPBACK.get(each.host.lower(), each.host.lower()) for each in (named, where)]
    same = hosts[0] == hosts[1] or (session.role == "server" and hosts[1] in _ANY)
    return "" if same and named.port == where.port else session.target


def _title(exchange: Exchange) -> str:
    request, response = exchange.request, exchange.response
    assert isinstance(request, HttpRequest)  # noqa: S101 - they are HTTP
    came = f"{response.status} {response.reason}".strip() if response else "no answer"
    return f"{request.method} {request.url} → {came}"
