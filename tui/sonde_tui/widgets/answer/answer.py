"""What is known of an answer: of an exchange that is over, or of a call that is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sonde_core.body import EMPTY, Body
from sonde_core.http_request import HttpRequest
from sonde_core.model import Exchange, HttpResponse, Moment
from sonde_core.recording.masked import MaskedTimeline

from ..transcript.about import About
from . import answer_lines as lines
from .answer_lines import Row

if TYPE_CHECKING:
    from sonde_core.http.call import Call


class Answer:
    """One of both, or nothing yet."""

    def __init__(self, *, call: Call | None = None, exchange: Exchange | None = None) -> None:
        self._call = call
        self._exchange = exchange

    def follows(self, call: Call) -> bool:
        """Whether it is what is known of a call."""
        return self._call is call

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self._exchange is not None

    @property
    def exchange(self) -> Exchange | None:
        """All that happened so far."""
        return self._call.exchange() if self._call is not None else self._exchange

    @property
    def response(self) -> HttpResponse | None:
        """Status and headers; the body of a call under way is asked for on its own."""
        if self._call is not None:
            return self._call.head
        return self._exchange.response if self._exchange is not None else None

    @property
    def body(self) -> Body:
        """So much of the body as there is."""
        if self._call is not None:
            return self._call.body()
        response = self.response
        return response.body if response is not None else EMPTY

    @property
    def endless(self) -> bool:
        """Whether nobody knows how much of the body there will be."""
        response = self.response
        return not self.over and response is not None and not response.header("content-length")

    @property
    def stage(self) -> tuple[str, bool]:
        """Grows only in steps: what is told besides the bytes changes with it."""
        return (self._call.state.value if self._call is not None else "", self.response is not None)

    @property
    def recording(self) -> Sequence[Moment]:
        """The wire as it is recorded; it may still grow."""
        if self._call is not None:
            return self._call.recorder
        return self._exchange.timeline if self._exchange is not None else ()

    def timeline(self, *, reveal: bool) -> Sequence[Moment]:
        """Return the wire, with stars over its secrets."""
        return self.recording if reveal else MaskedTimeline(self.recording)

    @property
    def about(self) -> About:
        """What the conversation under it is."""
        exchange = self.exchange
        return About() if exchange is None else About.exchange(exchange)

    @property
    def failed_with_bytes(self) -> bool:
        """Whether no answer came of it, and something that looks like none did."""
        exchange = self._exchange
        return exchange is not None and exchange.response is None and exchange.received > 0

    def without_body(self) -> str:
        """Say why there is no body to show."""
        if not self.over:
            return "Nothing of the body is here yet."
        if self.failed_with_bytes:
            return "No HTTP answer came; the wire view (w) has every byte that did."
        return "No answer came."

    def rows(self, name: str, *, reveal: bool) -> list[Row]:
        """Return the rows of a view that has some: headers, timing, TLS, cookies."""
        exchange = self.exchange
        if exchange is None:
            return []
        if name == "headers":
            if self.response is None and not self.over:
                return [lines.said("No headers are here yet.", "muted")]
            return lines.answer_headers(exchange.response, reveal=reveal)
        if name == "timing":
            return lines.timing_rows(exchange, reveal=reveal)
        if name == "tls":
            from .tls_lines import tls_rows

            return tls_rows(
                exchange.tls,
                secure=_secure(exchange),
                at=exchange.started,
                plain="this was plain http",
            )
        return lines.trail_rows(exchange.hops, exchange.response, reveal=reveal)


def _secure(exchange: Exchange) -> bool:
    """Whether the last request went over TLS, or was to."""
    url = exchange.hops[-1].location if exchange.hops else ""
    if exchange.response is not None and exchange.response.url:
        url = exchange.response.url
    elif "://" not in url and isinstance(exchange.request, HttpRequest):
        url = exchange.request.url
    return url.lower().startswith("https:")
