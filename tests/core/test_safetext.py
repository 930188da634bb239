"""Nothing that a terminal obeys, or that hides, passes."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.safetext import (
    MARKS,
    SafeText,
    charset_of,
    codec_of,
    decode,
    has_controls,
    join,
    line,
    safe,
)

# Format characters that are drawn: Arabic, Syriac and Kaithi number signs.
VISIBLE_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\x1b]52;c;aGk=\x07", "a␛]52;c;aGk=␇"),
        ("\x00\b\r\x7f", "␀␈␍␡"),
        ("\x9b31m", "‹9B›31m"),
        ("\u202eabc\u2066", "‹U+202E›abc‹U+2066›"),
        ("\u200b\ufeff\u00ad", "‹U+200B›‹U+FEFF›‹U+00AD›"),
        ("\u2764\ufe0f", "\u2764‹U+FE0F›"),
        ("\U000e0041", "‹U+E0041›"),
        ("\ud800\udcff", "‹U+D800›‹FF›"),
        ("\udc78\udc00\udd00", "‹78›‹00›‹U+DD00›"),
        (b"\xff\x1b\xc2\x9b", "‹FF›␛‹9B›"),
        ("héllo 漢字 🙂 [/] [b]", "héllo 漢字 🙂 [/] [b]"),
    ],
)
def test_stand_ins(text: str | bytes, wanted: str) -> None:
    assert safe(text) == wanted
    assert isinstance(safe(text), SafeText)


def test_line_feeds_and_tabs() -> None:
    assert safe("a\n\tb\r\n") == "a\n\tb␍\n"
    assert line("a\n\tb") == "a␊␉b"


@pytest.mark.parametrize("make", [safe, line])
def test_every_character_of_unicode(make: type[SafeText]) -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    left = set(make(everything))
    for char in left - set("\n\t"):
        category = unicodedata.category(char)
        assert category not in ("Cc", "Cs", "Zl", "Zp")
        assert category != "Cf" or ord(char) in VISIBLE_FORMATS
    assert ("\n" in left) == ("\t" in left) == (make is safe)
    kept = sum(char in left for char in everything)
    assert kept > 1_100_000 - 2048 - 4096  # nothing that is drawn is lost


@given(st.text() | st.binary(), st.integers(0, 30))
def test_a_limit_holds(text: str | bytes, limit: int) -> None:
    short = line(text, limit=limit)
    assert len(short) <= limit
    whole = line(text)
    if len(whole) <= limit:
        assert short == whole
    elif limit:
        assert short == whole[: limit - 1] + "…"


@given(st.text())
def test_safe_text_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)


def test_joined() -> None:
    assert join([safe("a"), safe("\x1b")], " · ") == "a · ␛"


@pytest.mark.parametrize(
    "text", ["plain words\n" * 400_000, "wörds 漢字\n" * 400_000, "\x1b[31m\u202e" * 400_000]
)
def test_five_megabytes_take_little_time(text: str) -> None:
    start = time.process_time()
    safe(text)
    assert time.process_time() - start < 2  # 0.05 s on a quiet machine, 0.3 s when all is hostile


def test_a_limit_makes_a_huge_text_cheap() -> None:
    huge = b"\x1b" * 50_000_000
    start = time.process_time()
    assert len(safe(huge, limit=100)) == 100
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize(
    "name",
    [
        "rot13",
        "hex",
        "zlib",
        "bz2",
        "base64",
        "idna",
        "undefined",
        "unicode_escape",
        "punycode",
        "\0",
        "x" * 9999,
    ],
)
def test_a_charset_that_is_none_is_read_as_utf_8(name: str) -> None:
    assert decode("é\\x1b".encode(), name) == "é\\x1b"
    assert decode(b"\xff", name) == "\ufffd"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("é€", "cp1252", "ISO-8859-1"),
        ("é€", "cp1252", " us-ascii "),
        ("漢字", "gb18030", "gb2312"),
        ("漢字", "cp932", "Shift_JIS"),
        ("привет", "koi8-r", "KOI8-R"),
        ("é", "utf-16-le", "utf-16"),
        ("é", "utf-8", '"UTF-8"'),
    ],
)
def test_charsets(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


def test_a_mark_wins_over_the_name() -> None:
    assert decode("é".encode("utf-16"), "latin1") == "\ufeffé"
    assert codec_of("é".encode("utf-32"), "") == "utf-32-le"


@pytest.mark.parametrize("index", range(40))
def test_every_codec_of_the_list_reads_any_bytes(index: int) -> None:
    from sonde_core import safetext

    labels = sorted(safetext._CODECS)[index::40]
    for label in labels:
        assert isinstance(decode(bytes(range(256)), label), str)


@pytest.mark.parametrize(
    ("media_type", "charset"),
    [
        ("text/html; charset=UTF-8", "utf-8"),
        ('text/html; a=b; CHARSET="x y"', "x y"),
        ("text/html; charset", ""),
        ("text/html\r\nx: charset=utf-8", "utf-8"),
        ("charset=", ""),
        ("", ""),
    ],
)
def test_charset_of_a_media_type(media_type: str, charset: str) -> None:
    assert charset_of(media_type) in (charset, "")


@given(st.text(max_size=40))
def test_any_media_type_has_a_charset_or_none(text: str) -> None:
    charset = charset_of("text/plain; charset=" + text)
    assert isinstance(decode(b"abc", charset), str)


def test_controls_in_what_is_copied() -> None:
    assert not has_controls(b"a\r\n\tb \xff")
    assert has_controls(b"\x1b")
    assert has_controls("\u202e".encode())


def test_a_flood_of_marks_on_one_letter_is_bounded_and_seen() -> None:
    flooded = safe("a" + "\u0301" * 1000 + "b")
    assert flooded.startswith("a" + "\u0301" * MARKS + "‹U+0301›")
    assert flooded.count("\u0301") == MARKS
    assert flooded.count("‹U+0301›") == 1000 - MARKS
    assert safe("e\u0301" * 100) == "e\u0301" * 100
    assert safe("각" * 9 + "─" * 20) == "각" * 9 + "─" * 20


@given(st.lists(st.sampled_from("a\u0301\u1161—漢\x1b"), max_size=40).map("".join))
def test_a_part_from_the_start_is_drawn_as_in_the_whole(text: str) -> None:
    drawn = safe(text)
    for end in range(len(text)):
        assert drawn.startswith(safe(text[:end]))
