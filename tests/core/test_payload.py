from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import PayloadSyntaxError
from sonde_core.payload import InputMode, LineEnding, encode, escape, parse_hex, unescape


def test_each_escape_becomes_its_byte() -> None:
    assert unescape(r"a\r\n\t\0\\\x7f\xFFé") == b"a\r\n\t\0\\\x7f\xff\xc3\xa9"


@pytest.mark.parametrize("text", [r"\q", "\\", r"\x1", r"\xzz", "ab\\"])
def test_an_unknown_escape_is_told(text: str) -> None:
    with pytest.raises(PayloadSyntaxError, match="Unknown escape"):
        unescape(text)


def test_what_cannot_be_read_is_told_as_it_was_typed() -> None:
    with pytest.raises(PayloadSyntaxError) as bad_escape:
        unescape(r"bad\q")
    assert bad_escape.value.message == r"Unknown escape '\q' at character 4."
    with pytest.raises(PayloadSyntaxError) as bad_hex:
        parse_hex(r"0a\0")
    assert bad_hex.value.message == r"'\' is no hex digit, in '0a\0'."


@given(st.binary())
def test_bytes_survive_escaping(data: bytes) -> None:
    text = escape(data)
    assert unescape(text) == data
    assert text.isprintable()


@pytest.mark.parametrize(
    "text", ["0aff", "0a ff", "0A:FF", "0x0a,0xff", r"\x0a\xff", "0a\nff", "0x0aff"]
)
def test_hex_is_read_in_any_usual_style(text: str) -> None:
    assert parse_hex(text) == b"\x0a\xff"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("abc", "odd number"), ("0 1", "odd number"), ("zz", "'z' is no hex digit"), ("a", "odd")],
)
def test_bad_hex_is_told(text: str, sentence: str) -> None:
    with pytest.raises(PayloadSyntaxError) as caught:
        parse_hex(text)
    assert sentence in caught.value.message


@given(st.binary())
def test_hex_reads_back(data: bytes) -> None:
    assert parse_hex(data.hex(" ")) == data


def test_the_line_ending_follows_text_only() -> None:
    assert encode("a", InputMode.TEXT, LineEnding.CRLF) == b"a\r\n"
    assert encode("0a", InputMode.HEX, LineEnding.CRLF) == b"\n"
    assert encode("a", InputMode.TEXT, LineEnding.NUL) == b"a\0"
    assert encode("", InputMode.TEXT, LineEnding.LF) == b"\n"


def test_a_lone_surrogate_is_told() -> None:
    with pytest.raises(PayloadSyntaxError, match=r"U\+D800"):
        unescape("\ud800")
