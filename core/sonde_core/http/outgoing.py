"""A request as it is written → what goes out: URL, headers in wire order, body.

What a person wrote wins over every default, and nothing is added that is not named here.
"""

from __future__ import annotations

import base64
import mimetypes
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote_plus

from .. import __version__
from ..body import EMPTY, Body, Spool
from ..endpoint import Endpoint
from ..errors import EndpointSyntaxError, RequestError
from ..http_request import Auth, Field, HttpRequest, RequestBody, Upload
from ..model import Header
from ..outlets import files
from . import urls
from .decode import ACCEPTED
from .urls import Url

RawHeader: TypeAlias = tuple[bytes, bytes]

# A body is announced for these even when it is empty (RFC 9110, section 8.6).
_HAVE_BODIES: Final = frozenset({"POST", "PUT", "PATCH"})
# A method and a field name are tokens (RFC 9110, sections 5.1 and 9.1).
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110, section 5.5: these must not stand in a field value; h11 takes no other white space.
_FORBIDDEN: Final = re.compile(r"[\0\r\n\v\f]")
_TYPES: Final = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes out.

    Attributes:
        host: In ASCII, as it is looked up and named to the peer.
        headers: All of them, in wire order.
        body: With its Content-Type as `media_type`.
    """

    method: str
    url: Url
    host: str
    headers: tuple[Header, ...]
    body: Body

    @property
    def endpoint(self) -> Endpoint:
        """Where to connect."""
        named = self.url.endpoint
        return named if named.host == self.host else replace(named, host=self.host)

    def raw_headers(self) -> list[RawHeader]:
        """Return the headers as bytes; what is no UTF-8 goes out as it was read."""
        return [
            (name.encode("ascii"), value.encode("utf-8", "surrogateescape"))
            for name, value in self.headers
        ]


def prepare(request: HttpRequest) -> Outgoing:
    """Complete a request; reads the files that it names, so it may block.

    Raises:
        EndpointSyntaxError: The URL is none.
        RequestError: It cannot be sent as it is written.
        BodyError: There is no room for the body.
    """
    if not _TOKEN.fullmatch(request.method):
        raise RequestError(
            f"{request.method!r} is no HTTP method.", hint="A method is a word, such as GET."
        )
    url = urls.parse(urls.compose(request))
    host = ascii_host(url.endpoint.host)
    written = [_checked(row) for row in request.headers if row.on and (row.name or row.value)]
    body = _body(request.body)
    headers = _merge(_defaults(request, url, host, body), written)
    _check_length(headers, body)
    return Outgoing(request.method, url, host, headers, body)


def ascii_host(host: str) -> str:
    """Write a name beyond ASCII as the DNS carries it (RFC 5891)."""
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise EndpointSyntaxError(f"{host!r} cannot be a host name: {error}.") from error


def _checked(row: Field) -> Header:
    name, value = row.name.strip(), row.value.strip(" \t")
    if not _TOKEN.fullmatch(name):
        raise RequestError(
            f"{row.name!r} is no header name.", hint="A name has letters, digits and dashes."
        )
    hint = "A header is one line; to send a broken one, use a socket session."
    return name, _in_one_line(value, f"The header {name}", hint)


def _in_one_line(text: str, what: str, hint: str) -> str:
    """Return text that fits into a header; raises RequestError."""
    found = _FORBIDDEN.search(text)
    if found:
        raise RequestError(f"{what} holds the control character U+{ord(found[0]):04X}.", hint=hint)
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise RequestError(f"{what} holds text that cannot be sent.") from error
    return text


def _defaults(request: HttpRequest, url: Url, host: str, body: Body) -> list[Header]:
    """Return what is sent where no row of the same name is."""
    headers = [
        ("Host", urls.host_header(url.endpoint.scheme, host, url.endpoint.port)),
        ("User-Agent", f"sonde/{__version__}"),
        ("Accept", "*/*"),
        ("Accept-Encoding", ACCEPTED),
    ]
    credentials = _authorization(request.auth, url)
    if credentials:
        headers.append(("Authorization", credentials))
    if body.media_type:
        headers.append(("Content-Type", body.media_type))
    if body.size or request.method in _HAVE_BODIES or request.body.kind != "none":
        headers.append(("Content-Length", str(body.size)))
    return headers


def _authorization(auth: Auth, url: Url) -> str:
    if auth.kind == "bearer":
        return f"Bearer {_token(auth.secret.strip())}"
    if auth.kind == "basic":
        return basic(auth.user, auth.secret)
    return basic(url.user, url.secret) if url.user is not None else ""


def _token(text: str) -> str:
    if not text:
        raise RequestError(
            "The bearer token is empty.", hint="Write the token, or choose another kind of auth."
        )
    return _in_one_line(text, "The bearer token", "Paste it as one line.")


def basic(user: str, secret: str) -> str:
    """Write credentials (RFC 7617); raises RequestError for a user name with a colon."""
    if ":" in user:
        raise RequestError(
            f"The user name {user!r} holds a colon, which basic authentication cannot carry."
        )
    pair = f"{user}:{secret}".encode("utf-8", "surrogateescape")
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _merge(defaults: list[Header], written: list[Header]) -> tuple[Header, ...]:
    """Put Host first, then the defaults that no row replaces, then the rows."""
    named = {name.lower() for name, _ in written}
    if "transfer-encoding" in named:
        named.add("content-length")
    host = [header for header in written if header[0].lower() == "host"]
    others = [header for header in written if header[0].lower() != "host"]
    kept = [header for header in defaults if header[0].lower() not in named]
    return (*host, *kept, *others)


def _check_length(headers: Iterable[Header], body: Body) -> None:
    for name, value in headers:
        if name.lower() == "content-length" and value != str(body.size):
            raise RequestError(
                f"Content-Length says {value!r}, but the body has {body.size} bytes.",
                hint="Leave the header out, or send a broken request in a socket session.",
            )


# the body


def _body(body: RequestBody) -> Body:
    """Return the bytes to send, with their Content-Type."""
    media_type = body.media_type
    match body.kind:
        case "none":
            return EMPTY
        case "json" | "text":
            data = _encoded(body.text, body.kind)
            return Body.of(data, media_type=media_type or _TYPES[body.kind])
        case "form":
            return Body.of(_form(body.fields), media_type=media_type or _TYPES["form"])
        case "file":
            kind = media_type or _type_of(body.path)
            return _spooled(files.read_body(body.path)).described(media_type=kind)
        case "multipart":
            boundary = os.urandom(16).hex()
            parts = _multipart(body, boundary)
            kind = f"multipart/form-data; boundary={boundary}"
            return _spooled(parts).described(media_type=kind)
        case "bytes":
            if not body.data.kept:
                body.data.read()  # raises what there is to say
            return body.data.described(media_type=media_type or body.data.media_type)


def _encoded(text: str, kind: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise RequestError(
            f"Character U+{ord(text[error.start]):04X} in the {kind} body cannot be sent as UTF-8."
        ) from error


def _form(fields: Iterable[Field]) -> bytes:
    """Write a form (WHATWG URL, section 5.2)."""
    try:
        pairs = (
            f"{quote_plus(row.name, errors='surrogateescape')}"
            f"={quote_plus(row.value, errors='surrogateescape')}"
            for row in fields
            if row.on and (row.name or row.value)
        )
        return "&".join(pairs).encode("ascii")
    except UnicodeEncodeError as error:
        raise RequestError("The form holds text that cannot be sent.") from error


def _type_of(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _spooled(pieces: Iterable[bytes]) -> Body:
    spool = Spool()
    for piece in pieces:
        spool.write(piece)
    return spool.body()


def _multipart(body: RequestBody, boundary: str) -> Iterator[bytes]:
    """Write a form with files (RFC 7578)."""
    fresh = b"--%s\r\n" % boundary.encode("ascii")
    for row in body.fields:
        if row.on and (row.name or row.value):
            yield fresh + _disposition(row.name) + b"\r\n"
            yield _encoded(row.value, "multipart") + b"\r\n"
    for upload in body.uploads:
        yield fresh + _disposition(upload.name, upload) + b"\r\n"
        yield from files.read_body(upload.path)
        yield b"\r\n"
    yield b"--%s--\r\n" % boundary.encode("ascii")


def _disposition(name: str, upload: Upload | None = None) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if upload:
        kind = _type_of(upload.path)
        head += f'; filename="{_quoted(Path(upload.path).name)}"\r\nContent-Type: {kind}'
    return _encoded(head, "multipart") + b"\r\n"


def _quoted(text: str) -> str:
    """Escape a name as browsers do (WHATWG HTML, multipart/form-data)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
