"""TLS put on a link as the client, and written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..certificates import client_context
from ..errors import SondeError, TlsError
from ..model import EventKind, TlsFacts
from ..quoting import quoted
from ..session_request import SessionOptions
from .base import Link, LinkOwner, Log
from .edge import PERHAPS_PLAIN, explain, reason

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
) -> TlsLink:
    """Put TLS on a link, as the client.

    Args:
        link: Open; its owner becomes the TLS link. It is aborted when the handshake fails.
        owner: Hears the plain bytes.
        log: Takes the TLS event, and a NOTE for an end without close_notify.
        server_name: For SNI and the certificate (RFC 6066, section 3); an address is fine.
        options: `connect_timeout` limits the handshake.
        alpn: Protocols to offer (RFC 7301).

    Raises:
        TlsError: It failed; `facts` holds what was seen, the certificate too.
        DeadlineError: It took too long.
    """
    from .tls import TlsLink

    link.pause()
    name = server_name.partition("%")[0]
    tls: TlsLink | None = None
    try:
        async with asyncio.timeout(options.connect_timeout):
            context = await asyncio.to_thread(client_context, options.verify, options.ca_file)
            # The context is shared; what is offered is copied when the connection is made.
            context.set_alpn_protocols(list(alpn))
            tls = TlsLink(link, owner, context, server_name=name, on_ragged=_ragged(log))
            await tls.handshake()
    except BaseException as error:
        facts = tls.facts if tls else None
        if not isinstance(error, (OSError, ValueError)):
            link.abort()
            raise
        link.close()  # no reset: the alert that says why is on its way
        raise _tls_error(error, name, options, facts) from error
    log_tls(log, tls.facts)
    return tls


def _ragged(log: Log) -> Callable[[], None]:
    text = "the peer closed the connection without ending TLS; the end of its data may be missing"

    def note() -> None:
        log(EventKind.NOTE, text)

    return note


def _tls_error(
    error: OSError | ValueError, name: str, options: SessionOptions, facts: TlsFacts | None
) -> SondeError:
    if facts is None and not isinstance(error, TimeoutError):
        problem: SondeError = _before_handshake(error, name, options)
    elif isinstance(error, ConnectionError):
        text = f"TLS with {name} failed: {reason(error)}."
        problem = TlsError(text, hint=PERHAPS_PLAIN, phase="tls")
    else:
        problem = explain(error, name, "tls", options.connect_timeout)
    if isinstance(problem, TlsError):
        problem.facts = facts
    problem.phase = "tls"
    return problem


def _before_handshake(error: OSError | ValueError, name: str, options: SessionOptions) -> TlsError:
    if isinstance(error, ValueError):
        return TlsError(f"{quoted(name)} cannot be a server name.", hint="Set the server name.")
    return TlsError(
        f"Could not read the certificates in {quoted(options.ca_file)}: {reason(error)}.",
        hint="Give a PEM file that holds the issuer's certificate.",
    )


def log_tls(log: Log, facts: TlsFacts) -> None:
    """Write down what a handshake settled."""
    certificate = facts.certificate
    checked = {True: "verified", False: "not verified", None: ""}[facts.verified]
    parts = [facts.version, facts.cipher, facts.alpn, checked]
    named = {
        "version": facts.version,
        "cipher": facts.cipher,
        "alpn": facts.alpn,
        "verified": checked,
        "subject": certificate.subject if certificate else "",
        "issuer": certificate.issuer if certificate else "",
        "not_after": certificate.not_after if certificate else "",
        "sha256": certificate.sha256 if certificate else "",
    }
    text = " · ".join(part for part in parts if part)
    log(EventKind.TLS, text, **{key: value for key, value in named.items() if value})
