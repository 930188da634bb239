"""Large answers compared: as a program it compares them, and a part measures that."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .report import MS, Figure, most
from .server import ROOT
from .stage import Stage

if TYPE_CHECKING:
    from sonde_core.difference import Difference
    from sonde_core.model import Exchange

_SIZE: Final = 10_000_000
_CHANGES: Final = 1000
_TICK: Final = 0.002
_KINDS: Final = {"json": "application/json", "text": "text/plain", "bytes": "image/x-none"}


def comparing(_: Stage) -> Iterator[Figure]:
    """Compare two answers of 10 MB, and leave a comparison."""
    command = [sys.executable, "-m", "tests.bench.comparing"]
    run = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told: dict[str, dict[str, float]] = json.loads(run.stdout)
    for name, each in told.items():
        title = f"difference, {name}"
        bar = None if name.startswith("all moved") else 3000.0
        yield most(title, each["seconds"] * MS, bar, beside=each["beside"] * MS)
        yield most(f"{title}, longest wait of the event loop", each["wait"] * MS, 50.0)
        if "left" in each:
            yield most(f"{title}, until it is left", each["left"] * MS, 100.0)


# the program


def _items() -> list[dict[str, object]]:
    chance = random.Random(1)  # noqa: S311 - nothing depends on it
    found: list[dict[str, object]] = []
    size = 0
    while size < _SIZE:
        number = len(found)
        found.append(
            {
                "id": number,
                "name": f"user {number}",
                "tags": ["a", "b", str(number % 7)],
                "score": round(chance.random() * 100, 3),
                "active": number % 2 == 0,
                "address": {"street": f"{number} Main St", "zip": str(10_000 + number % 9999)},
            }
        )
        size += len(json.dumps(found[-1])) + 2
    return found


def _changed(items: list[dict[str, object]], *, moves: bool) -> list[dict[str, object]]:
    found = [*items]
    for change in range(_CHANGES):
        place = change * len(items) // _CHANGES
        found[place] = {**found[place], "score": -1.5}
    if moves:
        found.insert(5, {"id": -1})
        found.append(found.pop(100))
    return found


def _answer(data: bytes, kind: str) -> Exchange:
    from sonde_core.body import Body
    from sonde_core.http_request import HttpRequest
    from sonde_core.model import Exchange, HttpResponse, Outcome

    response = HttpResponse(200, "OK", body=Body.of(data, media_type=_KINDS[kind]))
    request = HttpRequest(url="http://127.0.0.1/")
    return Exchange(request, datetime.now(UTC), Outcome.DONE, "http", response=response)


async def _measured(
    before: Exchange, after: Exchange, leave: float | None = None
) -> tuple[Difference | None, float, float]:
    """Compare; returns what differs, the seconds, and the longest wait of the loop."""
    from sonde_core.difference import compare_apart

    waits: list[float] = []

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK)
            now = time.perf_counter()
            waits.append(now - last - _TICK)
            last = now

    ticking = asyncio.ensure_future(tick())
    await asyncio.sleep(0.1)
    waits.clear()
    found, begun = None, time.perf_counter()
    comparing = asyncio.ensure_future(compare_apart(before, after))
    if leave is not None:
        await asyncio.wait({comparing}, timeout=leave)
        begun = time.perf_counter()
        comparing.cancel()
        await asyncio.gather(comparing, return_exceptions=True)
    else:
        found = await comparing
    seconds = time.perf_counter() - begun
    ticking.cancel()
    return found, seconds, max(waits)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _json(items: object) -> bytes:
    return json.dumps(items).encode()


def _pairs() -> Iterator[tuple[str, str, bytes, bytes]]:
    items = _items()
    before = _json(items)
    name = f"10 MB of JSON, {_CHANGES:,} changes"
    yield name, "json", before, _json(_changed(items, moves=False))
    yield f"{name}, put in and moved", "json", before, _json(_changed(items, moves=True))
    lines = "\n".join(map(json.dumps, items)).encode()
    changed = "\n".join(map(json.dumps, _changed(items, moves=True))).encode()
    yield f"10 MB of text, {_CHANGES:,} changes", "text", lines, changed
    one = random.Random(1).randbytes(_SIZE)  # noqa: S311 - no secret
    yield "10 MB of bytes, some put in", "bytes", one, one[:5_000_000] + b"new" + one[5_000_000:]
    numbers = list(range(500_000))
    yield "all moved, 500,000 items", "json", _json(numbers), _json(numbers[::-1])


async def _all() -> dict[str, dict[str, float]]:
    told = {}
    for name, kind, before, after in _pairs():
        one, other = _answer(before, kind), _answer(after, kind)
        found, seconds, wait = await _measured(one, other)
        assert found is not None
        assert not found.same
        read = json.loads if kind == "json" else bytes.splitlines
        beside = _timed(lambda: [read(each) for each in (before, after)])  # noqa: B023 - at once
        told[name] = {"seconds": seconds, "wait": wait, "beside": beside}
        if not told.keys() - {name}:
            told[name]["left"] = (await _measured(one, other, leave=0.5))[1]
    return told


def main() -> None:
    """Compare, and print what was measured."""
    print(json.dumps(asyncio.run(_all())))  # noqa: T201


if __name__ == "__main__":
    main()
