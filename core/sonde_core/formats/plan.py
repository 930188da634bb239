"""What another HTTP client has to be told so that it sends what we do."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..body import EMPTY
from ..http.outgoing import Outgoing, prepare
from ..http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload
from ..model import Header
from ..secret_contents import mask_content
from ..secrets import MASK, mask_header, mask_url
from .contents import kind_of
from .masking import masked_auth, masked_fields
from .messages import whole

# A body above this is no part of a command or a script any more.
LARGEST: Final = 8 << 20

# What a client writes itself, since it depends on how it sends the body.
_FRAMING: Final = frozenset({"content-length"})
_ANNOUNCING: Final = _FRAMING | {"transfer-encoding"}
# What differs from client to client, and servers answer by.
_SIGNATURE: Final = frozenset({"user-agent", "accept-encoding"})
_DOT_SEGMENT: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """An HTTP request, completed as we send it, without what every client adds by itself.

    Attributes:
        url: Whole and in ASCII, without userinfo and fragment.
        target: Path and query, as the request line carries them.
        headers: What was sent of User-Agent and Accept-Encoding, the rows that are on, and a
            Content-Type where one is sent.
        auth: Basic credentials, where no header row replaces them.
        content: The bytes of the body; None where it is made of files or there is none.
        path: The file that is the body.
        fields: Of a multipart form, with `uploads`.
    """

    method: str
    url: str
    target: str
    headers: tuple[Header, ...]
    options: HttpOptions
    auth: Auth
    content: bytes | None = None
    path: str = ""
    fields: tuple[Field, ...] = ()
    uploads: tuple[Upload, ...] = ()

    @property
    def has_dot_segments(self) -> bool:
        """Whether the path holds what clients take out (RFC 3986, section 5.2.4)."""
        return _DOT_SEGMENT.search(self.target.partition("?")[0]) is not None

    @property
    def accepts(self) -> frozenset[str]:
        """The content codings that an answer may have."""
        values = (value for name, value in self.headers if _key(name) == "accept-encoding")
        words = {word.partition(";")[0].strip().lower() for word in ",".join(values).split(",")}
        return frozenset(words - {"", "identity"})

    def named(self, name: str) -> bool:
        """Whether a header of this name, in lower case, is given."""
        return any(header.lower() == name for header, _ in self.headers)


def plan(request: HttpRequest, *, sent: Sequence[Header] = (), reveal: bool = False) -> Plan:
    """Complete a request for another client; reads none of the files that it names.

    Args:
        request: As written.
        sent: The headers that went out for it, if it is known.
        reveal: Leave secrets as they are.

    Raises:
        EndpointSyntaxError: The URL is none.
        RequestError: It cannot be sent as it is written.
        BodyError: The bytes of the body are not kept, or too many to be written out.
    """
    rows = tuple(row for row in request.headers if _key(row.name) not in _FRAMING)
    outgoing = prepare(replace(request, headers=rows, body=_stand_in(request.body)))
    made = Plan(
        outgoing.method,
        _url(outgoing),
        outgoing.url.target,
        (*_signature(request, sent), *_headers(request, outgoing)),
        request.options,
        _basic(request, outgoing),
    )
    made = _with_body(made, request, outgoing)
    return made if reveal else _masked(made, request)


def media_type_of(path: str) -> str:
    """Return the Content-Type that a file is sent with."""
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _url(outgoing: Outgoing) -> str:
    """Write the URL with a host in ASCII, the % before a zone escaped (RFC 6874)."""
    host = outgoing.host.replace("%", "%25")
    return str(replace(outgoing.url, endpoint=replace(outgoing.endpoint, host=host)))


def _stand_in(body: RequestBody) -> RequestBody:
    """Return a body that is announced like this one and needs no file."""
    if body.kind == "file":
        return RequestBody("bytes", media_type=body.media_type or media_type_of(body.path))
    return RequestBody() if body.kind == "multipart" else body


def _signature(request: HttpRequest, sent: Iterable[Header]) -> Iterator[Header]:
    """Yield what told the server who asks, where no row says otherwise."""
    written = _written(request)
    return (header for header in sent if _key(header[0]) in _SIGNATURE - written)


def _written(request: HttpRequest) -> set[str]:
    return {_key(row.name) for row in request.headers if row.on} - _FRAMING


def _headers(request: HttpRequest, outgoing: Outgoing) -> Iterator[Header]:
    written = _written(request)
    for name, value in outgoing.headers:
        key = _key(name)
        bearer = key == "authorization" and request.auth.kind == "bearer"
        if key == "content-type" and request.body.kind == "multipart":
            continue  # its boundary is chosen by who sends it
        if key in written or key == "content-type" or bearer:
            yield name, value


def _basic(request: HttpRequest, outgoing: Outgoing) -> Auth:
    written = any(row.on and _key(row.name) == "authorization" for row in request.headers)
    if written or request.auth.kind == "bearer":
        return Auth()
    if request.auth.kind == "basic":
        return request.auth
    if outgoing.url.user is None:
        return Auth()
    return Auth("basic", outgoing.url.user, outgoing.url.secret)


def _with_body(made: Plan, request: HttpRequest, outgoing: Outgoing) -> Plan:
    body = request.body
    if body.kind == "file":
        return replace(made, path=body.path)
    if body.kind == "multipart":
        rows = tuple(row for row in body.fields if row.on and (row.name or row.value))
        return replace(made, fields=rows, uploads=body.uploads)
    announced = any(_key(name) in _ANNOUNCING for name, _ in outgoing.headers)
    if outgoing.body == EMPTY and not announced:
        return made
    return replace(made, content=whole(outgoing.body, limit=LARGEST))


def _masked(made: Plan, request: HttpRequest) -> Plan:
    content = made.content
    auth = masked_auth(made.auth)
    if request.auth.kind != "basic" and auth.user:  # in a URL the name alone may be a token
        auth = replace(auth, user=MASK)
    return replace(
        made,
        url=mask_url(made.url),
        target=mask_url(made.target),
        headers=tuple((name, mask_header(name, value)) for name, value in made.headers),
        auth=auth,
        content=None if content is None else mask_content(content, kind_of(request)),
        fields=masked_fields(made.fields),
    )


def _key(name: str) -> str:
    return name.strip().lower()
