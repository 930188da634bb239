"""One request on a connection of its own, through httpx: where the call meets the wire."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Final, Protocol
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from .body import Body
from .endpoint import DEFAULT_PORTS
from .errors import ConnectError, HttpError, PeerClosedError, RequestError, SondeError
from .model import EventKind, HttpOptions, HttpResponse, State
from .outgoing import Outgoing
from .secrets import mask_url
from .wire import Tap, Wire

# What httpcore raises when a peer or a proxy does not keep to the protocol.
FAULTS: Final = (httpcore.ProtocolError, httpcore.NetworkError, httpcore.ProxyError)
# So much of a redirect's own body is read, so that the peer is not reset while it sends.
_DRAINED: Final = 1 << 16
_SHORT: Final = re.compile(r"received (\d+) bytes, expected (\d+)")


class Owner(Tap, Protocol):
    """The call that a round trip belongs to."""

    proxy: str


class RoundTrip:
    """One request on a connection of its own."""

    def __init__(
        self,
        call: Owner,
        outgoing: Outgoing,
        options: HttpOptions,
        cookies: httpx.Cookies,
        *,
        first: bool,
    ) -> None:
        self.outgoing = outgoing
        self._call = call
        self._options = options
        self._cookies = cookies
        self._first = first
        self._wire: Wire | None = None
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._response: httpx.Response | None = None

    async def send(self) -> httpx.Response:
        """Connect and send; return when the answer's headers are there."""
        endpoint = self.outgoing.endpoint
        proxy = self._proxy()
        self._wire = Wire(
            self._call, self._options, secure_at_once=endpoint.scheme == "https" and proxy is None
        )
        self._pool = httpcore.AsyncConnectionPool(
            # Never used: `Stream.start_tls` has its own. Without one httpcore reads all of certifi.
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            proxy=proxy,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=self._wire,
        )
        transport = _Transport(self._pool, self.outgoing)
        request = self._request()
        self._response = await transport.handle_async_request(request)
        self._response.request = request
        return self._response

    def _request(self) -> httpx.Request:
        outgoing = self.outgoing
        request = httpx.Request(
            outgoing.method,
            _nominal(outgoing),
            headers=outgoing.raw_headers(),
            stream=_BodyStream(outgoing.body),
            extensions={"trace": self._trace},
        )
        if "cookie" not in request.headers and not self._first:
            self._cookies.set_cookie_header(request)
        return request

    def keep_cookies(self, response: httpx.Response) -> None:
        """Keep the cookies that a redirect sets, for the requests that follow it."""
        self._cookies.extract_cookies(response)

    async def _trace(self, name: str, info: dict[str, object]) -> None:
        if name == "http11.send_request_headers.started":
            self._call.enter(State.SENDING)
        elif name == "http11.send_request_body.complete":
            text = f"{self.outgoing.method} {self.outgoing.url.target} is sent"
            self._call.log(EventKind.REQUEST, text)
            self._call.enter(State.WAITING)

    def _proxy(self) -> httpcore.Proxy | None:
        """Return the proxy that the environment names for this URL, if it may be used."""
        endpoint = self.outgoing.endpoint
        if not self._options.use_proxy or proxy_bypass(endpoint.host):
            return None
        proxies = getproxies()
        found = proxies.get(endpoint.scheme) or proxies.get("all")
        if not found:
            return None
        shown = mask_url(found)
        try:
            url = httpx.URL(found if "://" in found else f"http://{found}")
        except httpx.InvalidURL as error:
            raise _bad_proxy(shown, str(error)) from error
        if url.scheme not in ("http", "https"):
            raise _bad_proxy(shown, f"{url.scheme} proxies are not supported")
        self._call.proxy = f"{url.scheme}://{url.netloc.decode('ascii')}"
        self._call.log(EventKind.PROXY, f"through {self._call.proxy}", proxy=self._call.proxy)
        auth = (url.username.encode(), url.password.encode()) if url.username else None
        return httpcore.Proxy(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
            auth=auth,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    @property
    def left_over(self) -> int:
        """Bytes that came after the answer."""
        return sum(stream.left_over for stream in self._wire.streams) if self._wire else 0

    def abort(self) -> None:
        """Drop the connection."""
        if self._wire is not None:
            self._wire.abort()

    async def close(self) -> None:
        """Close the connection, whatever its state."""
        with suppress(httpcore.ProtocolError, httpcore.NetworkError, SondeError):
            if self._response is not None:
                await self._response.aclose()
            if self._pool is not None:
                await self._pool.aclose()
        if self._wire is not None:
            for stream in self._wire.streams:
                await stream.aclose()


class _Transport(httpx.AsyncBaseTransport):
    """httpx over a pool of ours, with the target as it was written: httpx would rewrite it."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, outgoing: Outgoing) -> None:
        self._pool = pool
        endpoint = outgoing.endpoint
        self._url = httpcore.URL(
            scheme=endpoint.scheme.encode("ascii"),
            host=endpoint.host.encode("ascii"),
            port=None if endpoint.port == DEFAULT_PORTS[endpoint.scheme] else endpoint.port,
            target=outgoing.url.target.encode("ascii"),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method.encode("ascii"),
                self._url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_AnswerStream(response),
            extensions=response.extensions,
        )


class _BodyStream(httpx.AsyncByteStream):
    """A body to send, read in slices."""

    def __init__(self, body: Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._body.slices():
            yield piece


class _AnswerStream(httpx.AsyncByteStream):
    """The raw body of an answer."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


def _nominal(outgoing: Outgoing) -> httpx.URL:
    """Return the URL as httpx sees it; it is used for cookies only."""
    try:
        return httpx.URL(str(outgoing.url))
    except httpx.InvalidURL:
        return httpx.URL(scheme=outgoing.endpoint.scheme, host="invalid.invalid")


async def pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield a body as it comes over the wire, without its transfer coding only."""
    async for data in response.aiter_raw():
        yield data


async def drain(response: httpx.Response) -> None:
    """Read a little of a body nobody wants."""
    size = 0
    with suppress(*FAULTS, SondeError):
        async with aclosing(pieces(response)) as parts:
            async for data in parts:
                size += len(data)
                if size > _DRAINED:
                    break


def head_of(response: httpx.Response, url: str) -> HttpResponse:
    """Return status and headers of an answer, without its body."""
    return HttpResponse(
        response.status_code,
        _text(response.extensions.get("reason_phrase", b"")),
        _text(response.extensions.get("http_version", b"HTTP/1.1")),
        tuple((_text(name), _text(value)) for name, value in response.headers.raw),
        url=url,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bad_proxy(shown: str, why: str) -> RequestError:
    return RequestError(
        f"The proxy {shown!r} from the environment cannot be used: {why}.",
        hint="Change the variable, or switch the proxy off in the options.",
        phase="request",
    )


def explained(error: Exception, *, peer: str, proxy: str, heard: int) -> SondeError:
    """Say in our words what httpcore and h11 found wrong.

    Args:
        error: One of `FAULTS`.
        peer: Its address.
        proxy: The proxy that was used, if any.
        heard: Bytes that the peer sent on this connection.
    """
    text = str(error)
    peer = peer or "the peer"
    if isinstance(error, httpcore.LocalProtocolError):
        return RequestError(
            f"The request cannot be sent as HTTP: {text}.",
            hint="To send it all the same, use the Socket tab.",
            phase="request",
        )
    if isinstance(error, httpcore.ProxyError):
        hint = "Check the proxy and its credentials, or switch the proxy off."
        return ConnectError(f"The proxy {proxy} refused: {text}.", hint=hint)
    if isinstance(error, httpcore.NetworkError):
        return PeerClosedError(f"The connection to {peer} broke: {text}.")
    return _broken(text, peer, heard)


def _broken(text: str, peer: str, heard: int) -> SondeError:
    if "without sending a response" in text:
        if heard:
            return HttpError(f"What {peer} sent is no HTTP: {heard} bytes, and then its end.")
        return PeerClosedError(f"{peer} closed the connection without an answer.")
    if short := _SHORT.search(text):
        return HttpError(f"The answer broke off: {short[1]} of {short[2]} bytes of its body came.")
    if "incomplete chunked read" in text:
        return HttpError("The answer broke off in the middle of a chunked body.")
    if "too long" in text.lower():
        return HttpError(f"{peer} sent headers that are too long.")
    what = text.partition(":")[0].strip().lower() or "malformed"
    return HttpError(f"What {peer} sent is no HTTP: {what}.")
