"""One client of the practice server, spoken to with h11 over a session of our listener."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from email.utils import formatdate
from http.client import responses
from typing import Final

import h11

from ..errors import SondeError
from ..serving.http_peer import HttpPeer, origin
from ..session import Session
from .answer import Answer, json_answer
from .asked import ECHO, Asked
from .routes import answer

IDLE: Final = 60.0
KEPT: Final = 1 << 25  # so much of a request's body is looked at; the rest is counted
LINGER: Final = 2.0
# Long enough that what came before a reset is read: a reset discards what is still on its way.
BEFORE_RESET: Final = 0.15
SERVER: Final = "sonde-practice"


def serve(session: Session) -> Coroutine[object, object, None]:
    """Answer a client, request after request, until either side ends.

    Call it as soon as the session is there: what arrives from this call on is heard.
    """
    return _serve(session, session.incoming())


async def _serve(session: Session, incoming: AsyncGenerator[bytes, None]) -> None:
    try:
        await _Connection(session, incoming).run()
    except (SondeError, TimeoutError):
        pass  # the client has left, or says nothing: there is nobody to tell
    except asyncio.CancelledError:
        session.abort()
        raise
    await session.close(grace=LINGER)


class _Connection(HttpPeer):
    def patience(self) -> float:
        return IDLE

    async def run(self) -> None:
        more = True
        while more:
            try:
                asked = await self._asked()
            except h11.RemoteProtocolError as error:
                await self._refuse(error)
                return
            if asked is None:
                return
            more = await self._answer(asked) and self.http.our_state is h11.DONE
            if more and self.http.their_state is h11.DONE:
                self.http.start_next_cycle()
            else:
                more = False

    async def _asked(self) -> Asked | None:
        """Read a whole request; None when the client has ended."""
        head = await self.event()
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        digest = hashlib.sha256()
        size = 0
        while isinstance(event := await self.event(), h11.Data):
            data = bytes(event.data)
            size += len(data)
            digest.update(data)
            body += data[: KEPT - len(body)]
        headers = ((_text(name), _text(value)) for name, value in head.headers.raw_items())
        return Asked(
            method=_text(head.method),
            target=_text(head.target),
            headers=tuple(headers),
            body=bytes(body),
            size=size,
            sha256=digest.hexdigest(),
            origin=origin(self.session, _text(dict(head.headers).get(b"host", b""))),
            client=self.session.peer,
        )

    async def _answer(self, asked: Asked) -> bool:
        """Send an answer; return whether another request may follow."""
        if asked.size > ECHO:  # taking a large form apart would hold up the loop
            made = await asyncio.to_thread(answer, asked)
        else:
            made = answer(asked)
        if made.wait:
            await self._pause(made.wait)
        if made.ending == "raw":
            assert isinstance(made.body, bytes)  # noqa: S101 - made so by its route
            await self.session.send(made.body)
            return False
        return await self._respond(asked, made)

    async def _respond(self, asked: Asked, made: Answer) -> bool:
        length = made.length
        if length is None and isinstance(made.body, bytes):
            length = len(made.body)
        empty = asked.method == "HEAD" or made.status in (204, 304)
        reason = responses.get(made.status, "")
        head = h11.Response(
            status_code=made.status, headers=_headers(made, length), reason=reason.encode("ascii")
        )
        await self.send(head)
        if not empty:
            async for data in _pieces(made.body):
                await self.send(h11.Data(data=data))
        if made.ending == "reset":
            await self._pause(BEFORE_RESET)
            self.session.abort()
        if made.ending != "whole" and not empty:
            return False
        await self.send(h11.EndOfMessage())
        return True

    async def _refuse(self, error: h11.RemoteProtocolError) -> None:
        """Say what is wrong with the request, if it was not answered yet."""
        if self.http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        status = error.error_status_hint
        made = json_answer({"error": str(error)}, ("Connection", "close"), status=status)
        await self._respond(Asked("GET", "/"), made)

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than the client stays."""
        try:
            async with asyncio.timeout(seconds):
                await self.session.finished()
        except TimeoutError:
            return


async def _pieces(body: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for data in body:
        yield data


def _headers(made: Answer, length: int | None) -> list[tuple[bytes, bytes]]:
    headers = [("Server", SERVER), ("Date", formatdate(usegmt=True)), *made.headers]
    if made.status in (204, 304):
        length = None
    elif length is None:
        headers.append(("Transfer-Encoding", "chunked"))
    if length is not None:
        headers.append(("Content-Length", str(length)))
    return [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
