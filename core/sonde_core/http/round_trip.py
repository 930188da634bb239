"""One request on a connection of its own: httpx's request and response over a transport of ours.

httpx's own transport brings a pool, which can hand a request another one's answer, drops what it
cannot read, and takes a fifth of a second command's time to load. This one records every byte.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from functools import cache
from typing import Final, Protocol

import httpx

from ..body import EMPTY, Body
from ..endpoint import DEFAULT_PORTS, Endpoint, join_host
from ..errors import ConnectError, RequestError, SondeError
from ..http_request import HttpOptions
from ..model import EventKind, Header, HttpResponse, State
from ..secrets import mask_url
from ..settings import Limits
from . import proxies
from .cookies import Cookies
from .http1 import Http1, text_of
from .outgoing import Outgoing, RawHeader, basic
from .wire import Stream, Tap

# So much of a redirect's own body is read, so that the peer is not reset while it sends.
_DRAINED: Final = 1 << 16


class Owner(Tap, Protocol):
    """The call that a round trip belongs to."""

    limits: Limits
    proxy: str


class RoundTrip:
    """Sends one request and has its answer."""

    def __init__(
        self,
        call: Owner,
        outgoing: Outgoing,
        options: HttpOptions,
        cookies: Cookies,
        *,
        first: bool,
    ) -> None:
        self.outgoing = outgoing
        self._cookies = cookies
        self._first = first
        self._transport = RecordingTransport(call, outgoing, options)

    async def send(self) -> httpx.Response:
        """Connect and send; return when the answer's headers are there.

        Raises:
            SondeError: There is no answer.
        """
        headers = self.outgoing.raw_headers()
        request = httpx.Request(
            self.outgoing.method,
            _nowhere(),
            headers=headers if self._first else self._cookies.put(headers, self.outgoing),
            stream=_Upload(self.outgoing.body),
        )
        return await self._transport.handle_async_request(request)

    def keep_cookies(self, response: httpx.Response) -> None:
        """Keep the cookies that a redirect sets, for the requests that follow it."""
        self._cookies.keep(self.outgoing, response.headers.raw)

    @property
    def trailers(self) -> tuple[Header, ...]:
        """Fields after the body, once it is read."""
        return self._transport.http.trailers if self._transport.http else ()

    @property
    def left_over(self) -> int:
        """Bytes that came after the answer."""
        return self._transport.http.left_over if self._transport.http else 0

    def abort(self) -> None:
        """Drop the connection."""
        self._transport.stream.abort()

    def close(self) -> None:
        """Close the connection, whatever its state."""
        self._transport.stream.close()


class RecordingTransport(httpx.AsyncBaseTransport):
    """Carries one request; the target goes out as it was written, which httpx would rewrite.

    Attributes:
        stream: The connection.
        http: What speaks HTTP on it; None until it is open.
    """

    def __init__(self, call: Owner, outgoing: Outgoing, options: HttpOptions) -> None:
        self.stream = Stream(call, options)
        self.http: Http1 | None = None
        self._call = call
        self._outgoing = outgoing
        self._options = options

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Connect, send, and return the head with a body to be read; raises SondeError."""
        target = self._outgoing.url.target.encode("ascii")
        headers = list(request.headers.raw)
        proxy = self._proxy()
        if proxy is None:
            await self._connect(self._outgoing.endpoint)
        elif self._outgoing.endpoint.scheme == "http":
            await self.stream.open(proxy.endpoint)
            target = str(_nominal_origin(self._outgoing.endpoint)).encode("ascii") + target
            headers += proxy.headers
        else:
            await self._tunnel(proxy)
        http = self.http = self._speak()
        self._call.enter(State.SENDING)
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - httpx's contract
        await http.send(request.method, target, headers, request.stream)
        sent = f"{request.method} {self._outgoing.url.target} is sent"
        self._call.log(EventKind.REQUEST, sent)
        self._call.enter(State.WAITING)
        head = await http.head()
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Download(http),
            extensions={
                "http_version": b"HTTP/" + head.http_version,
                "reason_phrase": head.reason,
            },
        )

    def _speak(self) -> Http1:
        return Http1(self.stream, headers=self._call.limits.headers)

    async def _connect(self, endpoint: Endpoint) -> None:
        await self.stream.open(endpoint)
        if endpoint.scheme == "https":
            await self.stream.secure(endpoint.host)

    async def _tunnel(self, proxy: _Proxy) -> None:
        """Ask the proxy for a tunnel (RFC 9110, section 9.3.6), and put TLS into it."""
        endpoint = self._outgoing.endpoint
        await self.stream.open(proxy.endpoint)
        self._call.enter(State.PROXY)
        where = join_host(endpoint.host, endpoint.port).encode("ascii")
        tunnel = self._speak()
        await tunnel.send("CONNECT", where, [(b"Host", where), *proxy.headers], _Upload(EMPTY))
        head = await tunnel.head()
        if not 200 <= head.status_code < 300:
            said = f"{head.status_code} {text_of(head.reason)}".rstrip()
            raise ConnectError(
                f"The proxy {self._call.proxy} refused: {said}.",
                hint="Check it and its credentials, or leave it out: NO_PROXY, or the options.",
                phase="connect",
            )
        await self.stream.secure(endpoint.host)

    def _proxy(self) -> _Proxy | None:
        """Return the proxy that the environment names for this URL, if it may be used."""
        endpoint = self._outgoing.endpoint
        if not self._options.use_proxy:
            return None
        found = proxies.proxy_for(endpoint.scheme, endpoint.host)
        if not found:
            return None
        proxy = _Proxy(found)
        self._call.proxy = str(proxy.endpoint)
        self._call.log(EventKind.PROXY, f"through {self._call.proxy}", proxy=self._call.proxy)
        return proxy


class _Proxy:
    """A proxy as a variable names it.

    Attributes:
        headers: What tells it who we are.
    """

    def __init__(self, text: str) -> None:
        shown = mask_url(text)
        try:
            url = httpx.URL(text if "://" in text else f"http://{text}")
        except httpx.InvalidURL as error:
            raise _bad_proxy(shown, str(error)) from error
        if url.scheme != "http" or not url.host:
            raise _bad_proxy(shown, f"{url.scheme} proxies are not supported")
        self.endpoint = Endpoint("http", url.host, url.port or DEFAULT_PORTS["http"])
        self.headers: list[RawHeader] = []
        if url.username or url.password:
            credentials = basic(url.username, url.password).encode("ascii")
            self.headers.append((b"Proxy-Authorization", credentials))


def _bad_proxy(shown: str, why: str) -> RequestError:
    return RequestError(
        f"The proxy {shown!r} from the environment cannot be used: {why}.",
        hint="Change the variable, or leave the proxy out: NO_PROXY, or the options.",
        phase="request",
    )


class _Upload(httpx.AsyncByteStream):
    """A body to send, read in slices."""

    def __init__(self, body: Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._body.slices():
            yield piece


class _Download(httpx.AsyncByteStream):
    """The raw body of an answer."""

    def __init__(self, http: Http1) -> None:
        self._http = http

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._http.body():
            yield piece


@cache
def _nowhere() -> httpx.URL:
    """Return what stands in httpx's request: where it goes is known to its transport."""
    return httpx.URL("http://nowhere.invalid")


def _nominal_origin(endpoint: Endpoint) -> Endpoint:
    return Endpoint(endpoint.scheme, endpoint.host, endpoint.port)


async def pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield a body as it comes over the wire, without its transfer coding only."""
    async for data in response.aiter_raw():
        yield data


async def drain(response: httpx.Response) -> None:
    """Read a little of a body nobody wants."""
    size = 0
    with suppress(SondeError):
        async with aclosing(pieces(response)) as parts:
            async for data in parts:
                size += len(data)
                if size > _DRAINED:
                    break


def head_of(response: httpx.Response, url: str) -> HttpResponse:
    """Return status and headers of an answer, without its body."""
    return HttpResponse(
        response.status_code,
        text_of(response.extensions["reason_phrase"]),
        text_of(response.extensions["http_version"]),
        tuple((text_of(name), text_of(value)) for name, value in response.headers.raw),
        url=url,
    )
