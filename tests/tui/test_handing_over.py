"""A pager and an editor on the real terminal of the real app, and the app after them."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.peers import Peer
from tests.terminal import Terminal

# Takes all it is given, then four keys, and leaves the ones after them alone. It is there for as
# long as a person needs to see anything.
PAGER = """#!/bin/sh
cat > "$0.got"
sleep 0.3
before=$(stty -g < /dev/tty)
stty -icanon -echo < /dev/tty
printf '\\r\\nPAGER IS READY' > /dev/tty
dd bs=1 count=4 < /dev/tty > "$0.keys" 2> /dev/null
stty "$before" < /dev/tty
"""
# Is interrupted, changes the terminal, its margins and its character set, and is killed.
RUDE = """#!/bin/sh
cat > /dev/null
trap 'printf "\\r\\nINTERRUPTED" > /dev/tty' INT
printf '\\r\\nPAGER IS READY' > /dev/tty
sleep 1 & wait; wait
stty raw -echo < /dev/tty
printf '\\033[5;10r\\033(0\\033[4h' > /dev/tty
kill -9 $$
"""
EDITOR = """#!/bin/sh
cp "$1" "$0.got"; printf %s "$1" > "$0.name"
test -w "$1" && test "$(id -u)" -ne 0 && exit 9
exit 0
"""


def answering(peer: Peer, client: socket.socket) -> None:
    """Answer each client with the same body."""
    client.recv(65536)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n"
    client.sendall(head + b'{"a":12}')
    peer.stop.wait(PATIENCE)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer(answering) as peer:
        yield peer


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path, peer: Peer) -> Iterator[Start]:
    """Start the app with scripts of ours as the pager and the editor, and send a request."""
    started: list[Terminal] = []

    def run(name: str, script: str) -> Terminal:
        path = tmp_path / name.lower()
        path.write_text(script)
        path.chmod(0o700)
        kept = {key: os.environ[key] for key in os.environ.keys() - {"VISUAL", "LESS", "SHELL"}}
        environment = kept | {
            name: str(path),
            "SHELL": "/bin/sh",
            "SONDE_HISTORY": str(tmp_path / "history.json"),
            "SONDE_CONFIG": str(tmp_path / "config.toml"),
        }
        url = f"http://127.0.0.1:{peer.port}/data"
        terminal = Terminal([sys.executable, "-m", "sonde_tui", url], environment, rows=30)
        started.append(terminal)
        terminal.wait("/data")
        terminal.wait("Quit")
        terminal.type("\r")
        terminal.wait('"a": 12')
        return terminal

    yield run
    for terminal in started:
        terminal.__exit__(None, None, None)


def test_a_pager_gets_the_body_and_its_keys_and_the_app_the_keys_after_them(
    start: Start, tmp_path: Path
) -> None:
    terminal = start("PAGER", PAGER)
    raw = terminal.attributes()
    terminal.type("|")
    terminal.wait("Pipe through")
    terminal.type("\r")
    terminal.wait("PAGER IS READY")
    terminal.type("abcqh")
    terminal.wait("Content-Length: 8")  # `h` showed the headers
    assert (tmp_path / "pager.got").read_bytes() == b'{"a":12}'
    assert (tmp_path / "pager.keys").read_bytes() == b"abcq"
    assert terminal.attributes() == raw


def test_a_terminal_that_goes_away_under_a_pager_ends_the_app(start: Start) -> None:
    terminal = start("PAGER", PAGER)
    terminal.type("|")
    terminal.wait("Pipe through")
    terminal.type("\r")
    terminal.wait("PAGER IS READY")
    terminal.hang_up()
    assert terminal.process.wait(PATIENCE) in (0, -signal.SIGHUP)


def test_a_pager_that_dies_rudely_leaves_nothing_behind(start: Start) -> None:
    terminal = start("PAGER", RUDE)
    raw = terminal.attributes()
    terminal.type("|")
    terminal.wait("Pipe through")
    terminal.type("\r")
    terminal.wait("PAGER IS READY")
    terminal.resize(100, 24)
    terminal.type("\x03")
    terminal.wait("INTERRUPTED")
    terminal.wait("enter goes back")
    terminal.type("\r")
    terminal.wait(lambda text: "enter goes back" not in text)
    terminal.settle()
    assert '"a": 12' in terminal.text
    assert "Help" in terminal.text.splitlines()[23]
    assert terminal.attributes() == raw
    terminal.type("\x11")
    assert terminal.finish() == 0


def test_a_command_that_fails_is_read_before_the_app_comes_back(start: Start) -> None:
    terminal = start("PAGER", PAGER)
    terminal.type("|")
    terminal.wait("Pipe through")
    terminal.type("\x15tr a-z A-Z; echo broken >&2; exit 3")
    terminal.wait("exit 3")
    terminal.type("\r")
    shown = terminal.wait("enter goes back")
    assert '{"A":12}' in shown
    terminal.type("\r")
    terminal.wait(lambda text: "status 3" in text and "broken" in text)


def test_all_that_a_command_wrote_stands_above_the_question(start: Start) -> None:
    terminal = start("PAGER", PAGER)
    for count in (3, 2):
        terminal.type("|")
        terminal.wait("Pipe through")
        terminal.type(f"\x15echo; seq -f 'line %g of {count}' {count}")
        terminal.wait(f"of {count}' {count}")
        terminal.type("\r")
        rows = terminal.wait("enter goes back").splitlines()
        last = next(at for at, row in enumerate(rows) if "enter goes back" in row)
        wrote = [f"line {number} of {count}" for number in range(1, count + 1)]
        above = rows[last - 1 - count : last - 1]
        assert [row[: len(wrote[0])] for row in above] == wrote
        terminal.type("\r")
        terminal.wait(lambda text: "enter goes back" not in text)
    assert len(re.findall(rb"enter goes back\] \r+\n", terminal.output)) == 2


def test_the_editor_shows_what_is_shown(start: Start, tmp_path: Path) -> None:
    terminal = start("EDITOR", EDITOR)
    terminal.type("\x0f")
    terminal.wait(lambda _: (tmp_path / "editor.name").exists())
    terminal.type("h")
    terminal.wait("Content-Length: 8")
    assert (tmp_path / "editor.got").read_text() == '{\n  "a": 12\n}\n'.rstrip("\n")
    name = Path((tmp_path / "editor.name").read_text())
    assert name.name.endswith("-data.json")
    assert not name.exists()


def held(terminal: Terminal, gate: Path) -> None:
    """Give the body to a command without a screen, which ends when a file is there."""
    terminal.type("|")
    terminal.wait("Pipe through")
    terminal.type(f"\x15cat; echo; expr 6 \\* 7; until test -e {gate}; do sleep .1; done")
    terminal.wait("done")
    terminal.type("\r")
    terminal.wait(lambda text: any(row.split()[:1] == ["42"] for row in text.splitlines()))


def test_keys_typed_before_a_command_is_read_are_obeyed_after_it(
    start: Start, tmp_path: Path
) -> None:
    terminal = start("PAGER", PAGER)
    raw = terminal.attributes()
    held(terminal, tmp_path / "go")
    terminal.type("h/Len")
    terminal.wait("h/Len")  # the terminal shows it, as a line for whoever reads lines
    (tmp_path / "go").touch()
    terminal.wait("enter goes back")
    terminal.type("gth\rv")
    terminal.wait("/Lengthv")
    assert "Content-Length: 8" in terminal.text
    assert terminal.attributes() == raw


def test_enter_twice_goes_back_and_sends_nothing(start: Start, tmp_path: Path) -> None:
    terminal = start("PAGER", PAGER)
    held(terminal, tmp_path / "go")
    terminal.type("\r\r/key")
    terminal.wait("/key")
    (tmp_path / "go").touch()
    terminal.wait(lambda text: "/key" in text and "Help" in text)
    terminal.type("\r4")
    terminal.wait("1 entry")
