"""A TLS handshake that came with the plain bytes before it.

A client may send its ClientHello right after its command, in one segment, and MySQL's always does;
whoever reads the command has read the ClientHello too.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = 1 << 16  # a ClientHello with post-quantum keys has some 1,800 bytes
_RECORDS: Final = 16
_KINDS: Final = range(20, 25)  # of records (RFC 8446, section 5.1; RFC 6520 for the last)
_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
HEAD: Final = 5  # bytes of a record before its content
_LARGEST: Final = 1 << 14  # of a record in plain text (RFC 8446, section 5.1)


def hello_at(data: bytes) -> int | None:
    """Return where a ClientHello begins that bytes end with, whole or in part; None for nowhere.

    Args:
        data: What came last; only `LONGEST` bytes of it are looked at.
    """
    at = data.find(_HANDSHAKE, max(0, len(data) - LONGEST))
    while at >= 0:
        if _is_hello(data, at):
            return at
        at = data.find(_HANDSHAKE, at + 1)
    return None


def begins_like_tls(data: bytes) -> bool:
    """Whether the first bytes of a peer may be the head of a TLS record; none at all may."""
    return not data or (data[0] in _KINDS and data[1:2] in (b"", b"\3") and data[2:3] <= b"\4")


def _is_hello(data: bytes, at: int) -> bool:
    """Tell whether the bytes from here to the end are records of a ClientHello."""
    kind = data[at + HEAD : at + HEAD + 1]
    if kind and kind[0] != _CLIENT_HELLO:
        return False
    for _ in range(_RECORDS):
        head = data[at : at + HEAD]
        if not _is_head(head):
            return False
        if len(head) < HEAD:
            return True
        at += HEAD + int.from_bytes(head[3:])
        if at >= len(data):
            return True
    return False


def _is_head(head: bytes) -> bool:
    """Tell whether bytes are the head of a handshake record, or the first part of one."""
    if len(head) == HEAD and not 0 < int.from_bytes(head[3:]) <= _LARGEST:
        return False
    return head[0] == _HANDSHAKE and head[1:2] in (b"", b"\3") and head[2:3] <= b"\4"
