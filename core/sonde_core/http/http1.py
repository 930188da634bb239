"""HTTP/1.1 on a recorded stream: h11 speaks the protocol, this moves its bytes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Final

import h11

from ..errors import HttpError, PeerClosedError, RequestError, SondeError
from ..model import Header
from .outgoing import RawHeader
from .wire import GoneError, Stream

READ: Final = 1 << 16
# A small body goes out with the headers: one write, and one read for a peer that reads once.
_TOGETHER: Final = 1 << 16
_INTERIM: Final = 100  # so many 1xx answers are passed over
_SWITCHING: Final = 101
_SHORT: Final = re.compile(r"received (\d+) bytes, expected (\d+)")
# h11 quotes what is wrong as Python writes bytes, which is no language for people.
_QUOTED: Final = re.compile(r"""[:\s]*(?:bytearray\()?\bb['"].*""", re.DOTALL)


class Http1:
    """One request and its answer.

    Attributes:
        trailers: Fields after a chunked body (RFC 9112, section 7.1.2), once it is read.
    """

    def __init__(self, stream: Stream, *, headers: int) -> None:
        """Begin on a stream that is open; `headers` limits the bytes of an answer's head."""
        self.trailers: tuple[Header, ...] = ()
        self._stream = stream
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=headers)
        self._heard = False

    @property
    def left_over(self) -> int:
        """Bytes that came after the answer."""
        return len(self._h11.trailing_data[0]) + self._stream.left_over

    async def send(
        self, method: str, target: bytes, headers: Sequence[RawHeader], body: AsyncIterable[bytes]
    ) -> None:
        """Send a request; one that the peer does not take whole may have an answer all the same.

        Raises:
            RequestError: It cannot be sent as HTTP.
            SondeError: The body cannot be read, or the peer took nothing in time.
        """
        try:
            request = h11.Request(method=method, target=target, headers=list(headers))
            waiting = self._h11.send(request) or b""
            async for piece in body:
                waiting += self._h11.send(h11.Data(data=piece)) or b""
                if len(waiting) > _TOGETHER:
                    await self._stream.write(waiting)
                    waiting = b""
            waiting += self._h11.send(h11.EndOfMessage()) or b""
            await self._stream.write(waiting)
        except GoneError:
            return
        except h11.LocalProtocolError as error:
            raise RequestError(
                f"The request cannot be sent as HTTP: {_plain(error)}.",
                hint="To send it all the same, use a socket session.",
                phase="request",
            ) from error

    async def head(self) -> h11.Response | h11.InformationalResponse:
        """Return status and headers of the answer, past interim ones but 101.

        Raises:
            SondeError: None came, or what came is no HTTP.
        """
        for _ in range(_INTERIM):
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and event.status_code == _SWITCHING:
                return event
        raise HttpError(f"{self._stream.name} sent {_INTERIM} interim answers and no other.")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body without its transfer coding.

        Raises:
            SondeError: It broke off, or is no HTTP.
        """
        while True:
            event = await self._event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
                continue
            if isinstance(event, h11.EndOfMessage):
                pairs = event.headers.raw_items()
                self.trailers = tuple((text_of(name), text_of(value)) for name, value in pairs)
            return

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise self._broken(_plain(error)) from error
            if event is h11.PAUSED:
                return h11.PAUSED
            if isinstance(event, h11.Event):
                return event
            data = await self._stream.read(READ)
            self._heard = self._heard or bool(data)
            if not data and self._h11.their_state is h11.SEND_RESPONSE:
                raise self._unanswered()
            self._h11.receive_data(data)

    def _unanswered(self) -> SondeError:
        name = self._stream.name
        if self._heard:
            return HttpError(f"What {name} sent is no HTTP: it ended before its headers did.")
        return PeerClosedError(f"{name} closed the connection without an answer.")

    def _broken(self, text: str) -> SondeError:
        """Say in our words what h11 found wrong."""
        name = self._stream.name
        if short := _SHORT.search(text):
            came = f"{short[1]} of {short[2]} bytes"
            return HttpError(f"The answer broke off: {came} of its body came.")
        if "incomplete chunked read" in text:
            return HttpError("The answer broke off in the middle of a chunked body.")
        if "_switch" in text:
            return HttpError(f"{name} switched to a protocol that was not asked for.")
        if "too long" in text.lower():
            return HttpError(f"{name} sent headers that are too long.")
        what = text.partition(":")[0].lower() or "malformed"
        return HttpError(f"What {name} sent is no HTTP: {what}.")


def _plain(error: h11.ProtocolError) -> str:
    """Return what h11 says without the bytes that it quotes."""
    return _QUOTED.sub("", str(error)).strip()


def text_of(data: bytes) -> str:
    """Read what a peer wrote; bytes that are no UTF-8 stay as surrogates."""
    return data.decode("utf-8", "surrogateescape")
