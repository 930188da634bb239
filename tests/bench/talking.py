"""Sockets without a screen: how fast bytes pass and are recorded, beside bare libraries."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from .process import MIB
from .report import MS, Figure, at_least, lacking, most, ratio
from .server import ROOT
from .stage import Stage

_RUNS: Final = 5


def throughput(_: Stage) -> Iterator[Figure]:
    """Send a gigabyte from one process to another, each kind on both ends, taking turns."""
    seconds = _in_turns(("streams", "buffered", "sonde"), "receive", "send")
    name = "1 GiB over TCP, recorded on both ends"
    streams, bare, sonde = (1024 / seconds[kind] for kind in ("streams", "buffered", "sonde"))
    yield at_least(f"{name}, beside asyncio streams", streams, sonde, 2.5, "MiB/s")
    yield at_least(f"{name}, beside a bare BufferedProtocol", bare, sonde, 0.55, "MiB/s")


def round_trips(_: Stage) -> Iterator[Figure]:
    """Say 64 bytes and wait for their echo, ten thousand times."""
    seconds = _in_turns(("streams", "sonde"), "echo", "ping")
    name = "10,000 round trips of 64 bytes"
    yield ratio(name, seconds["streams"] * MS, seconds["sonde"] * MS, 1.0)
    grown = _pair("sonde echo", "sonde ping")["growth"]
    yield most("10,000 kept reads of 64 bytes, memory growth", grown / MIB, 4.0, "MiB")


def unread(_: Stage) -> Iterator[Figure]:
    """Look away from a peer that sends for ever."""
    grown = _pair("plain endless", "sonde idle")["growth"]
    yield most("endless peer that nobody reads, 2 s, memory growth", grown / MIB, 4.0, "MiB")


def forwarding(_: Stage) -> Iterator[Figure]:
    """Pass a gigabyte on, recorded, beside socat with its usual buffer."""
    name = "1 GiB forwarded and recorded, beside socat"
    if shutil.which("socat") is None:
        yield lacking(name)
        return
    runs = [(_through_socat(), _through_sonde()) for _ in range(_RUNS)]
    socat, sonde = (1024 / min(times) for times in zip(*runs, strict=True))
    yield at_least(name, socat, sonde, 1.0, "MiB/s")


def _in_turns(kinds: tuple[str, ...], server: str, client: str) -> dict[str, float]:
    """Return the best time of each kind; they take turns, so that all see the same machine."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(_RUNS):
        for kind in kinds:
            told = _pair(f"{kind} {server}", f"{kind} {client}")
            times[kind].append(told["seconds"])
    return {kind: min(taken) for kind, taken in times.items()}


def _pair(server: str, client: str) -> dict[str, float]:
    """Run both ends, and return what one of them measured."""
    with ExitStack() as running:
        first, port = _server(running, server)
        second = running.enter_context(_talker(f"{client} {port}"))
        lines = [line for end in (second, first) for line in end.communicate()[0].splitlines()]
    told: dict[str, float] = json.loads(lines[-1])
    return told


def _server(running: ExitStack, role: str) -> tuple[subprocess.Popen[str], int]:
    process = running.enter_context(_talker(role))
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def _talker(role: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.talker", *role.split()]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _through_sonde() -> float:
    with ExitStack() as running:
        receiver, port = _server(running, "plain receive")
        _, near = _server(running, f"sonde forward {port}")
        return _timed(running, receiver, near)


def _through_socat() -> float:
    with ExitStack() as running:
        receiver, port = _server(running, "plain receive")
        near = _free_port()
        command = ["socat", f"TCP-LISTEN:{near},bind=127.0.0.1", f"TCP:127.0.0.1:{port}"]
        running.enter_context(subprocess.Popen(command))
        _until_listening(near)
        return _timed(running, receiver, near)


def _timed(running: ExitStack, receiver: subprocess.Popen[str], near: int) -> float:
    running.enter_context(_talker(f"plain send {near}"))
    seconds: float = json.loads(receiver.communicate()[0].splitlines()[-1])["seconds"]
    return seconds


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _until_listening(port: int) -> None:
    """Wait until a socket listens there, without connecting: it would count as the client."""
    wanted = f":{port:04X} 00000000:0000 0A"
    while True:
        with open("/proc/net/tcp", encoding="ascii") as table:
            if wanted in table.read():
                return
