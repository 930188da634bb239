"""Cookies that redirects set, for the requests that follow them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, cast
from urllib.request import Request

from ..endpoint import join_host

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from .outgoing import Outgoing, RawHeader

_COOKIE = b"cookie"
# Each byte is a character: what a server writes in whatever charset goes back as it came.
_CHARSET = "latin-1"


class Cookies:
    """What the servers of one origin asked to be told again."""

    def __init__(self) -> None:
        self._jar = CookieJar()

    def keep(self, asked: Outgoing, headers: Iterable[RawHeader]) -> None:
        """Keep what the answer to a request sets."""
        lines = [value.decode(_CHARSET) for name, value in headers if name.lower() == b"set-cookie"]
        with suppress(ValueError):  # an address that the library does not read
            self._jar.extract_cookies(cast("HTTPResponse", _Answer(lines)), _request(asked))

    def put(self, headers: Sequence[RawHeader], asking: Outgoing) -> list[RawHeader]:
        """Return the headers of a request with what belongs to it, behind what was typed."""
        carried = self._for(asking)
        found = list(headers)
        if not carried:
            return found
        for number, (name, typed) in enumerate(found):
            if name.lower() == _COOKIE:
                found[number] = name, typed + b"; " + carried
                return found
        return [*found, (b"Cookie", carried)]

    def _for(self, asking: Outgoing) -> bytes:
        request = _request(asking)
        with suppress(ValueError):
            self._jar.add_cookie_header(request)
        return request.get_header("Cookie", "").encode(_CHARSET)


class _Answer:
    """An answer as far as the library looks at one."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def info(self) -> _Answer:
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._lines if name == "Set-Cookie" else default


def _request(outgoing: Outgoing) -> Request:
    where = outgoing.endpoint
    address = f"{where.scheme}://{join_host(where.host, where.port)}{outgoing.url.target}"
    return Request(address)  # noqa: S310 - nothing is opened
