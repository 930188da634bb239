"""A process that has loaded Sonde and forks for each command that a test runs.

A command is a process of its own all the same, with its own streams, folder and environment: it
only need not load again what all of them load, which takes longer than most commands.
"""

from __future__ import annotations

import gc
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Final

_LOADED: Final = ("sonde_core", "sonde_tui.cli")
# What Python reads from the environment before a line of ours runs.
_READ_AT_START: Final = ("PYTHON", "LC_", "LANG")


class Warm:
    """Runs commands as `subprocess.run` does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._loaded_with = _read_at_start(environment)
        self._ours, theirs = socket.socketpair()
        with theirs:
            # It ends once our end is closed: at the latest with this process.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
                cwd=Path(__file__).parent.parent,
            )

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.wait()

    def takes(self, environment: Mapping[str, str]) -> bool:
        """Whether a command with that environment would begin like the others."""
        return _read_at_start(environment) == self._loaded_with

    def run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes | None,
        timeout: float,
        env: Mapping[str, str],
        cwd: Path,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end and return what it wrote."""
        pipes = [os.pipe() for _ in range(5)]
        (asked, ask), (read, write), (outputs, output), (errors, error), (states, state) = pipes
        theirs = [asked, read, output, error, state]
        socket.send_fds(self._ours, [b"\0"], theirs)
        for handle in theirs:
            os.close(handle)
        with open(ask, "w") as request:
            json.dump([[*arguments], str(cwd), {**env}], request)
        results: dict[int, bytes] = {}
        threads = [Thread(target=_write, args=(write, stdin or b""))]
        threads += [Thread(target=_read, args=(each, results)) for each in (outputs, errors)]
        for thread in threads:
            thread.start()
        with open(states, "rb", buffering=0) as told:
            pid = int(told.readline())
            in_time = select.select([told], [], [], timeout)[0]
            if not in_time:
                os.kill(pid, signal.SIGKILL)
            code = int(told.readline())
        for thread in threads:
            thread.join()
        if not in_time:
            raise subprocess.TimeoutExpired([*arguments], timeout, results[outputs])
        return subprocess.CompletedProcess([*arguments], code, results[outputs], results[errors])


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if name.startswith(_READ_AT_START)}


def _write(handle: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(handle, "wb") as file:
        file.write(data)


def _read(handle: int, results: dict[int, bytes]) -> None:
    with open(handle, "rb") as file:
        results[handle] = file.read()


def _load() -> None:
    """Import what commands import, each when it needs it."""
    for package in map(import_module, _LOADED):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)


def _serve(socket_handle: int) -> None:
    """Fork for each command; returns where a command is to run, and ends with the tests."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    with socket.socket(fileno=socket_handle) as requests:
        while True:
            data, handles, _, _ = socket.recv_fds(requests, 1, 5)
            if not data:
                os._exit(0)
            if not os.fork():
                break
            for handle in handles:
                os.close(handle)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _begin(*handles)


def _begin(asked: int, read: int, output: int, error: int, state: int) -> None:
    """Return in a process for the command, and tell from another one how it ended."""
    with open(asked) as request:
        arguments, folder, environment = json.load(request)
    pid = os.fork()
    if pid:
        os.write(state, b"%d\n" % pid)
        for handle in (read, output, error):
            os.close(handle)
        _, status = os.waitpid(pid, 0)
        os.write(state, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(state)
    for number, handle in enumerate((read, output, error)):
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin, sys.stdout, sys.stderr = map(_stream, range(3))
    sys.argv[1:] = arguments
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


def _stream(number: int) -> io.TextIOWrapper:
    """Make a stream as Python makes it for a pipe."""
    old = (sys.stdin, sys.stdout, sys.stderr)[number]
    raw = io.FileIO(number, "w" if number else "r", closefd=False)
    buffer = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
    return io.TextIOWrapper(
        buffer, encoding=old.encoding, errors=old.errors, line_buffering=number == 2
    )


if __name__ == "__main__":
    _load()
    gc.collect()
    gc.freeze()  # else each process copies all of it to count what refers to what
    _serve(int(sys.argv[1]))
    from sonde_tui.__main__ import main

    sys.exit(main())
