"""HTTP messages as they stand on the wire."""

from __future__ import annotations

from ..errors import BodyError
from ..history.entry import Entry
from ..http.outgoing import prepare
from ..http_request import HttpRequest
from ..model import Header
from ..payload import to_bytes
from ..secrets import mask_header, mask_url
from .contents import mask_body
from .masking import shown
from .messages import END_OF_HEAD, header, is_gapped, sent_requests, whole
from .plan import LARGEST


def as_http(entry: Entry, *, reveal: bool = False) -> bytes:
    """Write the request as it was sent, the first one where redirects were followed.

    One that never left is written as it would have been.

    Raises:
        SondeError: It cannot be sent as it is written, or its bytes are not kept.
    """
    exchange = entry.exchange
    request = exchange.request
    if not isinstance(request, HttpRequest):
        raise BodyError("A session is no HTTP request.", hint="Copy the transcript instead.")
    found = sent_requests(exchange)
    if not found:
        data = _written(request)
    elif is_gapped(exchange):
        data = found[0].partition(END_OF_HEAD)[0] + END_OF_HEAD + whole(request.body.data)
    else:
        data = found[0]
    return data if reveal else mask_request(data, request)


def mask_request(data: bytes, request: HttpRequest) -> bytes:
    """Return what was sent for a request without its secrets, and without their lengths."""
    head, end, content = data.partition(END_OF_HEAD)
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    content, headers = mask_body(content, tuple(map(header, lines)), request)
    lines = [f"{name}: {mask_header(name, value)}" for name, value in headers]
    text = "\r\n".join([mask_url(first), *lines]).encode("utf-8", "surrogateescape")
    return text + end + content


def _written(request: HttpRequest) -> bytes:
    outgoing = prepare(request)
    lines = [f"{outgoing.method} {outgoing.url.target} HTTP/1.1".encode("ascii")]
    lines += (name + b": " + value for name, value in outgoing.raw_headers())
    return b"\r\n".join(lines) + END_OF_HEAD + whole(outgoing.body, limit=LARGEST)


def as_headers(entry: Entry, *, reveal: bool = False) -> bytes:
    """Write the answer's status line and headers as received, and what came after the body.

    Raises:
        BodyError: No answer came.
    """
    response = shown(entry, reveal).exchange.response
    if response is None:
        raise BodyError("No answer with headers came.", hint="The hex form has every byte.")
    first = f"{response.version} {response.status} {response.reason}".rstrip()
    text = "".join(f"{line}\n" for line in (first, *_lines(response.headers)))
    if response.trailers:
        text += "\n" + "".join(f"{line}\n" for line in _lines(response.trailers))
    return to_bytes(text)


def _lines(headers: tuple[Header, ...]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]
