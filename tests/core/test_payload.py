from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import PayloadSyntaxError
from sonde_core.payload import (
    InputMode,
    LineEnding,
    encode,
    escape,
    one_line,
    parse_base64,
    parse_hex,
    spread,
    to_bytes,
    unescape,
)


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


@given(st.binary())
def test_base64_reads_back_in_every_form(data: bytes) -> None:
    usual = base64.b64encode(data).decode()
    for text in (usual, usual.rstrip("="), base64.urlsafe_b64encode(data).decode(), f" {usual}\n"):
        assert parse_base64(text) == data
    assert encode(usual, InputMode.BASE64, LineEnding.LF) == data


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("aGk$", "'$' is no base64 digit"),
        ("a", "not whole"),
        ("aGk==", "not whole"),
        ("=", "whole"),
    ],
)
def test_bad_base64_is_told(text: str, sentence: str) -> None:
    with pytest.raises(PayloadSyntaxError) as caught:
        parse_base64(text)
    assert sentence in caught.value.message


def test_raw_text_has_no_escapes_and_may_have_an_ending() -> None:
    assert encode("C:\\new\n", InputMode.RAW) == b"C:\\new\n"
    assert encode("a\\q", InputMode.RAW, LineEnding.CRLF) == b"a\\q\r\n"


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (r"a\r\nb\n", "a\\r\nb\n"),
        (r"a\\nb", r"a\\nb"),
        (r"a\\\nb", "a\\\\\nb"),
        ("a", "a"),
        ("\\", "\\"),
    ],
)
def test_text_goes_over_lines_and_back(typed: str, lines: str) -> None:
    assert spread(typed) == lines
    assert one_line(lines) == typed


def test_a_backslash_at_the_end_of_a_line_is_kept() -> None:
    assert unescape(one_line("a\\\nb\\\\\nc")) == b"a\\\nb\\\nc"


@given(st.text())
def test_lines_send_the_same_bytes(text: str) -> None:
    typed = escape(text.encode("utf-8", "surrogatepass"))
    assert unescape(spread(typed)) == unescape(one_line(spread(typed))) == unescape(typed)
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("é", b"\xc3\xa9"),
        ("\udcff\udc80", b"\xff\x80"),
        ("a\ud83d\udd00b", b"a" + b"\xef\xbf\xbd" * 2 + b"b"),
    ],
)
def test_any_text_becomes_bytes(text: str, data: bytes) -> None:
    assert to_bytes(text) == data
