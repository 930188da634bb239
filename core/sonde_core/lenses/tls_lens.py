"""TLS records, as they go over the wire (RFC 8446, section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .lens import MORE, Lens, Part, Reading, counted, preview, text_of

_HEAD: Final = 5
_LARGEST: Final = (1 << 14) + 2048
_NEXT: Final = re.compile(rb"[\x14-\x18]\x03[\x00-\x04]")
_TYPES: Final = {
    **{20: "change cipher spec", 21: "alert", 22: "handshake"},
    **{23: "application data", 24: "heartbeat"},
}
_VERSIONS: Final = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1"} | {
    **{0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
}
_MESSAGES: Final = {
    **{0: "HelloRequest", 1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket"},
    **{5: "EndOfEarlyData", 8: "EncryptedExtensions", 11: "Certificate", 12: "ServerKeyExchange"},
    **{13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify"},
    **{16: "ClientKeyExchange", 20: "Finished", 22: "CertificateStatus", 24: "KeyUpdate"},
}
_ALERTS: Final = {
    **{0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure"},
    **{42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked"},
    **{45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter"},
    **{48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error"},
    **{70: "protocol_version", 71: "insufficient_security", 80: "internal_error"},
    **{86: "inappropriate_fallback", 90: "user_canceled", 109: "missing_extension"},
    **{112: "unrecognized_name", 116: "certificate_required", 120: "no_application_protocol"},
}
_SNI, _ALPN, _SUPPORTED = 0, 16, 43


class Tls(Lens):
    """Records by type, with the names in a handshake."""

    name = "tls"
    about = "TLS records and handshakes"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        if len(data) - at < _HEAD:
            return at - len(data) if ended else MORE
        size = int.from_bytes(data[at + 3 : at + 5])
        if _NEXT.match(data, at) and size <= _LARGEST:
            return _HEAD + size
        found = _NEXT.search(data, at + 1)
        return at - (found.start() if found else len(data))

    def read(self, data: bytes) -> Reading:
        if len(data) < _HEAD or data[0] not in _TYPES:
            return Reading(preview(data), (), "this is no TLS record")
        size = int.from_bytes(data[3:5])
        version = _version(int.from_bytes(data[1:3]))
        kind, body = _TYPES[data[0]], data[_HEAD:]
        parts = [
            Part("type", kind, 0, 1),
            Part("version", version, 1, 3),
            Part("length", f"{size:,}", 3, 5),
        ]
        told = kind
        if data[0] == 22:
            parts += _handshake(data)
            names = [part.name for part in parts if part.name in _MESSAGES.values()]
            named = [part.value for part in parts if part.name == "server name"]
            told = f"handshake: {', '.join([*names, *named])}" if names else "handshake, encrypted"
        elif data[0] == 21 and len(body) == 2:
            alert = _ALERTS.get(body[1], f"alert {body[1]}")
            told = f"alert: {alert} ({'fatal' if body[0] == 2 else 'warning'})"
            parts.append(Part("alert", alert, 5, 7))
        elif data[0] == 21:
            told = "alert, encrypted"
        elif data[0] == 23:
            told = f"application data, {counted(size, 'byte')}"
        error = f"{len(body):,} of {size:,} bytes" if len(body) != size else ""
        return Reading(f"{version} {told}", tuple(parts), error)


def _version(number: int) -> str:
    return _VERSIONS.get(number, f"0x{number:04x}")


def _handshake(data: bytes) -> Iterator[Part]:
    """Yield the messages of a handshake record that is not encrypted."""
    at = _HEAD
    while at + 4 <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 4])
        end = at + 4 + size
        hello = kind in (1, 2)
        # What is encrypted looks like a message of any kind, and hardly ever fits its record.
        if kind not in _MESSAGES or (end > len(data) and not hello) or (kind == 0 and size):
            return
        if kind == 0 and len(data) > _HEAD + 4:
            return
        yield Part(_MESSAGES[kind], counted(size, "byte"), at, min(end, len(data)))
        if hello:
            yield from _hello(data, at + 4, min(end, len(data)), client=kind == 1)
        at = end


def _hello(data: bytes, at: int, end: int, *, client: bool) -> Iterator[Part]:
    yield Part("legacy version", _version(int.from_bytes(data[at : at + 2])), at, min(at + 2, end))
    at += 34
    at += 1 + data[at] if at < end else 0
    if at + 2 > end:
        return
    if client:
        size = int.from_bytes(data[at : at + 2])
        yield Part("ciphers", f"{size // 2} offered", at, min(at + 2 + size, end))
        at += 2 + size
        at += 1 + data[at] if at < end else 0
    else:
        yield Part("cipher", f"0x{data[at : at + 2].hex()}", at, at + 2)
        at += 3
    yield from _extensions(data, at + 2, end, client=client)


def _extensions(data: bytes, at: int, end: int, *, client: bool) -> Iterator[Part]:
    while at + 4 <= end:
        kind, size = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        body, stop = data[at + 4 : at + 4 + size], min(at + 4 + size, end)
        if kind == _SNI and len(body) > 5:
            yield Part("server name", text_of(body[5 : 5 + int.from_bytes(body[3:5])]), at, stop)
        elif kind == _ALPN:
            yield Part("ALPN", ", ".join(_protocols(body[2:])), at, stop)
        elif kind == _SUPPORTED:
            offered = body[1:] if client else body
            names = [
                _version(int.from_bytes(offered[i : i + 2])) for i in range(0, len(offered) - 1, 2)
            ]
            told = [name for name in names[:16] if not name.startswith("0x")]
            yield Part("versions" if client else "version", ", ".join(told), at, stop)
        at += 4 + size


def _protocols(body: bytes) -> Iterator[str]:
    at = 0
    while at < len(body):
        yield text_of(body[at + 1 : at + 1 + body[at]])
        at += 1 + body[at]
