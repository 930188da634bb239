"""TLS as a link over any link, on `ssl.MemoryBIO`.

asyncio's own TLS cannot half-close and hides the certificate of a handshake that failed. Here
`unwrap` sends our close_notify, and what the peer still sends is read on, with TLS 1.2 and 1.3.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Final, Protocol, cast

from ..certificates import describe
from ..model import Certificate, TlsFacts
from .base import Link, LinkOwner
from .client_chain import HearingContext
from .early import HEAD, begins_like_tls
from .tls_words import refusal, says_plain

READ: Final = 1 << 16
CHAIN: Final = 16  # certificates that are kept of a chain; OpenSSL takes 100 KB of them
HEARD: Final = 1 << 16  # bytes that are kept of what came in place of a handshake
_DER: Final = 2  # _ssl.ENCODING_DER


class _RawCertificate(Protocol):
    def public_bytes(self, encoding: int) -> bytes: ...


class _Chained(Protocol):
    def get_unverified_chain(self) -> list[_RawCertificate] | None: ...


class TlsLink:
    """TLS over a link; it puts itself between that link and its owner.

    Attributes:
        facts: What the handshake settled; also what a failed one still showed.
        ragged: Whether the peer's end came without close_notify (RFC 8446, section 6.1): what
            it sent may have been cut off on the way.
    """

    is_message = False
    can_half_close = True

    def __init__(
        self,
        link: Link,
        owner: LinkOwner,
        context: ssl.SSLContext,
        *,
        server_name: str = "",
        server_side: bool = False,
        on_open: Callable[[TlsFacts], None] | None = None,
        on_ragged: Callable[[], None] | None = None,
    ) -> None:
        """Sit on an open link.

        Args:
            link: Its owner becomes this one.
            owner: Hears the plain bytes.
            context: For one of the two roles.
            server_name: For SNI and the certificate.
            server_side: Which role.
            on_open: Told of the facts before the first bytes are handed on.
            on_ragged: Told of an end without close_notify.
        """
        self.owner = owner
        self.local = link.local
        self.peer = link.peer
        self.facts = TlsFacts()
        self.ragged = False
        self._link = link
        self._context = context
        self._verifies = context.verify_mode != ssl.CERT_NONE
        self._server_side = server_side
        self._server_name = server_name
        self._on_open = on_open
        self._on_ragged = on_ragged
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_side,
            server_hostname=server_name or None,
        )
        self._shaken: asyncio.Future[None] | None = None
        self._heard = bytearray()
        self._early = 0
        self._open = False
        self._ended = False
        self._end_sent = False
        self._lost = False
        link.owner = self

    async def handshake(self) -> None:
        """Settle keys and check the peer.

        Raises:
            OSError: The handshake failed (`ssl.SSLError`), or the link was lost.
        """
        self._shaken = asyncio.get_running_loop().create_future()
        self._step()
        self._link.resume()
        await self._shaken

    def take_early(self, data: bytes) -> None:
        """Begin the handshake with bytes that came before it, and are recorded."""
        self._early = len(data)
        self.on_data(data)

    def in_place_of_tls(self, error: BaseException) -> bytes:
        """Return what the peer said when that was no TLS, after a handshake that failed."""
        if says_plain(error) or not begins_like_tls(bytes(self._heard[:HEAD])):
            return bytes(self._heard[self._early :])
        return b""

    @property
    def queued(self) -> int:
        return self._link.queued

    @property
    def unsent(self) -> int:
        return self._link.unsent

    def write(self, data: bytes) -> None:
        if not self._open or self._end_sent or self._lost:
            return
        view = memoryview(data)
        while view:  # OpenSSL takes it in records of 16 KiB
            view = view[self._tls.write(view) :]
        self._flush()

    async def drain(self) -> None:
        await self._link.drain()

    def write_end(self) -> None:
        """Send close_notify; the peer may go on sending.

        No FIN follows: many peers take one in the middle of TLS for a broken connection.
        """
        if not self._open or self._end_sent or self._lost:
            return
        self._end_sent = True
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()  # it wants the peer's end, which comes when it comes
        self._flush()

    def pause(self) -> None:
        self._link.pause()

    def resume(self) -> None:
        self._link.resume()

    def close(self) -> None:
        self.write_end()
        self._link.close()

    def abort(self) -> None:
        self._link.abort()

    # the inner link's side

    def on_data(self, data: bytes) -> None:
        if not self._open and self._shaken is not None and self._shaken.done():
            return  # it failed: nothing that follows is looked at
        if self._ended:
            return  # what follows the end is ignored (RFC 8446, section 6.1), and not kept either
        self._incoming.write(data)
        if not self._open:
            self._heard += data[: max(HEARD - len(self._heard), 0)]
            self._step()
        if self._open:
            self._read()

    def on_end(self) -> None:
        if not self._open:
            self._fail(ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the peer ended the handshake"))
        elif not self._ended:
            self.ragged = True
            if self._on_ragged:
                self._on_ragged()
            self._end()

    def on_lost(self, error: BaseException | None) -> None:
        self._lost = True
        self._fail(error or ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the link was closed"))
        self.owner.on_lost(error)

    def on_advice(self, error: OSError) -> None:
        self.owner.on_advice(error)

    def _step(self) -> None:
        """Go on with the handshake as far as the bytes reach."""
        if self._shaken is None or self._shaken.done():
            return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._flush()  # the alert tells the peer why
            self._fail(error)
        else:
            self._flush()
            self.facts = self._settled()
            self._open = True
            self._heard.clear()
            # Who waits for the handshake wakes before who hears of what came: it can answer then.
            self._shaken.set_result(None)
            if self._on_open:
                self._on_open(self.facts)

    def _fail(self, error: BaseException) -> None:
        if self._shaken is None or self._shaken.done():
            return
        self.facts = self._settled(error)
        self._shaken.set_exception(error)

    def _read(self) -> None:
        while not self._ended and not self._lost:
            try:
                data = self._tls.read(READ)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:  # an alert, or bytes that are no TLS
                self._break(error)
                return
            if not data:
                self._end()
                break
            self.owner.on_data(data)
        self._flush()  # answers of the protocol itself, such as a key update

    def _end(self) -> None:
        self._ended = True
        self.owner.on_end()

    def _break(self, error: ssl.SSLError) -> None:
        """End a session whose TLS is broken: nothing that follows can be trusted."""
        self._flush()
        self._lost = True
        self._link.owner = _Nobody()
        self._link.abort()
        self.owner.on_lost(error)

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data and not self._lost:
            self._link.write(data)

    def _settled(self, error: BaseException | None = None) -> TlsFacts:
        cipher = self._tls.cipher()
        sent = self._sent()
        chain = tuple(describe(each) for each in sent[:CHAIN])
        verified, reason = self._verified(chain, error)
        return TlsFacts(
            version=self._tls.version() or (cipher[1] if cipher else ""),
            cipher=cipher[0] if cipher else "",
            alpn=self._tls.selected_alpn_protocol() or "",
            verified=verified,
            reason=reason,
            chain=chain,
            more=len(sent) - len(chain),
            server_name=self._server_name,
        )

    def _verified(
        self, chain: tuple[Certificate, ...], error: BaseException | None
    ) -> tuple[bool | None, str]:
        """Tell whether the peer's certificate was found good, and why not."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return False, refusal(error, chain, self._server_name)
        if not self._verifies:
            return (None, "") if self._server_side else (False, "verification is off")
        return (True if error is None else None), ""

    def _sent(self) -> list[bytes]:
        """Return the peer's certificates as DER, also those that were refused."""
        # SSLObject has no way to a refused certificate; `_sslobj` has, private up to 3.12.
        inner = cast("_Chained | None", getattr(self._tls, "_sslobj", None))
        try:
            found = (inner.get_unverified_chain() if inner else None) or []
        except (AttributeError, ValueError):
            found = []
        context = self._context
        heard = context.chain_of(self._tls) if isinstance(context, HearingContext) else []
        return [each.public_bytes(_DER) for each in found] or heard


class _Nobody:
    """The owner of a link that is being torn down."""

    def on_data(self, data: bytes) -> None:
        """Drop it."""

    def on_end(self) -> None:
        """Ignore it."""

    def on_lost(self, error: BaseException | None) -> None:
        """Ignore it: the owner heard already."""

    def on_advice(self, error: OSError) -> None:
        """Ignore it."""
