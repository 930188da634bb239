"""The part of a session that puts TLS on it while it runs (STARTTLS), as its role says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from . import full_paths
from .clock import Clock
from .errors import ConnectError, PeerClosedError, RequestError, SondeError
from .model import EventKind, State
from .recording.recorder import MOMENT_COST
from .session_request import SessionOptions, SessionRequest
from .settings import Limits
from .speaking import Speaking
from .transport.base import Link, LinkOwner
from .transport.early import LONGEST, hello_at
from .transport.securing import secure
from .transport.tls_words import PLAIN_HINTS

if TYPE_CHECKING:
    from .transport.accepting import ServerTls
    from .transport.tls import TlsLink


TLS_OPTIONS: Final = (
    "verify",
    "ca_file",
    "server_name",
    "alpn",
    "min_tls",
    "certificate",
    "key",
)


class Upgrading(Speaking, LinkOwner):
    """Speaks TLS from the moment it is asked to.

    Attributes:
        server_tls: What to show to a client that we upgrade; None makes a throw-away certificate.
        upgrading: Whether a handshake is under way in a session that is open.
    """

    def __init__(
        self,
        request: SessionRequest,
        *,
        clock: Clock | None = None,
        limits: Limits | None = None,
        role: Literal["client", "server"] = "client",
    ) -> None:
        super().__init__(request, clock=clock, limits=limits, role=role)
        self.server_tls: ServerTls | None = None
        self.upgrading = False
        self._opening: asyncio.Task[object] | None = None
        self._lost_early: tuple[BaseException | None] | None = None

    def fail(self, error: SondeError, *, reset: bool = False) -> None:
        """End it with a problem."""
        raise NotImplementedError

    def cancel(self) -> None:
        """End it at once."""
        raise NotImplementedError

    def _tell_lost(self) -> None:
        """Tell of a link that was lost just when all was ready to go on."""
        if self._lost_early is not None:
            self.on_lost(*self._lost_early)

    async def upgrade(self, server_name: str = "", options: SessionOptions | None = None) -> None:
        """Put TLS on the running session, after what was asked to be sent before.

        What is sent meanwhile waits. What a client sent of its handshake before we were asked, in
        one segment with its command, say, is found at the end of what came and used.

        Args:
            server_name: For SNI and the certificate, as the client; empty for the option of that
                name, or the endpoint's host.
            options: Those for TLS count in place of the ones that the session was opened with,
                and the record says so.

        Raises:
            RequestError: This session cannot; it goes on.
            ConnectError: It is not open, or one of the ends was sent; it goes on.
            SondeError: The handshake failed, and the session with it; `tls` holds what was seen.
        """
        async with self._sending:
            with self._watching():
                link = self._upgradable()
                options = self._options_of(options)
                host = self.endpoint.host if self.endpoint else ""
                name = server_name or options.server_name or host
                if self.role == "client" and not name and options.verify:
                    raise RequestError(
                        "There is no name to check the certificate against.",
                        hint="Set the server name in the options, or do without verification.",
                        phase="tls",
                    )
                link.pause()  # before anything else: what comes from now on is TLS
                self._paused = False  # so that nobody who catches up reads it as plain bytes
                await self._upgrade(link, name)

    def _options_of(self, chosen: SessionOptions | None) -> SessionOptions:
        options = self.request.options
        if chosen is not None:
            chosen = full_paths.of_options(chosen)
            options = replace(options, **{name: getattr(chosen, name) for name in TLS_OPTIONS})
            self.request = replace(self.request, options=options)
        return options

    def _upgradable(self) -> Link:
        if self.state is State.OPEN and self._link and self._link.is_message:
            raise RequestError(
                "TLS goes over byte streams only: this session has messages.",
                hint="WebSocket with TLS is wss://; datagrams have none.",
                phase="tls",
            )
        if self.tls is not None and self.state is not State.FAILED:
            raise RequestError(
                "This session speaks TLS already.",
                hint="Go on: what is sent from now on is encrypted.",
                phase="tls",
            )
        if self._peer_end and not self.state.over:
            raise ConnectError(
                "The peer sent its end, so TLS cannot begin.",
                hint="Open the session again.",
                phase="tls",
            )
        return self._sendable()

    async def _upgrade(self, link: Link, name: str) -> None:
        early = self._early() if self.role == "server" else b""
        facts = {"role": self.role} | ({"early": str(len(early))} if early else {})
        told = f"; {len(early)} bytes of it came before" if early else ""
        self.log(EventKind.UPGRADING, f"upgrading to TLS{told}", **facts)
        self.upgrading = True
        self._opening = task = asyncio.create_task(self._handshake(link, name, early))
        try:
            tls = await task
        except SondeError as error:
            if error.advice in PLAIN_HINTS:
                error.advice = (
                    "Upgrade when the peer has agreed to it, in the words of its protocol."
                )
            self.fail(error)
            raise
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if not self.state.over or (current and current.cancelling()):
                self.cancel()
                raise
            raise PeerClosedError(
                "The session was ended during the handshake.",
                hint="Open it again to go on.",
                phase="tls",
            ) from None
        finally:
            self.upgrading = False
        self._link, self.tls = tls, tls.facts
        if self.state.over:
            tls.abort()
        elif self._paused:
            tls.pause()
        self._tell_lost()
        self._touch()

    async def _handshake(self, link: Link, name: str, early: bytes) -> TlsLink:
        if self.role == "client":
            options = self.request.options
            return await secure(link, self, self.log, server_name=name, options=options)
        from .listen_request import ListenRequest
        from .transport.accepting import ServerTls, serve_tls

        self.server_tls = self.server_tls or ServerTls(ListenRequest(self.request.address))
        context = await self.server_tls.context()
        return await serve_tls(link, self, self.log, context, early=early)

    def _early(self) -> bytes:
        """Take what came of a handshake out of what came as plain bytes."""
        _, data = self._recent.since(self._recent.end - LONGEST)
        at = hello_at(data)
        if at is None:
            return b""
        self._take_back(len(data) - at)
        return data[at:]

    def _take_back(self, size: int) -> None:
        """Take the newest bytes from who has not read them yet."""
        inbox = self._inbox
        while inbox and size > 0:
            last = inbox.pop()
            rest = last[: max(0, len(last) - size)]
            size -= len(last) - len(rest)
            self._inbox_size -= len(last) + MOMENT_COST
            if rest:
                inbox.append(rest)
                self._inbox_size += len(rest) + MOMENT_COST
