"""Sizes, durations and outcomes in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from .body import Body
from .model import Exchange, HttpResponse, Outcome, State
from .safetext import SafeText, line
from .secrets import mask_url

if TYPE_CHECKING:
    from .rates import Pace
    from .session import Session

_UNITS: Final = ("KB", "MB", "GB", "TB", "PB")
_CUTS: Final = {
    "limit": "cut at the size limit",
    "peer": "cut short by the peer",
    "reset": "cut by a reset",
    "timeout": "cut by a time limit",
    "cancel": "cut when cancelled",
    "decode": "cut where its coding is damaged",
}
# What a person does not read off the state's own name.
_STATES: Final = {
    State.NEW: "preparing",
    State.PROXY: "asking the proxy",
    State.TLS: "TLS handshake",
    State.LOCAL_END: "we sent our end, the peer may go on",
    State.PEER_END: "the peer sent its end, we may go on",
}
# Of WebSocket, where an end is a close frame: the other side answers it and says no more.
_WEB_SOCKET: Final = _STATES | {
    State.LOCAL_END: "we closed, the peer has not answered yet",
    State.PEER_END: "the peer closed",
}
# The same where there is little room.
_BRIEF: Final = {
    State.NEW: "preparing",
    State.PROXY: "asking proxy",
    State.TLS: "TLS handshake",
    State.LOCAL_END: "we ended",
    State.PEER_END: "peer ended",
}
_OPENING: Final = frozenset({State.NEW, State.RESOLVING, State.CONNECTING, State.PROXY, State.TLS})
_PART_LIMIT: Final = 500
_SIZE: Final = 6  # cells of a size


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


def entries(number: int) -> str:
    """Write a number of entries."""
    return "1 entry" if number == 1 else f"{number:,} entries"


def expired(number: int) -> str:
    """Say how many entries went because of the limits of the history."""
    return f"{entries(number)} went: beyond what the settings keep of the history."


def status_line(exchange: Exchange) -> SafeText:
    """Say in one line what came of an exchange.

    Such as `200 OK · 12.4 ms · 1.2 KB · HTTP/1.1`, `failed · Could not reach ….`, or
    `done · 14 B sent · 15 B received · 3.1 ms`.
    """
    return _joined(_parts(exchange, brief=False))


def short_line(exchange: Exchange) -> SafeText:
    """Say the same without the sentence of a problem, for where that stands by itself.

    Such as `failed · 12.4 ms · 178 B received`. What fell short comes early: the end of a line may
    find no room.
    """
    return _joined(_parts(exchange, brief=True))


def session_line(
    session: Session, *, room: int = _PART_LIMIT, pace: Pace | None = None
) -> SafeText:
    """Say in one line where a session stands that is under way; shorter if there is little room.

    Such as `connecting · tcp://localhost:80 · 0.2 ms · escape cancels`, or
    `open · 127.0.0.1:8888 · 14 B sent · 15 B received · 3.10 s`. With a pace, numbers keep their
    columns, and chunks or messages are counted, too.
    """
    *wider, shortest = (_joined(_stage(session, pace, left_out)) for left_out in _LEFT_OUT)
    return next((text for text in wider if len(text) <= room), shortest)


# What is left out where there is little room, more and more.
_LEFT_OUT: Final = (
    frozenset[str](),
    frozenset({"peer"}),
    frozenset({"peer", "time"}),
    frozenset({"peer", "time", "words"}),
    frozenset({"peer", "time", "words", "count"}),
    frozenset({"count", "words", "pace"}),
)


def _stage(session: Session, pace: Pace | None, left_out: frozenset[str]) -> Iterator[str]:
    recorder, brief = session.recorder, "words" in left_out
    passed = duration(recorder.elapsed)
    states = _WEB_SOCKET if session.is_web_socket else _STATES
    state = (_BRIEF if brief else states).get(session.state, session.state.value)
    if session.state in _OPENING:
        yield from (state, mask_url(session.request.address), passed, "escape cancels")
        return
    if session.closing:
        yield from ("closing…", "F8 again closes at once")
    elif session.upgrading:
        yield from ("TLS handshake…", "escape cancels")
    else:
        yield state
    if not (session.closing and brief) and (pace is None or "peer" not in left_out):
        yield session.peer
    if pace is None:
        yield from (f"{size(recorder.sent)} sent", f"{size(recorder.received)} received", passed)
        return
    yield f"{size(recorder.sent):>{_SIZE}} sent"
    yield f"{size(recorder.received):>{_SIZE}} received"
    if "pace" not in left_out:
        sent, received = (f"{size(round(each)):>{_SIZE}}/s" for each in pace)
        yield f">{sent} <{received}"
    if "time" not in left_out:
        yield passed
    if "count" not in left_out:
        noun = "messages" if session.is_message else "chunks"
        yield f">{recorder.sends:,} <{recorder.reads:,} {noun}"


def _joined(parts: Iterable[str]) -> SafeText:
    return line(" · ".join(line(part, limit=_PART_LIMIT) for part in parts if part))


def _parts(exchange: Exchange, *, brief: bool) -> Iterator[str]:
    if exchange.kind != "http":
        return _session_parts(exchange, brief=brief)
    if exchange.response is None:
        return _unanswered_parts(exchange, brief=brief)
    return _answer_parts(exchange, exchange.response, brief=brief)


def _answer_parts(exchange: Exchange, response: HttpResponse, *, brief: bool) -> Iterator[str]:
    ending = list(_answer_ending(exchange, response, brief=brief))
    yield f"{response.status} {response.reason}".rstrip()
    if brief:
        yield from ending
    yield duration(exchange.timing.total)
    yield size(response.body.size)
    yield response.version
    if exchange.hops:
        yield count(len(exchange.hops), "redirect")
    if not brief:
        yield from ending


def _answer_ending(exchange: Exchange, response: HttpResponse, *, brief: bool) -> Iterator[str]:
    cut = body_cut(response.body)
    if exchange.outcome is Outcome.DONE or (exchange.outcome is Outcome.CUT and cut):
        yield cut
    else:
        yield from _ending(exchange, brief=brief)


def _unanswered_parts(exchange: Exchange, *, brief: bool) -> Iterator[str]:
    yield from _ending(exchange, brief=brief)
    if brief or exchange.outcome is not Outcome.FAILED or exchange.received:
        yield duration(exchange.timing.total)
    if exchange.received:
        yield f"{size(exchange.received)} received"


def _session_parts(exchange: Exchange, *, brief: bool) -> Iterator[str]:
    yield from _ending(exchange, brief=brief)
    if exchange.outcome is Outcome.FAILED and not (exchange.sent or exchange.received):
        if brief:
            yield duration(exchange.timing.total)
        return
    yield f"{size(exchange.sent)} sent"
    yield f"{size(exchange.received)} received"
    yield duration(exchange.timing.total)


def _ending(exchange: Exchange, *, brief: bool) -> Iterator[str]:
    yield "under way" if exchange.under_way else exchange.outcome.value
    if exchange.problem is not None and not brief:
        yield exchange.problem.text


def short_kind(kind: str) -> str:
    """Return an exchange's kind for a narrow column."""
    return "udgram" if kind == "unix-dgram" else kind


def body_cut(body: Body) -> str:
    """Say why a body is not whole; empty when it is."""
    if body.cut:
        return _CUTS[body.cut]
    return "incomplete" if body.complete is False else ""
