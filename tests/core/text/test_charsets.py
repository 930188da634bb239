"""Charsets: what the header says, unless the bytes show that it lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.safetext import is_charset
from sonde_core.text.charsets import CHARSETS, LOOKED_AT, reading

TEXT = "Prêt-à-porter: 12 €\nnaïve\n"
RUSSIAN = "Привет, мир!\n"
JAPANESE = "日本語のテキスト。\n"


def body(data: bytes, media_type: str = "text/plain") -> Body:
    return Body.of(data, media_type=media_type)


def charset(data: bytes, said: str = "", main: str = "text/plain") -> str:
    return reading(body(data, f"{main}; charset={said}" if said else main)).charset


@pytest.mark.parametrize(
    ("text", "codec", "said"),
    [
        (TEXT, "utf-8", "utf-8"),
        (TEXT, "cp1252", "windows-1252"),
        (TEXT, "utf-16-le", "utf-16le"),
        (TEXT, "utf-16-be", "utf-16be"),
        (RUSSIAN, "koi8_r", "koi8-r"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (JAPANESE, "cp932", "shift_jis"),
        (JAPANESE, "euc_jp", "euc-jp"),
        (JAPANESE, "utf-16-le", "utf-16le"),
        (JAPANESE, "gb18030", "gb18030"),
    ],
)
def test_a_header_that_is_right_is_obeyed(text: str, codec: str, said: str) -> None:
    told = reading(body(text.encode(codec), f"text/plain; charset={said}"))
    assert (told.charset, told.note) == (said, "")
    assert text.encode(codec).decode(told.codec) == text


@pytest.mark.parametrize(
    ("data", "said", "shown"),
    [
        (b"plain words\n", "utf-16", "utf-8"),
        (b'{"a":1}', "utf-32be", "utf-8"),
        (TEXT.encode(), "utf-16le", "utf-8"),
        (TEXT.encode(), "iso-8859-1", "utf-8"),
        (TEXT.encode(), "us-ascii", "utf-8"),
        (RUSSIAN.encode(), "koi8-r", "utf-8"),
        (JAPANESE.encode(), "euc-jp", "utf-8"),
        (TEXT.encode("utf-16"), "utf-8", "utf-16le"),
        (TEXT.encode("utf-16-be"), "utf-8", "utf-16be"),
        (TEXT.encode("utf-16-be"), "utf-16le", "utf-16be"),
        (TEXT.encode("utf-32-le"), "iso-8859-1", "utf-32le"),
        (TEXT.encode("utf-32-be"), "utf-16", "utf-32be"),
        (b"\xef\xbb\xbfmarked", "iso-8859-1", "utf-8"),
        ("naïve café\n".encode("latin-1"), "utf-8", "windows-1252"),
    ],
)
def test_a_header_that_lies_is_told(data: bytes, said: str, shown: str) -> None:
    told = reading(body(data, f"text/plain; charset={said}"))
    assert told.charset == shown
    assert told.said == said
    assert told.note == f"The header says {said}, but the bytes are {shown}."


@pytest.mark.parametrize(
    ("data", "said", "note"),
    [
        (
            "caf\u00e9 na\u00efve \u00ff\u00ff\n".encode("latin-1"),
            "utf-8",
            "The header says utf-8, but 4 bytes are not, the first at 3; "
            "C chooses another charset.",
        ),
        (
            b"ab\xffcd",
            "UTF-8",
            "The header says utf-8, but 1 byte is not, the first at 2; C chooses another charset.",
        ),
        (
            b"ab\xff\xfecd",
            "",
            "It is read as utf-8, but 2 bytes are not, the first at 2; C chooses another charset.",
        ),
        (
            b"x" * 2000 + b"\x80" * LOOKED_AT,
            "utf-8",
            "The header says utf-8, but 63,536 bytes of the first 65,536 are not, "
            "the first at 2,000; C chooses another charset.",
        ),
        ("caf\u00e9".encode()[:-1], "utf-8", ""),
        (b"x" * (LOOKED_AT - 1) + "\u00e9".encode(), "utf-8", ""),
    ],
)
def test_bytes_that_are_not_in_the_charset_that_is_named_are_told(
    data: bytes, said: str, note: str
) -> None:
    assert reading(body(data, f"text/plain; charset={said}" if said else "text/plain")).note == note


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_json_of_two_or_four_bytes_is_known_without_a_mark(codec: str) -> None:
    for text in ('{"é": "日本"}', "[1]", '"日本の"'):
        found = charset(text.encode(codec), main="application/json")
        assert found == codec.replace("-le", "le").replace("-be", "be")


def test_what_says_nothing_is_utf_8() -> None:
    for data in (b"", b"x", b"plain", TEXT.encode(), b"\xff", b"\x00", bytes(range(256))):
        assert charset(data) == "utf-8"
    assert charset(b'{"a": "\xe9"}', main="application/json") == "utf-8"
    assert charset(b"\x80 and \x81 and na\xefve") == "utf-8"
    assert charset("naïve\n".encode("latin-1")) == "windows-1252"


def test_numbers_of_two_bytes_are_no_text() -> None:
    assert charset(b"".join(n.to_bytes(2, "little") for n in range(200))) == "utf-8"


def test_a_page_and_a_document_say_it_themselves() -> None:
    page = '<!doctype html><meta charset="windows-1251"><p>Привет'
    assert charset(page.encode("cp1251"), main="text/html") == "windows-1251"
    assert charset(page.encode(), main="text/html") == "utf-8"
    document = '<?xml version="1.0" encoding="ISO-8859-2"?><a>ł</a>'
    assert charset(document.encode("iso8859-2"), main="text/xml") == "iso-8859-2"
    assert charset(page.encode("cp1251")[:45] + b"x" * LOOKED_AT, main="text/html") == (
        "windows-1251"
    )
    assert charset(b'<meta charset="utf-16"><p>plain', main="text/html") == "utf-8"


def test_a_label_that_is_none_is_told() -> None:
    told = reading(body(b"plain", "text/plain; charset=rot13"))
    assert told.charset == "utf-8"
    assert told.note == (
        "The header names the charset 'rot13', which is not known; it is read as utf-8."
    )


def test_the_choice_of_a_person_wins() -> None:
    for data in (TEXT.encode(), TEXT.encode("utf-16"), b"\0\1\2"):
        told = reading(body(data, "text/plain; charset=utf-8"), "koi8-r")
        assert (told.codec, told.charset, told.note) == ("koi8_r", "koi8-r", "")


def test_each_charset_to_choose_is_known_once() -> None:
    assert len(set(CHARSETS)) == len(CHARSETS)
    for name in CHARSETS:
        assert is_charset(name)
        assert reading(body(b""), name).charset == name


def test_a_character_at_the_end_of_what_is_looked_at_may_break_off() -> None:
    data = b"x" * (LOOKED_AT - 1) + "é".encode()
    assert charset(data, "utf-16") == "utf-8"


def test_only_the_first_bytes_are_looked_at() -> None:
    assert charset(b"x" * LOOKED_AT + TEXT.encode(), "iso-8859-1") == "windows-1252"


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16", "latin-1", "gbk", "?"]))
def test_any_bytes_are_read_somehow(data: bytes, said: str) -> None:
    told = reading(body(data, f"text/html; charset={said}"))
    assert isinstance(data.decode(told.codec, "replace"), str)
    assert told.charset in CHARSETS


@given(st.text(min_size=1, max_size=300))
def test_text_in_utf_8_is_never_read_as_another(text: str) -> None:
    data = text.encode("utf-8", "replace")
    told = reading(body(data, "text/plain; charset=utf-8"))
    if b"\0" not in data:
        assert told.codec == "utf-8"


def test_a_character_broken_off_at_the_end_is_no_sign_of_utf_8() -> None:
    assert charset("café".encode("cp1252"), "latin-1") == "windows-1252"
