"""One HTTP request that a client of ours sent, with our answer, as an exchange of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..body import Cut, Spool
from ..errors import SondeError
from ..http_request import Field, HttpRequest, RequestBody
from ..live import Live
from ..model import Direction, EventKind, Exchange, Header, HttpResponse, Outcome, Problem, Timing
from ..session import Session
from ..settings import MIB

# There may be a thousand clients.
_IN_MEMORY: Final = MIB
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Captured(Live):
    """Takes a request as it comes, and our answer; its clock begins with its first byte.

    Attributes:
        method: As it was sent; empty before the head was read.
        spool: Its body, without chunks.
        read: Whether all of it came.
    """

    def __init__(self, session: Session) -> None:
        """Begin now."""
        limits = session.limits
        limits = replace(
            limits,
            record_in_memory=min(limits.record_in_memory, _IN_MEMORY),
            record_kept=min(limits.record_kept, limits.wire_kept),
            tails_in_memory=0,
        )
        super().__init__(session.clock, limits)
        self.method = ""
        self.spool = Spool(_IN_MEMORY)
        self.read = False
        self._session = session
        self._url = ""
        self._headers: tuple[Header, ...] = ()
        self._response: HttpResponse | None = None
        self._request_took: float | None = None
        self._unread = b""  # the newest read: a request after this one may begin in it
        facts = {"peer": session.peer, "local": session.local}
        self.log(EventKind.ACCEPTED, f"from {session.peer}", **facts)

    @property
    def elapsed(self) -> float:
        """Seconds since its first byte."""
        return self.recorder.elapsed

    def came(self, data: bytes) -> None:
        """Take a read that may be the last one of this request."""
        self.keep()
        self._unread = data

    def keep(self, beyond: int = 0) -> None:
        """Record the newest read, but for so many bytes that do not belong to it."""
        data = self._unread[: len(self._unread) - beyond]
        if data:
            self._chunk(Direction.RECEIVED, data)
        self._unread = b""

    def head(self, method: str, target: str, origin: str, headers: Iterable[Header]) -> None:
        """Take the request line and the headers, in wire order and case."""
        self.method = method
        self._headers = tuple(headers)
        own = target.startswith("/")
        whole = target if _ABSOLUTE.match(target) else f"{origin}/{target.lstrip('*/')}"
        # Of CONNECT it is host and port alone (RFC 9112, section 3.2.3).
        self._url = target if method == "CONNECT" else origin + target if own else whole

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        wanted = name.lower()
        return next((value for key, value in self._headers if key.lower() == wanted), "")

    def whole(self, beyond: int) -> None:
        """All of it came; so many bytes of the newest read are of another request."""
        self.keep(beyond)
        self.read = True
        self._request_took = self.recorder.elapsed
        self.log(EventKind.REQUEST, f"{self.method} {self._url}")

    def answered(self, response: HttpResponse) -> None:
        """Take what it is answered with."""
        self._response = replace(response, url=self._url)
        text = f"{response.status} {response.reason}".rstrip()
        self.log(EventKind.RESPONSE, text, status=str(response.status))

    def sent(self, data: bytes) -> None:
        """Take bytes of the answer as they go."""
        self._chunk(Direction.SENT, data)

    def exchange(self, error: SondeError | None = None, *, cut: Cut = "") -> Exchange:
        """Return what came of it.

        Args:
            error: What kept us from answering.
            cut: Why not all of the body was taken.
        """
        body = self.spool.body().described(
            media_type=self.header("content-type"), complete=not cut, cut=cut
        )
        asked = RequestBody("bytes", data=body) if body.size else RequestBody()
        fields = tuple(Field(name, value) for name, value in self._headers)
        outcome = Outcome.FAILED if error else Outcome.CUT if cut else Outcome.DONE
        self.log(EventKind.CLOSED, error.message if error else "answered")
        return Exchange(
            request=HttpRequest(self.method, self._url, headers=fields, body=asked),
            started=self.started,
            outcome=outcome,
            kind="http",
            role="server",
            problem=Problem.of(error, "send") if error else None,
            timeline=self.recorder,
            timing=Timing(request=self._request_took, total=self.recorder.elapsed),
            response=self._response,
            peer=self._session.peer,
            local=self._session.local,
            tls=self._session.tls,
            sent=self.recorder.sent,
            received=self.recorder.received,
        )
