"""Entries replayed as a test, beside a plain httpx loop that asks for the same as often."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .report import Figure, at_least
from .server import ROOT
from .stage import Stage

_ENTRIES: Final = 1000
_JOBS: Final = 10
_TURNS: Final = 3  # the best one of each counts
_BODY: Final = json.dumps({"items": [{"id": n, "name": f"name {n}"} for n in range(50)]}).encode()


def reruns(_: Stage) -> Iterator[Figure]:
    """Replay entries to a loopback server; each loop has a process of its own, and takes turns."""
    best = {"httpx": 0.0, "sonde": 0.0}
    with _serving() as port:
        for _turn in range(_TURNS):
            best = {what: max(rate, _told(what, port)) for what, rate in best.items()}
    name = f"replay of {_ENTRIES:,} entries, {_JOBS} jobs, beside httpx"
    yield at_least(name, best["httpx"], best["sonde"], 0.7, "1/s")


def _told(what: str, port: int) -> float:
    command = [sys.executable, "-m", "tests.bench.rerunning", what, str(port)]
    run = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return float(run.stdout)


class _serving:  # noqa: N801 - used as a function
    """Run the answering program for as long as it is needed."""

    def __enter__(self) -> int:
        command = [sys.executable, "-m", "tests.bench.rerunning", "serve", "0"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


# the programs


class _Answering(asyncio.Protocol):
    """Answers each request, and keeps the connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._came = b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        while b"\r\n\r\n" in self._came:
            _, _, self._came = self._came.partition(b"\r\n\r\n")
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write((head % len(_BODY)).encode() + _BODY)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answering, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


async def _httpx(port: int) -> float:
    """Ask as often, as many at a time, with httpx alone; return how many a second."""
    import httpx

    limits = httpx.Limits(max_connections=_JOBS)
    async with httpx.AsyncClient(limits=limits) as client:
        numbers = iter(range(_ENTRIES))

        async def work() -> None:
            for number in numbers:
                answer = await client.get(f"http://127.0.0.1:{port}/{number}")
                assert answer.content == _BODY

        start = time.monotonic()
        await asyncio.gather(*(work() for _ in range(_JOBS)))
        return _ENTRIES / (time.monotonic() - start)


async def _sonde(port: int, folder: Path) -> float:
    """Record as many entries, replay them, and return how many a second."""
    from sonde_core.exchange import Exchanger
    from sonde_core.history.history import History
    from sonde_core.http_request import HttpRequest
    from sonde_core.replaying.rerun import Manner, Rerun, in_order

    history = History(folder / "history.json")
    history.open()
    exchanger = Exchanger(history)
    exchanger.prepare()
    requests = [HttpRequest(url=f"http://127.0.0.1:{port}/{n}") for n in range(_ENTRIES)]
    for first in range(0, _ENTRIES, _JOBS):
        some = requests[first : first + _JOBS]
        await asyncio.gather(*(exchanger.run(exchanger.call(each)) for each in some))
    await history.load()
    chosen, _ = in_order(history.summaries())
    rerun = Rerun(exchanger, chosen, Manner(jobs=_JOBS))
    start = time.monotonic()
    await rerun.run()
    rate = _ENTRIES / (time.monotonic() - start)
    assert rerun.counts.passed, rerun.counts.summary
    await exchanger.close()
    return rate


def main(what: str, port: int) -> None:
    """Run one of the programs."""
    if what == "serve":
        asyncio.run(_serve())
    elif what == "httpx":
        print(asyncio.run(_httpx(port)))  # noqa: T201
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(asyncio.run(_sonde(port, Path(folder))))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
