"""What came of steps, with stars over the secrets in what is shown of both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from ..errors import BodyError
from ..model import Chunk, Direction, Exchange
from ..payload import escape
from ..safetext import SafeText, line
from ..script.results import StepResult
from ..secrets import MASK
from ..steps import ExpectStep, SendStep, Step
from .masking import mask_stream, masked_steps, shorten

_STARS: Final = MASK.encode("ascii")
# Of more bytes no place is looked up: all that is shown of them is masked.
_LARGEST: Final = 64 << 20
_PLACES: Final = 1000  # where the same bytes stand; more are not looked at
_AROUND: Final = 64  # bytes; what is shown may begin before an answer, or end after it


def mask_results(results: Sequence[StepResult], exchange: Exchange) -> tuple[StepResult, ...]:
    """Return results to be shown without secrets; it may take a while, so call it in a thread.

    Args:
        results: As they are.
        exchange: What was recorded when the steps were performed.
    """
    heard = _Heard(exchange)
    raw = [result.step for result in results]
    pairs = zip(results, masked_steps(raw), strict=True)
    return tuple(_masked(result, step, heard) for result, step in pairs)


def has_secrets(steps: Sequence[Step]) -> bool:
    """Whether something in steps would be masked."""
    return any(one != other for one, other in zip(steps, masked_steps(steps), strict=True))


class _Heard:
    """What the peer said, and what of it is shown; read when it is first asked for."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def around(self, came: tuple[int, int] | None) -> tuple[bytes, bytes] | None:
        """Return what came around an answer, raw and masked; None where that is too much.

        Args:
            came: Where it came, see `StepResult`; None where no step took it: all is looked at.
        """
        pieces = self._pieces
        if pieces is None:
            return None
        first, end = came or (0, max(self._exchange.received, len(pieces)))
        if self._exchange.is_message:
            chosen = pieces[max(0, first - 1) : end + 1]
            return b"".join(each[0] for each in chosen), b"".join(each[1] for each in chosen)
        raw, hidden = pieces[0]
        place = slice(max(0, first - _AROUND), end + _AROUND)
        return raw[place], hidden[place]

    @cached_property
    def _pieces(self) -> list[tuple[bytes, bytes]] | None:
        if self._exchange.received > _LARGEST:
            return None
        try:
            said = list(_received(self._exchange))
        except BodyError:
            return None
        said = said if self._exchange.is_message else [b"".join(said)]
        return [(data, mask_stream(data)) for data in said]


def _received(exchange: Exchange) -> Iterator[bytes]:
    for moment in exchange.timeline:
        if not isinstance(moment, Chunk) or moment.direction is not Direction.RECEIVED:
            continue
        if not moment.kind.is_control:
            yield moment.data


def _masked(result: StepResult, step: Step, heard: _Heard) -> StepResult:
    wanted, got, detail = result.wanted, result.got, result.detail
    if wanted or got or '"' in detail:
        around = heard.around(result.came)
        hides_wanted = wanted != _in_step(step, result)
        hides_got = around is None or _is_hidden(got, *around)
        secret = step != result.step or around is None or around[0] != around[1]
        detail = _detail(result, hides_wanted, hides_got, secret)
        wanted = _STARS if wanted and hides_wanted else wanted
        got = _STARS if got and hides_got else got
    if isinstance(step, SendStep | ExpectStep) and isinstance(result.step, SendStep | ExpectStep):
        step = replace(step, data=shorten(step.data, result.step.data))
    return replace(result, step=step, wanted=wanted, got=got, detail=detail)


def _in_step(step: Step, result: StepResult) -> bytes:
    """Return what is shown of a step where something else came."""
    data = step.data if isinstance(step, SendStep | ExpectStep) else b""
    start = result.offset or 0
    return data[start : start + len(result.wanted)]


def _is_hidden(part: bytes, raw: bytes, hidden: bytes) -> bool:
    """Whether a part stands somewhere in what came where it is masked, or is not found in it."""
    if raw == hidden or not part:
        return False
    place = raw.find(part)
    for _ in range(_PLACES):
        if place < 0 or hidden[place : place + len(part)] != part:
            return True
        place = raw.find(part, place + 1)
        if place < 0:
            return False
    return True


def _detail(result: StepResult, wanted: bool, got: bool, secret: bool) -> SafeText:
    """Return the sentence with stars in place of the bytes that are not to be shown.

    Args:
        result: Of which it is.
        wanted: What was expected is not to be shown.
        got: What came is not.
        secret: There is a secret somewhere, so what is quoted else is not shown.
    """
    detail: str = result.detail
    told = [(result.wanted, wanted), (result.got, got)]
    rest = detail
    for data, hides in told:
        if data:
            rest = rest.replace(_quoted(data), "")
            detail = detail.replace(_quoted(data), f'"{MASK}"') if hides else detail
    if '"' not in rest or not secret:
        return line(detail)
    start, end = result.detail.find('"'), result.detail.rfind('"')
    return line(f'{result.detail[:start]}"{MASK}"{result.detail[end + 1 :]}')


def _quoted(data: bytes) -> str:
    return line(f'"{escape(data)}"')
