"""The certificates of a client, also refused ones, which OpenSSL forgets on the server's side.

A client that is refused is what a person looks into: so what it sent is heard as it comes in.
"""

from __future__ import annotations

import ssl
from typing import Final
from weakref import WeakKeyDictionary

_HANDSHAKE: Final = 22  # the kind of record
_CERTIFICATE: Final = 11  # the handshake message (RFC 8446, section 4)
_HEAD: Final = 4  # kind and length of a handshake message
_LENGTH: Final = 3


class HearingContext(ssl.SSLContext):
    """A server's context that remembers the Certificate message of each client.

    `ssl` has no public way to it; where the private one is missing, nothing is remembered.
    """

    _heard: WeakKeyDictionary[ssl.SSLObject, tuple[bytes, bool]] | None = None

    def hear(self) -> None:
        """Listen in from now on; costs some microseconds for each record."""
        self._heard = WeakKeyDictionary()
        if hasattr(ssl.SSLContext, "_msg_callback"):
            self._msg_callback = self._take

    def chain_of(self, tls: ssl.SSLObject) -> list[bytes]:
        """Return the certificates that a client sent, its own first, as DER; and forget them."""
        message, is_new = self._heard.pop(tls, (b"", False)) if self._heard else (b"", False)
        return certificates_in(message, with_context=is_new)

    def _take(
        self,
        tls: object,
        direction: str,
        version: int,
        content: int,
        kind: int,
        data: bytes,
    ) -> None:
        if direction != "read" or kind != _CERTIFICATE or content != _HANDSHAKE:
            return
        if self._heard is not None and isinstance(tls, ssl.SSLObject):
            self._heard[tls] = (bytes(data), version == ssl.TLSVersion.TLSv1_3)


def certificates_in(message: bytes, *, with_context: bool) -> list[bytes]:
    """Cut a Certificate message into certificates; what is cut off is left out.

    Args:
        message: With its head.
        with_context: Whether it is of TLS 1.3: a context comes first, and extensions follow each.
    """
    at = _HEAD
    if with_context:
        at += 1 + int.from_bytes(message[at : at + 1])
    at += _LENGTH  # of them all
    found = []
    while at + _LENGTH < len(message):
        size = int.from_bytes(message[at : at + _LENGTH])
        at += _LENGTH
        found.append(message[at : at + size])
        at += size
        if with_context:
            at += 2 + int.from_bytes(message[at : at + 2])
    return found if at <= len(message) else found[:-1]
