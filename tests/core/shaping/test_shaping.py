"""The readable form of a body, while it arrives and afterwards."""

from __future__ import annotations

import asyncio

from sonde_core.body import Body
from sonde_core.shaping import Shaping

JSON = "application/json"


def body(data: bytes, media_type: str = JSON) -> Body:
    return Body.of(data, media_type=media_type)


async def test_json_is_indented_when_it_is_whole() -> None:
    shaping = Shaping(body(b'{"a":'), arriving=True)
    task = asyncio.ensure_future(shaping.run())
    shaping.grow(body(b'{"a":1.0}'), arriving=False)
    while not shaping.done:
        await shaping.changed()
    await task
    assert shaping.shaped.read() == b'{\n  "a": 1.0\n}'
    assert (shaping.read, shaping.failed, shaping.note) == (9, False, "")
