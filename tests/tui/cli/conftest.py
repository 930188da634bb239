"""The command line as real processes, and real peers for them."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.warm import Warm
from tests.web import WebHandler, serving

SONDE = (sys.executable, "-m", "sonde_tui")
ENVIRONMENT = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()} | {
    "PYTHONWARNINGS": "error",
    "PYTHONDEVMODE": "",
}


class Command:
    """Runs `sonde` with a history of its own."""

    def __init__(self, folder: Path, warm: Warm) -> None:
        self._warm = warm
        self.history = folder / "history.json"
        self.folder = folder
        self.environment = ENVIRONMENT | {
            "SONDE_HISTORY": str(self.history),
            "XDG_DATA_HOME": str(folder),
        }

    def __call__(
        self, *arguments: str, stdin: bytes | None = None, timeout: float = PATIENCE
    ) -> subprocess.CompletedProcess[bytes]:
        """Run to the end; standard input is empty unless given."""
        if self._warm.takes(self.environment):
            return self._warm.run(
                arguments, stdin=stdin, timeout=timeout, env=self.environment, cwd=self.folder
            )
        return subprocess.run(
            [*SONDE, *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=timeout,
            env=self.environment,
            cwd=self.folder,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it and go on."""
        return subprocess.Popen(
            [*SONDE, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.folder,
        )

    def on_terminal(self, *arguments: str) -> bytes:
        """Run it with a terminal as standard output and return what is drawn there."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*SONDE, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env=self.environment,
            cwd=self.folder,
        ) as process:
            os.close(theirs)
            drawn = b""
            try:
                while data := os.read(ours, 65536):
                    drawn += data
            except OSError:  # Linux reports the end of a terminal as an error
                pass
            process.wait(PATIENCE)
        os.close(ours)
        return drawn

    def shell(self, script: str) -> subprocess.CompletedProcess[bytes]:
        """Run a shell script in which `$SONDE` is the command."""
        return subprocess.run(
            [shutil.which("bash") or "bash", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            env=self.environment | {"SONDE": " ".join(SONDE)},
            cwd=self.folder,
            check=False,
        )


def bound(process: subprocess.Popen[bytes]) -> tuple[str, int]:
    """Read the address from the first line of words of `sonde listen`."""
    assert process.stderr
    found = re.search(rb"listening on \w+://(.+):(\d+)", process.stderr.readline())
    assert found
    return found[1].decode(), int(found[2])


def until_ended_by_signals(pid: int) -> None:
    """Wait until a command obeys signals (proc_pid_status(5)); nobody tells of it."""
    bit = 1 << (signal.SIGTERM - 1)  # Python itself has a handler for the other
    found = None
    while found is None or not int(found[1], 16) & bit:
        found = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Yield the process that runs commands; it begins with the first test that needs it."""
    process = Warm(ENVIRONMENT)
    yield process
    process.close()


@pytest.fixture
def sonde(tmp_path: Path, warm: Warm) -> Command:
    """Return the command with an empty history."""
    return Command(tmp_path, warm)


class Requests(list[tuple[str, str, list[tuple[str, str]], bytes]]):
    """What a server was asked: method, path, headers, body."""

    url = ""


@pytest.fixture
def web() -> Iterator[Requests]:
    """Run an HTTP server that records what it is asked and answers by path."""
    seen = Requests()

    class Answering(WebHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = self.rfile.read(length)
            seen.append((self.command, self.path, list(self.headers.items()), data))
            status, headers, body = _answer(self.path)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            if not any(name == "Content-Length" for name, _ in headers):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if self.path.startswith(("/short", "/drip")):
                self.close_connection = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

    with serving(Answering) as seen.url:
        yield seen


def _answer(path: str) -> tuple[int, Sequence[tuple[str, str]], bytes]:
    match path.partition("?")[0]:
        case "/missing":
            return 404, [], b"not here"
        case "/moved":
            return 302, [("Location", "/")], b"moved"
        case "/bytes":
            return 200, [("Content-Type", "application/octet-stream")], bytes(range(256)) * 300
        case "/evil":
            return 200, [("Content-Type", "text/plain")], b"\x1b]0;owned\x07\xc2\x9b31mred"
        case "/short":
            return 200, [("Content-Length", "100")], b"only this"
        case "/no-json":
            return 200, [("Content-Type", "application/json")], b"{'description': 1}"
        case "/deep":
            kind = ("Content-Type", "application/problem+json; charset=utf-8")
            return 200, [kind], b"[" * 100_000 + b"]" * 100_000
        case "/long-number":
            return 200, [("Content-Type", "application/json")], b"[" + b"7" * 5_000 + b"]"
        case "/odd-coding":
            headers = [("Content-Type", "application/json"), ("Content-Encoding", "rot13")]
            return 200, headers, b"nopq"
        case "/json":
            return 200, [("Content-Type", "application/json")], b'{"description": "a tool"}'
        case _:
            return 200, [("Content-Type", "text/plain")], b"Hello, World!"


Handler = Callable[[socket.socket], None]


@pytest.fixture
def tcp() -> Iterator[Callable[[Handler], str]]:
    """Return a way to start a TCP server that serves each client with a function."""
    servers: list[socket.socket] = []

    def start(handler: Handler) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    handler(client)

        threading.Thread(target=serve, daemon=True).start()
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.fixture
def open_port() -> int:
    """Return a port that can be bound."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
