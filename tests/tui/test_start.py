"""However the real app ends, what was under way is recorded and the status tells a fault."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sonde_core.history.ahead import LARGE
from tests.histories import finished
from tests.many_entries import write
from tests.patience import PATIENCE
from tests.peers import Peer, echo, endless
from tests.terminal import Terminal

ENTER, REVEAL, QUIT = "\r", "\x07", "\x11"
# The app with a fault of its own at one key.
FAULTY = """
import sys, threading
from sonde_tui import __main__, app
def action_reveal(self):
    {fault}
app.SondeApp.action_reveal = action_reveal
sys.exit(__main__.main(sys.argv[1:]))
"""
FAULTS = {
    "of the app": "self.nothing_of_that_name",
    "of a widget": "self.screen.focused.call_later(lambda: 1 / 0)",
    "of a worker": "self.run_worker(self.tab.nothing_of_that_name)",
    "of the reading thread": "self._driver._input = None",
    "of another thread": "threading.Thread(target=lambda: 1 / 0).start()",
    "of the end": "self._shutdown = None; self.nothing_of_that_name",
    "told by Textual itself": "self.panic('no status')",
}

Start = Callable[[str, str], Terminal]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history.json"


@pytest.fixture
def start(tmp_path: Path, history: Path) -> Iterator[Start]:
    """Start the app with an endpoint and a fault."""
    running: list[Terminal] = []
    settings = os.environ | {
        "SONDE_HISTORY": str(history),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }

    def run(endpoint: str, fault: str) -> Terminal:
        code = FAULTY.format(fault=fault)
        running.append(Terminal([sys.executable, "-c", code, endpoint], settings))
        running[-1].wait("^q Quit")
        return running[-1]

    yield run
    for terminal in running:
        terminal.__exit__(None, None, None)


def reports(folder: Path) -> list[Path]:
    return list(folder.rglob("sonde-crash-*.txt"))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_and_loses_nothing(
    start: Start, history: Path, tmp_path: Path, fault: str
) -> None:
    with Peer(echo) as peer:
        terminal = start(peer.address, fault)
        terminal.type(ENTER)
        terminal.wait("open")
        terminal.type("hello" + ENTER)
        terminal.wait(lambda text: text.count("hello") >= 2)
        terminal.type(REVEAL)
        terminal.type("q")  # the reading thread fails at what it reads
        assert terminal.finish() == 1
    (entry,) = finished(history)
    assert "hello" in json.dumps(entry["io"])
    assert b"\x1b[?1049l" in terminal.output  # the screen that was there before is back
    if "panic" not in fault:
        report = reports(tmp_path)[0]
        assert stat.S_IMODE(report.stat().st_mode) == 0o600
        assert "Error" in report.read_text()
        assert "Sonde stopped on a fault of its own" in terminal.text


def test_a_request_under_way_is_recorded_at_a_fault(start: Start, history: Path) -> None:
    with Peer(endless) as peer:
        terminal = start(f"http://127.0.0.1:{peer.port}/", FAULTS["of the app"])
        terminal.type(ENTER)
        terminal.wait("^q Quit")
        while not peer.clients:
            terminal.settle(0.05)
        terminal.type(REVEAL)
        assert terminal.finish() == 1
    (entry,) = finished(history)
    assert entry["outcome"] != "done"


def test_an_interrupt_is_no_fault_but_recorded(start: Start, history: Path, tmp_path: Path) -> None:
    with Peer(echo) as peer:
        terminal = start(peer.address, "pass")
        terminal.type(ENTER)
        terminal.wait("open")
        os.kill(terminal.process.pid, signal.SIGINT)
        assert terminal.finish() == 1
    assert len(finished(history)) == 1
    assert not reports(tmp_path)
    assert b"Traceback" not in terminal.output


def test_leaving_is_no_fault(start: Start, tmp_path: Path) -> None:
    terminal = start("tcp://127.0.0.1:1", "pass")
    terminal.type(QUIT)
    assert terminal.finish() == 0
    assert not reports(tmp_path)


def test_a_terminal_that_goes_away_is_no_fault_also_when_there_is_something_to_say(
    start: Start, history: Path, tmp_path: Path
) -> None:
    history.mkdir()  # so that what is lost would be said at the end
    terminal = start("http://127.0.0.1:1/", "pass")
    terminal.type(ENTER)
    terminal.wait("NOT SAVING")
    terminal.settle()
    terminal.hang_up()
    assert terminal.process.wait(PATIENCE) == 1
    assert not reports(tmp_path)


def test_a_large_history_is_there_and_left_at_once(start: Start, history: Path) -> None:
    write(history, 1600, body=6000)
    assert history.stat().st_size > LARGE
    terminal = start("tcp://127.0.0.1:1", "pass")
    terminal.type("\x1b[15~")  # F5
    terminal.wait("1,600 entries")
    terminal.type(QUIT)
    assert terminal.finish() == 0
    terminal = start("tcp://127.0.0.1:1", "pass")
    terminal.type(QUIT)
    assert terminal.finish() == 0
