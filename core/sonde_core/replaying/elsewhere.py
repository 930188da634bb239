"""A request that is to go to another server: scheme, host and port of a base, its path in front.

What proves who somebody is stays at home: credentials, cookies and tokens in headers and in the
URL go to another origin only where a person says so. Bodies, and bytes of sessions, go as they
are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from ..endpoint import Endpoint, parse
from ..errors import RequestError
from ..http import urls
from ..http_request import Auth, Field, HttpRequest
from ..secrets import is_secret_header, mask_url
from ..session_request import SessionOptions

T = TypeVar("T")

_ADDRESS: Final = re.compile(r"^\s*(?:[A-Za-z]+://)?(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_WEB_SOCKET: Final = {"http": "ws", "https": "wss"}
_HOST: Final = "host"


@dataclass(frozen=True, slots=True)
class Base:
    """Another server.

    Attributes:
        endpoint: Without a path.
        prefix: What stands before each path, without a slash at its end.
        userinfo: Credentials for it with their `@`, as a person wrote them; mostly empty.
    """

    endpoint: Endpoint
    prefix: str = ""
    userinfo: str = ""

    def url(self, scheme: str, rest: str) -> str:
        """Return the address of what had this path and query elsewhere."""
        if rest and not rest.startswith("/"):
            rest = f"/{rest}"
        at = f"{scheme}://{self.userinfo}{self.endpoint.address}"
        return f"{at}{self.prefix}{rest}" if rest or self.prefix else at


def read_base(text: str) -> Base:
    """Read a base address.

    Raises:
        EndpointSyntaxError: It is none.
        RequestError: It has a query, which belongs to requests.
    """
    endpoint = parse(text)
    if not (endpoint.is_http or endpoint.is_web_socket):
        return Base(endpoint)
    if "?" in endpoint.path or "#" in endpoint.path:
        raise RequestError(
            f"{mask_url(text)} has a query, and requests bring their own.",
            hint="Write scheme, host, port, and a path that stands before theirs.",
        )
    found = _ADDRESS.match(text)
    authority = found["authority"] if found else ""
    userinfo, at, _ = authority.rpartition("@")
    return Base(replace(endpoint, path=""), endpoint.path.rstrip("/"), userinfo + at)


def move_request(
    request: HttpRequest, base: Base, *, credentials: bool = False
) -> tuple[HttpRequest, tuple[str, ...]]:
    """Return a request for another server, and the names of what was withheld from it.

    Raises:
        RequestError: The base is no HTTP server.
        EndpointSyntaxError: The request's own URL is none.
    """
    if not base.endpoint.is_http:
        raise RequestError(
            f"{base.endpoint} is no HTTP endpoint, and this is an HTTP request.",
            hint="Write http://host:port, or open the request as a raw session.",
        )
    before = urls.parse(request.url)
    url = base.url(base.endpoint.scheme, _rest(request.url))
    moved = replace(request, url=url, headers=tuple(_own_host(request.headers, before)))
    if credentials or urls.parse(url).origin == before.origin:
        return moved, ()
    return _without_credentials(moved, had_userinfo=before.user is not None)


def move_session(
    address: str, options: SessionOptions, base: Base, *, credentials: bool = False
) -> tuple[str, SessionOptions, tuple[str, ...]]:
    """Return where a session is to go, its options there, and what was withheld.

    Raises:
        RequestError: The base is an HTTP server, and this is no WebSocket.
    """
    before = parse(address)
    if base.endpoint.is_http:
        if not before.is_web_socket:
            raise RequestError(
                f"{base.endpoint} is an HTTP server, and this session was with {before}.",
                hint="Write tcp://host:port, or the scheme that it has.",
            )
        there = base.url(_WEB_SOCKET[base.endpoint.scheme], before.path)
    elif base.endpoint.is_web_socket and before.is_web_socket and not base.prefix:
        there = base.url(base.endpoint.scheme, before.path)
    else:
        there = base.url(base.endpoint.scheme, "") if base.prefix else str(base.endpoint)
    now = parse(there)
    same = (now.scheme, now.host, now.port) == (before.scheme, before.host, before.port)
    kept = tuple(each for each in options.headers if not is_secret_header(each[0]))
    if credentials or same or kept == options.headers:
        return there, options, ()
    names = _names(name for name, _ in options.headers if is_secret_header(name))
    return there, replace(options, headers=kept), names


def _rest(url: str) -> str:
    found = _ADDRESS.match(url)
    return found["rest"] if found else ""


def _own_host(rows: Iterable[Field], before: urls.Url) -> Iterator[Field]:
    """Leave out a Host that only said where the request went; another one was meant."""
    endpoint = before.endpoint
    usual = urls.host_header(endpoint.scheme, endpoint.host, endpoint.port).lower()
    for row in rows:
        if row.name.strip().lower() != _HOST or row.value.strip().lower() != usual:
            yield row


def _without_credentials(
    request: HttpRequest, *, had_userinfo: bool
) -> tuple[HttpRequest, tuple[str, ...]]:
    withheld = [row.name.strip() for row in request.headers if row.on and _is_secret(row)]
    if request.auth.kind != "none" or had_userinfo:
        withheld.append("Authorization")
    url, names = _clean_query(request.url)
    params = tuple(row for row in request.params if not _is_token(row.name, row.value))
    names += [row.name for row in request.params if row not in params and row.on]
    request = replace(
        request,
        url=url,
        headers=tuple(row for row in request.headers if not _is_secret(row)),
        params=params,
        auth=Auth(),
    )
    return request, _names((*withheld, *names))


def _is_secret(row: Field) -> bool:
    return is_secret_header(row.name.strip())


def _clean_query(url: str) -> tuple[str, list[str]]:
    head, mark, query = url.partition("?")
    if not mark:
        return url, []
    query, sign, fragment = query.partition("#")
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _is_token(*_halves(pair))]
    names = [_halves(pair)[0] for pair in pairs if pair not in kept]
    mark = mark if kept else ""
    return f"{head}{mark}{'&'.join(kept)}{sign}{fragment}", names


def _halves(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name, value


def _is_token(name: str, value: str) -> bool:
    text = f"http://h/?{name}={value}"
    return mask_url(text) != text


def _names(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
