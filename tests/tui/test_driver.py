"""What a terminal may send to the real app: pastes that hold anything, bytes that are no text."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_tui.terminal_input import LULL
from tests.peers import Peer, echo
from tests.terminal import Terminal

ALTERNATE = b"\x1b[?1049h"  # the screen beside that of the shell
ENTER, HTTP, QUIT = b"\r", b"\x1bOQ", b"\x11"
# The app that is told to go on while it hands on what is to be drawn, with the lock of that held.
INTERRUPTED = """
import os, queue, signal, sys
from sonde_tui import __main__
left = [signal.SIGCONT] * 20
def put(self, item):
    self.queue.append(item)
    if left:
        os.kill(os.getpid(), left.pop())
queue.Queue._put = put
sys.exit(__main__.main(sys.argv[1:]))
"""
START, END = b"\x1b[200~", b"\x1b[201~"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer(echo) as peer:
        yield peer


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "SONDE_HISTORY": str(tmp_path / "history.json"),
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }


@pytest.fixture
def terminal(settings: dict[str, str], peer: Peer) -> Iterator[Terminal]:
    """Start the app with the address of the peer in its field."""
    command = [sys.executable, "-m", "sonde_tui", peer.address]
    with Terminal(command, settings) as terminal:
        terminal.wait("^q Quit")
        yield terminal


def leave(terminal: Terminal) -> None:
    terminal.type(QUIT)
    assert terminal.finish() == 0
    assert "fault" not in terminal.text


def wait_taken(terminal: Terminal, times: int) -> None:
    """Wait until the screen was taken so many times; what is typed before is thrown away."""
    terminal.wait(lambda _: terminal.output.count(ALTERNATE) == times)


def open_session(terminal: Terminal) -> None:
    terminal.type(ENTER)
    terminal.wait("open")


@pytest.mark.parametrize("typed", [b"\xff", b"caf\xe9\xe8!", START + b"\xff" + END])
def test_bytes_that_are_no_text_are_shown_as_such(terminal: Terminal, typed: bytes) -> None:
    open_session(terminal)
    terminal.type(typed)
    terminal.wait("\ufffd")
    terminal.type(b"abc")
    terminal.wait("abc")
    leave(terminal)


def test_a_paste_with_escapes_is_sent_as_it_is(terminal: Terminal, peer: Peer) -> None:
    text = b"one\x1b[A\x1b\x1bOPtwo\x00\nthree\x1b[200~\x1b[20\n"
    open_session(terminal)
    terminal.type(START + text + END)
    terminal.wait("three")
    assert not peer.heard
    terminal.type(b"\n")
    assert peer.hears(text + b"\n")  # and the line's own end
    leave(terminal)


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_nothing_in_a_paste_is_a_key(terminal: Terminal, peer: Peer, size: int) -> None:
    """A pasted carriage return behind an escape sent what stood in the field."""
    terminal.type(HTTP)
    terminal.wait("Nothing was sent yet")
    terminal.type(f"http://127.0.0.1:{peer.port}/")
    data = START + b"a\x1b\rb\x1bOR\r\r" + END + b"LAST"
    for at in range(0, len(data), size):
        terminal.type(data[at : at + size])
    terminal.wait(lambda text: peer.clients > 0 or "LAST" in text)
    terminal.settle()
    assert peer.clients == 0
    leave(terminal)


def test_a_paste_that_does_not_end_is_given_and_keys_are_keys_again(
    terminal: Terminal, peer: Peer
) -> None:
    open_session(terminal)
    began = time.monotonic()
    terminal.type(START + b"begun\rand")
    terminal.wait("begun")
    assert time.monotonic() - began >= LULL
    assert not peer.heard
    leave(terminal)


def test_going_on_without_a_stop_before_takes_the_terminal_once(terminal: Terminal) -> None:
    """Where there were two reading threads, the first stayed at the end, and the app with it."""
    for times in range(2, 5):
        os.kill(terminal.process.pid, signal.SIGCONT)
        wait_taken(terminal, times)
    terminal.settle()
    open_session(terminal)
    terminal.type(b"abcdef")
    terminal.wait("abcdef")
    leave(terminal)


def test_a_stop_that_nobody_told_of_gives_the_screen_back(terminal: Terminal) -> None:
    os.kill(terminal.process.pid, signal.SIGSTOP)
    os.kill(terminal.process.pid, signal.SIGCONT)
    wait_taken(terminal, 2)
    leave(terminal)


def test_going_on_while_it_draws_is_no_end(settings: dict[str, str]) -> None:
    with Terminal([sys.executable, "-c", INTERRUPTED], settings) as terminal:
        terminal.wait("^q Quit")
        leave(terminal)
