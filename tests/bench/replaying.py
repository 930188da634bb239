"""Sessions replayed: as a program it replays one fifty times, and a part measures that."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .process import MIB, resident
from .report import Figure, most
from .server import ROOT
from .stage import Stage

_REPLAYS: Final = 50
_TURNS: Final = 100  # a send and an answer each


def replays(_: Stage) -> Iterator[Figure]:
    """Replay a session of 200 steps and look at what is left behind."""
    command = [sys.executable, "-m", "tests.bench.replaying"]
    run = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(run.stdout)
    name = f"{_REPLAYS} replays of {2 * _TURNS} steps"
    yield most(f"{name}, in all", told["seconds"], None, "s")
    yield most(f"{name}, not the same", told["different"], 0.0, "")
    yield most(f"{name}, open files left", told["files"], 0.0, "")
    yield most(f"{name}, tasks left", told["tasks"], 0.0, "")
    yield most(f"{name}, memory growth", told["memory"] / MIB, 4.0, "MiB")


# the program


async def _replay(folder: Path) -> None:
    from sonde_core.exchange import Exchanger
    from sonde_core.history.entry import Entry
    from sonde_core.history.history import History
    from sonde_core.listen_request import ListenRequest
    from sonde_core.replay import replay
    from sonde_core.replay_many import replay_many
    from sonde_core.session_request import SessionRequest
    from sonde_core.transport.listener import Listener

    history = History(folder / "history.json")
    history.open()
    exchanger = Exchanger(history)
    echo = Listener(ListenRequest("tcp://127.0.0.1:0", echo=True))
    await echo.start()

    async def recorded() -> Entry:
        session = exchanger.session(SessionRequest(str(echo.bound)))
        await session.open()
        for turn in range(1, _TURNS + 1):
            await session.send(b"message %08d" % turn)
            await session.expect(16 * turn, seconds=10)
        await session.close()
        return await history.get((await exchanger.recorded(session)).id)

    entry = await recorded()
    await replay_many(5, lambda: replay(exchanger, entry))
    before = _held()
    start = time.monotonic()
    series = await replay_many(_REPLAYS, lambda: replay(exchanger, entry))
    seconds = time.monotonic() - start
    left = {name: value - before[name] for name, value in _held().items()}
    told = {"seconds": seconds, "different": _REPLAYS - series.same, **left}
    print(json.dumps(told))  # noqa: T201
    await echo.close()
    await exchanger.close()


def _held() -> dict[str, float]:
    gc.collect()
    return {
        "files": len(os.listdir("/proc/self/fd")),
        "tasks": len(asyncio.all_tasks()),
        "memory": resident(os.getpid()),
    }


def main() -> None:
    """Replay, and print what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_replay(Path(folder)))


if __name__ == "__main__":
    main()
