"""Bodies that are made while they are sent, so that no size takes memory."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Final

BLOCK: Final = 1 << 16


async def pseudo_random(size: int) -> AsyncIterator[bytes]:
    """Yield so many bytes, the same each time."""
    block = hashlib.shake_128(b"sonde").digest(min(BLOCK, size))
    for offset in range(0, size, BLOCK):
        yield block[: size - offset]
        await asyncio.sleep(0)


async def json_items(size: int) -> AsyncIterator[bytes]:
    """Yield a JSON document of about so many bytes."""
    made = 0
    number = 0
    separator = '{\n  "items": ['
    while made < size or number == 0:
        lines = []
        room = min(BLOCK, size - made)
        while room > 0 or number == 0:
            item = json.dumps({"id": number, "name": f"item {number}", "price": number / 4})
            lines.append(f"{separator}\n    {item}")
            room -= len(lines[-1])
            separator = ","
            number += 1
        block = "".join(lines).encode()
        made += len(block)
        yield block
        await asyncio.sleep(0)
    yield b"\n  ]\n}\n"


async def ndjson(count: int, interval: float) -> AsyncIterator[bytes]:
    """Yield one JSON document a line, with a pause between them (seconds)."""
    for number in range(count):
        await asyncio.sleep(interval if number else 0)
        value = {"id": number, "of": count, "text": f"line {number}"}
        yield json.dumps(value).encode() + b"\n"


async def events(count: int, interval: float) -> AsyncIterator[bytes]:
    """Yield server-sent events (HTML Living Standard, section 9.2), with a pause between them."""
    yield b": practice events\n\n"
    for number in range(count):
        await asyncio.sleep(interval if number else 0)
        data = json.dumps({"tick": number})
        yield f"id: {number}\nevent: tick\ndata: {data}\n\n".encode()


async def drip(size: int, seconds: float) -> AsyncIterator[bytes]:
    """Yield one byte after the other, over so many seconds."""
    for number in range(size):
        await asyncio.sleep(seconds / size if number else 0)
        yield b"*"
