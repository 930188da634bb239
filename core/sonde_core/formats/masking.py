"""An entry with stars over its secrets, so that a format only has to write what it is given.

What a peer answered in a body stays as it is, and so does a request's body, but for the fields of
a form that give access.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from ..body import Body
from ..entry import Entry
from ..model import (
    Auth,
    Chunk,
    Direction,
    Event,
    Exchange,
    Field,
    Hop,
    HttpRequest,
    HttpResponse,
    Moment,
    Problem,
    Request,
    RequestBody,
    SendStep,
    SessionRequest,
    Step,
)
from ..secrets import (
    MASK,
    is_secret_name,
    mask_header,
    mask_headers,
    mask_url,
    mask_wire,
)
from .messages import split_requests

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

FormKind: TypeAlias = Literal["", "form", "multipart"]

_BLOCK: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 19  # longer ones hold no header: all of them have 256 KiB at most
_LINE_END: Final = re.compile(rb"\n(?![ \t])")
# A pair of a form, wherever it begins: the body, after another pair, or after the headers.
_PAIR: Final = re.compile(rb"(?:^|(?<=[&\n]))([^=&\s]{1,256}=)([^&\r\n]+)")
# The head of a part of a multipart form that is no file (RFC 7578, section 4.2).
_PART: Final = re.compile(
    rb'content-disposition:[ \t]*form-data;[ \t]*name="([^"\r\n]*)"\r\n(?:[^\r\n]+\r\n){0,16}\r\n',
    re.IGNORECASE,
)
_PART_END: Final = b"\r\n--"


def shown(entry: Entry, reveal: bool) -> Entry:
    """Return the entry as it is when revealed, else masked."""
    return entry if reveal else masked(entry)


def masked(entry: Entry) -> Entry:
    """Return an entry without its secrets; recorded bytes keep their lengths.

    Raises:
        BodyError: The recorded bytes cannot be read.
    """
    return replace(entry, exchange=_exchange(entry.exchange))


def _exchange(exchange: Exchange) -> Exchange:
    return replace(
        exchange,
        request=masked_request(exchange.request),
        timeline=tuple(_timeline(exchange)),
        response=exchange.response and _response(exchange.response),
        hops=tuple(map(_hop, exchange.hops)),
        proxy=mask_url(exchange.proxy),
        problem=exchange.problem and _problem(exchange.problem),
    )


def masked_request(request: Request) -> Request:
    """Return a request without its secrets."""
    if isinstance(request, SessionRequest):
        return replace(request, steps=tuple(_steps(request.steps)))
    return replace(
        request,
        url=mask_url(request.url),
        params=masked_fields(request.params),
        headers=tuple(
            replace(row, value=mask_header(row.name, row.value)) for row in request.headers
        ),
        auth=masked_auth(request.auth),
        body=_body(request.body, request),
    )


def masked_fields(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Return rows of params or of a form without the values that give access."""
    return tuple(
        replace(row, value=MASK) if row.value and is_secret_name(row.name) else row
        for row in fields
    )


def masked_auth(auth: Auth) -> Auth:
    """Return credentials without what is secret: a user alone, without a password, is a key."""
    if auth.secret:
        return replace(auth, secret=MASK)
    return replace(auth, user=MASK) if auth.user else auth


def form_of(request: HttpRequest) -> FormKind:
    """Tell what form the body is, by its kind or by its Content-Type; empty for none."""
    if request.body.kind in ("form", "multipart"):
        return "form" if request.body.kind == "form" else "multipart"
    named = [row.value for row in request.headers if row.on and _names_type(row)]
    media_type = named[0] if named else request.body.media_type or request.body.data.media_type
    main = media_type.partition(";")[0].strip().lower()
    return "form" if main == FORM else "multipart" if main == MULTIPART else ""


def _names_type(row: Field) -> bool:
    return row.name.strip().lower() == "content-type"


def mask_content(data: bytes, form: FormKind) -> bytes:
    """Return a body of the same length with stars over the fields of a form that give access."""
    if form == "form":
        return _PAIR.sub(_mask_pair, data)
    return _mask_parts(data) if form == "multipart" else data


def _mask_pair(found: re.Match[bytes]) -> bytes:
    name = unquote_to_bytes(found[1][:-1].replace(b"+", b" "))
    return found[1] + b"*" * len(found[2]) if _gives_access(name) else found[0]


def _mask_parts(data: bytes) -> bytes:
    masked_data = bytearray(data)
    done = 0
    while found := _PART.search(data, done):
        done = start = found.end()
        if _gives_access(found[1]):
            end = data.find(_PART_END, start)
            done = end if end >= 0 else len(data)
            masked_data[start:done] = b"*" * (done - start)
    return bytes(masked_data)


def _gives_access(name: bytes) -> bool:
    return is_secret_name(name.decode("utf-8", "replace"))


def _body(body: RequestBody, request: HttpRequest) -> RequestBody:
    form = form_of(request)
    text = body.text
    if form and text:
        raw = mask_content(text.encode("utf-8", "surrogatepass"), form)
        text = raw.decode("utf-8", "surrogatepass")
    return replace(
        body, text=text, fields=masked_fields(body.fields), data=_masked_data(body.data, form)
    )


def _masked_data(data: Body, form: FormKind) -> Body:
    if not form or not data.kept:
        return data
    raw = data.read()
    changed = mask_content(raw, form)
    if changed == raw:
        return data
    # The digest is that of what is shown: one of the secret would help to guess it.
    return Body.of(changed).described(
        wire=data.wire,
        media_type=data.media_type,
        coding=data.coding,
        complete=data.complete,
        cut=data.cut,
    )


def _response(response: HttpResponse) -> HttpResponse:
    return replace(
        response,
        headers=mask_headers(response.headers),
        trailers=mask_headers(response.trailers),
        url=mask_url(response.url),
    )


def _hop(hop: Hop) -> Hop:
    return replace(
        hop,
        url=mask_url(hop.url),
        headers=mask_headers(hop.headers),
        location=mask_url(hop.location),
    )


def _problem(problem: Problem) -> Problem:
    return replace(problem, text=mask_url(problem.text), hint=mask_url(problem.hint))


def _steps(steps: Sequence[Step]) -> Iterator[Step]:
    pieces = [step.data for step in steps if isinstance(step, SendStep)]
    hidden = _cut(_mask_stream(b"".join(pieces)), pieces)
    for step in steps:
        yield replace(step, data=next(hidden)) if isinstance(step, SendStep) else step


def _timeline(exchange: Exchange) -> Iterator[Moment]:
    """Mask each direction as one stream, since a secret may be spread over many chunks."""
    timeline = list(exchange.timeline)
    hidden = {direction: _chunks(exchange, timeline, direction) for direction in Direction}
    for moment in timeline:
        if isinstance(moment, Event):
            facts = {name: mask_url(fact) for name, fact in moment.facts.items()}
            yield replace(moment, text=mask_url(moment.text), facts=facts)
        else:
            yield replace(moment, data=next(hidden[moment.direction]))


def _chunks(exchange: Exchange, timeline: list[Moment], direction: Direction) -> Iterator[bytes]:
    pieces = [
        moment.data
        for moment in timeline
        if isinstance(moment, Chunk) and moment.direction is direction
    ]
    request = exchange.request
    if exchange.kind == "udp":  # each datagram begins a line of its own
        yield from map(mask_wire, pieces)
    elif direction is Direction.RECEIVED or not isinstance(request, HttpRequest):
        yield from _cut(_mask_stream(b"".join(pieces)), pieces)
    else:
        for message in split_requests(pieces):
            yield from _cut(mask_message(b"".join(message), request), message)


def mask_message(data: bytes, request: HttpRequest) -> bytes:
    """Return a message that was sent for a request, of the same length, without its secrets."""
    return mask_content(_mask_stream(data), form_of(request))


def _mask_stream(data: bytes) -> bytes:
    """Mask a stream in blocks of whole lines, so that other threads are not held up for long."""
    return b"".join(map(mask_wire, _blocks(data)))


def _blocks(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = start + _BLOCK
        # A line that is folded goes on in the next one (RFC 9112, section 5.2).
        found = _LINE_END.search(data, end, end + _LONGEST_LINE)
        end = found.end() if found else end + _LONGEST_LINE
        yield data[start:end]
        start = end


def _cut(data: bytes, pieces: Sequence[bytes]) -> Iterator[bytes]:
    """Cut a stream where its pieces were cut."""
    start = 0
    for piece in pieces:
        yield data[start : start + len(piece)]
        start += len(piece)
