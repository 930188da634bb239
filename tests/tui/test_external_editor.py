from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Button, Input, TextArea

from sonde_core.errors import RequestError
from sonde_tui.external_editor import edit_outside, put, text_field_of
from tests.patience import PATIENCE
from tests.peers import Peer

EDITOR = """#!/bin/sh
printf 'EDITOR[BEGINS]'; sleep 2; printf 'EDITOR[ENDS]'
cp "$1" "$0.got"
printf 'http://edited.example/\\n' > "$1"
"""


class Fields(App[int]):
    def compose(self) -> ComposeResult:
        yield Input("one", id="line")
        yield TextArea("two", id="area")
        yield TextArea("three", id="shown", read_only=True)
        yield Button("four")


async def test_only_what_a_person_can_write_in_is_a_text_field() -> None:
    app = Fields()
    async with app.run_test():
        line, area = app.query_one("#line"), app.query_one("#area")
        assert text_field_of(line) is line
        assert text_field_of(area) is area
        assert text_field_of(app.query_one("#shown")) is None
        assert text_field_of(app.query_one(Button)) is None
        assert text_field_of(None) is None


async def test_what_came_back_can_be_undone_in_a_text_area() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        area = app.query_one("#area", TextArea)
        put(area, "other\nlines")
        assert area.text == "other\nlines"
        area.focus()
        await pilot.press("ctrl+z")
        assert area.text == "two"


async def test_lines_become_one_in_a_field_of_one_line() -> None:
    app = Fields()
    async with app.run_test():
        line = app.query_one("#line", Input)
        put(line, "a\nb\n")
        assert line.value == "a b"


async def test_without_a_terminal_the_field_stays_as_it_was() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        line = app.query_one("#line", Input)
        with pytest.raises(RequestError, match="cannot be handed to an editor"):
            await edit_outside(app, line, suffix=".txt")
        assert line.value == "one"
        line.focus()
        await pilot.press("end", "x")
        assert line.value == "onex"


class Terminal:
    """The command in a pseudo-terminal, and what it draws."""

    def __init__(self, folder: Path, editor: Path, url: str) -> None:
        self.drawn = b""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        keep = {key: value for key, value in os.environ.items() if key != "VISUAL"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sonde_tui", url],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            cwd=folder,
            env=keep
            | {
                "EDITOR": str(editor),
                "SONDE_HISTORY": str(folder / "history.json"),
                "SONDE_CONFIG": str(folder / "config.toml"),
                "TERM": "xterm-256color",
            },
        )
        os.close(theirs)

    def press(self, data: bytes) -> None:
        os.write(self._ours, data)

    def until(self, text: bytes) -> None:
        """Read until a text was drawn."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.drawn:
            ready, _, _ = select.select([self._ours], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} was not drawn: {self.drawn[-2000:]!r}"
            self.drawn += os.read(self._ours, 65536)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._ours)


def dripping(peer: Peer, client: socket.socket) -> None:
    """Answer with a line every few milliseconds for as long as somebody listens."""
    with contextlib.suppress(OSError):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not peer.stop.wait(0.01):
            client.sendall(b"a line of it\n")


@pytest.fixture
def url() -> Iterator[str]:
    """Run a server that never comes to an end of its answer."""
    with Peer(dripping) as peer:
        yield f"http://127.0.0.1:{peer.port}/before"


@pytest.fixture
def terminal(tmp_path: Path, url: str) -> Iterator[Terminal]:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o700)
    terminal = Terminal(tmp_path, editor, url)
    yield terminal
    terminal.close()


def test_the_editor_has_the_terminal_to_itself_while_an_answer_arrives(
    terminal: Terminal, tmp_path: Path, url: str
) -> None:
    terminal.until(b"/before")
    terminal.until(b"Quit")
    terminal.press(b"\n")
    terminal.until(b"a line of it")
    terminal.press(b"\x0c\x0f")
    terminal.until(b"EDITOR[ENDS]")
    alone = re.search(rb"EDITOR\[BEGINS\](.*)EDITOR\[ENDS\]", terminal.drawn, re.DOTALL)
    assert alone is not None
    assert alone[1] == b""
    terminal.until(b"edited.example")
    assert (tmp_path / "editor.got").read_text() == url
    terminal.press(b"\x1b")
    terminal.until(b"cancelled")
