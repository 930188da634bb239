"""What an accepted connection speaks before its session begins to talk: TLS, as the server."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING, Final

from ..certificates import throwaway
from ..errors import TlsError
from ..listen_request import ListenRequest
from ..tls_contexts import server_context
from .base import Link, LinkOwner, Log
from .securing import log_tls, ragged, refused
from .stream import StreamLink
from .tls import TlsLink
from .web_socket_loading import load

if TYPE_CHECKING:
    from ..body import PrivateFile
    from ..session import Session

HANDSHAKE: Final = 10.0
_OF_CLIENTS: Final = (
    "The client needs one that is valid now, by an issuer of --client-ca, or in the options."
)
_NAME_ONE: Final = "Name a file with a certificate: --cert, or the options."
_OF_VERSIONS: Final = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION")
_OLDER: Final = (
    "Take older versions (--accept-tls, or `oldest TLS` in the listener's options),"
    " or have the client take newer ones."
)


class ServerTls:
    """The certificate and the context of a listener, made when they are first needed."""

    def __init__(self, request: ListenRequest, host: str = "") -> None:
        """Remember what to make.

        Args:
            request: Names files, or none for a throw-away certificate.
            host: Where it listens; a throw-away certificate is for it too.
        """
        self._request = request
        self._host = host
        self._own: PrivateFile | None = None
        self._context: ssl.SSLContext | None = None
        self._making = asyncio.Lock()

    @property
    def path(self) -> str:
        """Path of the PEM file in use: a client may trust it as its `ca_file`."""
        return str(self._own.path) if self._own else self._request.certificate

    async def context(self) -> ssl.SSLContext:
        """Return the context.

        Raises:
            TlsError: A file cannot be used.
        """
        async with self._making:
            if self._context is None:
                self._context = await asyncio.to_thread(self._make)
            return self._context

    def _make(self) -> ssl.SSLContext:
        request = self._request
        if request.key and not request.certificate:
            raise TlsError(
                "There is a key, and no certificate for it.", hint=_NAME_ONE, phase="tls"
            )
        if not request.certificate and self._own is None:
            names = filter(None, (self._host, "localhost", "127.0.0.1", "::1"))
            try:
                self._own = throwaway(tuple(dict.fromkeys(names)))
            except (OSError, ValueError) as error:
                text = f"A certificate could not be made: {error}."
                raise TlsError(text, hint=_NAME_ONE, phase="tls") from error
        return server_context(
            self.path,
            request.key,
            client_ca=request.client_ca,
            alpn=request.alpn,
            min_tls=request.min_tls,
        )


async def dress(
    session: Session,
    link: StreamLink,
    request: ListenRequest,
    *,
    context: ssl.SSLContext | None,
) -> None:
    """Put on a client's connection what the listener's scheme speaks, and open the session.

    Args:
        session: Accepted, not open yet.
        link: The bare connection; it comes paused when anything is put on it.
        request: What the listener was asked for.
        context: For TLS; None for a scheme without it.

    Raises:
        SondeError: The client does not speak it, or not in time.
    """
    if session.is_web_socket:
        worn = await _serve_web_socket(session, link, request, context)
    elif context is not None:
        worn = await _serve_tls(session, link, session, context)
    else:
        worn = link
    session.opened(worn)


async def _serve_tls(
    session: Session, link: Link, owner: LinkOwner, context: ssl.SSLContext
) -> Link:
    tls = await serve_tls(link, owner, session.log, context)
    session.tls = tls.facts
    return tls


async def _serve_web_socket(
    session: Session, link: Link, request: ListenRequest, context: ssl.SSLContext | None
) -> Link:
    await load()
    from .web_socket_exchange import Early
    from .web_socket_opening import serve_web_socket

    early = Early()
    near = None
    if request.forward is not None:
        from ..serving.passing import Near

        near = Near(session, request.forward)
    try:
        return await serve_web_socket(
            await _serve_tls(session, link, early, context) if context else link,
            near or session,
            session.log,
            subprotocols=request.subprotocols,
            compression=request.compression,
            path=request.endpoint.path,
            early=early,
            agree=near.agree if near else None,
        )
    except BaseException:
        if near is not None:
            near.abort()
        raise


async def serve_tls(
    link: Link, owner: LinkOwner, log: Log, context: ssl.SSLContext, *, early: bytes = b""
) -> TlsLink:
    """Put TLS on a link, as the server.

    Args:
        link: Open; its owner becomes the TLS link.
        owner: Hears the plain bytes.
        log: Takes the TLS event, and a NOTE for an end without close_notify.
        context: Of the listener.
        early: What the client sent of its handshake before.

    Raises:
        TlsError: It failed; `facts` holds what was seen, a client's certificate too.
        DeadlineError: It took too long.

    With either, `heard` holds what the client said in place of TLS.
    """
    link.pause()
    tls = TlsLink(
        link,
        owner,
        context,
        server_side=True,
        on_open=partial(log_tls, log),
        on_ragged=ragged(log),
    )
    if early:
        tls.take_early(early)
    try:
        async with asyncio.timeout(HANDSHAKE):
            await tls.handshake()
    except OSError as error:
        problem = refused(error, link.peer, tls, HANDSHAKE)
        if isinstance(error, ssl.SSLCertVerificationError):
            problem.advice = _OF_CLIENTS
        elif getattr(error, "reason", "") in _OF_VERSIONS:  # only OpenSSL itself sets it
            problem.advice = _OLDER
        raise problem from error
    return tls
