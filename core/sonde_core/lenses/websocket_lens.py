"""WebSocket frames as they go over the wire, after the handshake (RFC 6455, section 5.2)."""

from __future__ import annotations

import re
from typing import Final

from .http_lens import Http
from .lens import MORE, Lens, Part, Reading, counted, preview, text_of

_OPCODES: Final = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
_HTTP: Final = re.compile(rb"GET [^\r\n]{1,8000} HTTP/1\.1\r\n|HTTP/1\.1 [1-5]")
_SHOWN: Final = 4096


class WebSocket(Lens):
    """Frames with their payload unmasked, and the HTTP heads before them."""

    name = "websocket"
    about = "WebSocket frames, unmasked"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        if _begins_http(data, at):
            return Http().cut(data, at, ended=ended)
        if len(data) - at < 2:
            return at - len(data) if ended else MORE
        if not _fits(data[at], data[at + 1]):
            return at - len(data)
        head, size = _head(data[at : at + 14])
        if len(data) - at < head:
            return at - len(data) if ended else MORE
        return head + size if size < 1 << 62 else at - len(data)

    def read(self, data: bytes) -> Reading:
        if _begins_http(data, 0):
            return Http().read(data)
        if len(data) < 2 or not _fits(data[0], data[1]):
            return Reading(preview(data), (), "this is no WebSocket frame")
        head, size = _head(data[:14])
        if len(data) < head:
            return Reading(preview(data), (), "the head is not whole")
        body, masked = data[head : head + _SHOWN], bool(data[1] & 0x80)
        if masked:
            body = unmasked(body, data[head - 4 : head])
        kind = _OPCODES[data[0] & 15]
        said = _said(data[0], body)
        parts = [
            Part("opcode", kind + _flags(data[0]), 0, 1),
            Part("length", f"{size:,}", 1, head - 4 * masked),
        ]
        if masked:
            parts.append(Part("mask", data[head - 4 : head].hex(" "), head - 4, head))
        if size:
            parts.append(Part("payload", said, head, len(data)))
        got = len(data) - head
        error = f"{got:,} of {counted(size, 'byte')}" if got != size else ""
        return Reading(f"{kind}: {said}" if size else kind, tuple(parts), error)

    def read_datagram(self, data: bytes) -> Reading:
        return Reading(preview(data))  # frames were taken off already


def _begins_http(data: bytes, at: int) -> bool:
    """Whether a head begins here: its letters are opcodes that no frame has."""
    head = data[at : at + 8200]
    return bool(_HTTP.match(head)) or (
        len(head) < 9 and (b"GET ".startswith(head[:4]) or b"HTTP/1.1 ".startswith(head))
    )


def _fits(first: int, second: int) -> bool:
    """Whether two bytes can begin a frame."""
    control = first & 8
    return (
        not first & 0x30
        and first & 15 in _OPCODES
        and not (control and (not first & 0x80 or second & 0x7F > 125))
    )


def _head(data: bytes) -> tuple[int, int]:
    """Return how long the head of a frame is, and its payload."""
    size, head = data[1] & 0x7F, 2
    if size >= 126:
        more = 2 if size == 126 else 8
        size, head = int.from_bytes(data[2 : 2 + more]), 2 + more
    return head + (4 if data[1] & 0x80 else 0), size


def _flags(first: int) -> str:
    return f"{'' if first & 0x80 else ', goes on'}{', compressed' if first & 0x40 else ''}"


def _said(first: int, body: bytes) -> str:
    if first & 0x40:
        return f"compressed: {preview(body)}"
    if first & 15 == 8 and len(body) >= 2:
        return f"{int.from_bytes(body[:2])} {text_of(body[2:])}".rstrip()
    return preview(body)


def unmasked(data: bytes, mask: bytes) -> bytes:
    """Take the mask off (RFC 6455, section 5.3)."""
    if len(mask) < 4 or not data:
        return data
    key = (mask * (len(data) // 4 + 1))[: len(data)]
    mixed = int.from_bytes(data, "little") ^ int.from_bytes(key, "little")
    return mixed.to_bytes(len(data), "little")
