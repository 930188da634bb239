"""What keeping an entry costs, and many processes that keep some at one time.

As a program it is one that keeps entries like the app: `python -m tests.bench.keeping FILE NUMBER`.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from sonde_core.history.archive import Archive
from sonde_core.history.entry import Entry, to_json
from sonde_core.history.history import History
from sonde_core.history.identity import new_id
from sonde_core.history.schema.values import dumps
from sonde_core.model import Exchange
from tests.histories import http

from .report import MS, Figure, at_least, most, ratio
from .stage import SONDE, Stage

MANY: Final = 100_000
_ROUNDS: Final = 400
_TOGETHER: Final = 10_000
_APPS: Final = 2
_COMMANDS: Final = 4
_SENDS: Final = 25  # of each command line: one process each


def exchange(number: int) -> Exchange:
    """Return an exchange whose line is of two kilobytes."""
    return http(number, body=b"x" * 1020)


def fill(path: Path, number: int) -> None:
    """Write a history of so many entries."""
    line = dumps(to_json(Entry("?" * 36, exchange(0))))
    with path.open("wb") as stream:
        stream.write(b"[\n")
        for count in range(number):
            stream.write(line.replace(b"?" * 36, new_id().encode()))
            stream.write(b"\n]\n" if count + 1 == number else b",\n")
    path.chmod(0o600)


def appending(stage: Stage) -> Iterator[Figure]:
    """Measure what an entry costs in a long history and in an empty one."""
    archives = []
    for name, number in (("empty", 0), ("long", MANY)):
        path = stage.folder / name / "history.json"
        path.parent.mkdir()
        if number:
            fill(path, number)
        archive = Archive(path)
        archive.open()
        archive.load()
        archives.append(archive)
    times: list[list[float]] = [[], []]
    for number in range(_ROUNDS + 20):
        for archive, taken in zip(archives, times, strict=True):
            entry = Entry(new_id(), exchange(number))
            start = time.perf_counter()
            kept = archive.add(entry)
            taken.append(time.perf_counter() - start)
            assert kept.saved, archive.telling.trouble
    for archive in archives:
        archive.close()
    empty, long = (statistics.median(taken[20:]) for taken in times)
    yield ratio(f"keep an entry of 2 KB, {MANY:,} are there", empty * MS, long * MS, 1.2)


def writing_together(stage: Stage) -> Iterator[Figure]:
    """Let two apps and four command lines keep 10,000 entries in one file."""
    stage.fresh_history()
    path = Path(stage.environment["SONDE_HISTORY"])
    each = (_TOGETHER - _COMMANDS * _SENDS) // _APPS
    program = [sys.executable, "-m", "tests.bench.keeping", str(path), str(each)]
    start = time.monotonic()
    with _answering() as url, ThreadPoolExecutor(_COMMANDS) as lines:
        apps = [subprocess.Popen(program, env=stage.environment) for _ in range(_APPS)]
        sent = [lines.submit(_send, stage, url) for _ in range(_COMMANDS)]
        worked = sum(work.result() for work in sent)
        codes = [app.wait() for app in apps]
    seconds = time.monotonic() - start
    assert worked == _COMMANDS * _SENDS
    assert codes == [0] * _APPS
    found = Counter(str(entry["id"]) for entry in json.loads(path.read_bytes()))
    name = f"{_APPS} apps and {_COMMANDS} command lines"
    yield at_least(f"{name}, entries that are there", _TOGETHER, len(found), 1.0, "")
    twice = sum(number - 1 for number in found.values())
    yield most(f"{name}, entries that are there twice", twice, 0.0, "")
    yield most(f"{name}, in all", seconds, None, "s")


def _send(stage: Stage, url: str) -> int:
    """Send from the command line, one time after the other; returns how often that worked."""
    words = (*SONDE, "send", url)
    quiet = subprocess.DEVNULL
    codes = [
        subprocess.run(
            words, env=stage.environment, stdin=quiet, stdout=quiet, stderr=quiet, check=False
        ).returncode
        for _ in range(_SENDS)
    ]
    return codes.count(0)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _answering() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


async def keep(path: Path, number: int) -> None:
    """Keep so many entries, as the app does."""
    history = History(path)
    history.open()
    for count in range(number):
        entry = await history.add(exchange(count))
        assert entry.saved, history.trouble
    await history.close()


if __name__ == "__main__":
    asyncio.run(keep(Path(sys.argv[1]), int(sys.argv[2])))
