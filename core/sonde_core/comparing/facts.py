"""What is told of two exchanges and makes no difference: what was asked, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from ..errors import BodyError
from ..http_request import HttpRequest
from ..model import Chunk, Direction, Exchange
from ..secrets import mask_url
from ..words import duration
from .change import Change

# As good as the same time: by so much of it, or by so many seconds, which one call to the next
# differs by anyway.
_EQUAL: Final = 0.05
_NOISE: Final = 0.001


def facts_of(before: Exchange, after: Exchange, *, reveal: bool) -> Iterator[Change]:
    """Yield another request, whether we were the other end, and the times in all and by phase."""
    old, new = (_asked(each, reveal=reveal) for each in (before, after))
    if old != new:
        yield Change("request", "", old, new)
    if before.role != after.role:
        yield Change("role", "", before.role, after.role)
    if not (before.under_way or after.under_way):
        yield time("in all", before.timing.total, after.timing.total)
    first, then = _first_byte(before), _first_byte(after)
    if first is not None or then is not None:
        yield time("to the first byte", first, then)
    phases, others = dict(before.timing.phases()), dict(after.timing.phases())
    for name in before.timing.PHASES:
        if name in phases or name in others:
            yield time(name, phases.get(name), others.get(name))


def time(name: str, before: float | None, after: float | None) -> Change:
    """Tell two durations, and how many times as long the second one is, where that says much."""
    old, new = (None if each is None else duration(each) for each in (before, after))
    return Change("time", name, old, new, _factor(before, after))


def _factor(before: float | None, after: float | None) -> str:
    if not before or after is None or abs(after - before) < _NOISE:
        return ""
    factor = after / before
    if abs(factor - 1) < _EQUAL:
        return ""
    return f"{factor:,.0f} times" if factor >= 100 else f"{factor:.2g} times"


def _asked(exchange: Exchange, *, reveal: bool) -> str:
    request = exchange.request
    target = exchange.target if reveal else mask_url(exchange.target)
    return f"{request.method} {target}" if isinstance(request, HttpRequest) else target


def _first_byte(exchange: Exchange) -> float | None:
    with suppress(BodyError):  # the file of the recording may be gone
        for moment in exchange.timeline:
            if isinstance(moment, Chunk) and moment.direction is Direction.RECEIVED:
                return moment.at
    return None
