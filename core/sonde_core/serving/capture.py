"""Answer every HTTP request of a listener's clients, and tell of each as an exchange."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from email.utils import formatdate
from http.client import responses
from typing import Final

import h11

from ..body import EMPTY, Body, Cut
from ..errors import RequestError, SondeError
from ..model import Header, HttpResponse
from ..quoting import quoted
from ..session import Session
from .answering import Told
from .captured import Captured
from .http_peer import HttpPeer, origin
from .rule import HttpAnswer
from .turns import Turns

IDLE: Final = 60.0  # seconds that a client may be silent
HEAD_SECONDS: Final = 30.0  # for all of a head, so that nobody holds us a byte at a time
BODY_SECONDS: Final = 600.0  # for all of a request
LINGER: Final = 5.0
_SLICE: Final = 1 << 18
_NO_BODY: Final = frozenset({204, 304})
_BYTES: Final = re.compile(r"(bytearray\()?b('.*'|\".*\")(?(1)\))", re.DOTALL)
_TOLD: Final = 200  # characters
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.1


class Capture:
    """Gives every request the same answer, and each to `tell` once it was answered."""

    def __init__(self, answer: HttpAnswer, tell: Told) -> None:
        """Prepare the answer.

        Raises:
            RequestError: It cannot be sent.
        """
        if not 200 <= answer.status <= 999:
            raise RequestError(
                f"{answer.status} is no status that answers a request.",
                hint="Choose one from 200 to 999.",
                phase="bind",
            )
        if answer.status in _NO_BODY and answer.body.size:
            raise RequestError(
                f"An answer with the status {answer.status} has no body (RFC 9110, section 6.4.1).",
                hint="Leave the body out, or choose another status.",
                phase="bind",
            )
        for name, value in answer.headers:
            if not _NAME.fullmatch(name) or re.search(r"[\0\r\n]", value):
                raise RequestError(
                    f"The header {quoted(name)} cannot be sent.",
                    hint="Its name has letters, digits and signs such as -, its value is one line.",
                    phase="bind",
                )
        self._answer = replace(answer, headers=_typed(answer))
        self._tell = tell
        self._turns = Turns()

    async def __call__(self, session: Session, incoming: AsyncGenerator[bytes, None]) -> None:
        """Answer one client, request after request.

        Raises:
            SondeError: The session broke.
        """
        client = _Client(session, incoming, self._answer, self._tell, self._turns)
        try:
            await client.run()
        except h11.RemoteProtocolError as error:
            told = _told(error)
            session.note(f"no HTTP request: {told}")
            await client.refuse(error.error_status_hint, f"{told}\n")
        except TimeoutError:
            if client.captured is not None:
                session.note("the request did not come whole in time")
                await client.refuse(408, "The request did not come in time.\n")
        session.unheed()  # read on without us, or what still comes would be in the way
        if not session.state.over:
            await session.close(LINGER)


class _Client(HttpPeer):
    """One client.

    Attributes:
        captured: The request that is being read or answered.
    """

    def __init__(
        self,
        session: Session,
        incoming: AsyncGenerator[bytes, None],
        answer: HttpAnswer,
        tell: Told,
        turns: Turns,
    ) -> None:
        super().__init__(session, incoming)
        self.captured: Captured | None = None
        self._answer = answer
        self._tell = tell
        self._turns = turns

    async def run(self) -> None:
        """Answer requests until there is none that may follow."""
        while await self._read():
            captured = self.captured
            assert captured is not None  # noqa: S101 - read just now
            more = captured.read
            await self._turns.next()
            if self.session.closing:
                return  # nothing can be said any more: the record of the session has what came
            if await self._respond(captured, self._answer) and more:
                self._begin_next()
            else:
                return

    # reading

    def patience(self) -> float:
        captured = self.captured
        if captured is None:
            return IDLE
        seconds = BODY_SECONDS if captured.method else HEAD_SECONDS
        return max(0.0, min(IDLE, seconds - captured.elapsed))

    def came(self, data: bytes) -> None:
        if self.captured is None and data:
            self.captured = Captured(self.session)
        if self.captured is not None:
            self.captured.came(data)

    def read_up(self) -> None:
        if self.captured is not None:
            self.captured.keep()

    async def _read(self) -> bool:
        """Read a request, with its body as far as we take it; tell whether there is one."""
        head = await self.event()
        captured = self.captured
        if not isinstance(head, h11.Request) or captured is None:
            return False
        headers = [(_text(name), _text(value)) for name, value in head.headers.raw_items()]
        host = _text(dict(head.headers).get(b"host", b""))
        captured.head(_text(head.method), _text(head.target), origin(self.session, host), headers)
        while isinstance(event := await self.event(), h11.Data):
            captured.spool.write(bytes(event.data))
            if captured.spool.size > self.session.limits.body_kept:
                captured.keep()
                return True
        captured.whole(len(self.http.trailing_data[0]))
        return True

    def _begin_next(self) -> None:
        beyond = self.http.trailing_data[0]
        self.http.start_next_cycle()
        self.captured = None
        if beyond:
            self.came(beyond)

    # answering

    async def write(self, data: bytes) -> None:
        if self.captured is not None:
            self.captured.sent(data)
        await super().write(data)

    async def refuse(self, status: int, text: str) -> None:
        """Say what is wrong with what came, if it was not answered yet; nothing may follow."""
        if self.http.our_state not in (h11.IDLE, h11.SEND_RESPONSE) or self.session.state.over:
            return
        self.captured = None  # what came is no request: the record of the session has it
        kind = ("Content-Type", "text/plain; charset=utf-8")
        answer = HttpAnswer(status, (kind,), Body.of(text.encode("utf-8", "replace")))
        for piece in _pieces(answer, "GET", _headers(answer, closes=True)):
            await self.write(piece)

    async def _respond(self, captured: Captured, answer: HttpAnswer) -> bool:
        """Send an answer and tell of the exchange; tell whether another request may follow."""
        cut: Cut = "" if captured.read else "limit"
        if cut:
            answer = HttpAnswer(413, (("Connection", "close"),))
        stays = self._settle(answer)
        headers = _headers(answer, closes=not stays)
        empty = captured.method == "HEAD" or answer.status in _NO_BODY
        body = EMPTY if empty else answer.body.described(media_type=_kind(headers))
        reason = responses.get(answer.status, "")
        self.session.answered += 1
        captured.answered(HttpResponse(answer.status, reason, headers=headers, body=body))
        try:
            for piece in _pieces(answer, captured.method, headers):
                await self.write(piece)
        except SondeError as error:
            await self._tell(self.session, captured.exchange(error, cut=cut))
            raise
        await self._tell(self.session, captured.exchange(cut=cut))
        return stays

    def _settle(self, answer: HttpAnswer) -> bool:
        """Let h11 know that the request is answered; tell whether the connection stays.

        Its bytes are not sent: a person's own headers may say what is not so.
        """
        named = {name.lower(): value for name, value in answer.headers}
        closes = named.get("connection", "").lower() == "close"
        length = named.get("content-length", str(answer.body.size))
        headers = [("Content-Length", "0"), *([("Connection", "close")] if closes else [])]
        self.http.send(h11.Response(status_code=answer.status, headers=headers))
        if self.http.our_state is h11.SWITCHED_PROTOCOL:
            return False  # behind a CONNECT that is granted there is no HTTP (RFC 9110, 9.3.6)
        self.http.send(h11.EndOfMessage())
        framed = length == str(answer.body.size) and "transfer-encoding" not in named
        done = self.http.our_state is h11.DONE and self.http.their_state is h11.DONE
        return framed and done


def _typed(answer: HttpAnswer) -> tuple[Header, ...]:
    """Say what kind of body it is, where nobody did."""
    named = any(name.lower() == "content-type" for name, _ in answer.headers)
    if named or not answer.body.size:
        return answer.headers
    start = answer.body.read(0, 1 << 16)
    try:
        text = getincrementaldecoder("utf-8")().decode(start, final=answer.body.size <= len(start))
    except UnicodeDecodeError:
        return (*answer.headers, ("Content-Type", "application/octet-stream"))
    kind = "application/json" if text.lstrip()[:1] in ("{", "[") else "text/plain; charset=utf-8"
    return (*answer.headers, ("Content-Type", kind))


def _headers(answer: HttpAnswer, *, closes: bool) -> tuple[Header, ...]:
    """Return all that is sent: a person's own headers, and those that are not among them."""
    named = {name.lower() for name, _ in answer.headers}
    added = [("Date", formatdate(usegmt=True))]
    if answer.status not in _NO_BODY and "transfer-encoding" not in named:
        added.append(("Content-Length", str(answer.body.size)))
    if closes:
        added.append(("Connection", "close"))
    return (*answer.headers, *(each for each in added if each[0].lower() not in named))


def _kind(headers: tuple[Header, ...]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _pieces(answer: HttpAnswer, method: str, headers: tuple[Header, ...]) -> Iterator[bytes]:
    """Yield the bytes of an answer."""
    lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")
    empty = method == "HEAD" or answer.status in _NO_BODY
    body = iter(()) if empty else answer.body.slices(_SLICE)
    first = next(body, b"")
    yield head + first
    yield from body


def _told(error: h11.RemoteProtocolError) -> str:
    """Return what h11 says, with bytes as text with escapes."""
    told = _BYTES.sub(r"\2", str(error))
    return told if len(told) <= _TOLD else told[:_TOLD] + "…"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
