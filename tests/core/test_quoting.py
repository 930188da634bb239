from __future__ import annotations

import pytest

from sonde_core.quoting import brief, quoted


@pytest.mark.parametrize("typed", [r"\q", r"unix:\tmp", r"a\\b", "plain", "with space"])
def test_what_was_typed_stands_there_as_it_was_typed(typed: str) -> None:
    assert quoted(typed) == f"'{typed}'"


def test_controls_and_halves_of_characters_stay_escapes() -> None:
    assert quoted("\x1b[2J\udc80") == r"'\x1b[2J\udc80'"


@pytest.mark.parametrize(("text", "told"), [("abc", "abc"), ("abcd", "abc…"), ("", "")])
def test_what_is_long_is_told_in_short(text: str, told: str) -> None:
    assert brief(text, 3) == told
