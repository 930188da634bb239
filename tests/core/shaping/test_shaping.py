"""The readable form of a body, while it arrives and afterwards."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from pathlib import Path

import msgspec
import pytest

from sonde_core.body import Body, Spool
from sonde_core.shaping import Shaping

JSON = "application/json"
ROWS = b",".join(b'{"id": %d, "n": 1.50}' % number for number in range(100_000))


def body(data: bytes, media_type: str = JSON) -> Body:
    return Body.of(data, media_type=media_type)


async def shape(whole: Body, charset: str = "") -> Shaping:
    shaping = Shaping(whole, arriving=False, charset=charset)
    await shaping.run()
    return shaping


async def reached(shaping: Shaping, text: bytes) -> None:
    """Wait until so much is shaped."""
    async with asyncio.timeout(10):
        while shaping.shaped.read() != text:
            await shaping.changed()


async def test_a_body_is_shaped_while_it_arrives() -> None:
    shaping = Shaping(body(b'{"a": [1'), arriving=True)
    task = asyncio.ensure_future(shaping.run())
    shaping.grow(body(b'{"a": [1, 2'), arriving=True)
    await reached(shaping, b'{\n  "a": [\n    1')
    assert (shaping.read, shaping.done) == (8, False)
    shaping.grow(body(b'{"a": [1, 2, 3'), arriving=True)
    await reached(shaping, b'{\n  "a": [\n    1,\n    2')
    shaping.grow(body(b'{"a": [1, 2, 3]}'), arriving=False)
    while not shaping.done:
        await shaping.changed()
    await task
    assert shaping.shaped.read() == b'{\n  "a": [\n    1,\n    2,\n    3\n  ]\n}'
    assert (shaping.read, shaping.failed, shaping.note) == (16, False, "")
    assert shaping.shaped.media_type == "application/json; charset=utf-8"


async def test_a_large_body_goes_through_a_private_file() -> None:
    data = b"[" + ROWS + b"]"
    spool = Spool()
    shaping = Shaping(body(b""), arriving=True)
    task = asyncio.ensure_future(shaping.run())
    for start in range(0, len(data), 50_000):
        spool.write(data[start : start + 50_000])
        shaping.grow(spool.body().described(media_type=JSON), arriving=True)
        await asyncio.sleep(0)
    shaping.grow(spool.body().described(media_type=JSON), arriving=False)
    await task
    assert shaping.shaped.read() == msgspec.json.format(data, indent=2)
    path = shaping.shaped.path
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    del shaping, task
    gc.collect()
    assert not path.exists()


async def test_news_come_at_most_twenty_times_a_second_and_at_the_end_at_once() -> None:
    spool, told = Spool(), 0
    shaping = Shaping(body(b""), arriving=True)
    task = asyncio.ensure_future(shaping.run())

    async def count() -> None:
        nonlocal told
        while not shaping.done:
            await shaping.changed()
            told += 1

    counting = asyncio.ensure_future(count())
    begun = time.monotonic()
    for number in range(500):
        spool.write(b"%s%d" % (b"," if number else b"[", number))
        shaping.grow(spool.body().described(media_type=JSON), arriving=True)
        await asyncio.sleep(0.0005)
    spool.write(b"]")
    shaping.grow(spool.body().described(media_type=JSON), arriving=False)
    await task
    await counting
    assert told <= (time.monotonic() - begun) / 0.05 + 3
    assert shaping.shaped.read().count(b"\n") == 501


async def test_cancelling_stops_the_work_and_keeps_what_is_shaped() -> None:
    shaping = Shaping(body(b"[" + ROWS * 5), arriving=True)
    task = asyncio.ensure_future(shaping.run())
    await shaping.changed()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shaping.done
    await shaping.changed()
    kept = shaping.shaped.size
    assert 0 < kept < len(ROWS) * 5
    assert shaping.read < len(ROWS) * 5


async def test_the_event_loop_turns_meanwhile() -> None:
    data = b"[" + b'{"id": 1, "name": "abc"},' * 200_000 + b"1]"
    task = asyncio.ensure_future(shape(body(data)))
    turns = 0
    while not task.done():
        await asyncio.sleep(0.0001)
        turns += 1
    assert not (await task).failed
    assert turns > 20  # of 38 slices


async def test_nothing_is_left_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shaping = await shape(body(b"[" + ROWS + b"]"))
    assert len(os.listdir(tmp_path)) == 1
    del shaping
    async with asyncio.timeout(5):  # the thread lets go of its result a moment later
        while os.listdir(tmp_path):
            gc.collect()
            await asyncio.sleep(0)


async def test_a_body_that_is_not_kept_is_told() -> None:
    lost = Body.lost(10, "").described(media_type=JSON)
    shaping = await shape(lost)
    assert shaping.failed
    assert "not kept any more" in shaping.note
