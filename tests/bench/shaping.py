"""JSON indented by a thread in pieces, by a thread at once, and by a process: what each costs.

Run as `python -m tests.bench.shaping [MEGABYTES…]`. Each way has a process of its own, in which a
loop ticks every millisecond while a body arrives in pieces of 64 KiB as fast as it can. Told are
the seconds from the last byte to the end, the longest wait between two ticks, and by how much the
memory of the processes grew.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from sonde_core.body import Body, Spool
from sonde_core.shaping import Shaping

MEGABYTES: Final = (2, 4, 10, 50)
ROUNDS: Final = 3
PIECE: Final = 1 << 16
TICK: Final = 0.001


def sample(size: int) -> Iterator[bytes]:
    """Yield minified JSON of about `size` bytes, in pieces."""
    number, held = 0, b"["
    while size > 0:
        row = {"id": number, "name": f"user {number}", "tags": ["a", "b"], "score": number * 1.5}
        held += json.dumps(row | {"nested": {"ok": True, "text": "x" * 40}}).encode() + b","
        number += 1
        if len(held) >= PIECE or len(held) >= size:
            yield held[:PIECE]
            size -= PIECE
            held = held[PIECE:]
    yield held + b"0]"


class Watch:
    """Ticks, and keeps the longest wait and the most memory."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.before = self.most = _memory()

    async def run(self) -> None:
        count = 0
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            self.longest = max(self.longest, time.perf_counter() - before - TICK)
            count += 1
            if count % 20 == 0:
                self.most = max(self.most, _memory())


def _memory() -> int:
    """Return the proportional bytes of this process and its children."""
    total = 0
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    for process in ["self", *children.split()]:
        try:
            told = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += int(told.partition("\nPss:")[2].split()[0]) * 1024
    return total


async def in_pieces(pieces: list[bytes]) -> float:
    """Shape while it arrives."""
    spool = Spool()
    shaping = Shaping(so_far(spool), arriving=True)
    task = asyncio.ensure_future(shaping.run())
    for piece in pieces:
        spool.write(piece)
        shaping.grow(so_far(spool), arriving=True)
        await asyncio.sleep(0)
    last = time.perf_counter()
    shaping.grow(so_far(spool), arriving=False)
    await task
    assert not shaping.failed, shaping.note
    return time.perf_counter() - last


def so_far(spool: Spool) -> Body:
    return spool.body().described(media_type="application/json")


async def whole(pieces: list[bytes]) -> Body:
    spool = Spool()
    for piece in pieces:
        spool.write(piece)
        await asyncio.sleep(0)
    return so_far(spool)


async def at_once(pieces: list[bytes]) -> float:
    """Format all of it in a thread, when it is there."""
    body = await whole(pieces)
    last = time.perf_counter()
    await asyncio.to_thread(lambda: msgspec.json.format(body.read(), indent=2))
    return time.perf_counter() - last


async def in_a_process(pieces: list[bytes]) -> float:
    """Format all of it in a process, when it is there."""
    body = await whole(pieces)
    result = Path(f"{body.path}.shaped")
    last = time.perf_counter()
    command = (sys.executable, "-P", "-c", _CHILD, str(body.path), str(result))
    process = await asyncio.create_subprocess_exec(*command)
    await process.wait()
    seconds = time.perf_counter() - last
    os.unlink(result)
    return seconds


_CHILD: Final = """
import msgspec, pathlib, sys
source, result = map(pathlib.Path, sys.argv[1:])
result.write_bytes(msgspec.json.format(source.read_bytes(), indent=2))
"""

WAYS: Final[dict[str, Callable[[list[bytes]], Awaitable[float]]]] = {
    "pieces": in_pieces,
    "at once": at_once,
    "process": in_a_process,
}


async def measured(way: str, size: int) -> tuple[float, float, float]:
    """Return seconds after the last byte, the longest wait, and how many bytes more at most."""
    await WAYS[way](list(sample(2_000_000)))  # what is imported when first needed
    pieces = list(sample(size))
    watch = Watch()
    ticking = asyncio.ensure_future(watch.run())
    seconds = await WAYS[way](pieces)
    watch.most = max(watch.most, _memory())
    ticking.cancel()
    return seconds, watch.longest, watch.most - watch.before


def rows(sizes: tuple[int, ...] = MEGABYTES) -> Iterator[tuple[str, int, float, float, float]]:
    """Yield way, megabytes, seconds, longest wait and memory: the best of some rounds."""
    for size in sizes:
        for way in WAYS:
            found: list[tuple[float, float, float]] = []
            for _ in range(ROUNDS):
                command = [sys.executable, "-m", __spec__.name, "--one", way, str(size)]
                done = subprocess.run(command, check=True, capture_output=True)
                seconds, wait, memory = json.loads(done.stdout)
                found.append((seconds, wait, memory))
            seconds, wait, memory = (min(column) for column in zip(*found, strict=True))
            yield way, size, seconds, wait, memory


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        way, size = sys.argv[2], int(sys.argv[3]) * 1_000_000
        sys.stdout.write(json.dumps(asyncio.run(measured(way, size))))
        return
    sizes = tuple(int(text) for text in sys.argv[1:]) or MEGABYTES
    sys.stdout.write("way       MB   s after the last byte   longest wait ms   memory MB\n")
    for way, size, seconds, wait, memory in rows(sizes):
        figures = f"{seconds:17.3f}{wait * 1e3:20.1f}{memory / 1e6:17.1f}"
        sys.stdout.write(f"{way:8}{size:4}{figures}\n")


if __name__ == "__main__":
    main()
