"""An HTTP exchange as an HTTP Archive, version 1.2, as browsers write and read it.

A redirect is an entry of its own. Where nothing applies or is known there is -1; fields that are
ours begin with an underscore, as the format asks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import parse_qsl

from .. import __version__
from ..clock import stamp
from ..errors import BodyError, SondeError
from ..history.entry import Entry
from ..history.schema.values import Record
from ..http.urls import compose, follow, parse
from ..http_request import HttpRequest
from ..model import Exchange, Header, Hop, HttpResponse, Outcome, Timing
from ..payload import to_bytes
from ..safetext import charset_of
from ..secret_contents import FORM
from ..secrets import mask_headers, mask_url
from .contents import mask_body
from .masking import shown
from .messages import END_OF_HEAD, header, sent_requests, whole

_NOT_KNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of the chain.

    Attributes:
        headers: As they went out; empty where that is not recorded.
        head_size: In bytes; -1 where it is not known.
        body: As it went out.
    """

    method: str
    url: str
    headers: tuple[Header, ...] = ()
    head_size: int = _NOT_KNOWN
    body: bytes = b""


def as_har(entry: Entry, *, reveal: bool = False) -> str:
    """Write an HTTP entry as a HAR document of pure ASCII.

    Raises:
        BodyError: It is no HTTP entry, or the bytes of a body are not kept.
    """
    if not isinstance(entry.exchange.request, HttpRequest):
        raise BodyError("A HAR holds HTTP only.", hint="Copy the entry as JSON instead.")
    log: Record = {
        "version": "1.2",
        "creator": {"name": "Sonde", "version": __version__},
        "entries": list(_entries(shown(entry, reveal).exchange, _chain(entry.exchange, reveal))),
    }
    if entry.note:
        log["comment"] = entry.note
    return json.dumps({"log": _encodable(log)}, ensure_ascii=True, allow_nan=False, indent=2) + "\n"


def _entries(exchange: Exchange, asked: list[_Asked]) -> Iterator[Record]:
    for hop, request in zip(exchange.hops, asked, strict=False):
        yield _entry(exchange, Timing()) | {
            "request": _request(request),
            "response": _answer(hop.status, hop.reason, "HTTP/1.1", hop.headers, hop.location),
        }
    final = _entry(exchange, exchange.timing) | {
        "request": _request(asked[-1]),
        "response": _response(exchange.response),
    }
    yield final | _ending(exchange)


def _entry(exchange: Exchange, timing: Timing) -> Record:
    timings = _timings(timing)
    value: Record = {
        "startedDateTime": stamp(exchange.started),
        "time": _sum(timings),
        "cache": {},
        "timings": timings,
    }
    if exchange.peer and not exchange.proxy:
        value["serverIPAddress"] = exchange.peer.rpartition(":")[0].strip("[]")
    return value


def _ending(exchange: Exchange) -> Record:
    if exchange.outcome is Outcome.DONE:
        return {}
    told = str(exchange.problem) if exchange.problem else exchange.outcome.value
    return {"comment": told, "_outcome": exchange.outcome.value}


def _timings(timing: Timing) -> Record:
    """Return milliseconds; `connect` holds the TLS handshake too, and the last three are there."""
    connect = timing.connect
    if connect is not None and timing.tls is not None:
        connect += timing.tls
    return {
        "blocked": _NOT_KNOWN,
        "dns": _ms(timing.resolve),
        "connect": _ms(connect),
        "ssl": _ms(timing.tls),
        "send": _ms(timing.request or 0.0),
        "wait": _ms(timing.wait or 0.0),
        "receive": _ms(timing.receive or 0.0),
    }


def _ms(seconds: float | None) -> float:
    return _NOT_KNOWN if seconds is None else round(seconds * 1000, 3)


def _sum(timings: Record) -> float:
    values = (value for name, value in timings.items() if name != "ssl")
    return round(sum(float(str(value)) for value in values if value != _NOT_KNOWN), 3)


def _chain(exchange: Exchange, reveal: bool) -> list[_Asked]:
    """Return every request that was sent, redirected ones first."""
    request = exchange.request
    assert isinstance(request, HttpRequest)  # noqa: S101 - the caller looked
    raw = sent_requests(exchange)
    known = [(hop.method, hop.url) for hop in exchange.hops]
    known.append(_last(exchange, raw[len(known)] if len(raw) > len(known) else b""))
    raw += [b""] * (len(known) - len(raw))
    return [
        _asked(method, url, data, request, reveal)
        for (method, url), data in zip(known, raw, strict=False)
    ]


def _last(exchange: Exchange, raw: bytes) -> tuple[str, str]:
    """Return method and URL of the request that was answered in the end."""
    request = exchange.request
    assert isinstance(request, HttpRequest)  # noqa: S101 - the caller looked
    method = raw.partition(b" ")[0].decode("ascii") or request.method
    if exchange.response and exchange.response.url:
        return method, exchange.response.url
    if exchange.hops:
        return method, _after(exchange.hops[-1])
    try:
        return method, compose(request)
    except SondeError:
        return method, request.url


def _after(hop: Hop) -> str:
    """Return where a redirect led."""
    try:
        url = follow(parse(hop.url), hop.location)
    except SondeError:
        url = None
    return str(url or hop.location)


def _asked(method: str, url: str, raw: bytes, request: HttpRequest, reveal: bool) -> _Asked:
    head, end, sent = raw.partition(END_OF_HEAD)
    headers = mask_headers(tuple(_headers(head)), reveal)
    data = request.body.data
    # The wire has it with its framing, and may have lost a part.
    body = whole(data) if data.size and (sent or not raw) else sent
    if not reveal:
        body, headers = mask_body(body, headers, request)
    return _Asked(
        method,
        (url if reveal else mask_url(url)).partition("#")[0],
        headers,
        len(head) + len(end) if raw else _NOT_KNOWN,
        body,
    )


def _headers(head: bytes) -> Iterator[Header]:
    for line in head.split(b"\r\n")[1:]:
        yield header(line.decode("utf-8", "surrogateescape"))


def _request(asked: _Asked) -> Record:
    value: Record = {
        "method": asked.method,
        "url": asked.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [_pair(*cookie) for cookie in _sent_cookies(asked.headers)],
        "headers": [_pair(*header) for header in asked.headers],
        "queryString": [_pair(*pair) for pair in _pairs(asked.url.partition("?")[2])],
        "headersSize": asked.head_size,
        "bodySize": len(asked.body),
    }
    if asked.body:
        value["postData"] = _post_data(asked.body, _first(asked.headers, "content-type"))
    return value


def _post_data(data: bytes, media_type: str) -> Record:
    """Return a request's body; `_encoding` is ours, since the format has no way for bytes."""
    value: Record = {"mimeType": media_type}
    if media_type.partition(";")[0].strip().lower() == FORM:
        pairs = _pairs(data.decode("utf-8", "replace"))
        return value | {"params": [_pair(*pair) for pair in pairs]}
    return value | _text(data, "_encoding")


def _response(response: HttpResponse | None) -> Record:
    if response is None:
        return _answer(0, "", "", (), "")
    body = response.body
    location = response.header("location")
    value = _answer(response.status, response.reason, response.version, response.headers, location)
    content: Record = {"size": body.size, "mimeType": response.header("content-type")}
    if body.coding:
        content["compression"] = body.size - body.wire
    if body.size:
        content |= _text(whole(body), "encoding", charset_of(response.header("content-type")))
    return value | {"content": content, "bodySize": body.wire}


def _answer(
    status: int, reason: str, version: str, headers: tuple[Header, ...], location: str
) -> Record:
    return {
        "status": status,
        "statusText": reason,
        "httpVersion": version,
        "cookies": [_cookie(value) for name, value in headers if name.lower() == "set-cookie"],
        "headers": [_pair(*header) for header in headers],
        "content": {"size": 0, "mimeType": _first(headers, "content-type")},
        "redirectURL": location,
        "headersSize": _NOT_KNOWN,
        "bodySize": _NOT_KNOWN,
    }


def _text(data: bytes, encoding: str, charset: str = "") -> Record:
    """Return bytes as text where they are UTF-8 and said to be no other charset, else base64."""
    if charset in ("", "utf-8", "us-ascii"):
        try:
            return {"text": data.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {"text": base64.b64encode(data).decode("ascii"), encoding: "base64"}


def _pair(name: str, value: str) -> Record:
    return {"name": name, "value": value}


def _first(headers: Iterable[Header], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    except ValueError:  # more pairs than it takes
        return []


def _sent_cookies(headers: Iterable[Header]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() == "cookie":
            for part in value.split(";"):
                cookie, _, content = part.strip().partition("=")
                yield cookie, content


def _cookie(text: str) -> Record:
    """Read a Set-Cookie value (RFC 6265, section 5.2)."""
    first, *attributes = text.split(";")
    name, _, content = first.strip().partition("=")
    value = _pair(name, content) | {"httpOnly": False, "secure": False}
    for attribute in attributes:
        key, _, told = attribute.strip().partition("=")
        match key.lower():
            case "httponly":
                value["httpOnly"] = True
            case "secure":
                value["secure"] = True
            case "path" | "domain":
                value[key.lower()] = told
            case "expires":
                value |= _expires(told)
    return value


def _expires(text: str) -> Record:
    try:
        return {"expires": parsedate_to_datetime(text).isoformat()}
    except (ValueError, TypeError, OverflowError):
        return {}


def _encodable(value: object) -> object:
    """Return a value whose text any JSON reader takes: bytes that are no UTF-8 become U+FFFD."""
    if isinstance(value, str):
        return to_bytes(value).decode("utf-8", "replace")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    return value
