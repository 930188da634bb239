from __future__ import annotations

import pytest
from textual.events import Key

from sonde_tui.screens.control import control_character


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
