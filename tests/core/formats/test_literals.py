from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.formats.literals import literal, readable, text_or_bytes
from sonde_core.safetext import has_controls


@given(st.text(st.characters(), max_size=400) | st.binary(max_size=400), st.integers(0, 12))
@example("'", 0)
@example('"', 0)
@example("'\"", 4)
@example("\\'\"\n" * 60, 8)
@example("\udc80\u202e\ufe0f", 0)
@example("\x1b[201~", 0)
@example(bytes(range(256)), 4)
def test_a_literal_reads_back_equal_and_is_safe_to_paste(value: str | bytes, indent: int) -> None:
    text = literal(value, indent=indent)
    assert ast.literal_eval(text) == value
    assert not has_controls(text.encode())


@pytest.mark.parametrize("value", [None, 1.5, 10])
def test_numbers_and_nothing(value: float | None) -> None:
    assert ast.literal_eval(literal(value)) == value


def test_long_values_are_broken_at_their_lines() -> None:
    value = "x" * 60 + "\n" + "y" * 60 + "\n"
    lines = literal(value, indent=4).splitlines()
    assert lines == ["(", f'        "{"x" * 60}\\n"', f'        "{"y" * 60}\\n"', "    )"]


def test_quotes_are_double_where_that_needs_no_escape() -> None:
    assert literal("it's é") == '"it\'s é"'
    assert literal('say "no"') == "'say \"no\"'"
    assert literal(b"raw") == 'b"raw"'


def test_what_a_client_cannot_encode_is_bytes() -> None:
    assert text_or_bytes("plain") == "plain"
    assert text_or_bytes("é\udcff") == b"\xc3\xa9\xff"
    assert readable("é".encode()) == "é"
    assert readable(b"\xff") == b"\xff"
