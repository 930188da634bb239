"""URLs as people type them: checked, completed with params, and turned into what is sent.

What was typed is kept: dot segments, escapes and the order of the query go out as they are. Only
what cannot stand in a request line (blanks, controls, other than ASCII) is percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import quote_plus, unquote, urljoin

from .. import endpoint as endpoints
from ..endpoint import DEFAULT_PORTS, HTTP_SCHEMES, Endpoint, join_host
from ..errors import EndpointSyntaxError, RequestError
from ..http_request import Field, HttpRequest
from ..quoting import brief

Origin: TypeAlias = tuple[str, str, int]

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
_PORT_FIRST: Final = re.compile(r"[0-9]+(?:[/?#]|$)")
_AUTHORITY_END: Final = re.compile(r"[/?#]")
# RFC 9112, section 3.2: a target holds visible ASCII only.
_UNSENDABLE: Final = re.compile(rb"[^\x21-\x7e]")
_HINT: Final = "Write it like https://example.org/path?name=value."


@dataclass(frozen=True, slots=True)
class Url:
    """An HTTP URL, ready to be asked for.

    Attributes:
        endpoint: Scheme, host as typed and port, without a path.
        target: Path and query as the request line carries them (RFC 9112, section 3.2.1).
        user: From the part before `@`; None where there is none.
        secret: The password beside it.
    """

    endpoint: Endpoint
    target: str
    user: str | None = None
    secret: str = ""

    @property
    def origin(self) -> Origin:
        """Scheme, host and port: whom credentials are meant for (RFC 9110, section 4.3.1)."""
        return self.endpoint.scheme, self.endpoint.host.lower().rstrip("."), self.endpoint.port

    def __str__(self) -> str:
        """The URL without credentials and fragment."""
        return f"{self.endpoint}{self.target}"


@lru_cache(maxsize=4)  # what is sent is checked, completed and sent
def parse(text: str) -> Url:
    """Read a URL; without a scheme it is http://.

    Raises:
        EndpointSyntaxError: It is none.
        RequestError: It holds characters that cannot be sent.
    """
    scheme, rest = _split_scheme(text.strip())
    rest = rest.partition("#")[0]
    end = _AUTHORITY_END.search(rest)
    authority, path = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    userinfo, at, address = authority.rpartition("@")
    if not address:
        raise EndpointSyntaxError(f"{_shown(text)!r} names no host.", hint=_HINT)
    found = endpoints.parse(f"{scheme}://{address.replace('%25', '%')}")
    user, _, secret = userinfo.partition(":")
    return Url(found, _target(path), unquote(user) if at else None, unquote(secret))


def check(url: str) -> str:
    """Return a URL with its scheme, or raise what is wrong with it; see `parse`."""
    parse(url)
    scheme, rest = _split_scheme(url.strip())
    return f"{scheme}://{rest}"


def compose(request: HttpRequest) -> str:
    """Return the whole URL of a request, with the params that are on; raises like `parse`."""
    return with_params(check(request.url), request.params)


def with_params(url: str, params: Iterable[Field]) -> str:
    """Append the rows that are on to a URL's query, which is kept as it is."""
    pairs = [_pair(row) for row in params if row.on and (row.name or row.value)]
    if not pairs:
        return url
    head, mark, fragment = url.partition("#")
    if "?" not in head:
        head += "?"
    elif not head.endswith(("?", "&")):
        head += "&"
    return head + "&".join(pairs) + mark + fragment


def follow(base: Url, location: str) -> Url | None:
    """Resolve a Location against the URL it came from (RFC 9110, section 10.2.2).

    None where that gives no HTTP URL: it is damaged, or of another kind.
    """
    location = location.strip()
    named = _SCHEME.match(location)
    if named and named[1].lower() not in HTTP_SCHEMES:
        return None
    try:
        return parse(location if named else urljoin(str(base), location))
    except (ValueError, EndpointSyntaxError, RequestError):
        return None


def host_header(scheme: str, host: str, port: int) -> str:
    """Write what the Host header carries (RFC 9110, section 7.2): no default port, no zone."""
    host = host.partition("%")[0]
    if port == DEFAULT_PORTS[scheme]:
        return f"[{host}]" if ":" in host else host
    return join_host(host, port)


def _split_scheme(text: str) -> tuple[str, str]:
    """Return the scheme and what follows `//`."""
    if not text:
        raise EndpointSyntaxError("The URL is empty.", hint=_HINT)
    match = _SCHEME.match(text)
    if match is None or (not match[2] and _PORT_FIRST.match(text, match.end())):
        return "http", text.removeprefix("//")
    scheme = match[1].lower()
    if scheme not in HTTP_SCHEMES:
        known = scheme in endpoints.SESSION_SCHEMES
        raise EndpointSyntaxError(
            f"{match[1]!r} is no scheme for an HTTP request, in {_shown(text)!r}.",
            hint="Open it as a socket session." if known else "Write http:// or https://.",
        )
    if not match[2]:
        raise EndpointSyntaxError(f"{_shown(text)!r} lacks // after {scheme}:.", hint=_HINT)
    return scheme, text[match.end() :]


def _target(path: str) -> str:
    if not path.startswith("/"):
        path = "/" + path
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise RequestError(
            f"Character U+{ord(path[error.start]):04X} in the URL cannot be sent.",
            hint="Remove it, or write it percent-encoded.",
        ) from error
    return _UNSENDABLE.sub(lambda found: b"%%%02X" % found[0][0], data).decode("ascii")


def _pair(row: Field) -> str:
    try:
        name, value = (
            quote_plus(text, encoding="utf-8", errors="surrogateescape")
            for text in (row.name, row.value)
        )
    except UnicodeEncodeError as error:
        raise RequestError(f"The param {row.name!r} holds text that cannot be sent.") from error
    return f"{name}={value}"


def _shown(text: str) -> str:
    """Shorten a URL for a sentence, without its password."""
    text = re.sub(r"(?<=://)[^\s/?#]*@", "", text)
    return brief(text, 80)
