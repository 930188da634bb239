"""What the project promises about speed, measured in one run on this machine: `make bench`.

Every figure stands beside the same work done with the bare libraries; only the ratios count.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.terminal import Terminal  # noqa: E402 - found by the line above
from tests.web import Quiet, serving  # noqa: E402

ROUNDS = 9
SONDE = (str(Path(sys.executable).with_name("sonde")),)

BARE_APP = """\
from textual.app import App
from textual.widgets import Footer, Header, Input


class Bare(App):
    def compose(self):
        yield Header()
        yield Input(placeholder="type here")
        yield Footer()


Bare().run()
"""
BARE_SEND = """\
import sys

import httpx

response = httpx.get(sys.argv[1])
print(response.status_code, file=sys.stderr)
sys.stdout.write(response.text)
"""


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "SONDE_HISTORY": str(folder / "history.json")}
        (folder / "bare_app.py").write_text(BARE_APP)
        (folder / "bare_send.py").write_text(BARE_SEND)
        print(f"{'what':<34}{'bare ms':>10}{'sonde ms':>10}{'ratio':>8}{'bar':>6}")  # noqa: T201
        _first_paint(folder, environment)
        _send(folder, environment)


def _first_paint(folder: Path, environment: dict[str, str]) -> None:
    bare = (sys.executable, str(folder / "bare_app.py"))
    _row(
        "first complete paint, 120x40",
        lambda: _paint(bare, "^p palette", environment),
        lambda: _paint(SONDE, "Nothing was sent yet", environment, also="^q Quit"),
        1.5,
    )


def _paint(
    command: tuple[str, ...], mark: str, environment: dict[str, str], also: str = ""
) -> float:
    with Terminal(command, environment) as terminal:
        terminal.wait(lambda text: mark in text and also in text)
        seconds = time.monotonic() - terminal.started
        terminal.type("\x11")
        terminal.finish()
    return seconds


def _send(folder: Path, environment: dict[str, str]) -> None:
    with serving(_Small) as url:
        bare = (sys.executable, str(folder / "bare_send.py"), url)
        _row(
            "send of a small body",
            lambda: _run(bare, environment),
            lambda: _run((*SONDE, "send", url), environment),
            1.3,
        )


def _run(command: tuple[str, ...], environment: dict[str, str]) -> float:
    start = time.monotonic()
    subprocess.run(
        command,
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - start


class _Small(Quiet, BaseHTTPRequestHandler):
    """Answers with a small body."""

    def do_GET(self) -> None:
        body = b'{"description": "a small body"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _row(what: str, bare: Callable[[], float], ours: Callable[[], float], bar: float) -> None:
    """Take turns, so that what else the machine does meets both; the first turn warms up."""
    times: list[tuple[float, float]] = [(bare(), ours()) for _ in range(ROUNDS + 1)][1:]
    one, two = (statistics.median(each) * 1000 for each in zip(*times, strict=True))
    print(f"{what:<34}{one:>10.0f}{two:>10.0f}{two / one:>8.2f}{bar:>6.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
