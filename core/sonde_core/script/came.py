"""What came in place of an expected answer, read again from the record of the performance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..comparing.change import common_start
from ..model import Direction, Exchange
from ..steps import ExpectStep
from .results import StepResult, Verdict

SHOWN: Final = 1 << 15  # bytes of each side
_BEFORE: Final = 1 << 10  # of those before the first difference
_ROW: Final = 16


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of an answer, from a place on that both have.

    Attributes:
        wanted: What is expected; empty for what names no bytes.
        got: What came.
        start: Bytes of each that are left out before.
        differs: Byte where they first differ, counted from their beginning; None where they do not.
        wanted_size: Bytes that are expected in all.
        got_size: Bytes that came in all; None where none was waited for yet.
    """

    wanted: bytes
    got: bytes
    start: int
    differs: int | None
    wanted_size: int
    got_size: int | None


def sides(exchange: Exchange, result: StepResult) -> Sides:
    """Return what was expected and what came; of large ones the part around the difference.

    Raises:
        BodyError: The record cannot be read.
    """
    step = result.step
    wanted, exact = b"", False
    if isinstance(step, ExpectStep) and step.how in ("equal", "prefix", "regex"):
        wanted, exact = step.data, step.how != "regex"
    got, size = _came(exchange, result, len(wanted) + SHOWN)
    differs = None
    if exact and result.came is not None and not result.verdict.fine:
        alike = common_start(wanted, got)
        # What did not come before it was stopped is no difference.
        end = len(got) if result.verdict is Verdict.STOPPED else max(len(wanted), len(got))
        differs = alike if alike < end else None
    start = max(0, (differs or 0) - _BEFORE) if max(len(wanted), len(got)) > SHOWN else 0
    start -= start % _ROW
    end = start + SHOWN
    got_size = None if result.came is None else size
    return Sides(wanted[start:end], got[start:end], start, differs, len(wanted), got_size)


def _came(exchange: Exchange, result: StepResult, most: int) -> tuple[bytes, int]:
    """Return what came, up to so many bytes, and how much it was in all."""
    kept, size = bytearray(), 0
    for data in _pieces(exchange, result):
        size += len(data)
        kept += data[: max(0, most - len(kept))]
    return bytes(kept), size


def _pieces(exchange: Exchange, result: StepResult) -> Iterator[bytes]:
    at, messages = 0, exchange.is_message
    first, end = result.came or (0, 0)
    for chunk in exchange.chunks():
        if at >= end:
            return
        if chunk.direction is not Direction.RECEIVED or chunk.kind.is_aside:
            continue
        size = 1 if messages else len(chunk.data)
        if at + size > first:
            yield chunk.data if messages else chunk.data[max(0, first - at) : end - at]
        at += size
