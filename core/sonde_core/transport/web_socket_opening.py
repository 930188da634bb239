"""The opening handshake of WebSocket on a link, as the client and as the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import h11

from ..endpoint import Endpoint
from ..errors import DeadlineError, PeerClosedError, RequestError, SondeError, WebSocketError
from ..model import EventKind
from ..quoting import brief, quoted
from ..secrets import mask_url
from ..session_request import SessionOptions
from .base import Link, Log, MessageOwner
from .edge import explain
from .web_socket import WebSocketLink
from .web_socket_exchange import HTTP, Early, Exchange, headers_of, lines_of, log_answer, plain, raw
from .web_socket_handshake import (
    Asked,
    Headers,
    Settled,
    ask,
    check_answer,
    fault_of,
    grant,
    value_of,
)

HANDSHAKE: Final = 10.0  # seconds that a client has
_SWITCHING: Final = 101
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_INTERIM: Final = 20
_ANY_PATH: Final = ("", "/")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a client gets because another side agreed to it.

    Attributes:
        headers: Besides those of the handshake itself.
    """

    subprotocol: str = ""
    headers: Headers = ()


# Asked with target and headers of a client; raises SondeError where nobody agrees.
Agree: TypeAlias = Callable[[str, Headers], Awaitable[Agreed]]


async def open_web_socket(
    link: Link,
    owner: MessageOwner,
    log: Log,
    *,
    address: str,
    endpoint: Endpoint,
    options: SessionOptions,
    early: Early | None = None,
    left: float | None = None,
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
        left: Seconds of that limit that are left; None for all of it.

    Raises:
        SondeError: It failed.
    """
    exchange = Exchange(link, h11.CLIENT, early)
    where = endpoint.address
    try:
        asked = ask(address, endpoint, options)
        async with asyncio.timeout(options.connect_timeout if left is None else left):
            exchange.send(_request(asked), h11.EndOfMessage())
            line = f"GET {brief(mask_url(asked.target))} HTTP/1.1"
            log(EventKind.REQUEST, line, target=asked.target, headers=lines_of(asked.headers))
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
    path: str = "",
    early: Early | None = None,
    agree: Agree | None = None,
) -> WebSocketLink:
    """Make a link speak WebSocket, as the server.

    A client that asks for anything else gets its status and a sentence; so does one that asks for
    another path, unless none is named, and one that nobody agrees with.

    Args:
        link: Open and paused, with TLS for wss.
        owner: Hears the messages.
        log: Takes REQUEST and RESPONSE.
        subprotocols: Of ours, the favourite first.
        compression: Whether to agree to permessage-deflate.
        path: The only one; empty for any.
        early: Who owned the link before, and may have heard something.
        agree: Decides in place of the subprotocols; it may take its time.

    Raises:
        SondeError: The client did not ask for it, or not in time.
    """
    exchange = Exchange(link, h11.SERVER, early)
    try:
        async with asyncio.timeout(HANDSHAKE):
            headers, target = await _asked(exchange, log, path)
        agreed = None if agree is None else await _agreed(exchange, log, agree, target, headers)
        return _granted(
            exchange, owner, log, headers, subprotocols, agreed, compression=compression
        )
    except TimeoutError as error:
        text = f"No WebSocket handshake came from {link.peer} within {HANDSHAKE:g} s."
        raise DeadlineError(text, phase="connect") from error
    except h11.RemoteProtocolError as error:
        await exchange.refuse(log, 400, "This is no HTTP request.")
        text = f"What {link.peer} sent opens no WebSocket: {plain(error)}."
        raise WebSocketError(text, phase="connect") from error
    except OSError as error:
        raise explain(error, link.peer, "wait") from error


async def _asked(exchange: Exchange, log: Log, path: str) -> tuple[Headers, str]:
    """Read what a client asks for; returns headers and target, once all is well with them."""
    request, peer = await exchange.event(), exchange.peer
    if not isinstance(request, h11.Request):
        raise PeerClosedError(f"{peer} ended without asking for WebSocket.", phase="connect")
    headers = headers_of(request)
    method, target, version = (
        part.decode("latin-1") for part in (request.method, request.target, request.http_version)
    )
    line = f"{method} {brief(mask_url(target))} HTTP/{version}"
    log(EventKind.REQUEST, line, target=target, headers=lines_of(headers))
    if fault := fault_of(method, version, headers):
        await exchange.refuse(log, *fault)
        text = f"{peer} asked for no WebSocket ({line}) and got {fault[0]}: {fault[1]}"
        raise WebSocketError(text, hint="Open ws:// with a WebSocket client.", phase="connect")
    if path not in _ANY_PATH and _bare(target) != _bare(path):
        await exchange.refuse(log, 404, "No WebSocket is at this path.")
        text = f"{peer} asked for another path ({line}) and got 404."
        hint = "Listen without a path to take every one."
        raise WebSocketError(text, hint=hint, phase="connect")
    while not isinstance(await exchange.event(), h11.EndOfMessage):
        pass  # a body that nobody asked for
    return headers, target


async def _agreed(
    exchange: Exchange, log: Log, agree: Agree, target: str, headers: Headers
) -> Agreed:
    try:
        return await agree(target, headers)
    except SondeError:
        await exchange.refuse(log, 502, "What this address passes on to did not answer.")
        raise


def _granted(
    exchange: Exchange,
    owner: MessageOwner,
    log: Log,
    headers: Headers,
    subprotocols: Sequence[str],
    agreed: Agreed | None,
    *,
    compression: bool,
) -> WebSocketLink:
    """Answer what may be; what was agreed elsewhere comes before subprotocols of ours."""
    if agreed is not None:
        subprotocols = (agreed.subprotocol,) if agreed.subprotocol else ()
    answer, settled = grant(headers, subprotocols, compression=compression)
    answer = (*answer, *(agreed.headers if agreed else ()))
    exchange.send(
        h11.InformationalResponse(
            status_code=_SWITCHING, headers=raw(answer), reason=b"Switching Protocols"
        )
    )
    log_answer(log, "101 Switching Protocols", 101, answer, settled)
    return exchange.upgraded(owner, log, settled, server_side=True)


def _bare(target: str) -> str:
    """Return a path without its query and fragment."""
    return target.partition("#")[0].partition("?")[0]


async def _answered(
    exchange: Exchange, asked: Asked, options: SessionOptions, log: Log, where: str
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
    headers = headers_of(answer)
    status, reason = answer.status_code, answer.reason.decode("utf-8", "surrogateescape")
    said = brief(f"{status} {reason}".rstrip())
    if status == _SWITCHING:
        try:
            settled = check_answer(asked, headers, options)
        except WebSocketError:
            log_answer(log, said, status, headers)
            raise
        log_answer(log, said, status, headers, settled)
        return settled
    log_answer(log, said, status, headers, body=await exchange.body())
    raise _refused(said, status, value_of(headers, "Location"), where)


def _refused(said: str, status: int, location: str, where: str) -> WebSocketError:
    if status in _REDIRECTS and location:
        return WebSocketError(
            f"{where} redirects to {brief(mask_url(location))} ({said}), which was not followed.",
            hint="Open that address, with ws:// for http:// and wss:// for https://.",
            phase="connect",
        )
    hint = "`s` in the app, and `sonde show ID --json`, tell its headers and what it said."
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
    what = f": {plain(error)}" if error else ""
    if not heard.startswith(HTTP):
        what = f"; it begins with {quoted(heard.decode('utf-8', 'replace'))}"
    text = f"What {where} answered to the WebSocket handshake is no HTTP{what}."
    return WebSocketError(text, hint="Try tcp:// to see what it says.", phase="connect")


def _request(asked: Asked) -> h11.Request:
    try:
        return h11.Request(method="GET", target=asked.target, headers=raw(asked.headers))
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        raise RequestError(
            f"The WebSocket handshake cannot be sent: {plain(error)}.",
            hint="Check the headers in the session's options.",
            phase="request",
        ) from error
