"""An entry with stars over its secrets, so that a format only has to write what it is given.

What a peer answered in a body stays as it is, and so does a request's body, but for the fields of
a form and the members of JSON that give access.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from ..body import Body
from ..errors import BodyError
from ..history.entry import Entry
from ..http_request import Auth, Field, HttpRequest, RequestBody
from ..listen_request import ListenRequest
from ..model import Chunk, Direction, Event, Exchange, Hop, HttpResponse, Moment, Problem, Request
from ..secret_contents import LARGEST_JSON, Kind, mask_content, mask_talk
from ..secrets import (
    MASK,
    is_secret_name,
    mask_facts,
    mask_header,
    mask_headers,
    mask_url,
    mask_wire,
)
from ..session_request import SessionOptions, SessionRequest
from ..steps import ExpectStep, SendStep, Step
from .contents import kind_of
from .messages import END_OF_HEAD, asking, split_requests

_BLOCK: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 19  # longer ones hold no header: all of them have 256 KiB at most
_LINE_END: Final = re.compile(rb"\n(?![ \t])")
_RUN: Final = re.compile(rb"\*+")


def shown(entry: Entry, reveal: bool) -> Entry:
    """Return the entry as it is when revealed, else masked, and no mask tells a length."""
    return entry if reveal else hide_lengths(masked(entry), entry)


def masked(entry: Entry) -> Entry:
    """Return an entry without its secrets; recorded bytes keep their lengths.

    Raises:
        BodyError: The recorded bytes cannot be read.
    """
    return replace(entry, exchange=_exchange(entry.exchange), hidden=())


def hide_lengths(hidden: Entry, entry: Entry) -> Entry:
    """Return a masked entry in which no run of stars has the length of what it stands for."""
    moments = zip(hidden.exchange.timeline, entry.exchange.timeline, strict=True)
    timeline = tuple(
        replace(moment, data=shorten(moment.data, raw.data))
        if isinstance(moment, Chunk) and isinstance(raw, Chunk) and moment.data != raw.data
        else moment
        for moment, raw in moments
    )
    request, asked = hidden.exchange.request, entry.exchange.request
    if isinstance(request, SessionRequest) and isinstance(asked, SessionRequest):
        steps = tuple(map(_shortened, request.steps, asked.steps))
        request = replace(request, steps=steps)
    return replace(hidden, exchange=replace(hidden.exchange, request=request, timeline=timeline))


def shown_steps(steps: Sequence[Step], *, messages: bool) -> tuple[Step, ...]:
    """Return steps without their secrets, and no mask tells a length.

    Args:
        steps: As they are.
        messages: Each begins a line of its own, as a message does.
    """
    parts = [[step] for step in steps] if messages else [list(steps)]
    hidden = chain.from_iterable(map(masked_steps, parts))
    return tuple(map(_shortened, hidden, steps))


def _shortened(hidden: Step, raw: Step) -> Step:
    if isinstance(hidden, SendStep) and isinstance(raw, SendStep):
        return replace(hidden, data=shorten(hidden.data, raw.data))
    if isinstance(hidden, ExpectStep) and isinstance(raw, ExpectStep):
        return replace(hidden, data=shorten(hidden.data, raw.data))
    return hidden


def _exchange(exchange: Exchange) -> Exchange:
    return replace(
        exchange,
        request=masked_request(exchange.request),
        timeline=tuple(masked_timeline(exchange)),
        response=exchange.response and _response(exchange.response),
        hops=tuple(map(_hop, exchange.hops)),
        proxy=mask_url(exchange.proxy),
        problem=exchange.problem and _problem(exchange.problem),
    )


def masked_request(request: Request) -> Request:
    """Return a request without its secrets."""
    if isinstance(request, SessionRequest):
        return replace(
            request,
            address=mask_url(request.address),
            options=_options(request.options),
            steps=tuple(masked_steps(request.steps)),
            listener=request.listener and _listener(request.listener),
        )
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


def _listener(request: ListenRequest) -> ListenRequest:
    http, forward = request.http, request.forward
    return replace(
        request,
        script=tuple(masked_steps(request.script)),
        http=http and replace(http, headers=mask_headers(http.headers)),
        forward=forward
        and replace(forward, address=mask_url(forward.address), options=_options(forward.options)),
    )


def _options(options: SessionOptions) -> SessionOptions:
    return replace(options, proxy=mask_url(options.proxy), headers=mask_headers(options.headers))


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


def _body(body: RequestBody, request: HttpRequest) -> RequestBody:
    kind = kind_of(request)
    text = body.text
    if kind and text:
        raw = mask_content(text.encode("utf-8", "surrogatepass"), kind)
        text = raw.decode("utf-8", "surrogatepass")
    return replace(
        body, text=text, fields=masked_fields(body.fields), data=_masked_data(body.data, kind)
    )


def _masked_data(data: Body, kind: Kind) -> Body:
    if not kind or not data.kept or (kind == "json" and data.size > LARGEST_JSON):
        return data
    try:
        raw = data.read()
    except BodyError:
        return data  # who reads it tells
    changed = mask_content(raw, kind)
    if changed == raw:
        return data
    # Size and digest are those of what is shown: those of the secret would help to guess it.
    return Body.of(changed).in_place_of(data)


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


def masked_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield steps without their secrets; bytes keep their lengths."""
    pieces = [step.data for step in steps if isinstance(step, SendStep)]
    hidden = _cut(mask_stream(b"".join(pieces)), pieces)
    for step in steps:
        if isinstance(step, SendStep):
            yield replace(step, data=next(hidden))
        elif isinstance(step, ExpectStep):
            yield replace(step, data=mask_stream(step.data))
        else:
            yield step


def masked_timeline(exchange: Exchange) -> Iterator[Moment]:
    """Mask each direction as one stream, since a secret may be spread over many chunks."""
    timeline = list(exchange.timeline)
    hidden = {direction: _chunks(exchange, timeline, direction) for direction in Direction}
    for moment in timeline:
        if isinstance(moment, Event):
            facts = mask_facts(moment.facts)
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
    if exchange.is_message:  # each message begins a line of its own
        yield from map(mask_stream, pieces)
    elif direction is not asking(exchange) or not isinstance(request, HttpRequest):
        yield from _cut(mask_stream(b"".join(pieces)), pieces)
    else:
        for message in [pieces] if exchange.role == "server" else split_requests(pieces):
            yield from _cut(mask_message(b"".join(message), request), message)


def mask_message(data: bytes, request: HttpRequest) -> bytes:
    """Return a message that was sent for a request, of the same length, without its secrets."""
    kind = kind_of(request)
    data = _mask_lines(data)
    if kind != "json":
        return mask_content(data, kind, same_length=True)
    # A quotation mark in a header begins no string of the body.
    start = data.find(END_OF_HEAD) + 1
    return data[:start] + mask_content(data[start:], kind, same_length=True)


def mask_stream(data: bytes) -> bytes:
    """Return what one side said, of the same length, without its secrets."""
    return mask_talk(_mask_lines(data))


def shorten(hidden: bytes, raw: bytes) -> bytes:
    """Return masked bytes in which no run of stars has the length of what it stands for."""
    if hidden == raw:
        return raw

    def mask(found: re.Match[bytes]) -> bytes:
        meant = raw[found.start() : found.end()] == found[0]
        return found[0] if meant else MASK.encode("ascii")

    return _RUN.sub(mask, hidden)


def _mask_lines(data: bytes) -> bytes:
    """Mask lines in blocks of whole ones, so that other threads are not held up for long."""
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
