"""A loopback server in a process of its own that answers as fast as a socket takes it.

Run as a program it tells its port, and then for each answer a line of JSON: path, and when the
request was read and the last byte handed over, by the monotonic clock.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Final
from urllib.request import urlopen

from .bodies import FIRST, GB, made, noise

ROOT: Final = Path(__file__).resolve().parents[2]
_BLOCK: Final = 1 << 24
_BEGIN: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Served:
    """When an answer was given, by the monotonic clock."""

    path: str
    asked: float
    last: float

    @property
    def took(self) -> float:
        """Seconds of the server's own."""
        return self.last - self.asked


class Server:
    """The running program, as the benchmark sees it."""

    def __init__(self, port: int, told: IO[str]) -> None:
        self.port = port
        self._told = told
        self._count = 0

    def url(self, path: str) -> str:
        """Return the address of an answer."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def prepare(self, path: str) -> None:
        """Have an answer made before its time counts."""
        with urlopen(self.url(path)) as answer:  # noqa: S310 - it is ours
            answer.read()
        self.served()

    @property
    def mark(self) -> str:
        """What stands in the first record of the next JSON answer, and in no other."""
        return numbered(self._count + 1)

    def served(self) -> Served:
        """Return what is told of the next answer."""
        self._count += 1
        return Served(**json.loads(self._told.readline()))


@contextmanager
def serving() -> Iterator[Server]:
    """Run the program for as long as it is needed."""
    command = [sys.executable, "-m", "tests.bench.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline()), process.stdout)
        finally:
            process.terminate()


def numbered(count: int) -> str:
    """Return what tells one answer from the others; as long as what it stands for."""
    return f"answer {count:06}"


# the program


def main() -> None:
    """Serve until ended."""
    with socket.create_server(("127.0.0.1", 0)) as listening, tempfile.TemporaryFile() as file:
        file.write(noise(_BLOCK))
        file.flush()
        print(listening.getsockname()[1], flush=True)  # noqa: T201
        for number in itertools.count(1):
            client, _ = listening.accept()
            with client:
                _answer(client, number, file.fileno())


made_once = cache(made)


def _answer(client: socket.socket, number: int, block: int) -> None:
    """Answer one request and tell when."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(1 << 16)
    asked = time.monotonic()
    path = request.split(b" ", 2)[1].decode().lstrip("/")
    kind, data = ("application/octet-stream", b"") if path == "1g" else made_once(path)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data) or GB}\r\n\r\n"
    begin = data[:_BEGIN].replace(FIRST.encode(), numbered(number).encode(), 1)
    with suppress(OSError):  # the client has seen enough
        client.sendall(head.encode() + begin)
        client.sendall(memoryview(data)[_BEGIN:])
        if not data:
            _send_blocks(client, block)
    told = {"path": path, "asked": asked, "last": time.monotonic()}
    print(json.dumps(told), flush=True)  # noqa: T201
    with suppress(OSError):
        client.shutdown(socket.SHUT_WR)
        client.recv(1)


def _send_blocks(client: socket.socket, block: int) -> None:
    """Send the block over and over, without it passing through this process."""
    sent = 0
    while sent < GB:
        at = sent % _BLOCK
        sent += os.sendfile(client.fileno(), block, at, min(_BLOCK - at, GB - sent))


if __name__ == "__main__":
    main()
