from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable

import pytest

from sonde_core.errors import SondeError
from sonde_core.serving.faults import CutError, Faults, impaired


async def source(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def passed(pieces: Iterable[bytes], faults: Faults) -> list[bytes]:
    return [piece async for piece in impaired(source(pieces), faults)]


async def into(got: list[bytes], pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        got.append(piece)


async def test_without_faults_all_passes_as_it_came() -> None:
    assert await passed([b"ab", b"", b"c"], Faults()) == [b"ab", b"", b"c"]


async def test_slices_are_no_larger_than_asked_for() -> None:
    assert await passed([b"abcde"], Faults(slice=2)) == [b"ab", b"cd", b"e"]


async def test_a_cut_lets_just_so_many_bytes_through() -> None:
    got: list[bytes] = []
    with pytest.raises(CutError):
        await into(got, impaired(source([b"abc", b"def"]), Faults(cut=4)))
    assert got == [b"abc", b"d"]


async def test_a_cut_at_zero_lets_nothing_through() -> None:
    with pytest.raises(CutError):
        await passed([b"abc"], Faults(cut=0))


async def test_a_cut_beyond_the_end_is_none() -> None:
    assert await passed([b"abc"], Faults(cut=4)) == [b"abc"]


async def test_a_delay_holds_each_piece_back_and_not_the_sum_of_them() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    pieces = [b"%d" % number for number in range(200)]
    assert await passed(pieces, Faults(delay=0.1)) == pieces
    assert 0.1 <= loop.time() - start < 10  # one after the other they would take 20 s


async def test_a_delay_hands_on_what_the_source_raised_after_what_came_before() -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"last words"
        raise ConnectionResetError

    got: list[bytes] = []
    with pytest.raises(ConnectionResetError):
        await into(got, impaired(breaking(), Faults(delay=0.01)))
    assert got == [b"last words"]


async def test_a_rate_takes_its_time() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    pieces = await passed([bytes(2000)], Faults(rate=20_000))
    assert sum(map(len, pieces)) == 2000
    assert max(map(len, pieces)) <= 1000
    assert loop.time() - start >= 0.09


async def test_a_reader_that_leaves_ends_the_reading() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                await asyncio.sleep(0)
                yield b"more"
        finally:
            ended.set()

    pieces = impaired(endless(), Faults(delay=0.001))
    assert await anext(pieces) == b"more"
    await pieces.aclose()
    await asyncio.wait_for(ended.wait(), 5)


async def test_who_is_stopped_while_bytes_are_late_leaves_no_error_behind() -> None:
    loop, left = asyncio.get_running_loop(), list[dict[str, object]]()
    loop.set_exception_handler(lambda _, context: left.append(context))
    broke = asyncio.Event()

    async def breaking() -> AsyncIterator[bytes]:
        yield b"late"
        broke.set()
        raise SondeError("It broke.")

    passing = asyncio.create_task(into([], impaired(breaking(), Faults(delay=10))))
    await broke.wait()
    passing.cancel()
    await asyncio.wait({passing})
    del passing
    gc.collect()
    assert left == []
