"""What a recorded WebSocket session looked like on the wire, made again (RFC 6455).

The recording has messages, not frames: each becomes one frame without compression, and what the
client says is masked with zeros, so that it can be read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from typing import Final

from ..model import Chunk
from ..session_request import SessionRequest
from ..steps import MessageKind

# The key of the handshake that is made again, and what answers to it (section 1.3).
KEY: Final = "c29uZGUtc29uZGUtc29uZA=="
ACCEPT: Final = "B5bFGEbs6ehQpVGemOK6nnhQt1E="

_UPGRADE: Final = ("Upgrade: websocket", "Connection: Upgrade")
_FINAL: Final = 0x80
_MASKED: Final = 0x80
_CLOSE: Final = 0x8
_OPCODES: Final = {
    MessageKind.TEXT: 0x1,
    MessageKind.BINARY: 0x2,
    MessageKind.PING: 0x9,
    MessageKind.PONG: 0xA,
}
# Codes that stand for a close frame without one, or for none at all (section 7.4.1).
_CODE: Final = re.compile(r"[0-9]{4}")
_NO_CODE: Final = 1005
_NO_FRAME: Final = frozenset({1006, 1015})


def message(chunk: Chunk, *, masked: bool) -> bytes:
    """Write a message as one frame; bytes without a kind are a binary one.

    What was not finished is a binary one that is not the last of its message.
    """
    final = 0 if chunk.kind is MessageKind.PART else _FINAL
    return _frame(final | _OPCODES.get(chunk.kind, 0x2), chunk.data, masked=masked)


def close(facts: Mapping[str, str], *, masked: bool) -> bytes:
    """Write the close frame that an event tells of; nothing where there was none."""
    code = facts.get("code", "")
    number = int(code) if _CODE.fullmatch(code) else _NO_CODE
    if number in _NO_FRAME:
        return b""
    data = b"" if number == _NO_CODE else struct.pack("!H", number)
    reason = _bytes(facts.get("reason", ""))
    return _frame(_FINAL | _CLOSE, (data + reason if data else b"")[:125], masked=masked)


def _frame(first: int, data: bytes, *, masked: bool) -> bytes:
    size, mask = len(data), _MASKED if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mask | size)
    elif size <= 0xFFFF:
        head = struct.pack("!BBH", first, mask | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask | 127, size)
    return b"".join((head, bytes(4) if masked else b"", data))


def asked(request: SessionRequest, facts: Mapping[str, str]) -> bytes:
    """Write the request of a handshake as its event tells, else from the options.

    Raises:
        EndpointSyntaxError: There is no such event, and the address is none.
    """
    if "target" in facts and "headers" in facts:
        return _head(f"GET {facts['target']} HTTP/1.1", facts["headers"].split("\n"))
    endpoint, options = request.endpoint, request.options
    path = endpoint.path.partition("#")[0]
    target = path if path.startswith("/") else f"/{path}"
    lines = [
        f"Host: {endpoint.address}",
        *_UPGRADE,
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in options.headers),
    ]
    if options.subprotocols:
        lines.append(f"Sec-WebSocket-Protocol: {', '.join(options.subprotocols)}")
    return _head(f"GET {target} HTTP/1.1", lines)


def answered(facts: Mapping[str, str]) -> bytes:
    """Write the answer to it as its event tells; without one, that it was taken."""
    status = facts.get("status", "101")
    first = f"HTTP/1.1 {status}" + (" Switching Protocols" if status == "101" else "")
    if "headers" in facts:
        return _head(first, facts["headers"].split("\n"))
    lines = [*_UPGRADE, f"Sec-WebSocket-Accept: {ACCEPT}"]
    return _head(first, lines if status == "101" else [])


def _head(first: str, lines: Iterable[str]) -> bytes:
    clean = (" ".join(text.splitlines()) for text in (first, *lines))
    return _bytes("\r\n".join(clean) + "\r\n\r\n")


def _bytes(text: str) -> bytes:
    """Encode text of a peer; a history that somebody wrote may hold halves of characters."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
