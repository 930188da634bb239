from __future__ import annotations

import gzip
import os
import zlib

from sonde_core.http.intake import ALARM_RATIO, Intake
from sonde_core.settings import Limits


def intake(*codings: str, told: list[str] | None = None, most: int = 1 << 30) -> Intake:
    tell = (told if told is not None else []).append
    return Intake(codings, "text/plain", limits=Limits(), max_bytes=most, tell=tell)


async def test_plain_bytes_are_kept_as_they_come() -> None:
    taken = intake()
    await taken.take(b"ab")
    assert taken.body().read() == b"ab"
    await taken.take(b"cd")
    taken.finish()
    body = taken.body(complete=True)
    assert (body.read(), body.wire, body.coding, body.media_type) == (b"abcd", 4, "", "text/plain")


async def test_codings_are_removed_and_both_sizes_known() -> None:
    data = b"hello " * 10_000
    coded = zlib.compress(gzip.compress(data))
    taken = intake("gzip", "deflate")
    for start in range(0, len(coded), 7):
        await taken.take(coded[start : start + 7])
    taken.finish()
    body = taken.body(complete=True)
    assert body.read() == data
    assert (body.wire, body.coding) == (len(coded), "gzip, deflate")


async def test_the_limit_stops_and_keeps_what_fits() -> None:
    taken = intake(most=10)
    await taken.take(b"123456789012345")
    await taken.take(b"more")
    assert taken.full
    assert taken.body().read() == b"1234567890"


async def test_a_bomb_stops_at_the_limit_and_is_told() -> None:
    told: list[str] = []
    bomb = gzip.compress(bytes(64 << 20))
    taken = intake("gzip", told=told, most=32 << 20)
    await taken.take(bomb)
    assert taken.full
    assert taken.body().size == 32 << 20
    assert any(str(ALARM_RATIO) in text for text in told)


async def test_a_damaged_coding_keeps_what_came_before() -> None:
    coded = gzip.compress(os.urandom(50_000))
    taken = intake("gzip")
    await taken.take(coded[:40_000])
    await taken.take(b"\xff" * 5000)
    await taken.take(b"ignored")
    taken.finish()
    assert taken.problem is not None
    assert 0 < taken.body().size < 50_000


async def test_a_coding_that_breaks_off_is_told_at_the_end() -> None:
    taken = intake("gzip")
    await taken.take(gzip.compress(b"x" * 100)[:-4])
    assert taken.problem is None
    taken.finish()
    assert taken.problem is not None


async def test_an_unknown_coding_leaves_the_bytes() -> None:
    told: list[str] = []
    taken = intake("snappy", told=told)
    await taken.take(b"raw")
    taken.finish()
    assert taken.body().read() == b"raw"
    assert taken.body().coding == ""
    assert "snappy" in told[0]
