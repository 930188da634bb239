"""Faults put into a stream of bytes, to see how the two ends bear them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from ..settings import MIB

# A slow line is fed in pieces that take so many seconds each, so that bytes flow.
_PIECE: Final = 0.05
# Bytes that may be on their way at once; a slower reader slows the sender.
_ON_THE_WAY: Final = 4 * MIB


@dataclass(frozen=True, slots=True)
class Faults:
    """What is done to the bytes of one direction.

    Attributes:
        delay: Seconds that each byte comes later.
        rate: Bytes a second at most; 0 for no limit.
        cut: The connection is reset after so many bytes; None never.
        slice: Bytes handed on at once at most, each in a write of its own; 0 for as they come.
    """

    delay: float = 0.0
    rate: int = 0
    cut: int | None = None
    slice: int = 0


class CutError(Exception):
    """The fault that ends the connection: so many bytes have passed."""


async def impaired(
    source: AsyncIterator[bytes], faults: Faults, *, whole: bool = False
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a source as the faults let them through, in order.

    Args:
        source: Where they come from.
        faults: What is done to them.
        whole: Each piece is a datagram or message, and stays one: what a cut would let through of
            it is none. A slice cuts datagrams all the same.

    Raises:
        CutError: So many bytes have passed as were to.
    """
    if faults == Faults():
        async for data in source:
            yield data
        return
    if faults.delay:
        others = replace(faults, delay=0.0)
        async with (
            aclosing(_delayed(source, faults.delay)) as late,
            aclosing(impaired(late, others, whole=whole)) as left,
        ):
            async for data in left:
                yield data
        return
    passed = 0
    async for data in source:
        for piece in _pieces(data, faults, whole=whole):
            if faults.cut is not None and passed + len(piece) >= faults.cut:
                rest = piece[: faults.cut - passed]
                if rest and not (whole and len(rest) < len(piece)):
                    yield piece if len(rest) == len(piece) else rest
                raise CutError
            passed += len(piece)
            yield piece
            if faults.rate:
                await asyncio.sleep(len(piece) / faults.rate)


def _pieces(data: bytes, faults: Faults, *, whole: bool) -> list[bytes]:
    if whole and not faults.slice:
        return [data]
    sizes = [size for size in (faults.slice, int(faults.rate * _PIECE)) if size > 0]
    size = min(sizes, default=len(data)) if faults.slice or faults.rate else len(data)
    if not data or size >= len(data):
        return [data]
    return [data[at : at + size] for at in range(0, len(data), size)]


async def _delayed(source: AsyncIterator[bytes], delay: float) -> AsyncGenerator[bytes, None]:
    """Yield each piece so much later than it came; the end, or the error, too."""
    line = _Line(source, delay)
    reading = asyncio.ensure_future(line.fill())
    try:
        async for data in line.empty():
            yield data
        await reading  # raises what the source raised
    finally:
        reading.cancel()
        # It waits, and takes what was raised: who is stopped while bytes are late hears no more.
        await asyncio.gather(reading, return_exceptions=True)


class _Line:
    """Bytes under way."""

    def __init__(self, source: AsyncIterator[bytes], delay: float) -> None:
        self._source = source
        self._delay = delay
        self._under_way: deque[tuple[float, bytes | None]] = deque()  # None is the end
        self._size = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def fill(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async for data in self._source:
                self._put(loop.time(), data)
                while self._size > _ON_THE_WAY:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._put(loop.time(), None)

    def _put(self, now: float, data: bytes | None) -> None:
        self._under_way.append((now + self._delay, data))
        self._size += len(data or b"") + 64
        self._news.set()

    async def empty(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            while not self._under_way:
                self._news.clear()
                await self._news.wait()
            due, data = self._under_way.popleft()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if data is None:
                return
            self._size -= len(data) + 64
            self._room.set()
            yield data
