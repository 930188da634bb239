"""What an accepted connection speaks before its session begins to talk."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

from .edge import explain
from .securing import log_tls
from .stream import StreamLink
from .tls import TlsLink

if TYPE_CHECKING:
    from ..session import Session

HANDSHAKE: Final = 10.0


async def dress(session: Session, link: StreamLink, *, context: ssl.SSLContext | None) -> None:
    """Put on a client's connection what the listener's scheme speaks, and open the session.

    Args:
        session: Accepted, not open yet.
        link: The bare connection.
        context: For TLS; None for a scheme without it.

    Raises:
        SondeError: The client does not speak it, or not in time.
    """
    if context is None:
        session.opened(link)
        return
    tls = TlsLink(link, session, context, server_side=True)
    try:
        async with asyncio.timeout(HANDSHAKE):
            await tls.handshake()
    except OSError as error:
        raise explain(error, link.peer, "tls", HANDSHAKE) from error
    log_tls(session.log, tls.facts)
    session.opened(tls, tls.facts)
