"""Sizes, durations and outcomes in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .body import Body
from .model import Exchange, HttpResponse, Outcome, State
from .safetext import SafeText, line

if TYPE_CHECKING:
    from .session import Session

_UNITS: Final = ("KB", "MB", "GB", "TB", "PB")
_CUTS: Final = {
    "limit": "cut at the size limit",
    "peer": "cut short by the peer",
    "reset": "cut by a reset",
    "timeout": "cut by a time limit",
    "cancel": "cut when cancelled",
    "decode": "cut: its coding is damaged",
}
# What a person does not read off the state's own name.
_STATES: Final = {
    State.NEW: "preparing",
    State.TLS: "TLS handshake",
    State.LOCAL_END: "we sent our end, the peer may go on",
    State.PEER_END: "the peer sent its end, we may go on",
}
_OPENING: Final = frozenset({State.NEW, State.RESOLVING, State.CONNECTING, State.PROXY, State.TLS})
_PART_LIMIT: Final = 500


def size(number: int) -> str:
    """Write a number of bytes: `312 B`, `1.2 KB`, `45 MB`; units of 1,000."""
    if number < 1000:
        return f"{number} B"
    value = number / 1000
    units = iter(_UNITS)
    unit = next(units)
    # 999.5 and more would be rounded to a fourth digit.
    while value >= 999.5 and unit != _UNITS[-1]:
        value /= 1000
        unit = next(units)
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def duration(seconds: float) -> str:
    """Write a duration: `0.4 ms`, `124 ms`, `1.24 s`, `2 min 5 s`, `3 h 7 min`."""
    milliseconds = seconds * 1000
    if milliseconds < 99.95:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 redirect`, `2 redirects`, `10,000 lines`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def status_line(exchange: Exchange) -> SafeText:
    """Say in one line what came of an exchange.

    Such as `200 OK · 12.4 ms · 1.2 KB · HTTP/1.1`, `failed · Could not reach ….`, or
    `done · 14 B sent · 15 B received · 3.1 ms`.
    """
    parts = _http_parts(exchange) if exchange.kind == "http" else _session_parts(exchange)
    return line(" · ".join(line(part, limit=_PART_LIMIT) for part in parts))


def session_line(session: Session) -> SafeText:
    """Say in one line where a session stands that is under way.

    Such as `connecting · tcp://localhost:80 · 0.2 ms · escape cancels`, or
    `open · 127.0.0.1:8888 · 14 B sent · 15 B received · 3.10 s`.
    """
    recorder = session.recorder
    parts = [_STATES.get(session.state, session.state.value)]
    if session.state in _OPENING:
        parts += [session.request.address, duration(recorder.elapsed), "escape cancels"]
    else:
        counts = [f"{size(recorder.sent)} sent", f"{size(recorder.received)} received"]
        parts += [session.peer, *counts, duration(recorder.elapsed)]
    return line(" · ".join(line(part, limit=_PART_LIMIT) for part in parts if part))


def _http_parts(exchange: Exchange) -> Iterator[str]:
    response = exchange.response
    if response is None:
        yield from _ending(exchange)
        if exchange.outcome is not Outcome.FAILED or exchange.received:
            yield duration(exchange.timing.total)
        if exchange.received:
            yield f"{size(exchange.received)} received"
        return
    yield f"{response.status} {response.reason}".rstrip()
    yield duration(exchange.timing.total)
    yield size(response.body.size)
    yield response.version
    if exchange.hops:
        yield count(len(exchange.hops), "redirect")
    yield from _response_ending(exchange, response)


def _response_ending(exchange: Exchange, response: HttpResponse) -> Iterator[str]:
    cut = body_cut(response.body)
    if exchange.outcome is Outcome.CUT and cut:
        yield cut
    elif exchange.outcome is not Outcome.DONE:
        yield from _ending(exchange)
    elif cut:
        yield cut


def _session_parts(exchange: Exchange) -> Iterator[str]:
    yield from _ending(exchange)
    if exchange.outcome is Outcome.FAILED and not (exchange.sent or exchange.received):
        return
    yield f"{size(exchange.sent)} sent"
    yield f"{size(exchange.received)} received"
    yield duration(exchange.timing.total)


def _ending(exchange: Exchange) -> Iterator[str]:
    yield exchange.outcome.value
    if exchange.problem is not None:
        yield exchange.problem.text


def body_cut(body: Body) -> str:
    """Say why a body is not whole; empty when it is."""
    if body.cut:
        return _CUTS[body.cut]
    return "incomplete" if body.complete is False else ""
