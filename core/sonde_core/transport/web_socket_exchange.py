"""One HTTP request and its answer on a link, as the handshake of WebSocket needs them."""

from __future__ import annotations

import asyncio
from typing import Final

import h11

from ..model import EventKind
from .base import Link, Log, MessageOwner
from .web_socket import WebSocketLink
from .web_socket_handshake import VERSION, Headers, Settled

HEAD: Final = 1 << 16  # bytes of a handshake's headers
BODY: Final = 4096  # bytes of a refusal's body that are looked at
PATIENCE: Final = 2.0  # seconds for that body
HTTP: Final = b"HTTP/"
_FIRST: Final = 40  # bytes of what is no HTTP that are told


def log_answer(
    log: Log,
    said: str,
    status: int,
    headers: Headers,
    settled: Settled | None = None,
    body: str = "",
) -> None:
    """Write an answer down: its status line in words, the rest as facts."""
    facts = {"status": str(status), "headers": lines_of(headers)}
    facts |= {"body": body} if body else {}
    facts |= settled.facts if settled else {}
    words = (f"HTTP/1.1 {said}", *(settled.facts.values() if settled else ()))
    log(EventKind.RESPONSE, " · ".join(words), **facts)


def plain(error: Exception) -> str:
    """Say what h11 found wrong without the bytes that it quotes."""
    text = str(error)
    if "too long" in text.lower():
        return "its headers are too long"
    if "closed" in text or "disconnected" in text:
        return "it ended before its headers did"
    return text.partition(":")[0].partition("bytearray")[0].partition("b'")[0].strip().lower()


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return headers as they go out; raises UnicodeEncodeError for a name that is no ASCII."""
    return [
        (name.strip().encode("ascii"), value.strip().encode("utf-8", "surrogateescape"))
        for name, value in headers
    ]


def headers_of(head: h11.Request | h11.Response | h11.InformationalResponse) -> Headers:
    """Return headers as they came, in wire order and case."""
    pairs = head.headers.raw_items()
    return tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in pairs
    )


def lines_of(headers: Headers) -> str:
    """Write headers as the facts of an event have them: a line for each."""
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _may_be_http(data: bytes) -> bool:
    return data[: len(HTTP)] == HTTP[: len(data)]


class Early:
    """The owner of a link under the handshake, TLS that is: keeps what comes before that begins."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False

    def on_data(self, data: bytes) -> None:
        self.data += data

    def on_end(self) -> None:
        self.ended = True

    def on_lost(self, error: BaseException | None) -> None:
        self.ended = True

    def on_advice(self, error: OSError) -> None:
        """Ignore it: streams have none."""


class Exchange:
    """One request and its answer on a link, whose owner it is meanwhile.

    Attributes:
        heard: The first bytes that came.
        peer: Address of the other end.
    """

    def __init__(
        self, link: Link, role: type[h11.CLIENT] | type[h11.SERVER], early: Early | None
    ) -> None:
        self.heard = b""
        self.peer = link.peer
        self._link = link
        self._h11 = h11.Connection(role, max_incomplete_event_size=HEAD)
        self._news = asyncio.Event()
        self._as_client = role is h11.CLIENT
        self._ended = False
        self._lost: BaseException | None = None
        self._over = False
        self._refused = False
        link.owner = self
        if early and early.data:
            self.on_data(bytes(early.data))
        if early and early.ended:
            self.on_end()

    def send(self, *events: h11.Event) -> None:
        data = b"".join(self._h11.send(event) or b"" for event in events)
        self._link.write(data)

    async def event(self) -> object:
        """Return h11's next event; raises its RemoteProtocolError, or OSError."""
        self._link.resume()
        try:
            while (event := self._h11.next_event()) is h11.NEED_DATA:
                await self._more()
            return event
        finally:
            self._link.pause()

    async def _more(self) -> None:
        if self._lost is not None and not self.heard:
            raise self._lost
        if self._ended or self._over:
            self._h11.receive_data(b"")
            return
        if self._as_client and not _may_be_http(self.heard):
            raise h11.RemoteProtocolError("no HTTP")  # it may wait for us to say more
        self._news.clear()
        await self._news.wait()

    async def body(self) -> str:
        """Return the start of a body, as text."""
        data = bytearray()
        try:
            async with asyncio.timeout(PATIENCE):
                while len(data) < BODY and isinstance(event := await self.event(), h11.Data):
                    data += event.data
        except (TimeoutError, OSError, h11.RemoteProtocolError):
            pass  # what came of it is told
        return bytes(data[:BODY]).decode("utf-8", "replace")

    async def refuse(self, log: Log, status: int, sentence: str) -> None:
        """Answer with a status and a sentence, and let both reach the client."""
        self._refused = True  # what it still sends is dropped
        body = f"{sentence}\n".encode()
        headers = [
            (b"Content-Type", b"text/plain; charset=utf-8"),
            (b"Content-Length", b"%d" % len(body)),
            (b"Connection", b"close, Upgrade"),
            (b"Upgrade", b"websocket"),
            (b"Sec-WebSocket-Version", VERSION.encode("ascii")),
        ]
        reasons = {400: b"Bad Request", 404: b"Not Found", 426: b"Upgrade Required"}
        reason = reasons.get(status, b"Bad Gateway")
        head = b"HTTP/1.1 %d %s\r\n" % (status, reason)
        lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        self._link.write(head + lines + b"\r\n" + body)
        text = head.decode("ascii").strip()
        log(EventKind.RESPONSE, text, status=str(status), body=sentence)
        self._link.write_end()
        self._link.resume()
        try:
            async with asyncio.timeout(PATIENCE):
                while not (self._ended or self._over):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    def upgraded(
        self, owner: MessageOwner, log: Log, settled: Settled, *, server_side: bool
    ) -> WebSocketLink:
        """Hand the link over to WebSocket, with what came of it already."""
        made = WebSocketLink(
            self._link,
            owner,
            log,
            server_side=server_side,
            settled=settled,
            early=self._h11.trailing_data[0],
        )
        # Soon, not now: the owner has to know of it first. It goes on where we are.
        loop = asyncio.get_running_loop()
        loop.call_soon(made.begin)
        if self._over:
            loop.call_soon(made.on_lost, self._lost)
        elif self._ended:
            loop.call_soon(made.on_end)
        return made

    # the link's side

    def on_data(self, data: bytes) -> None:
        if not self._ended:
            self.heard += data[: _FIRST - len(self.heard)]
            self._tell(data)

    def on_end(self) -> None:
        self._ended = True
        self._news.set()

    def on_lost(self, error: BaseException | None) -> None:
        self._over, self._lost = True, error
        self._news.set()

    def on_advice(self, error: OSError) -> None:
        """Ignore it: streams have none."""

    def _tell(self, data: bytes) -> None:
        if not self._refused and self._h11.their_state not in (h11.ERROR, h11.CLOSED):
            self._h11.receive_data(data)
        self._news.set()
