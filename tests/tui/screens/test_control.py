from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from textual.events import Key

from sonde_tui.screens.control import control_character
from tests.peers import Peer, echo
from tests.terminal import Terminal


@pytest.mark.parametrize(
    ("key", "character", "data"),
    [
        ("c", "c", b"\x03"),
        ("D", "D", b"\x04"),
        ("ctrl+c", "\x03", b"\x03"),
        ("left_square_bracket", "[", b"\x1b"),
        ("right_square_bracket", "]", b"\x1d"),
        ("backslash", "\\", b"\x1c"),
        ("at", "@", b"\0"),
        ("space", " ", b"\0"),
        ("question_mark", "?", b"\x7f"),
        ("enter", "\r", b"\r"),
        ("f1", None, None),
        ("1", "1", None),
        ("é", "é", None),
    ],
)
def test_a_key_gives_its_control_character(
    key: str, character: str | None, data: bytes | None
) -> None:
    assert control_character(Key(key, character)) == data


def test_a_plain_terminal_delivers_the_key_and_a_pasted_block(tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name != "DISPLAY"} | {
        "SONDE_HISTORY": str(tmp_path / "history.json"),
        "SONDE_CONFIG": str(tmp_path / "config.toml"),
    }
    with Peer(echo) as peer:
        command = [sys.executable, "-m", "sonde_tui", peer.address]
        with Terminal(command, environment, columns=80, rows=24) as terminal:
            terminal.wait("verify TLS")
            terminal.type("\r")
            terminal.wait("connected to")
            terminal.type("\x1dc")
            terminal.wait("< 1 B      ␃")
            terminal.type("\x1b[200~one\rtwo\r\x1b[201~")
            terminal.wait("ctrl+j sends")
            assert bytes(peer.heard) == b"\x03"
            terminal.type("\n")
            terminal.wait("< 8 B")
            assert bytes(peer.heard) == b"\x03one\ntwo\n"
            terminal.type("\x11")
            assert terminal.finish() == 0
