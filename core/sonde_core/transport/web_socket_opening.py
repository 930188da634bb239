"""The opening handshake of WebSocket on a link, as the client and as the server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import h11

from ..endpoint import Endpoint
from ..errors import DeadlineError, PeerClosedError, RequestError, SondeError, WebSocketError
from ..model import EventKind
from ..quoting import quoted
from ..secrets import mask_url
from ..session_request import SessionOptions
from .base import Link, Log
from .edge import explain
from .web_socket import MessageOwner, WebSocketLink
from .web_socket_handshake import (
    VERSION,
    Asked,
    Headers,
    Settled,
    ask,
    check_answer,
    fault_of,
    grant,
    value_of,
)

HEAD: Final = 1 << 16  # bytes of a handshake's headers
BODY: Final = 4096  # bytes of a refusal's body that are looked at
PATIENCE: Final = 2.0  # seconds for that body
HANDSHAKE: Final = 10.0  # seconds that a client has
_SWITCHING: Final = 101
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HTTP: Final = b"HTTP/"
_FIRST: Final = 40  # bytes of what is no HTTP that are told
_INTERIM: Final = 20


async def open_web_socket(
    link: Link,
    owner: MessageOwner,
    log: Log,
    *,
    address: str,
    endpoint: Endpoint,
    options: SessionOptions,
    early: Early | None = None,
) -> WebSocketLink:
    """Make a link speak WebSocket, as the client.

    Args:
        link: Open and paused, with TLS for wss; it is aborted when the handshake fails.
        owner: Hears the messages.
        log: Takes REQUEST and RESPONSE, with lines and headers as facts.
        address: As typed: its userinfo is sent as Basic authentication (RFC 7617).
        endpoint: The same, parsed.
        options: `connect_timeout` limits the handshake.
        early: Who owned the link before, and may have heard something.

    Raises:
        SondeError: It failed.
    """
    exchange = _Exchange(link, h11.CLIENT, early)
    where = endpoint.address
    try:
        asked = ask(address, endpoint, options)
        async with asyncio.timeout(options.connect_timeout):
            exchange.send(_request(asked), h11.EndOfMessage())
            line = mask_url(f"GET {asked.target} HTTP/1.1")
            log(EventKind.REQUEST, line, target=asked.target, headers=_text(asked.headers))
            settled = await _answered(exchange, asked, options, log, where)
    except BaseException as error:
        link.abort()
        if isinstance(error, TimeoutError):
            raise DeadlineError(
                f"No answer from {where} to the WebSocket handshake"
                f" within {options.connect_timeout:g} s.",
                hint="It may not speak WebSocket: try http:// or tcp://.",
                phase="connect",
            ) from error
        if isinstance(error, OSError):
            raise explain(error, where, "wait") from error
        raise
    return exchange.upgraded(owner, log, settled, server_side=False)


async def serve_web_socket(
    link: Link,
    owner: MessageOwner,
    log: Log,
    *,
    subprotocols: Sequence[str],
    compression: bool,
    early: Early | None = None,
) -> WebSocketLink:
    """Make a link speak WebSocket, as the server.

    A client that asks for anything else gets its status and a sentence.

    Raises:
        SondeError: The client did not ask for it, or not in time.
    """
    exchange = _Exchange(link, h11.SERVER, early)
    try:
        async with asyncio.timeout(HANDSHAKE):
            return await _served(exchange, owner, log, subprotocols, compression=compression)
    except TimeoutError as error:
        text = f"No WebSocket handshake came from {link.peer} within {HANDSHAKE:g} s."
        raise DeadlineError(text, phase="connect") from error
    except h11.RemoteProtocolError as error:
        await exchange.refuse(log, 400, "This is no HTTP request.")
        text = f"What {link.peer} sent opens no WebSocket: {_plain(error)}."
        raise WebSocketError(text, phase="connect") from error
    except OSError as error:
        raise explain(error, link.peer, "wait") from error


async def _served(
    exchange: _Exchange,
    owner: MessageOwner,
    log: Log,
    subprotocols: Sequence[str],
    *,
    compression: bool,
) -> WebSocketLink:
    request, peer = await exchange.event(), exchange.peer
    if not isinstance(request, h11.Request):
        raise PeerClosedError(f"{peer} ended without asking for WebSocket.", phase="connect")
    headers = _headers(request)
    method, target, version = (
        part.decode("latin-1") for part in (request.method, request.target, request.http_version)
    )
    line = mask_url(f"{method} {target} HTTP/{version}")
    log(EventKind.REQUEST, line, target=target, headers=_text(headers))
    if fault := fault_of(method, headers):
        await exchange.refuse(log, *fault)
        text = f"{peer} asked for no WebSocket ({line}) and got {fault[0]}."
        raise WebSocketError(text, hint="Open ws:// with a WebSocket client.", phase="connect")
    while not isinstance(await exchange.event(), h11.EndOfMessage):
        pass  # a body that nobody asked for
    answer, settled = grant(headers, subprotocols, compression=compression)
    exchange.send(
        h11.InformationalResponse(
            status_code=_SWITCHING, headers=_raw(answer), reason=b"Switching Protocols"
        )
    )
    _log_answer(log, "101 Switching Protocols", 101, answer, settled)
    return exchange.upgraded(owner, log, settled, server_side=True)


def _log_answer(
    log: Log,
    said: str,
    status: int,
    headers: Headers,
    settled: Settled | None = None,
    body: str = "",
) -> None:
    facts = {"status": str(status), "headers": _text(headers)}
    facts |= {"body": body} if body else {}
    facts |= settled.facts if settled else {}
    words = (f"HTTP/1.1 {said}", *(settled.facts.values() if settled else ()))
    log(EventKind.RESPONSE, " · ".join(words), **facts)


async def _answered(
    exchange: _Exchange, asked: Asked, options: SessionOptions, log: Log, where: str
) -> Settled:
    """Read the answer to our handshake; raises what is wrong with it."""
    try:
        answer = await exchange.event()
        for _ in range(_INTERIM):
            if not isinstance(answer, h11.InformationalResponse):
                break
            if answer.status_code == _SWITCHING:
                break
            answer = await exchange.event()
    except h11.RemoteProtocolError as error:
        raise _no_http(error, where, exchange.heard) from error
    if not isinstance(answer, (h11.Response, h11.InformationalResponse)):
        raise _no_http(None, where, exchange.heard)
    headers = _headers(answer)
    status, reason = answer.status_code, answer.reason.decode("utf-8", "surrogateescape")
    said = f"{status} {reason}".rstrip()
    if status == _SWITCHING:
        try:
            settled = check_answer(asked, headers, options)
        except WebSocketError:
            _log_answer(log, said, status, headers)
            raise
        _log_answer(log, said, status, headers, settled)
        return settled
    _log_answer(log, said, status, headers, body=await exchange.body())
    raise _refused(said, status, value_of(headers, "Location"), where)


def _refused(said: str, status: int, location: str, where: str) -> WebSocketError:
    if status in _REDIRECTS and location:
        return WebSocketError(
            f"{where} redirects to {mask_url(location)} ({said}), which was not followed.",
            hint="Open that address, with ws:// for http:// and wss:// for https://.",
            phase="connect",
        )
    hint = "The answer's headers and the start of its body are in the session's events."
    if status in (401, 403, 407):
        hint = "It wants to know who you are: put a header or user:password@ into the session."
    elif status == 404:
        hint = "Check the path."
    elif 200 <= status < 300:
        hint = "It answers plain HTTP there: check the path, or open it with http://."
    return WebSocketError(f"{where} refused WebSocket: {said}.", hint=hint, phase="connect")


def _no_http(error: Exception | None, where: str, heard: bytes) -> SondeError:
    if not heard:
        text = f"{where} closed the connection without an answer to the WebSocket handshake."
        return PeerClosedError(text, hint="It may want TLS: try wss://.", phase="connect")
    what = f": {_plain(error)}" if error else ""
    if not heard.startswith(_HTTP):
        what = f"; it begins with {quoted(heard.decode('utf-8', 'replace'))}"
    text = f"What {where} answered to the WebSocket handshake is no HTTP{what}."
    return WebSocketError(text, hint="Try tcp:// to see what it says.", phase="connect")


def _plain(error: Exception) -> str:
    """Say what h11 found wrong without the bytes that it quotes."""
    text = str(error)
    if "too long" in text.lower():
        return "its headers are too long"
    if "closed" in text or "disconnected" in text:
        return "it ended before its headers did"
    return text.partition(":")[0].partition("bytearray")[0].partition("b'")[0].strip().lower()


def _request(asked: Asked) -> h11.Request:
    try:
        return h11.Request(method="GET", target=asked.target, headers=_raw(asked.headers))
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        raise RequestError(
            f"The WebSocket handshake cannot be sent: {_plain(error)}.",
            hint="Check the headers in the session's options.",
            phase="request",
        ) from error


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [
        (name.strip().encode("ascii"), value.strip().encode("utf-8", "surrogateescape"))
        for name, value in headers
    ]


def _headers(head: h11.Request | h11.Response | h11.InformationalResponse) -> Headers:
    pairs = head.headers.raw_items()
    return tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in pairs
    )


def _text(headers: Headers) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _may_be_http(data: bytes) -> bool:
    return data[: len(_HTTP)] == _HTTP[: len(data)]


class Early:
    """The owner of a link under the handshake, TLS that is: keeps what comes before that begins."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False

    def on_data(self, data: bytes) -> None:
        self.data += data

    def on_end(self) -> None:
        self.ended = True

    def on_lost(self, error: BaseException | None) -> None:
        self.ended = True

    def on_advice(self, error: OSError) -> None:
        """Ignore it: streams have none."""


class _Exchange:
    """One request and its answer on a link, whose owner it is meanwhile.

    Attributes:
        heard: The first bytes that came.
        peer: Address of the other end.
    """

    def __init__(
        self, link: Link, role: type[h11.CLIENT] | type[h11.SERVER], early: Early | None
    ) -> None:
        self.heard = b""
        self.peer = link.peer
        self._link = link
        self._h11 = h11.Connection(role, max_incomplete_event_size=HEAD)
        self._news = asyncio.Event()
        self._as_client = role is h11.CLIENT
        self._ended = False
        self._lost: BaseException | None = None
        self._over = False
        link.owner = self
        if early and early.data:
            self.on_data(bytes(early.data))
        if early and early.ended:
            self.on_end()

    def send(self, *events: h11.Event) -> None:
        data = b"".join(self._h11.send(event) or b"" for event in events)
        self._link.write(data)

    async def event(self) -> object:
        """Return h11's next event; raises its RemoteProtocolError, or OSError."""
        self._link.resume()
        try:
            while (event := self._h11.next_event()) is h11.NEED_DATA:
                await self._more()
            return event
        finally:
            self._link.pause()

    async def _more(self) -> None:
        if self._lost is not None and not self.heard:
            raise self._lost
        if self._ended or self._over:
            self._h11.receive_data(b"")
            return
        if self._as_client and not _may_be_http(self.heard):
            raise h11.RemoteProtocolError("no HTTP")  # it may wait for us to say more
        self._news.clear()
        await self._news.wait()

    async def body(self) -> str:
        """Return the start of a body, as text."""
        data = bytearray()
        try:
            async with asyncio.timeout(PATIENCE):
                while len(data) < BODY and isinstance(event := await self.event(), h11.Data):
                    data += event.data
        except (TimeoutError, OSError, h11.RemoteProtocolError):
            pass  # what came of it is told
        return bytes(data[:BODY]).decode("utf-8", "replace")

    async def refuse(self, log: Log, status: int, sentence: str) -> None:
        """Answer with a status and a sentence, and let both reach the client."""
        body = f"{sentence}\n".encode()
        headers = [
            (b"Content-Type", b"text/plain; charset=utf-8"),
            (b"Content-Length", b"%d" % len(body)),
            (b"Connection", b"close, Upgrade"),
            (b"Upgrade", b"websocket"),
            (b"Sec-WebSocket-Version", VERSION.encode("ascii")),
        ]
        reason = {400: b"Bad Request", 426: b"Upgrade Required"}[status]
        head = b"HTTP/1.1 %d %s\r\n" % (status, reason)
        lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        self._link.write(head + lines + b"\r\n" + body)
        text = head.decode("ascii").strip()
        log(EventKind.RESPONSE, text, status=str(status), body=sentence)
        self._link.write_end()
        self._link.resume()
        try:
            async with asyncio.timeout(PATIENCE):
                while not (self._ended or self._over):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    def upgraded(
        self, owner: MessageOwner, log: Log, settled: Settled, *, server_side: bool
    ) -> WebSocketLink:
        """Hand the link over to WebSocket, with what came of it already."""
        made = WebSocketLink(
            self._link,
            owner,
            log,
            server_side=server_side,
            extensions=settled.extensions,
            early=self._h11.trailing_data[0],
        )
        # Soon, not now: the owner has to know of it first. It goes on where we are.
        loop = asyncio.get_running_loop()
        loop.call_soon(made.begin)
        if self._over:
            loop.call_soon(made.on_lost, self._lost)
        elif self._ended:
            loop.call_soon(made.on_end)
        return made

    # the link's side

    def on_data(self, data: bytes) -> None:
        if not self._ended:
            self.heard += data[: _FIRST - len(self.heard)]
            self._tell(data)

    def on_end(self) -> None:
        self._ended = True
        self._news.set()

    def on_lost(self, error: BaseException | None) -> None:
        self._over, self._lost = True, error
        self._news.set()

    def on_advice(self, error: OSError) -> None:
        """Ignore it: streams have none."""

    def _tell(self, data: bytes) -> None:
        if self._h11.their_state not in (h11.ERROR, h11.CLOSED):
            self._h11.receive_data(data)
        self._news.set()
