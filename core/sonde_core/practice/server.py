"""The practice server: HTTP, HTTPS, echoes and a greeter on loopback, on free ports."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Final, TypeAlias

from ..certificates import throwaway
from ..endpoint import TLS_SCHEMES
from ..listen_request import ListenRequest
from ..model import State
from ..session import Session
from ..settings import Limits
from ..transport.listener import Listener

if TYPE_CHECKING:
    from ..body import PrivateFile

SUBPROTOCOL: Final = "practice"
GREETING: Final = b"Hello, client!"
HOST: Final = "127.0.0.1"
GRACE: Final = 0.2  # seconds for clients that are still there when it ends
# How long the greeter and HTTP wait for a client that does not end its side.
PATIENCE: Final = 60.0
# Nobody looks at what is recorded here: keep little, and make no files.
_LIMITS: Final = Limits(record_in_memory=1 << 62, record_kept=1 << 14)

Talk: TypeAlias = Callable[[Session], Coroutine[object, object, None]]


class PracticeServer:
    """Servers to try things on.

    Attributes:
        http: Such as `http://127.0.0.1:40001`.
        https: The same routes over TLS, with a certificate made for this run.
        tcp_echo: Endpoint text; sends back what it gets.
        greeter: Says `Hello, client!`, ends its side and reads to the client's end.
        tls_echo: Endpoint text.
        udp_echo: Endpoint text.
        ws_echo: Endpoint text; WebSocket, with the subprotocol `practice` for who offers it.
        wss_echo: Endpoint text; the same over TLS.
        ca_file: PEM file to trust, to verify the certificate.
    """

    def __init__(self) -> None:
        self.http = ""
        self.https = ""
        self.tcp_echo = ""
        self.greeter = ""
        self.tls_echo = ""
        self.udp_echo = ""
        self.ws_echo = ""
        self.wss_echo = ""
        self.ca_file = ""
        self._certificate: PrivateFile | None = None
        self._listeners: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Bind all of them.

        Raises:
            SondeError: One could not be bound; none is left behind.
        """
        # Imported here: h11 is not needed before the first start.
        from .connection import serve

        self._certificate = await asyncio.to_thread(throwaway)
        self.ca_file = str(self._certificate.path)
        try:
            self.http = _web(await self._listen("tcp", serve))
            self.https = _web(await self._listen("tls", serve))
            self.tcp_echo = await self._listen("tcp")
            self.greeter = await self._listen("tcp", _greet)
            self.tls_echo = await self._listen("tls")
            self.udp_echo = await self._listen("udp")
            self.ws_echo = await self._listen("ws")
            self.wss_echo = await self._listen("wss")
        except BaseException:  # also when it is cancelled
            await self.close()
            raise

    def endpoints(self) -> list[tuple[str, str]]:
        """Return a name and an endpoint for each."""
        return [
            ("HTTP", self.http),
            ("HTTPS", self.https),
            ("TCP echo", self.tcp_echo),
            ("TCP greeter", self.greeter),
            ("TLS echo", self.tls_echo),
            ("UDP echo", self.udp_echo),
            ("WebSocket echo", self.ws_echo),
            ("WebSocket echo over TLS", self.wss_echo),
        ]

    async def close(self) -> None:
        """End them, with clients or without."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(listener.close(GRACE) for listener in self._listeners))
        self._listeners.clear()
        if self._certificate:
            self._certificate.close()
            self._certificate = None

    async def _listen(self, scheme: str, talk: Talk | None = None) -> str:
        """Bind one; without anything to say it echoes. Returns its endpoint."""
        address = f"{scheme}://{HOST}:0"
        request = ListenRequest(
            address,
            echo=talk is None,
            certificate=self.ca_file if scheme in TLS_SCHEMES else "",
            subprotocols=(SUBPROTOCOL,),
        )
        listener = Listener(
            request,
            on_session=lambda session: self._look_after(listener, session, talk),
            limits=_LIMITS,
            half_open=PATIENCE,
        )
        await listener.start()
        self._listeners.append(listener)
        return str(listener.bound)

    def _look_after(self, listener: Listener, session: Session, talk: Talk | None) -> None:
        task = asyncio.create_task(_attend(listener, session, talk(session) if talk else None))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _attend(
    listener: Listener, session: Session, talk: Coroutine[object, object, None] | None
) -> None:
    if talk:
        await talk
    await session.finished()
    with contextlib.suppress(ValueError):  # the listener has let it go already
        listener.sessions.remove(session)  # it would keep what it heard for somebody to look at


async def _greet(session: Session) -> None:
    seen = -1
    while session.state is not State.OPEN:
        if session.state.over:
            return
        seen = await session.changed(seen)
    await session.send(GREETING)
    await session.close(grace=PATIENCE)


def _web(endpoint: str) -> str:
    scheme, _, address = endpoint.partition("://")
    return f"{'https' if scheme == 'tls' else 'http'}://{address}"
