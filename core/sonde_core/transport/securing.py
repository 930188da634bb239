"""TLS put on a link as the client, and written down."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..errors import SondeError, TlsError
from ..model import EventKind, TlsFacts
from ..quoting import quoted
from ..session_request import SessionOptions
from ..tls_contexts import client_context, offer
from .base import Link, LinkOwner, Log
from .edge import explain, reason
from .tls_words import PERHAPS_PLAIN, advice

if TYPE_CHECKING:
    from .tls import TlsLink


async def secure(
    link: Link,
    owner: LinkOwner,
    log: Log,
    *,
    server_name: str,
    options: SessionOptions,
    alpn: Sequence[str] = (),
    left: float | None = None,
) -> TlsLink:
    """Put TLS on a link, as the client.

    Args:
        link: Open; its owner becomes the TLS link. It is closed when the handshake fails.
        owner: Hears the plain bytes.
        log: Takes the TLS event, and a NOTE for an end without close_notify.
        server_name: For SNI and the certificate (RFC 6066, section 3); an address is fine.
        options: `connect_timeout` limits the handshake.
        alpn: Protocols to offer when the options name none (RFC 7301).
        left: Seconds of that limit that are left; None for all of it.

    Raises:
        TlsError: It failed; `facts` holds what was seen, the certificates too.
        DeadlineError: It took too long.

    With either, `heard` holds what the peer said in place of TLS.
    """
    from .tls import TlsLink

    link.pause()
    name = server_name.partition("%")[0]
    tls: TlsLink | None = None
    try:
        async with asyncio.timeout(options.connect_timeout if left is None else left):
            context = await asyncio.to_thread(_context, options)
            # The context is shared; what is offered is copied when the connection is made.
            offer(context, options.alpn or alpn)
            tls = TlsLink(
                link,
                owner,
                context,
                server_name=name,
                on_open=partial(log_tls, log),
                on_ragged=ragged(log),
            )
            await tls.handshake()
    except BaseException as error:
        if not isinstance(error, (OSError, ValueError, TlsError)):
            link.abort()
            raise
        link.close()  # no reset: the alert that says why is on its way
        if isinstance(error, TlsError):  # of a file, before anything was said
            raise
        raise _tls_error(error, name, options, tls) from error
    return tls


def _context(options: SessionOptions) -> ssl.SSLContext:
    return client_context(
        options.verify,
        options.ca_file,
        certificate=options.certificate,
        key=options.key,
        min_tls=options.min_tls,
    )


def ragged(log: Log) -> Callable[[], None]:
    """Return what writes down an end of TLS that was not said."""
    text = "the peer closed the connection without ending TLS; the end of its data may be missing"

    def note() -> None:
        log(EventKind.NOTE, text)

    return note


def _tls_error(
    error: OSError | ValueError, name: str, options: SessionOptions, tls: TlsLink | None
) -> SondeError:
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        text = f"{quoted(name)} cannot be a server name." if name else "There is no server name."
        return TlsError(text, hint="Set the server name in the options.", phase="tls")
    if tls is not None:
        return refused(error, name, tls, options.connect_timeout)
    return explain(error, name, "tls", options.connect_timeout)


def refused(error: OSError, name: str, tls: TlsLink, seconds: float) -> SondeError:
    """Turn what a handshake failed with into an error that holds what was seen.

    Args:
        error: What the handshake raised.
        name: The peer, as people know it.
        tls: What was tried.
        seconds: How long it was given.
    """
    facts = tls.facts
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"The certificate of {name} is not trusted: {facts.reason}."
        problem: SondeError = TlsError(text, hint=advice(error))
    elif isinstance(error, ConnectionError):
        problem = TlsError(f"TLS with {name} failed: {reason(error)}.", hint=PERHAPS_PLAIN)
    else:
        problem = explain(error, name, "tls", seconds)
    if isinstance(problem, TlsError):
        problem.facts = facts
    problem.phase = "tls"
    problem.heard = tls.in_place_of_tls(error)
    return problem


def log_tls(log: Log, facts: TlsFacts) -> None:
    """Write down what a handshake settled."""
    own = facts.certificate
    checked = {True: "verified", False: "not verified", None: ""}[facts.verified]
    parts = [facts.version, facts.cipher, facts.alpn, checked]
    named = {
        "version": facts.version,
        "cipher": facts.cipher,
        "alpn": facts.alpn,
        "verified": checked,
        "reason": facts.reason,
        "server_name": facts.server_name,
    }
    if own is not None:
        named |= {
            "subject": own.subject,
            "issuer": own.issuer,
            "not_after": own.not_after,
            "sha256": own.sha256,
            "key": own.key,
            "chain": str(len(facts.chain) + facts.more),
        }
    text = " · ".join(part for part in parts if part)
    log(EventKind.TLS, text, **{key: value for key, value in named.items() if value})
