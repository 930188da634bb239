"""What the routes of the practice server answer."""

from __future__ import annotations

import base64
import gzip
import math
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeAlias
from urllib.parse import quote

from . import flows, samples
from .answer import HTML, Answer, Ending, RefusedError, json_answer, json_bytes, text_answer
from .asked import Asked, fields, files

Handler: TypeAlias = Callable[..., Answer]

_LONGEST: Final = 30.0  # seconds that a route may be asked to take
_LARGEST: Final = 1 << 40  # bytes of an answer
_REDIRECTS: Final = (301, 302, 303, 307, 308)
# What quote leaves as it is: all of ASCII that may stand in a URL (RFC 3986, section 2.2).
_URL_CHARACTERS: Final = "!#$%&'()*+,/:;=?@[]~"


def echo(asked: Asked) -> Answer:
    """Answer with the request itself."""
    return json_answer(asked.echo())


def status(asked: Asked, code: str) -> Answer:
    """Answer with a status of choice."""
    number = _integer(code, 200, 599, "A status to answer with")
    headers = []
    if 300 <= number < 400:
        headers.append(("Location", "/anything/redirected"))
    if number == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="practice"'))
    return json_answer({"status": number}, *headers, status=number)


def delay(asked: Asked, seconds: str) -> Answer:
    """Answer after a while."""
    wait = _number(seconds, _LONGEST, "A delay")
    return Answer(
        headers=(("Content-Type", "application/json"),),
        body=json_bytes({"waited": wait} | asked.echo()),
        wait=wait,
    )


def redirect(asked: Asked, count: str) -> Answer:
    """Redirect so many times."""
    left = _integer(count, 0, 100, "A number of redirects")
    if left == 0:
        return echo(asked)
    return _to(f"/redirect/{left - 1}" if left > 1 else "/anything/redirected")


def redirect_to(asked: Asked) -> Answer:
    """Redirect to a URL of choice."""
    code = _integer(asked.argument("status", "302"), 301, 308, "The status of a redirect")
    if code not in _REDIRECTS:
        raise RefusedError(f"{code} is no redirect; {', '.join(map(str, _REDIRECTS))} are.")
    return _to(asked.argument("url", "/anything/redirected"), code)


def _to(location: str, code: int = 302) -> Answer:
    where = quote(location, safe=_URL_CHARACTERS)
    return json_answer({"location": where}, ("Location", where), status=code)


def cookies(asked: Asked) -> Answer:
    """Answer with the cookies that were sent."""
    return json_answer({"cookies": asked.cookies})


def set_cookies(asked: Asked) -> Answer:
    """Set cookies and redirect to where they are shown."""
    pairs = [(_token(name), _token(value)) for name, value in asked.pairs]
    headers = [("Set-Cookie", f"{name}={value}; Path=/") for name, value in pairs]
    return json_answer({"set": dict(pairs)}, ("Location", "/cookies"), *headers, status=302)


def _token(text: str) -> str:
    """Write a cookie's name or value so that it is one (RFC 6265, section 4.1.1)."""
    return quote(text, safe="!#$&'()*+/:<>?@[]^`{|}~")


def basic_auth(asked: Asked, user: str, secret: str) -> Answer:
    """Ask for a user and password (RFC 7617)."""
    given = base64.b64encode(f"{user}:{secret}".encode()).decode("ascii")
    scheme, _, credentials = asked.header("authorization").partition(" ")
    if scheme.lower() != "basic" or credentials.strip() != given:
        return _unauthorized('Basic realm="practice", charset="UTF-8"')
    return json_answer({"authenticated": True, "user": user})


def bearer(asked: Asked) -> Answer:
    """Ask for a token (RFC 6750)."""
    scheme, _, token = asked.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return _unauthorized('Bearer realm="practice"')
    return json_answer({"authenticated": True, "token": token.strip()})


def _unauthorized(challenge: str) -> Answer:
    return json_answer({"authenticated": False}, ("WWW-Authenticate", challenge), status=401)


def stream(asked: Asked, count: str) -> Answer:
    """Answer a line at a time."""
    number = _integer(count, 0, 1_000_000, "A number of lines")
    pause = _number(asked.argument("interval", "0.05"), _LONGEST, "The interval")
    return _flow("application/x-ndjson", flows.ndjson(number, pause))


def server_sent(asked: Asked) -> Answer:
    """Answer an event at a time."""
    number = _integer(asked.argument("n", "10"), 0, 1_000_000, "A number of events")
    pause = _number(asked.argument("interval", "0.2"), _LONGEST, "The interval")
    return _flow("text/event-stream", flows.events(number, pause), ("Cache-Control", "no-cache"))


def drip(asked: Asked) -> Answer:
    """Answer a byte at a time."""
    size = _integer(asked.argument("n", "10"), 0, 100_000, "A number of bytes")
    seconds = _number(asked.argument("seconds", "2"), _LONGEST, "A duration")
    return _flow("application/octet-stream", flows.drip(size, seconds), length=size)


def pseudo_random(asked: Asked, count: str) -> Answer:
    """Answer with so many bytes."""
    size = _integer(count, 0, _LARGEST, "A number of bytes")
    return _flow("application/octet-stream", flows.pseudo_random(size), length=size)


def json_document(asked: Asked, count: str) -> Answer:
    """Answer with a JSON document of about that size."""
    size = _integer(count, 0, _LARGEST, "A number of bytes")
    return _flow("application/json", flows.json_items(size))


def _flow(
    media_type: str,
    body: AsyncIterator[bytes],
    *headers: tuple[str, str],
    length: int | None = None,
) -> Answer:
    return Answer(headers=(("Content-Type", media_type), *headers), body=body, length=length)


def _brotli(data: bytes) -> bytes:
    import brotli

    return bytes(brotli.compress(data))


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


_CODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": _brotli,
    "zstd": _zstd,
}


def coded(coding: str) -> Handler:
    """Return what answers with the request itself in a content coding."""

    def handler(asked: Asked) -> Answer:
        body = _CODERS[coding](json_bytes({"coding": coding} | asked.echo()))
        kind = ("Content-Type", "application/json")
        return Answer(headers=(kind, ("Content-Encoding", coding)), body=body)

    return handler


def image(asked: Asked) -> Answer:
    """Answer with a picture."""
    return Answer(headers=(("Content-Type", "image/png"),), body=samples.png())


def form(asked: Asked) -> Answer:
    """Answer with a form, or with what it posted."""
    if asked.method in ("GET", "HEAD"):
        return text_answer(samples.FORM_PAGE, HTML)
    return echo(asked)


def upload(asked: Asked) -> Answer:
    """Answer with sizes and digests of what was posted."""
    if not asked.media_type.startswith("multipart/"):
        return json_answer({"files": [], "size": asked.size, "sha256": asked.sha256})
    if asked.size > len(asked.body):
        raise RefusedError(
            f"A form of {asked.size} bytes is too large to be taken apart here.", 413
        )
    parts = list(asked.parts())
    return json_answer({"form": fields(parts), "files": files(parts), "size": asked.size})


def user(asked: Asked, number: str) -> Answer:
    """Answer with a user."""
    value = _integer(number, 1, 1_000_000, "The number of a user")
    return json_answer(samples.USER | {"id": value, "description": f"User {value} of the practice"})


def repository(asked: Asked, owner: str, name: str) -> Answer:
    """Answer with a repository."""
    if (owner, name) == ("requests", "requests"):
        return json_answer(samples.REPOSITORY)
    raise RefusedError(f"There is no repository {owner}/{name} here.", 404)


def sample(text: str, media_type: str) -> Handler:
    """Return what answers with a text that is always the same."""
    return lambda asked: text_answer(text, media_type)


def deep(asked: Asked) -> Answer:
    """Answer with JSON that is nested deeply."""
    return text_answer("[" * 100_000 + "]" * 100_000, "application/json")


def digits(asked: Asked) -> Answer:
    """Answer with JSON that holds a very long integer."""
    return text_answer('{"number": ' + "7" * 5000 + "}\n", "application/json")


def damaged(asked: Asked) -> Answer:
    """Answer with half of a gzip."""
    body = gzip.compress(json_bytes(asked.echo()))
    kind = ("Content-Type", "application/json")
    return Answer(headers=(kind, ("Content-Encoding", "gzip")), body=body[: len(body) // 2])


def breaking(ending: Ending) -> Handler:
    """Return what answers with less than was promised, and how it breaks off."""

    def handler(asked: Asked) -> Answer:
        part = b"This answer ends before its promised 1,000 bytes.\n"
        headers = (("Content-Type", "text/plain"),)
        return Answer(headers=headers, body=part, length=1000, ending=ending)

    return handler


def no_http(asked: Asked) -> Answer:
    """Answer with what is no HTTP."""
    return Answer(body=b"220 practice ESMTP: this is no HTTP\r\n", ending="raw")


def _integer(text: str, low: int, high: int, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise RefusedError(f"{what} goes from {low} to {high}; {text[:40]!r} does not fit.")
    return int(text)


def _number(text: str, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= high:
        raise RefusedError(f"{what} goes from 0 to {high:g} seconds; {text[:40]!r} does not fit.")
    return value
