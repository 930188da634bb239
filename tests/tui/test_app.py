"""The installed command in a real terminal, driven by keys."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.histories import finished
from tests.patience import PATIENCE
from tests.terminal import Terminal
from tests.web import WebHandler, serving

SONDE = str(Path(sys.executable).with_name("sonde"))
F3, F5, ENTER, SEND, QUIT, ESCAPE = "\x1bOR", "\x1b[15~", "\r", "\n", "\x11", "\x1b"

Open = Callable[..., Terminal]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.json"


@pytest.fixture
def start(tmp_path: Path, history: Path) -> Iterator[Open]:
    running: list[Terminal] = []
    keep = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment = keep | {
        "SONDE_HISTORY": str(history),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONWARNINGS": "error",
    }
    environment.pop("DISPLAY", None)

    def run(*arguments: str, columns: int = 120, rows: int = 40, **more: str) -> Terminal:
        settings = environment | more
        terminal = Terminal([SONDE, *arguments], settings, columns=columns, rows=rows)
        running.append(terminal)
        return terminal

    yield run
    for terminal in running:
        terminal.__exit__(None, None, None)


class Commanding(WebHandler):
    """Answers every request with a small body that would command a terminal."""

    def do_GET(self) -> None:
        self.answer(b"evil \x1b]0;owned\x07\xc2\x9b31m end", "text/plain")


@pytest.fixture
def web() -> Iterator[str]:
    with serving(Commanding) as url:
        yield f"{url}/"


def test_leaving_at_first_sight_is_no_fault(start: Open) -> None:
    terminal = start()
    terminal.wait("^q Quit")
    terminal.type(QUIT)
    assert terminal.finish() == 0
    assert "fault" not in terminal.text


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_a_request_is_typed_sent_shown_and_kept(
    start: Open, web: str, history: Path, columns: int, rows: int
) -> None:
    terminal = start(columns=columns, rows=rows)
    terminal.wait("Nothing was sent yet")
    terminal.type(web + ENTER)
    terminal.wait("200 OK")
    terminal.wait("evil ")
    terminal.wait("owned")
    assert b"\x1b]0;owned" not in terminal.output
    assert b"\xc2\x9b" not in terminal.output
    terminal.type(F5)
    terminal.wait(lambda text: "1 entry" in text and "GET  " in text and "200" in text)
    terminal.type(QUIT)
    assert terminal.finish() == 0
    assert b"\x1b[?1049l" in terminal.output  # the screen that was there before is back
    (entry,) = finished(history)
    assert entry["status"] == 200
    assert history.stat().st_mode & 0o777 == 0o600


def test_the_demo_starts_with_a_request_to_send(start: Open) -> None:
    terminal = start("--demo")
    terminal.wait("/anything/hello")
    terminal.wait("The practice server is at hand: F1 lists its addresses.")
    assert "No server at hand" not in terminal.text
    terminal.type(SEND)
    terminal.wait("200 OK")
    terminal.wait('"method": "GET"')
    terminal.type(QUIT)
    assert terminal.finish() == 0


def test_an_endpoint_is_loaded_in_its_tab(start: Open, closed_port: int) -> None:
    terminal = start(f"tcp://127.0.0.1:{closed_port}")
    terminal.wait(f"tcp://127.0.0.1:{closed_port}")
    terminal.type(ENTER)
    terminal.wait("Could not reach")
    terminal.wait("Check that something is listening")
    terminal.type(QUIT)
    assert terminal.finish() == 0


def test_any_size_is_survived(start: Open, web: str) -> None:
    terminal = start()
    terminal.wait("Nothing was sent yet")
    terminal.type(web + ENTER)
    terminal.wait("200 OK")
    for columns, rows in ((1, 1), (5, 3), (200, 60), (20, 4), (80, 24)):
        terminal.resize(columns, rows)
        terminal.settle(0.1)
    terminal.type(F3)
    terminal.wait("tcp://host:port")
    terminal.type(QUIT)
    assert terminal.finish() == 0


def test_what_was_shown_as_recorded_survives_a_kill(start: Open, web: str, history: Path) -> None:
    terminal = start()
    terminal.wait("Nothing was sent yet")
    terminal.type(web + ENTER)
    terminal.wait("200 OK")
    terminal.type(F5)
    terminal.wait("1 entry")
    os.killpg(terminal.process.pid, signal.SIGKILL)
    terminal.finish()
    (entry,) = finished(history)
    assert entry["status"] == 200
    again = start()
    again.wait("Nothing was sent yet")
    again.type(F5)
    again.wait("1 entry")
    again.type(QUIT)
    assert again.finish() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(
    start: Open, web: str, history: Path, number: signal.Signals
) -> None:
    terminal = start()
    terminal.wait("Nothing was sent yet")
    terminal.type(web + ENTER)
    terminal.wait("200 OK")
    os.kill(terminal.process.pid, number)
    terminal.finish()
    assert finished(history)
    assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("keys", ["", "\x1bOP", "\x12"])
def test_a_terminal_that_goes_away_ends_it_with_all_recorded(
    start: Open, web: str, history: Path, keys: str
) -> None:
    terminal = start()
    terminal.wait("Nothing was sent yet")
    terminal.type(web + ENTER)
    terminal.wait("200 OK")
    terminal.type(keys)
    terminal.settle()
    terminal.hang_up()
    assert terminal.process.wait(PATIENCE) in (0, -signal.SIGHUP)
    assert finished(history)


@pytest.mark.parametrize("editor", ["/bin/false", "/nonexistent/editor"])
def test_an_editor_that_fails_gives_the_screen_back(start: Open, editor: str) -> None:
    terminal = start(EDITOR=editor, VISUAL="")
    terminal.wait("Nothing was sent yet")
    terminal.type("\x0f")
    terminal.wait("ditor")
    terminal.type("example.org")
    terminal.wait("example.org")
    terminal.type(QUIT)
    assert terminal.finish() == 0
