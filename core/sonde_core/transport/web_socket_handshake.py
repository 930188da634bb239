"""What turns an HTTP/1.1 connection into WebSocket (RFC 6455, section 4), as text and values."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from websockets.exceptions import InvalidHandshake
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.headers import build_extension, parse_connection, parse_extension, parse_upgrade

from .. import __version__
from ..endpoint import Endpoint
from ..errors import WebSocketError
from ..http import urls
from ..model import Header
from ..quoting import brief, quoted
from ..session_request import SessionOptions

Headers: TypeAlias = tuple[Header, ...]

VERSION: Final = "13"
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MEMORY: Final = {"memLevel": 5}  # a quarter of the usual: a listener has many of them
_DEFLATE: Final = "permessage-deflate"


@dataclass(frozen=True, slots=True)
class Asked:
    """A handshake as it goes out.

    Attributes:
        target: Path and query.
        headers: All of them, in wire order.
        key: What the answer must prove to have read.
    """

    target: str
    headers: Headers
    key: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What both sides agreed on.

    Attributes:
        headers: Of the answer.
    """

    subprotocol: str = ""
    extensions: tuple[Extension, ...] = ()
    headers: Headers = ()

    @property
    def facts(self) -> dict[str, str]:
        """The same as named values; those that are there."""
        names = ", ".join(extension.name for extension in self.extensions)
        named = {"subprotocol": self.subprotocol, "extensions": names}
        return {name: value for name, value in named.items() if value}


def ask(address: str, endpoint: Endpoint, options: SessionOptions) -> Asked:
    """Write a handshake; a header of the options stands in place of ours of that name.

    Raises:
        SondeError: The address cannot be asked for.
    """
    # ws is asked for as http, and wss as https (RFC 6455, section 3).
    url = urls.parse("http" + address.strip()[2:])
    key = base64.b64encode(secrets.token_bytes(16)).decode("ascii")
    own = [
        ("Host", _host(url.endpoint)),
        ("User-Agent", f"sonde/{__version__}"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", VERSION),
    ]
    if url.user is not None:
        pair = f"{url.user}:{url.secret}".encode("utf-8", "surrogateescape")
        own.append(("Authorization", "Basic " + base64.b64encode(pair).decode("ascii")))
    if options.subprotocols:
        own.append(("Sec-WebSocket-Protocol", ", ".join(options.subprotocols)))
    if options.compression:
        offer = [(_factory().name, list(_factory().get_request_params()))]
        own.append(("Sec-WebSocket-Extensions", build_extension(offer)))
    named = {name.strip().lower() for name, _ in options.headers}
    kept = [(name, value) for name, value in own if name.lower() not in named]
    headers = (*kept, *options.headers)
    return Asked(url.target, headers, value_of(headers, "Sec-WebSocket-Key"))


def _host(endpoint: Endpoint) -> str:
    host = endpoint.host
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return urls.host_header(endpoint.scheme, host, endpoint.port)


def _factory() -> ClientPerMessageDeflateFactory:
    return ClientPerMessageDeflateFactory(compress_settings=_MEMORY)


def check_answer(asked: Asked, headers: Headers, options: SessionOptions) -> Settled:
    """Read what a 101 settles (RFC 6455, section 4.1).

    Raises:
        WebSocketError: It is none for this handshake.
    """
    if not is_upgrade(headers):
        raise _wrong("it lacks Upgrade: websocket, or Connection: Upgrade")
    if value_of(headers, "Sec-WebSocket-Accept") != accept_of(asked.key):
        raise _wrong("its Sec-WebSocket-Accept is not the one for our key")
    protocols = values_of(headers, "Sec-WebSocket-Protocol")
    if any(protocol not in options.subprotocols for protocol in protocols) or len(protocols) > 1:
        raise _wrong(
            f"it chose the subprotocol {quoted(brief(', '.join(protocols)))}, which was not offered"
        )
    extensions: list[Extension] = []
    try:
        for name, params in _extensions(headers):
            if name != _DEFLATE or not options.compression:
                raise _wrong(f"it chose the extension {quoted(brief(name))}, which was not offered")
            extensions.append(_factory().process_response_params(params, extensions))
    except InvalidHandshake as error:
        raise _wrong(f"its extensions cannot be used: {brief(str(error))}") from error
    return Settled("".join(protocols), tuple(extensions), headers)


def _wrong(what: str) -> WebSocketError:
    return WebSocketError(
        f"The peer's answer does not open WebSocket: {what}.",
        hint="A proxy between may have answered: `s` in the app, `sonde show ID --json` tell all.",
        phase="connect",
    )


def grant(
    headers: Headers, subprotocols: Sequence[str], *, compression: bool = True
) -> tuple[Headers, Settled]:
    """Answer a client's handshake that `fault_of` found nothing wrong with.

    Args:
        headers: The client's.
        subprotocols: Of ours; the first one that the client offers is chosen.
        compression: Whether to agree to permessage-deflate.
    """
    offered = values_of(headers, "Sec-WebSocket-Protocol")
    chosen = next((name for name in subprotocols if name in offered), "")
    answer = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_of(value_of(headers, "Sec-WebSocket-Key"))),
    ]
    if chosen:
        answer.append(("Sec-WebSocket-Protocol", chosen))
    extensions = _granted(headers) if compression else None
    if extensions:
        answer.append(("Sec-WebSocket-Extensions", extensions[0]))
    settled = Settled(chosen, (extensions[1],) if extensions else (), tuple(answer))
    return settled.headers, settled


def _granted(headers: Headers) -> tuple[str, Extension] | None:
    """Agree to the first offer of permessage-deflate that can be agreed to."""
    factory = ServerPerMessageDeflateFactory(compress_settings=_MEMORY)
    try:
        offers = list(_extensions(headers))
    except InvalidHandshake:
        return None
    for name, params in offers:
        if name != _DEFLATE:
            continue
        try:
            agreed, extension = factory.process_request_params(params, [])
        except InvalidHandshake:
            continue
        return build_extension([(factory.name, agreed)]), extension
    return None


def fault_of(method: str, version: str, headers: Headers) -> tuple[int, str] | None:
    """Return the status and sentence for a request that opens no WebSocket; None when it does."""
    if version < "1.1":
        return 426, "This address speaks WebSocket, which begins with HTTP/1.1."
    if not is_upgrade(headers):
        return 426, "This address speaks WebSocket: open it with a WebSocket client."
    if value_of(headers, "Sec-WebSocket-Version") != VERSION:
        return 426, f"This address speaks version {VERSION} of WebSocket."
    if method != "GET":
        return 400, "A WebSocket handshake is a GET."
    key = value_of(headers, "Sec-WebSocket-Key")
    try:
        size = len(base64.b64decode(key, validate=True))
    except ValueError:
        size = 0
    if size != 16:
        return 400, "Sec-WebSocket-Key is not 16 bytes in base64."
    return None


def is_upgrade(headers: Headers) -> bool:
    """Whether headers ask for WebSocket, or agree to it."""
    try:
        options = [o for text in texts_of(headers, "Connection") for o in parse_connection(text)]
        upgrades = [u for text in texts_of(headers, "Upgrade") for u in parse_upgrade(text)]
    except InvalidHandshake:
        return False
    return "upgrade" in map(str.lower, options) and "websocket" in map(str.lower, upgrades)


def accept_of(key: str) -> str:
    """Return what proves that a key was read (RFC 6455, section 4.2.2)."""
    proof = f"{key.strip()}{_GUID}".encode("utf-8", "surrogateescape")
    digest = hashlib.sha1(proof, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def _extensions(headers: Headers) -> Iterable[tuple[str, Sequence[tuple[str, str | None]]]]:
    for text in texts_of(headers, "Sec-WebSocket-Extensions"):
        yield from parse_extension(text)


def texts_of(headers: Headers, name: str) -> list[str]:
    """Return the values of a header, one for each line."""
    return [value for key, value in headers if key.lower() == name.lower()]


def value_of(headers: Headers, name: str) -> str:
    """Return the first value of a header, or an empty text."""
    return next(iter(texts_of(headers, name)), "").strip()


def values_of(headers: Headers, name: str) -> list[str]:
    """Return the members of a header that is a list."""
    parts = ",".join(texts_of(headers, name)).split(",")
    return [part.strip() for part in parts if part.strip()]
